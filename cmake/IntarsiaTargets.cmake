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

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
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
  $<$<CXX_COMPILER_ID:GNU>:-fcoroutines>)
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
