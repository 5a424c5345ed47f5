# SPDX-License-Identifier: GPL-3.0-or-later
# Finds one LibTorch and nothing of a second. find_package(Torch) asks for a CUDA toolkit that C++ code does not need, and links
# /usr/lib's libc10 to a wheel's libtorch where both are installed.
#
# INTARSIA_TORCH_DIR: folder with include/ and lib/ (an unpacked zip, or site-packages/torch of a wheel); empty: the distribution's.
# Defines LibTorch_FOUND, LibTorch_VERSION, LibTorch_CUDA and the target LibTorch::LibTorch.
# Refused: the string ABI from before GCC 5 (PyTorch's own Linux wheels up to 2.6), which no library of ours can be linked with.
set(INTARSIA_TORCH_DIR "" CACHE PATH "LibTorch folder with include/ and lib/; empty: the distribution's")
if(NOT "${INTARSIA_TORCH_DIR}" STREQUAL "${_LibTorch_searched}")
  foreach(_name INCLUDE_DIR API_DIR torch_LIBRARY torch_cpu_LIBRARY c10_LIBRARY torch_cuda_LIBRARY c10_cuda_LIBRARY)
    unset(LibTorch_${_name} CACHE)
  endforeach()
endif()
set(_LibTorch_searched "${INTARSIA_TORCH_DIR}" CACHE INTERNAL "where the cached results come from")

set(_hints)
if(INTARSIA_TORCH_DIR)
  set(_hints HINTS "${INTARSIA_TORCH_DIR}" NO_DEFAULT_PATH)
endif()
find_path(LibTorch_INCLUDE_DIR ATen/ATen.h ${_hints} PATH_SUFFIXES include)
find_path(LibTorch_API_DIR torch/torch.h ${_hints} PATH_SUFFIXES include/torch/csrc/api/include torch/csrc/api/include)
foreach(_lib torch torch_cpu c10 torch_cuda c10_cuda)
  find_library(LibTorch_${_lib}_LIBRARY NAMES ${_lib} ${_hints} PATH_SUFFIXES lib)
  mark_as_advanced(LibTorch_${_lib}_LIBRARY)
endforeach()

# 1.13 says TORCH_VERSION "1.13.1" in torch/version.h; newer ones spell the numbers one by one, since 2.9 in headeronly.
set(LibTorch_VERSION)
foreach(_file "${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h" "${LibTorch_API_DIR}/torch/version.h")
  if(NOT LibTorch_VERSION AND EXISTS "${_file}")
    file(STRINGS "${_file}" _numbers REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) +[0-9]+")
    string(REGEX MATCHALL "[0-9]+" _numbers "${_numbers}")
    list(JOIN _numbers "." LibTorch_VERSION)
  endif()
endforeach()

set(_reason)
set(_abi)
if(LibTorch_c10_LIBRARY)
  file(STRINGS "${LibTorch_c10_LIBRARY}" _abi REGEX "__cxx11" LIMIT_COUNT 1)
  if(NOT _abi)
    set(_reason "${LibTorch_c10_LIBRARY} has the string ABI from before GCC 5; PyTorch's wheels have the new one from 2.7 on")
  endif()
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS LibTorch_torch_LIBRARY LibTorch_torch_cpu_LIBRARY LibTorch_c10_LIBRARY
  LibTorch_INCLUDE_DIR LibTorch_API_DIR _abi VERSION_VAR LibTorch_VERSION REASON_FAILURE_MESSAGE "${_reason}")
if(INTARSIA_TORCH_DIR AND NOT LibTorch_FOUND)
  message(FATAL_ERROR "INTARSIA_TORCH_DIR=${INTARSIA_TORCH_DIR} is no LibTorch that can be used. ${_reason}")
endif()

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  set(_libs "${LibTorch_torch_LIBRARY}" "${LibTorch_torch_cpu_LIBRARY}" "${LibTorch_c10_LIBRARY}")
  set(LibTorch_CUDA OFF)
  if(LibTorch_torch_cuda_LIBRARY AND LibTorch_c10_cuda_LIBRARY)
    set(LibTorch_CUDA ON)
    list(APPEND _libs "${LibTorch_torch_cuda_LIBRARY}" "${LibTorch_c10_cuda_LIBRARY}")
  endif()
  set(_include "${LibTorch_INCLUDE_DIR}")
  if(INTARSIA_TORCH_DIR)
    # A wheel brings headers of other libraries too (fmt 12, glog): only links to LibTorch's own are searched.
    set(_include "${CMAKE_BINARY_DIR}/torch-include")
    file(REMOVE_RECURSE "${_include}")
    file(MAKE_DIRECTORY "${_include}")
    file(GLOB _entries RELATIVE "${LibTorch_INCLUDE_DIR}" "${LibTorch_INCLUDE_DIR}/*")
    list(REMOVE_ITEM _entries fmt google gflags glog pybind11)
    foreach(_entry ${_entries})
      file(CREATE_LINK "${LibTorch_INCLUDE_DIR}/${_entry}" "${_include}/${_entry}" SYMBOLIC)
    endforeach()
  endif()
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  set_target_properties(LibTorch::LibTorch PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_API_DIR};${_include}")
  # The CUDA libraries register themselves when they are loaded, so they stay linked though no symbol of theirs is used. The wheel's
  # libraries find NVIDIA's by their own rpath; here these may be missing.
  target_link_libraries(LibTorch::LibTorch INTERFACE -Wl,--no-as-needed -Wl,--allow-shlib-undefined ${_libs} -Wl,--as-needed)
  if(INTARSIA_TORCH_DIR)
    get_filename_component(_libdir "${LibTorch_torch_cpu_LIBRARY}" DIRECTORY)
    target_link_options(LibTorch::LibTorch INTERFACE "-Wl,-rpath,${_libdir}")
  else()
    # Debian's computes with whatever libblas.so.3 is.
    find_file(_blas libblas.so.3 PATHS "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}" /usr/lib NO_CACHE)
    get_filename_component(_blas "${_blas}" REALPATH)
    if(_blas MATCHES "/blas/libblas")
      message(WARNING "LibTorch will compute with the reference BLAS, three times slower: install libopenblas0-openmp.")
    endif()
  endif()
endif()
