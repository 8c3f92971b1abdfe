# The page of `naru serve`: web/ built by its lock and carried inside the program as naru_web. Its packages are brought
# by scripts/bootstrap; nothing is downloaded here.
set(web ${CMAKE_SOURCE_DIR}/web)
if(NOT EXISTS ${web}/node_modules/.package-lock.json)
  message(FATAL_ERROR "the packages of the page are missing: run scripts/bootstrap (web/package-lock.json lists them)")
endif()
find_program(NODE node REQUIRED)
file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${web}/src/* ${web}/public/*)
file(GLOB web_settings CONFIGURE_DEPENDS ${web}/*.html ${web}/*.json ${web}/*.config.ts)
set(web_packed ${CMAKE_BINARY_DIR}/generated/web_assets.cpp)
add_custom_command(OUTPUT ${web_packed}
  COMMAND ${NODE} node_modules/vite/bin/vite.js build --logLevel warn --emptyOutDir --outDir ${CMAKE_BINARY_DIR}/web
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/pack_web.py ${CMAKE_BINARY_DIR}/web ${web_packed}
  DEPENDS ${web_sources} ${web_settings} ${CMAKE_SOURCE_DIR}/tools/pack_web.py
  WORKING_DIRECTORY ${web} COMMENT "Building the page" VERBATIM)
add_library(naru_web STATIC ${web_packed})
target_link_libraries(naru_web PRIVATE naru_compiler)

if(NOT NARU_SANITIZER) # the same in every build
  add_test(NAME web COMMAND ${NODE} node_modules/vitest/vitest.mjs run --dir src --reporter=junit
    --outputFile=${CMAKE_BINARY_DIR}/web_test.xml WORKING_DIRECTORY ${web})
  add_test(NAME web_types COMMAND ${NODE} node_modules/typescript/bin/tsc --noEmit WORKING_DIRECTORY ${web})
  add_test(NAME page_size COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/page_size.py ${CMAKE_BINARY_DIR}/web)
  set_tests_properties(web web_types page_size PROPERTIES LABELS fast)
endif()
