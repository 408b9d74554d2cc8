# The generated header of core/version.cpp and core/paths.cpp. The git revision is asked for at every build, not
# only when CMake configures.
add_custom_target(glyffuser_build_header
  COMMAND ${CMAKE_COMMAND} -DSOURCE_FOLDER=${PROJECT_SOURCE_DIR} -DOUTPUT=${PROJECT_BINARY_DIR}/generated/build.hpp
          -DVERSION=${PROJECT_VERSION} "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
          -DBUILD_TYPE=${CMAKE_BUILD_TYPE} -DTORCH_VERSION=${TORCH_VERSION}
          -P ${PROJECT_SOURCE_DIR}/scripts/cmake/Version.cmake
  BYPRODUCTS ${PROJECT_BINARY_DIR}/generated/build.hpp
  COMMENT "Asking git for the revision" VERBATIM)
add_dependencies(glyffuser_base glyffuser_build_header)
