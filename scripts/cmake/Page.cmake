# The pages that the program writes: page.html of a folder with its style, d3 and its scripts, as one string in a
# generated source. Only the mark {{data}} is left for the program to fill.
set(D3_FOLDER ${PROJECT_SOURCE_DIR}/.deps/d3)
if(NOT EXISTS ${D3_FOLDER}/d3.min.js)
  message(FATAL_ERROR "d3.min.js was not found in ${D3_FOLDER}: run scripts/setup")
endif()
file(READ ${D3_FOLDER}/LICENSE D3_LICENSE)
file(READ ${D3_FOLDER}/d3.min.js D3_SCRIPT)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${D3_FOLDER}/d3.min.js)

# glyffuser_page(NAME HEADER FOLDER SCRIPT...): ${PROJECT_BINARY_DIR}/generated/NAME.cpp with the function NAME() that
# HEADER declares. The scripts in the order in which they run: what one needs at once stands before it.
function(glyffuser_page PAGE_NAME PAGE_HEADER FOLDER)
  file(READ ${FOLDER}/page.html PAGE_TEMPLATE)
  file(READ ${FOLDER}/page.css PAGE_STYLE)
  # The scripts share one scope, of which nothing leaks into the page.
  set(PAGE_SCRIPT "(() => {\n\"use strict\";\n")
  foreach(NAME IN LISTS ARGN)
    file(READ ${FOLDER}/${NAME}.js SCRIPT)
    string(APPEND PAGE_SCRIPT "\n// ${NAME}.js\n${SCRIPT}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${FOLDER}/${NAME}.js)
  endforeach()
  string(APPEND PAGE_SCRIPT "})();\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${FOLDER}/page.html ${FOLDER}/page.css)

  string(REPLACE "{{style}}" "${PAGE_STYLE}" PAGE_TEMPLATE "${PAGE_TEMPLATE}")
  string(REPLACE "{{script}}" "${PAGE_SCRIPT}" PAGE_TEMPLATE "${PAGE_TEMPLATE}")
  string(REPLACE "{{d3}}" "/*\n${D3_LICENSE}*/\n${D3_SCRIPT}" PAGE_TEMPLATE "${PAGE_TEMPLATE}")
  configure_file(${PROJECT_SOURCE_DIR}/scripts/cmake/page.cpp.in ${PROJECT_BINARY_DIR}/generated/${PAGE_NAME}.cpp @ONLY)
endfunction()

glyffuser_page(page_template glyffuser/umap/page_template.hpp ${PROJECT_SOURCE_DIR}/src/umap/page
  state data tiles atlas colours theme raster levels view plane placed scene card pointing pins search lasso legend
  layers distances figures link keyboard main)
glyffuser_page(report_page glyffuser/train/report_page.hpp ${PROJECT_SOURCE_DIR}/src/train/page
  data format axis chart panels previews summary memory main)
