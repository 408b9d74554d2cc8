# The sources of a folder are compiled up to sixteen at a time: every one with LibTorch costs five seconds before its own
# first line counts, so that the whole takes a third as long. While one works on a source, it alone is quicker (OFF).
# Names in unnamed namespaces differ within a folder for it.
set(CMAKE_UNITY_BUILD ON CACHE BOOL "Compile sources sixteen at a time")

function(glyffuser_unite_sources TARGET)
  set_target_properties(${TARGET} PROPERTIES UNITY_BUILD_MODE GROUP)
  get_target_property(SOURCES ${TARGET} SOURCES)
  foreach(SOURCE IN LISTS SOURCES)
    get_filename_component(FOLDER ${SOURCE} DIRECTORY)
    get_filename_component(FOLDER ${FOLDER} NAME)
    list(APPEND ${FOLDER}_SOURCES ${SOURCE})
    list(LENGTH ${FOLDER}_SOURCES COUNT)
    math(EXPR GROUP "(${COUNT} - 1) / 16")
    set_source_files_properties(${SOURCE} PROPERTIES UNITY_GROUP ${FOLDER}_${GROUP})
  endforeach()
endfunction()
