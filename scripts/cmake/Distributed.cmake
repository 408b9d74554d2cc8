# Training in several processes: which transports src/train/communicator_backend.cpp may use. Both are compiled into
# LibTorch; only their headers are missing there, and without them that file does without.
include(HeaderCheck)

set(BACKEND_DEFINITIONS "")
set(BACKEND_OPTIONS "")

# Debian's libgloo-dev, headers only: its library would put the same symbols beside LibTorch's own.
find_path(GLOO_INCLUDE_DIR gloo/algorithm.h)
if(GLOO_INCLUDE_DIR)
  list(APPEND BACKEND_DEFINITIONS USE_C10D_GLOO)
  if(NOT GLOO_INCLUDE_DIR IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
    list(APPEND BACKEND_OPTIONS -isystem${GLOO_INCLUDE_DIR})
  endif()
endif()

# nccl.h and CUDA's own headers, from a toolkit or from the wheels that LibTorch's CUDA wheel needs.
set(NCCL_USABLE OFF)
if(EXISTS ${TORCH_ROOT}/lib/libtorch_cuda.so)
  file(GLOB NVIDIA_INCLUDES ${TORCH_ROOT}/../nvidia/*/include)
  find_path(NCCL_INCLUDE_DIR nccl.h HINTS ${NVIDIA_INCLUDES} /usr/local/cuda/include)
  find_path(CUDA_INCLUDE_DIR cuda_runtime_api.h HINTS ${NVIDIA_INCLUDES} /usr/local/cuda/include)
  if(NCCL_INCLUDE_DIR AND CUDA_INCLUDE_DIR)
    glyffuser_check_header(NCCL_COMPILES torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp DEFINITIONS -DUSE_C10D_NCCL
      INCLUDES ${TORCH_ROOT}/include ${TORCH_ROOT}/include/torch/csrc/api/include
               ${NCCL_INCLUDE_DIR} ${CUDA_INCLUDE_DIR} ${NVIDIA_INCLUDES})
    set(NCCL_USABLE ${NCCL_COMPILES})
  endif()
endif()
if(NCCL_USABLE)
  list(APPEND BACKEND_DEFINITIONS USE_C10D_NCCL)
  foreach(FOLDER IN ITEMS ${NCCL_INCLUDE_DIR} ${CUDA_INCLUDE_DIR} LISTS NVIDIA_INCLUDES)
    if(NOT FOLDER IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
      list(APPEND BACKEND_OPTIONS -isystem${FOLDER})
    endif()
  endforeach()
endif()

set(FOUND "")
if(GLOO_INCLUDE_DIR)
  list(APPEND FOUND "Gloo")
endif()
if(NCCL_USABLE)
  list(APPEND FOUND "NCCL")
endif()
if(FOUND)
  list(JOIN FOUND " and " FOUND)
else()
  set(FOUND "off, no headers of Gloo or NCCL")
endif()
message(STATUS "Training in several processes: ${FOUND}")

set_source_files_properties(src/train/communicator_backend.cpp PROPERTIES
  COMPILE_DEFINITIONS "${BACKEND_DEFINITIONS}" COMPILE_OPTIONS "${BACKEND_OPTIONS}"
  SKIP_PRECOMPILE_HEADERS ON)
