# Writes build.hpp, what `glyffuser --version` knows of this build; runs at every build (`cmake -P`), and
# touches the file only when something in it changed.
set(GIT_REVISION "unknown")
execute_process(COMMAND git -C ${SOURCE_FOLDER} rev-parse --show-toplevel
                OUTPUT_VARIABLE TOP_LEVEL OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
# An unpacked archive may lie inside somebody else's repository, whose revision would say nothing.
if(TOP_LEVEL STREQUAL SOURCE_FOLDER)
  execute_process(COMMAND git -C ${SOURCE_FOLDER} describe --always --dirty --abbrev=10 --exclude=*
                  OUTPUT_VARIABLE DESCRIBED OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(DESCRIBED)
    set(GIT_REVISION ${DESCRIBED})
  endif()
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/build.hpp.in ${OUTPUT} @ONLY)
