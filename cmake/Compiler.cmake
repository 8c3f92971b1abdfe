# Language, warnings, linker, ccache and the vocabulary header that is compiled once.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON) # NARU_TRY is a GNU statement expression
# Everything ends in a program: one setting for all, so that the vocabulary header can be shared.
add_compile_options(-fPIE)
option(NARU_FUZZ "build the fuzzers with libFuzzer" OFF)
set(NARU_SANITIZER "" CACHE STRING "address, thread or nothing: what the flags switch on")
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(Threads REQUIRED)

find_program(CCACHE ccache)
if(CCACHE)
  # The sloppinesses are what ccache asks for with a precompiled header.
  set(sloppiness pch_defines,time_macros,include_file_mtime,include_file_ctime)
  # What a file depends on is known from the compiler's own list, so that a miss is not preprocessed first.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=${sloppiness} CCACHE_DEPEND=1 ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(naru_compiler INTERFACE)
target_compile_options(naru_compiler INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Werror -Wno-missing-field-initializers -fvisibility=hidden -fno-math-errno>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-fpch-preprocess>
  # libstdc++ 12's own std::stable_sort calls what it declares deprecated, and clang says so where it is used.
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:Clang>>:-Wno-deprecated-declarations>)
target_include_directories(naru_compiler INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(naru_compiler INTERFACE NARU_VERSION="${PROJECT_VERSION}")
target_link_libraries(naru_compiler INTERFACE Threads::Threads ${CMAKE_DL_LIBS})
if(NARU_SANITIZER)
  target_compile_definitions(naru_compiler INTERFACE NARU_SANITIZER_${NARU_SANITIZER}=1)
  # g++ manual: a sanitizer's code makes warnings that follow the flow of data guess wrong. The release build has
  # them all, as errors.
  foreach(guess array-bounds restrict maybe-uninitialized stringop-overflow stringop-overread dangling-pointer)
    target_compile_options(naru_compiler INTERFACE
      $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-${guess}>)
  endforeach()
endif()

# src/base/vocabulary.h: what nearly every file includes, compiled once and shared. Tests have theirs, with the test
# library's macros, and are optimised less: half the time of compiling them, and what they call is as fast as ever.
add_library(naru_vocabulary OBJECT ${CMAKE_SOURCE_DIR}/src/base/vocabulary.cpp)
target_link_libraries(naru_vocabulary PRIVATE naru_compiler)
target_precompile_headers(naru_vocabulary PRIVATE ${CMAKE_SOURCE_DIR}/src/base/vocabulary.h)

add_library(naru_test_compiler INTERFACE)
target_link_libraries(naru_test_compiler INTERFACE naru_compiler GTest::gtest GTest::gtest_main)
target_compile_options(naru_test_compiler INTERFACE -O1)
add_library(naru_test_vocabulary OBJECT EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/src/base/vocabulary.cpp)
target_link_libraries(naru_test_vocabulary PRIVATE naru_test_compiler)
target_precompile_headers(naru_test_vocabulary PRIVATE ${CMAKE_SOURCE_DIR}/src/base/vocabulary_testing.h)

function(naru_use_vocabulary target)
  target_precompile_headers(${target} REUSE_FROM naru_vocabulary)
endfunction()

function(naru_use_test_vocabulary target)
  target_link_libraries(${target} PRIVATE naru_test_compiler)
  target_precompile_headers(${target} REUSE_FROM naru_test_vocabulary)
endfunction()
