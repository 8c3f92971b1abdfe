# Modules from src/LAYERS: each folder becomes naru_<module>, its *_test.cpp one test program, its *_fuzz.cpp a fuzzer.

# Sets NARU_MODULES in order, and NARU_LAYERS_<module>, NARU_LIBRARIES_<module>.
function(naru_read_layers)
  file(STRINGS ${CMAKE_SOURCE_DIR}/src/LAYERS lines REGEX "^[a-z]+:")
  set(modules)
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^([a-z]+): *([a-z ]*)\\|? *([a-z0-9 ]*)$" matched "${line}")
    if(NOT matched)
      message(FATAL_ERROR "src/LAYERS: cannot read the line \"${line}\"")
    endif()
    set(name ${CMAKE_MATCH_1})
    separate_arguments(layers UNIX_COMMAND "${CMAKE_MATCH_2}")
    separate_arguments(libraries UNIX_COMMAND "${CMAKE_MATCH_3}")
    foreach(layer IN LISTS layers)
      if(NOT layer IN_LIST modules)
        message(FATAL_ERROR "src/LAYERS: ${name} names ${layer}, which does not stand above it: layers have no cycles")
      endif()
    endforeach()
    list(APPEND modules ${name})
    set(NARU_LAYERS_${name} "${layers}" PARENT_SCOPE)
    set(NARU_LIBRARIES_${name} "${libraries}" PARENT_SCOPE)
  endforeach()
  set(NARU_MODULES "${modules}" PARENT_SCOPE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/LAYERS)
endfunction()

# Writes the file that calls register_x of every x.cpp (or x/x.cpp) of a folder, in name order.
function(naru_registration module out)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${module}/*.cpp ${CMAKE_SOURCE_DIR}/src/${module}/*/*.cpp)
  list(FILTER files EXCLUDE REGEX "(_test|_fuzz)\\.cpp$")
  list(SORT files)
  set(declarations "")
  set(calls "")
  foreach(path IN LISTS files)
    get_filename_component(stem ${path} NAME_WE)
    file(STRINGS ${path} found REGEX "^ *void register_${stem}\\(Registry *&" LIMIT_COUNT 1)
    if(found)
      if(calls MATCHES "register_${stem}\\(")
        message(FATAL_ERROR "src/${module}: two files define register_${stem}")
      endif()
      string(APPEND declarations "void register_${stem}(Registry& registry);\n")
      string(APPEND calls "  register_${stem}(registry);\n")
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  endforeach()
  set(path ${CMAKE_BINARY_DIR}/generated/register_${module}.cpp)
  file(CONFIGURE OUTPUT ${path} @ONLY CONTENT [=[
// Generated from the files of src/@module@/ by cmake/Layers.cmake.
#include "naru/registry.h"

namespace naru {

@declarations@
void register_@module@([[maybe_unused]] Registry& registry) {
@calls@}

}  // namespace naru
]=])
  set(${out} ${path} PARENT_SCOPE)
endfunction()

# A test program that runs longer than this hangs: sanitizers are 10 times slower than the seconds a module may take.
set(NARU_TEST_SECONDS 900)
# What takes bytes apart that it did not write, or that lay on a disk: scripts/test builds these tests with the address
# sanitizer too (target bytes_tests, label bytes), and the rest of that build where it is asked for.
set(NARU_READS_BYTES base runtime text record config parse store)
add_custom_target(bytes_tests)
# The thread sanitizer's build leaves these tests out: modules of one thread, and the forked, sandboxed worker, which
# has one thread too and no room for the sanitizer.
set(NARU_WITHOUT_THREADS base text record parse)
# Real weights are tried with the release build alone.
set(NARU_WITH_WEIGHTS "RealModel.*:*ForTheDefaultEmbedder")
# And these: ggml comes built without the sanitizer, which cannot see how its own threads wait for each other.
set(NARU_WITHOUT_SEEN_THREADS "Llama*:OpenModel.*:UnigramVocabulary.*Library*:${NARU_WITH_WEIGHTS}")

# Runs a fuzzer's function over its seeds, without libFuzzer.
add_library(naru_fuzz_replay OBJECT EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/fuzz_replay.cpp)

function(naru_module module)
  set(folder ${CMAKE_SOURCE_DIR}/src/${module})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  set(tests ${sources})
  set(fuzzers ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|/main|/vocabulary)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
  if(module MATCHES "^(connector|parse|operator)$")
    naru_registration(${module} registration)
    list(APPEND sources ${registration})
  endif()

  set(links naru_compiler)
  foreach(layer IN LISTS NARU_LAYERS_${module})
    list(APPEND links naru_${layer})
  endforeach()
  foreach(library IN LISTS NARU_LIBRARIES_${module})
    list(APPEND links naru_dep_${library})
  endforeach()

  if(sources)
    add_library(naru_${module} STATIC ${sources})
    target_link_libraries(naru_${module} PUBLIC ${links})
    naru_use_vocabulary(naru_${module})
  else() # only headers so far, or no folder yet
    add_library(naru_${module} INTERFACE)
    target_link_libraries(naru_${module} INTERFACE ${links})
  endif()

  set(labels fast)
  if(module IN_LIST NARU_READS_BYTES)
    list(APPEND labels bytes)
  endif()
  set(left_out ${NARU_FUZZ})
  if(NARU_SANITIZER STREQUAL "thread" AND module IN_LIST NARU_WITHOUT_THREADS)
    set(left_out ON)
    set(fuzzers)
  endif()
  if(tests AND NOT left_out)
    add_executable(${module}_test ${tests})
    target_link_libraries(${module}_test PRIVATE naru_${module})
    naru_use_test_vocabulary(${module}_test)
    set_target_properties(${module}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
    add_dependencies(${module}_test naru_runtime_libraries)
    if(module IN_LIST NARU_READS_BYTES)
      add_dependencies(bytes_tests ${module}_test)
    endif()
    add_test(NAME ${module} COMMAND ${module}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${module} PROPERTIES LABELS "${labels}" TIMEOUT ${NARU_TEST_SECONDS})
    if(NARU_SANITIZER STREQUAL "thread")
      set_tests_properties(${module} PROPERTIES ENVIRONMENT "GTEST_FILTER=-${NARU_WITHOUT_SEEN_THREADS}")
    elseif(NARU_SANITIZER)
      set_tests_properties(${module} PROPERTIES ENVIRONMENT "GTEST_FILTER=-${NARU_WITH_WEIGHTS}")
    endif()
  endif()
  foreach(path IN LISTS fuzzers)
    get_filename_component(stem ${path} NAME_WE)
    set(seeds ${CMAKE_SOURCE_DIR}/tests/fuzz_seeds/${stem})
    if(NARU_FUZZ)
      add_executable(${stem} ${path})
      target_link_options(${stem} PRIVATE -fsanitize=fuzzer,address,undefined)
    else()
      add_executable(${stem} ${path} $<TARGET_OBJECTS:naru_fuzz_replay>)
      add_test(NAME ${stem} COMMAND ${stem} ${seeds} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
      set_tests_properties(${stem} PROPERTIES LABELS "${labels}" TIMEOUT ${NARU_TEST_SECONDS})
      if(module IN_LIST NARU_READS_BYTES)
        add_dependencies(bytes_tests ${stem})
      endif()
    endif()
    target_link_libraries(${stem} PRIVATE naru_${module})
    naru_use_vocabulary(${stem})
    add_dependencies(${stem} naru_runtime_libraries)
    set_target_properties(${stem} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  endforeach()
endfunction()
