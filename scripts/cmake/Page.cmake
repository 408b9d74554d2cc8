# The map's page of umap-export: page.html with its style, d3 and the scripts, as one string in a generated source.
# Only the mark {{data}} is left for the program to fill.
set(PAGE_FOLDER ${PROJECT_SOURCE_DIR}/src/umap/page)
# In the order in which they run: what a script needs at once stands above it.
set(PAGE_SCRIPTS state data tiles atlas colours theme raster levels view plane placed scene card pointing pins search
                 lasso legend layers distances figures link keyboard main)

set(D3_FOLDER ${PROJECT_SOURCE_DIR}/.deps/d3)
if(NOT EXISTS ${D3_FOLDER}/d3.min.js)
  message(FATAL_ERROR "d3.min.js was not found in ${D3_FOLDER}: run scripts/setup")
endif()

file(READ ${PAGE_FOLDER}/page.html PAGE_TEMPLATE)
file(READ ${PAGE_FOLDER}/page.css PAGE_STYLE)
file(READ ${D3_FOLDER}/LICENSE D3_LICENSE)
file(READ ${D3_FOLDER}/d3.min.js D3_SCRIPT)
# The scripts share one scope, of which nothing leaks into the page.
set(PAGE_SCRIPT "(() => {\n\"use strict\";\n")
foreach(NAME IN LISTS PAGE_SCRIPTS)
  file(READ ${PAGE_FOLDER}/${NAME}.js SCRIPT)
  string(APPEND PAGE_SCRIPT "\n// ${NAME}.js\n${SCRIPT}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PAGE_FOLDER}/${NAME}.js)
endforeach()
string(APPEND PAGE_SCRIPT "})();\n")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PAGE_FOLDER}/page.html ${PAGE_FOLDER}/page.css
             ${D3_FOLDER}/d3.min.js)

string(REPLACE "{{style}}" "${PAGE_STYLE}" PAGE_TEMPLATE "${PAGE_TEMPLATE}")
string(REPLACE "{{script}}" "${PAGE_SCRIPT}" PAGE_TEMPLATE "${PAGE_TEMPLATE}")
string(REPLACE "{{d3}}" "/*\n${D3_LICENSE}*/\n${D3_SCRIPT}" PAGE_TEMPLATE "${PAGE_TEMPLATE}")
configure_file(${PROJECT_SOURCE_DIR}/src/umap/page_template.cpp.in ${PROJECT_BINARY_DIR}/generated/page_template.cpp
               @ONLY)
