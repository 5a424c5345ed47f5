// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "train/api/tensor.h"

namespace intarsia {

/// One tensor of a safetensors file: little-endian, row-major, no code. Offsets count from the end of the header.
struct TensorInfo {
  std::string name;
  std::string dtype;           // F64 F32 F16 BF16 I64 I32 I16 I8 U8 U16 U32 U64 BOOL
  std::vector<int64_t> shape;  // empty = scalar
  uint64_t begin = 0, end = 0;
  uint64_t bytes() const { return end - begin; }
};

struct SafetensorsHeader {
  std::vector<TensorInfo> tensors;  // by offset
  std::map<std::string, std::string> metadata;
  const TensorInfo* find(std::string_view name) const;
};

inline constexpr uint64_t kSafetensorsMaxHeader = 100'000'000;

/// Bytes per element; 0 for an unknown dtype.
size_t dtypeBytes(std::string_view dtype);

/// Checks everything: known dtypes, shapes that fit their bytes, offsets in range without overlap or hole, no name twice.
/// `dataBytes` is the size of what follows the header; `file` stands in error texts.
Expected<SafetensorsHeader> parseSafetensorsHeader(std::string_view json, uint64_t dataBytes, const std::string& file);

/// An open file. Tensors are read one by one straight into their place. One thread at a time.
class SafetensorsFile {
 public:
  static Expected<SafetensorsFile> open(const std::filesystem::path& path);
  SafetensorsFile(SafetensorsFile&&) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&&) noexcept;
  ~SafetensorsFile();
  const SafetensorsHeader& header() const { return m_header; }
  /// `out` has exactly tensor.bytes() bytes.
  Expected<> read(const TensorInfo& tensor, std::span<std::byte> out) const;

 private:
  SafetensorsFile() = default;
  int m_fd = -1;
  uint64_t m_dataOffset = 0;
  std::string m_path;
  SafetensorsHeader m_header;
};

/// A whole file; dtypes that TensorType lacks are an error.
Expected<TensorSet> readTensorSet(const std::filesystem::path& path);
/// Writes through AtomicFile, tensor by tensor: the old file stays whole until the new one is.
Expected<> writeTensorSet(const std::filesystem::path& path, const TensorSet& set);

}  // namespace intarsia
