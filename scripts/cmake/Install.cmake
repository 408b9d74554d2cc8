# `cmake --install` makes a tree that runs from anywhere: bin/glyffuser and share/glyffuser with the bundled
# model, its encoder and the example configs. LibTorch itself stays where it is (rpath).
include(GNUInstallDirs)
install(TARGETS glyffuser RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/glyffuser/data)
install(DIRECTORY configs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/glyffuser/configs)
