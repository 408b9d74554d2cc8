# LibTorch as one imported target, glyffuser::torch. find_package(Torch) is not used: with a CUDA wheel it
# demands nvcc even from code that has no CUDA source, and on some machines picks dead GPU architectures.
#
# Where it is looked for: Torch_DIR or CMAKE_PREFIX_PATH, then the active Python's torch, then `.venv`.
if(Torch_DIR)
  get_filename_component(TORCH_ROOT ${Torch_DIR}/../../.. ABSOLUTE)
endif()
if(NOT TORCH_ROOT)
  find_path(TORCH_FROM_PREFIX include/torch/csrc/api/include/torch/torch.h HINTS ${CMAKE_PREFIX_PATH} NO_CACHE)
  if(TORCH_FROM_PREFIX)
    set(TORCH_ROOT ${TORCH_FROM_PREFIX})
  endif()
endif()
foreach(PYTHON IN ITEMS python3 ${PROJECT_SOURCE_DIR}/.venv/bin/python)
  if(NOT TORCH_ROOT)
    # find_spec instead of import: a second faster, and it works where torch's own libraries would not load.
    execute_process(
      COMMAND ${PYTHON} -c "import importlib.util as u, os; s = u.find_spec('torch'); print(os.path.dirname(s.origin) if s else '')"
      OUTPUT_VARIABLE TORCH_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endforeach()
if(NOT TORCH_ROOT OR NOT EXISTS ${TORCH_ROOT}/include/torch/csrc/api/include/torch/torch.h)
  message(FATAL_ERROR "LibTorch was not found: run scripts/setup, or give -DCMAKE_PREFIX_PATH=<site-packages>/torch")
endif()
file(READ ${TORCH_ROOT}/include/torch/headeronly/version.h TORCH_VERSION_H)
string(REGEX REPLACE ".*TORCH_VERSION_MAJOR ([0-9]+).*TORCH_VERSION_MINOR ([0-9]+).*TORCH_VERSION_PATCH ([0-9]+).*"
       "\\1.\\2.\\3" TORCH_VERSION "${TORCH_VERSION_H}")
if(TORCH_VERSION VERSION_LESS 2.11)
  message(FATAL_ERROR "LibTorch in ${TORCH_ROOT} is ${TORCH_VERSION}; glyffuser needs 2.11 or newer")
endif()
message(STATUS "LibTorch ${TORCH_VERSION}: ${TORCH_ROOT}")

add_library(glyffuser_torch INTERFACE)
add_library(glyffuser::torch ALIAS glyffuser_torch)
target_include_directories(glyffuser_torch SYSTEM INTERFACE
  ${TORCH_ROOT}/include ${TORCH_ROOT}/include/torch/csrc/api/include)
target_link_directories(glyffuser_torch INTERFACE ${TORCH_ROOT}/lib)
# libtorch_cuda registers its kernels when it is loaded; nothing refers to it by symbol.
target_link_libraries(glyffuser_torch INTERFACE -Wl,--no-as-needed torch torch_cpu c10)
if(EXISTS ${TORCH_ROOT}/lib/libtorch_cuda.so)
  target_link_libraries(glyffuser_torch INTERFACE torch_cuda c10_cuda)
endif()
target_link_libraries(glyffuser_torch INTERFACE -Wl,--as-needed)
list(APPEND CMAKE_BUILD_RPATH ${TORCH_ROOT}/lib)
list(APPEND CMAKE_INSTALL_RPATH ${TORCH_ROOT}/lib)
