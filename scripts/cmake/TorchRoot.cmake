# Where LibTorch is: sets TORCH_ROOT (a folder with include and lib) and TORCH_VERSION, both empty if none is new
# enough. Looked at in this order: Torch_DIR and CMAKE_PREFIX_PATH (-D or environment), the folder that
# `scripts/setup --torch` was given (.deps/torch), the active Python's torch, and that of .venv.
# Also runs alone, so that scripts/setup decides by the same rule: `cmake -P scripts/cmake/TorchRoot.cmake`.
set(TORCH_MINIMUM 2.11)
get_filename_component(SOURCE_FOLDER ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)

# A new enough LibTorch in `folder` is taken unless one was found before; one that is too old is only mentioned.
macro(glyffuser_try_torch FOLDER)
  if(NOT TORCH_ROOT AND EXISTS "${FOLDER}/include/torch/csrc/api/include/torch/torch.h")
    # Before 2.10 the header was elsewhere; what has neither is too old as well.
    set(TORCH_VERSION_H "VERSION_MAJOR 0 VERSION_MINOR 0 VERSION_PATCH 0")
    foreach(HEADER IN ITEMS torch/csrc/api/include/torch/version.h torch/headeronly/version.h)
      if(EXISTS "${FOLDER}/include/${HEADER}")
        file(READ "${FOLDER}/include/${HEADER}" TORCH_VERSION_H)
      endif()
    endforeach()
    string(REGEX REPLACE ".*VERSION_MAJOR ([0-9]+).*VERSION_MINOR ([0-9]+).*VERSION_PATCH ([0-9]+).*" "\\1.\\2.\\3"
           TORCH_VERSION "${TORCH_VERSION_H}")
    if(TORCH_VERSION VERSION_LESS TORCH_MINIMUM)
      message(STATUS "LibTorch ${TORCH_VERSION} in ${FOLDER} is passed over: ${TORCH_MINIMUM} or newer is needed")
      set(TORCH_VERSION "")
    else()
      get_filename_component(TORCH_ROOT "${FOLDER}" REALPATH)
    endif()
  endif()
endmacro()

set(TORCH_ROOT "")
set(TORCH_VERSION "")
foreach(CONFIG_FOLDER IN ITEMS "${Torch_DIR}" "$ENV{Torch_DIR}")
  if(CONFIG_FOLDER)
    glyffuser_try_torch("${CONFIG_FOLDER}/../../..")
  endif()
endforeach()
string(REPLACE ":" ";" ENVIRONMENT_PREFIXES "$ENV{CMAKE_PREFIX_PATH}")
foreach(PREFIX IN LISTS CMAKE_PREFIX_PATH ENVIRONMENT_PREFIXES)
  glyffuser_try_torch("${PREFIX}")
  glyffuser_try_torch("${PREFIX}/../..")  # torch.utils.cmake_prefix_path is torch/share/cmake
endforeach()
glyffuser_try_torch("${SOURCE_FOLDER}/.deps/torch")
foreach(PYTHON IN ITEMS python3 ${SOURCE_FOLDER}/.venv/bin/python)
  if(NOT TORCH_ROOT)
    # find_spec instead of import: a second faster, and it works where torch's own libraries would not load.
    execute_process(
      COMMAND ${PYTHON} -c "import importlib.util as u; s = u.find_spec('torch'); print(*(s.submodule_search_locations if s else []))"
      OUTPUT_VARIABLE TORCH_FOLDER OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    glyffuser_try_torch("${TORCH_FOLDER}")
  endif()
endforeach()

if(CMAKE_SCRIPT_MODE_FILE)
  if(NOT TORCH_ROOT)
    message(FATAL_ERROR "no LibTorch ${TORCH_MINIMUM} or newer")
  endif()
  message(STATUS "LibTorch ${TORCH_VERSION}: ${TORCH_ROOT}")
endif()
