# Third-party libraries under the names that src/LAYERS uses: naru_dep_<name>. Nothing is downloaded here; what is
# missing is brought by scripts/bootstrap from third_party/apt.lock and third_party/deps.lock.
find_package(PkgConfig REQUIRED)

function(naru_dep name)
  add_library(naru_dep_${name} INTERFACE)
  if(ARGN)
    target_link_libraries(naru_dep_${name} INTERFACE ${ARGN})
  endif()
endfunction()

# Archives of these libraries, in the order of linking; where a system lacks one, nothing, and the shared libraries are
# taken. A process that lives for one document spends its time in the dynamic linker: docs/decisions/0043.
function(naru_archives out)
  set(paths)
  foreach(library IN LISTS ARGN)
    find_library(archive_${library} NAMES lib${library}.a)
    mark_as_advanced(archive_${library})
    list(APPEND paths ${archive_${library}})
  endforeach()
  if("${paths}" MATCHES "NOTFOUND")
    set(paths)
  endif()
  set(${out} ${paths} PARENT_SCOPE)
endfunction()

# The packages of pkg-config; behind ARCHIVES what to take from them instead of the shared libraries.
function(naru_dep_pkg name)
  cmake_parse_arguments(given "" "" ARCHIVES ${ARGN})
  set(packages ${given_UNPARSED_ARGUMENTS})
  pkg_check_modules(pkg_${name} QUIET IMPORTED_TARGET ${packages})
  if(NOT pkg_${name}_FOUND)
    message(FATAL_ERROR "the library ${packages} is missing: run scripts/bootstrap (third_party/apt.lock lists it)")
  endif()
  naru_archives(archives ${given_ARCHIVES})
  if(archives)
    naru_dep(${name} ${archives})
    target_include_directories(naru_dep_${name} SYSTEM INTERFACE ${pkg_${name}_INCLUDE_DIRS})
  else()
    naru_dep(${name} PkgConfig::pkg_${name})
  endif()
endfunction()

function(naru_dep_file name path)
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/third_party/${path})
    message(FATAL_ERROR "third_party/${path} is missing: run scripts/bootstrap (third_party/deps.lock lists it)")
  endif()
endfunction()

# For libraries without a pkg-config file: a header that must be there, then what to link.
function(naru_dep_header name header)
  find_path(header_${name} ${header})
  mark_as_advanced(header_${name})
  if(NOT header_${name})
    message(FATAL_ERROR "the header ${header} is missing: run scripts/bootstrap (third_party/apt.lock lists it)")
  endif()
  naru_archives(archives ${ARGN})
  if(archives)
    naru_dep(${name} ${archives})
  else()
    naru_dep(${name} ${ARGN})
  endif()
endfunction()

naru_dep_pkg(fmt fmt)
naru_dep_header(json nlohmann/json.hpp)
naru_dep_pkg(xxhash libxxhash ARCHIVES xxhash)
naru_dep_pkg(crypto libcrypto ARCHIVES crypto)
naru_dep_header(curl curl/curl.h) # opened at run time: src/runtime/curl_library.h
naru_dep_header(pq postgresql/libpq-fe.h) # opened at run time: src/connector/postgres/libpq.h
naru_dep_header(mariadb mariadb/mysql.h) # LGPL, opened at run time: src/connector/mariadb/libmariadb.h
naru_dep_header(odbc sqlext.h) # LGPL, opened at run time: src/connector/odbc/libodbc.h
naru_dep_pkg(seccomp libseccomp) # LGPL: stays a shared library
naru_dep_pkg(zstd libzstd ARCHIVES zstd)
naru_dep_pkg(zlib zlib ARCHIVES z)
naru_dep_pkg(icu icu-uc icu-i18n) # shared: its data alone is 30 MB a program
naru_dep_pkg(uchardet uchardet ARCHIVES uchardet)
naru_dep_header(stemmer libstemmer.h stemmer)
naru_dep_pkg(yaml yaml-cpp ARCHIVES yaml-cpp)
naru_dep_pkg(gumbo gumbo ARCHIVES gumbo)
naru_dep_pkg(pugixml pugixml ARCHIVES pugixml)
naru_dep_pkg(lzma liblzma ARCHIVES lzma)
naru_dep_header(cmark cmark-gfm.h cmark-gfm-extensions cmark-gfm)
naru_dep_header(cli11 CLI/CLI.hpp)
naru_dep_header(beast boost/beast/version.hpp ssl crypto) # TLS is Asio's over OpenSSL's
if(NARU_SANITIZER STREQUAL "thread") # it sees no fences; all our handlers run in one thread, which needs none
  target_compile_definitions(naru_dep_beast INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()

naru_dep_file(sqlite sqlite/sqlite3.c)
add_library(naru_sqlite STATIC ${CMAKE_SOURCE_DIR}/third_party/sqlite/sqlite3.c)
target_include_directories(naru_sqlite SYSTEM PUBLIC ${CMAKE_SOURCE_DIR}/third_party/sqlite)
target_compile_options(naru_sqlite PRIVATE -w)
target_compile_definitions(naru_sqlite PRIVATE
  SQLITE_THREADSAFE=2 SQLITE_DQS=0 SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_DEFAULT_WAL_SYNCHRONOUS=1
  SQLITE_LIKE_DOESNT_MATCH_BLOBS SQLITE_OMIT_DEPRECATED SQLITE_OMIT_SHARED_CACHE SQLITE_OMIT_LOAD_EXTENSION
  SQLITE_USE_ALLOCA SQLITE_ENABLE_DBSTAT_VTAB SQLITE_ENABLE_DBPAGE_VTAB SQLITE_ENABLE_STAT4
  SQLITE_ENABLE_MATH_FUNCTIONS SQLITE_ENABLE_SNAPSHOT SQLITE_ENABLE_PREUPDATE_HOOK SQLITE_ENABLE_SESSION)
naru_dep(sqlite naru_sqlite)

naru_dep_file(simdjson simdjson/simdjson.cpp)
add_library(naru_simdjson STATIC ${CMAKE_SOURCE_DIR}/third_party/simdjson/simdjson.cpp)
target_compile_options(naru_simdjson PRIVATE -w)
naru_dep(simdjson naru_simdjson)
# Its header is for this one file: nothing else is compiled anew for it.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/record/plain_json.cpp PROPERTIES
  COMPILE_OPTIONS "-isystem;${CMAKE_SOURCE_DIR}/third_party/simdjson")

# Headers only: the adapters open these libraries at run time from lib/naru beside the program.
naru_dep_file(llama llama/include/llama.h)
naru_dep_file(llama llama/common/chat.h)
naru_dep_file(llama llama/lib/libllama-common.so)
naru_dep(llama)
target_include_directories(naru_dep_llama SYSTEM INTERFACE
  ${CMAKE_SOURCE_DIR}/third_party/llama/include ${CMAKE_SOURCE_DIR}/third_party/llama/common)
naru_dep_file(pdfium pdfium/include/fpdfview.h)
naru_dep_file(pdfium pdfium/lib/libpdfium.so)
naru_dep(pdfium)
target_include_directories(naru_dep_pdfium SYSTEM INTERFACE ${CMAKE_SOURCE_DIR}/third_party/pdfium/include)

file(GLOB runtime_libraries CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/third_party/llama/lib/*.so ${CMAKE_SOURCE_DIR}/third_party/pdfium/lib/*.so)
set(copied)
foreach(path IN LISTS runtime_libraries)
  get_filename_component(name ${path} NAME)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/lib/naru/${name}
    COMMAND ${CMAKE_COMMAND} -E copy ${path} ${CMAKE_BINARY_DIR}/lib/naru/${name} DEPENDS ${path})
  list(APPEND copied ${CMAKE_BINARY_DIR}/lib/naru/${name})
endforeach()
add_custom_target(naru_runtime_libraries ALL DEPENDS ${copied})
