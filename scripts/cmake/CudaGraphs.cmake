# Whether src/tensor/device_graph.cpp can record CUDA graphs: a LibTorch with CUDA, and CUDA's own headers, from a
# toolkit or from wheels (nvidia-cuda-runtime and nvidia-cuda-crt; nvcc is not needed).
include(HeaderCheck)

if(EXISTS ${TORCH_ROOT}/lib/libtorch_cuda.so)
  file(GLOB CUDA_GRAPH_INCLUDES ${TORCH_ROOT}/../nvidia/*/include /usr/local/cuda/include)
  glyffuser_check_header(CUDA_GRAPHS_COMPILE ATen/cuda/CUDAGraph.h INCLUDES ${TORCH_ROOT}/include ${CUDA_GRAPH_INCLUDES})
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
