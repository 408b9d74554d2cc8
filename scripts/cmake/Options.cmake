# How every target is compiled: C++20, optimised unless told otherwise, warnings as errors.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The precompiled header is only cacheable when ccache may ignore its time stamp and macros. Paths below the tree
  # count as relative, so that another checkout finds the same results.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

add_library(glyffuser_options INTERFACE)
add_library(glyffuser::options ALIAS glyffuser_options)
# -fPIE for libraries too: they end in programs, and all targets can then share one precompiled header.
target_compile_options(glyffuser_options INTERFACE -fPIE -Wall -Wextra -Wpedantic -Wshadow -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The precompiled header's path is not part of the result; gcc 12 warns falsely about moved-from strings.
  target_compile_options(glyffuser_options INTERFACE -Wno-restrict -fpch-preprocess)
  # gcc 13 warns falsely where short vectors are copied.
  if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
    target_compile_options(glyffuser_options INTERFACE -Wno-array-bounds)
  endif()
endif()
if(GLYFFUSER_SANITIZE)
  target_compile_options(glyffuser_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                                                     -fno-omit-frame-pointer -g1
                                                     # false in gcc 12's std::regex under a sanitizer (bug 105562)
                                                     -Wno-maybe-uninitialized)
  target_link_options(glyffuser_options INTERFACE -fsanitize=address,undefined)
endif()
