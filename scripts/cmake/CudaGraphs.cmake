# Whether src/tensor/device_graph.cpp can record CUDA graphs: a LibTorch with CUDA, and CUDA's own headers, from a
# toolkit or from wheels (nvidia-cuda-runtime and nvidia-cuda-crt; nvcc is not needed). Compiling is the only test that
# tells whether all are there.
if(EXISTS ${TORCH_ROOT}/lib/libtorch_cuda.so)
  include(CheckCXXSourceCompiles)
  file(GLOB CUDA_GRAPH_INCLUDES ${TORCH_ROOT}/../nvidia/*/include /usr/local/cuda/include)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  set(CMAKE_REQUIRED_FLAGS -std=c++20)
  set(CMAKE_REQUIRED_INCLUDES ${TORCH_ROOT}/include ${CUDA_GRAPH_INCLUDES})
  check_cxx_source_compiles("#include <ATen/cuda/CUDAGraph.h>" CUDA_GRAPHS_COMPILE)
  unset(CMAKE_TRY_COMPILE_TARGET_TYPE)
  unset(CMAKE_REQUIRED_FLAGS)
  unset(CMAKE_REQUIRED_INCLUDES)
  if(CUDA_GRAPHS_COMPILE)
    list(TRANSFORM CUDA_GRAPH_INCLUDES PREPEND -isystem OUTPUT_VARIABLE CUDA_GRAPH_OPTIONS)
    set_source_files_properties(src/tensor/device_graph.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON
      COMPILE_DEFINITIONS GLYFFUSER_CUDA COMPILE_OPTIONS "${CUDA_GRAPH_OPTIONS}")
    target_link_libraries(glyffuser_torch INTERFACE ${TORCH_ROOT}/lib/libc10_cuda.so)
  else()
    message(STATUS "CUDA's headers were not found: training on a GPU will do without CUDA graphs, which is slower "
                   "(pip install nvidia-cuda-runtime nvidia-cuda-crt, of LibTorch's CUDA version)")
  endif()
endif()
