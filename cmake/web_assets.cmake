# cairn_web_assets(): the page, built by npm from web/ and embedded, as the library cairn_web_assets.
# Who links it has the page: it defines server::page_assets(), before the empty one of the room
# server (core/server/assets.cc) is looked for. With CAIRN_WEB=OFF it holds nothing.
include_guard(GLOBAL)
option(CAIRN_WEB "embed the page into the binary (needs Node 18 or newer, and npm)" ON)

function(cairn_web_assets)
  if(NOT CAIRN_WEB)
    add_library(cairn_web_assets INTERFACE)
    return()
  endif()
  set(out ${CMAKE_BINARY_DIR}/web)
  cairn_build_page(${out})
  add_library(cairn_web_assets OBJECT ${out}/page_assets.cc)
  target_compile_features(cairn_web_assets PRIVATE cxx_std_20)
  target_include_directories(cairn_web_assets PRIVATE ${CMAKE_BINARY_DIR}/rooms/server)
  target_link_libraries(cairn_web_assets PRIVATE cairn_warnings)
endfunction()

# Builds the page below `out`, again only when something that it is made of has changed.
function(cairn_build_page out)
  find_program(CAIRN_NODE node)
  find_program(CAIRN_NPM npm)
  if(NOT CAIRN_NODE OR NOT CAIRN_NPM)
    message(FATAL_ERROR "the page is built with Node 18 or newer and npm, which were not found "
      "(Debian: apt-get install nodejs npm); -DCAIRN_WEB=OFF builds Cairn without its page")
  endif()
  set(web ${CMAKE_SOURCE_DIR}/web)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/src/*)
  list(FILTER sources EXCLUDE REGEX "\\.test\\.ts$")
  add_custom_command(OUTPUT ${out}/installed
    COMMAND ${CAIRN_NODE} scripts/install.mjs ${CAIRN_NPM}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
    COMMAND ${CMAKE_COMMAND} -E touch ${out}/installed
    DEPENDS ${web}/package.json ${web}/package-lock.json ${web}/.npmrc ${web}/scripts/install.mjs
    WORKING_DIRECTORY ${web} COMMENT "Installing what builds the page (npm ci)" VERBATIM)
  add_custom_command(OUTPUT ${out}/page_assets.cc ${out}/page.bin
    COMMAND ${CAIRN_NODE} node_modules/vite/bin/vite.js build --logLevel warn
      --outDir ${out}/dist --emptyOutDir
    COMMAND ${CAIRN_NODE} scripts/embed.mjs ${out}/dist ${out}
    DEPENDS ${out}/installed ${sources} ${web}/index.html ${web}/vite.config.ts ${web}/tsconfig.json
      ${web}/scripts/embed.mjs
    WORKING_DIRECTORY ${web} COMMENT "Building the page" VERBATIM)
  # The compiler does not see .incbin.
  set_property(SOURCE ${out}/page_assets.cc PROPERTY OBJECT_DEPENDS ${out}/page.bin)
endfunction()
