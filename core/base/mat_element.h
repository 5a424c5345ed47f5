// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intarsia {

/// A tagged element of a MATLAB 5 file (MAT-File Format, 1-5 ff.), little-endian; positions in the bytes that it was found in.
struct MatElement {
  enum Type : uint32_t { int8 = 1, int32 = 5, uint32 = 6, single = 7, real = 9, matrix = 14, compressed = 15 };
  uint32_t type = 0;
  size_t begin = 0, end = 0, next = 0;
};
/// The element at `at`; nothing if it does not fit into the bytes.
std::optional<MatElement> matElement(std::string_view bytes, size_t at);

/// Head of a matrix: what comes before its content.
struct MatMatrix {
  enum Class : uint8_t { cell = 1, structure = 2, text = 4, doubles = 6, singles = 7 };
  uint8_t kind = 0;
  bool complex = false;
  std::vector<int64_t> dimensions;  // not negative, at most 8
  std::string name;                 // empty inside of others
  std::string_view content;         // elements
  /// Product of the dimensions; nothing if it does not fit 2⁴⁸.
  std::optional<uint64_t> count() const;
};
/// `bytes`: of an element of type matrix.
std::optional<MatMatrix> matMatrix(std::string_view bytes);

}  // namespace intarsia
