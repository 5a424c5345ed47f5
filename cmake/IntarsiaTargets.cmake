# SPDX-License-Identifier: GPL-3.0-or-later
# A room is one static library made of every source in its folder. Adding a file needs no edit here.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

# By dependencies: an object is found by its source and the headers that the compiler named, without running the preprocessor.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

# Flags that every file of ours is compiled with.
add_library(intarsia_flags INTERFACE)
target_include_directories(intarsia_flags INTERFACE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated")
target_compile_options(intarsia_flags INTERFACE -Wall -Wextra -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:GNU>:-fcoroutines>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)  # GCC 12: false alarms on string +, its bug 105329
target_compile_definitions(intarsia_flags INTERFACE INTARSIA_VERSION="${PROJECT_VERSION}")

# intarsia_room(NAME [RECURSE] [DIRS dir…] LINK lib…): static library intarsia_NAME of the sources below DIRS.
function(intarsia_room name)
  cmake_parse_arguments(R "" "" "DIRS;LINK;PRIVATE_LINK" ${ARGN})
  if(NOT R_DIRS)
    set(R_DIRS .)
  endif()
  set(globs)
  foreach(dir ${R_DIRS})
    list(APPEND globs "${dir}/*.cpp" "${dir}/*.h")
  endforeach()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${globs})
  if(NOT sources)
    file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/${name}_empty.cpp" "")
    set(sources "${CMAKE_CURRENT_BINARY_DIR}/${name}_empty.cpp")
  endif()
  add_library(intarsia_${name} STATIC ${sources})
  add_library(intarsia::${name} ALIAS intarsia_${name})
  target_link_libraries(intarsia_${name} PUBLIC intarsia_flags ${R_LINK} PRIVATE ${R_PRIVATE_LINK})
endfunction()

# intarsia_table(NAME ROOM room HEADER header TYPE type GLOB pattern): a registry without an edit. Every file that matches, say
# masks_folder_format.cpp, defines `TYPE masksFolderFormat()`; the generated source gives the room `std::vector<TYPE> NAME()`.
function(intarsia_table name)
  cmake_parse_arguments(T "" "ROOM;HEADER;TYPE;GLOB" "" ${ARGN})
  file(GLOB files CONFIGURE_DEPENDS ${T_GLOB})
  set(declarations "")
  set(calls "")
  foreach(file ${files})
    get_filename_component(stem ${file} NAME_WE)
    string(REPLACE "_" ";" words ${stem})
    set(function "")
    foreach(word ${words})
      if(function)
        string(SUBSTRING ${word} 0 1 first)
        string(SUBSTRING ${word} 1 -1 rest)
        string(TOUPPER ${first} first)
        set(word "${first}${rest}")
      endif()
      string(APPEND function ${word})
    endforeach()
    string(APPEND declarations "${T_TYPE} ${function}();\n")
    string(APPEND calls "${function}(), ")
  endforeach()
  set(source "${CMAKE_BINARY_DIR}/generated/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT "#include \"${T_HEADER}\"\n#include <vector>\nnamespace intarsia {
${declarations}std::vector<${T_TYPE}> ${name}() { return {${calls}}; }\n}  // namespace intarsia\n")
  target_sources(intarsia_${T_ROOM} PRIVATE "${source}")
endfunction()

# What most files of `target` include, HEADER… and the standard library: read once instead of once per file.
function(intarsia_precompile target)
  target_precompile_headers(${target} PRIVATE <algorithm> <cmath> <expected> <filesystem> <functional> <map> <memory> <mutex>
    <optional> <set> <span> <string> <unordered_map> <variant> <vector> ${ARGN})
endfunction()

# An executable of Torch files takes intarsia_train's precompiled header, which asks for the same code model.
function(intarsia_torch_headers target)
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM intarsia_train)
  set_target_properties(${target} PROPERTIES JOB_POOL_COMPILE torch)
endfunction()
