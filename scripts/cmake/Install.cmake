# `cmake --install` makes a tree that runs from anywhere: bin/glyffuser and share/glyffuser with the bundled
# model, its encoder and the example configs. LibTorch itself stays where it is (rpath).
include(GNUInstallDirs)
# CMake's own rpath for installed programs leaves out libraries that lie in this source tree, as those of .venv and
# .deps do.
set(INSTALLED_LIBRARIES ${TORCH_ROOT}/lib)
if(EXISTS ${PROJECT_SOURCE_DIR}/.deps/usr)
  list(APPEND INSTALLED_LIBRARIES ${PROJECT_SOURCE_DIR}/.deps/usr/lib
              ${PROJECT_SOURCE_DIR}/.deps/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE})
endif()
set_target_properties(glyffuser PROPERTIES INSTALL_RPATH "${INSTALLED_LIBRARIES}")
install(TARGETS glyffuser RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/glyffuser/data)
install(DIRECTORY configs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/glyffuser/configs)
