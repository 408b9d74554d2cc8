# Third-party pieces. A prefix folder `.deps` in the source tree (scripts/setup makes it) is searched first,
# so that the same build works on a machine without package registries.
list(PREPEND CMAKE_PREFIX_PATH ${PROJECT_SOURCE_DIR}/.deps ${PROJECT_SOURCE_DIR}/.deps/usr)
if(EXISTS ${PROJECT_SOURCE_DIR}/.deps/usr)
  # The libraries in it need each other at run time, which DT_RPATH finds and the newer DT_RUNPATH does not.
  add_link_options(LINKER:--disable-new-dtags)
endif()

find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Freetype REQUIRED)
find_package(BZip2 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(Threads REQUIRED)
find_package(GIF REQUIRED)
find_package(CLI11 REQUIRED)

find_path(STB_INCLUDE_DIR stb_image_write.h PATH_SUFFIXES stb REQUIRED)
add_library(glyffuser_stb INTERFACE)
target_include_directories(glyffuser_stb SYSTEM INTERFACE ${STB_INCLUDE_DIR})

# Debian's libwebp has no CMake files.
find_path(WEBP_INCLUDE_DIR webp/mux.h REQUIRED)
find_library(WEBP_LIBRARY webp REQUIRED)
find_library(WEBP_MUX_LIBRARY webpmux REQUIRED)
find_library(WEBP_DEMUX_LIBRARY webpdemux REQUIRED) # for the tests, which decode
add_library(glyffuser_webp INTERFACE)
target_include_directories(glyffuser_webp SYSTEM INTERFACE ${WEBP_INCLUDE_DIR})
target_link_libraries(glyffuser_webp INTERFACE ${WEBP_MUX_LIBRARY} ${WEBP_LIBRARY})

# Static and hidden on purpose: Debian's shared libsentencepiece exports symbols that libc10 exports too and
# overwrites its memory (google/sentencepiece#944).
find_path(SENTENCEPIECE_INCLUDE_DIR sentencepiece_processor.h
          PATHS ${PROJECT_SOURCE_DIR}/.deps/include NO_DEFAULT_PATH)
find_library(SENTENCEPIECE_LIBRARY NAMES libsentencepiece.a
             PATHS ${PROJECT_SOURCE_DIR}/.deps/lib NO_DEFAULT_PATH)
if(NOT SENTENCEPIECE_INCLUDE_DIR OR NOT SENTENCEPIECE_LIBRARY)
  message(FATAL_ERROR "static sentencepiece 0.2.1 was not found in ${PROJECT_SOURCE_DIR}/.deps: run scripts/setup")
endif()
add_library(glyffuser_sentencepiece STATIC IMPORTED)
set_target_properties(glyffuser_sentencepiece PROPERTIES IMPORTED_LOCATION ${SENTENCEPIECE_LIBRARY}
                      INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${SENTENCEPIECE_INCLUDE_DIR}
                      INTERFACE_INCLUDE_DIRECTORIES ${SENTENCEPIECE_INCLUDE_DIR})

add_library(glyffuser_base_dependencies INTERFACE)
add_library(glyffuser::base_dependencies ALIAS glyffuser_base_dependencies)
target_link_libraries(glyffuser_base_dependencies INTERFACE
  spdlog::spdlog yaml-cpp nlohmann_json::nlohmann_json Freetype::Freetype BZip2::BZip2 ZLIB::ZLIB
  OpenSSL::Crypto Threads::Threads GIF::GIF glyffuser_webp glyffuser_stb glyffuser_sentencepiece)

if(GLYFFUSER_MODEL)
  include(Torch)

  # umappp and what it includes, headers only. Only umap/layout.cpp sees them.
  set(ASSORTHEAD_FOLDER ${PROJECT_SOURCE_DIR}/.deps/assorthead)
  if(NOT EXISTS ${ASSORTHEAD_FOLDER}/include/umappp/umappp.hpp)
    message(FATAL_ERROR "umappp (of assorthead) was not found in ${ASSORTHEAD_FOLDER}: run scripts/setup")
  endif()
  file(READ ${ASSORTHEAD_FOLDER}/umappp.version UMAPPP_VERSION)
  string(STRIP "${UMAPPP_VERSION}" UMAPPP_VERSION)
endif()
