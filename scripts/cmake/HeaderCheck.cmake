include(CheckCXXSourceCompiles)

# glyffuser_check_header(VARIABLE HEADER DEFINITIONS ... INCLUDES ...): whether a source compiles that includes HEADER,
# which is the only test that tells whether all the headers are there that it includes in turn. An answer is kept for
# later configurations, but a negative one, or one from other folders, is not: what was missing may be there by now.
function(glyffuser_check_header VARIABLE HEADER)
  cmake_parse_arguments(ARG "" "" "DEFINITIONS;INCLUDES" ${ARGN})
  if(NOT ${VARIABLE} OR NOT "${${VARIABLE}_INCLUDES}" STREQUAL "${ARG_INCLUDES}")
    unset(${VARIABLE} CACHE)
  endif()
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  set(CMAKE_REQUIRED_FLAGS -std=c++20)
  set(CMAKE_REQUIRED_DEFINITIONS ${ARG_DEFINITIONS})
  set(CMAKE_REQUIRED_INCLUDES ${ARG_INCLUDES})
  check_cxx_source_compiles("#include <${HEADER}>" ${VARIABLE})
  set(${VARIABLE}_INCLUDES "${ARG_INCLUDES}" CACHE INTERNAL "Folders that ${VARIABLE} was tried with")
endfunction()
