# LibTorch as one target, glyffuser::torch. find_package(Torch) is not used: with a CUDA wheel it demands nvcc
# even from code that has no CUDA source, and on some machines picks dead GPU architectures.
include(TorchRoot)
if(NOT TORCH_ROOT)
  message(FATAL_ERROR "LibTorch ${TORCH_MINIMUM} or newer was not found: run scripts/setup, or give "
                      "-DCMAKE_PREFIX_PATH=<site-packages>/torch")
endif()
message(STATUS "LibTorch ${TORCH_VERSION}: ${TORCH_ROOT}")

add_library(glyffuser_torch INTERFACE)
add_library(glyffuser::torch ALIAS glyffuser_torch)
target_include_directories(glyffuser_torch SYSTEM INTERFACE
  ${TORCH_ROOT}/include ${TORCH_ROOT}/include/torch/csrc/api/include)
foreach(NAME IN ITEMS torch_cpu c10)
  add_library(glyffuser_${NAME} SHARED IMPORTED)
  set_target_properties(glyffuser_${NAME} PROPERTIES IMPORTED_LOCATION ${TORCH_ROOT}/lib/lib${NAME}.so)
  target_link_libraries(glyffuser_torch INTERFACE glyffuser_${NAME})
endforeach()
# The C++ library must be the shared one that LibTorch runs with. Where a compiler finds only the static one, the program
# would export parts of it to LibTorch, whose other parts come from the shared one: it dies of an invalid free.
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libstdc++.so.6
                OUTPUT_VARIABLE SHARED_CXX_LIBRARY OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(IS_ABSOLUTE "${SHARED_CXX_LIBRARY}")
  target_link_libraries(glyffuser_torch INTERFACE ${SHARED_CXX_LIBRARY})
endif()
# at::parallel_for is inline code, serial without OpenMP. Its runtime must be the one that LibTorch brings: a second
# one would keep threads of its own, and spin against the first.
target_compile_options(glyffuser_torch INTERFACE -fopenmp)
file(GLOB TORCH_OPENMP ${TORCH_ROOT}/lib/libgomp*.so* ${TORCH_ROOT}/../torch.libs/libgomp*.so*)
if(TORCH_OPENMP)
  list(GET TORCH_OPENMP 0 TORCH_OPENMP)
  target_link_libraries(glyffuser_torch INTERFACE ${TORCH_OPENMP})
else()
  target_link_options(glyffuser_torch INTERFACE -fopenmp)
endif()
if(EXISTS ${TORCH_ROOT}/lib/libtorch_cuda.so)
  # libtorch_cuda registers its kernels when it is loaded; nothing refers to it by symbol. What it needs in turn
  # (cuBLAS, cuDNN, ...) is found when the program starts, and need not be on the machine that builds.
  target_link_options(glyffuser_torch INTERFACE -Wl,--allow-shlib-undefined
    LINKER:--push-state,--no-as-needed,${TORCH_ROOT}/lib/libtorch_cuda.so,--pop-state)
endif()
