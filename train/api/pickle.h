// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "train/api/tensor.h"

namespace intarsia {

/// What a pickle of torch.save says. Nothing is ever executed or looked up: known names of PyTorch become descriptions, any other
/// object becomes `other`, which holds nothing.
struct PickleValue {
  enum class Kind { none, boolean, integer, real, text, list, dict, global, storage, tensor, other };
  Kind kind = Kind::none;
  int64_t integer = 0;              // also boolean; storage: number of elements; tensor: first element
  double real = 0;
  std::string text;                 // global: "module name"; storage: its key
  std::vector<size_t> items;        // list: its values; dict: key, value, key, value …; indices into Pickle::values
  std::vector<int64_t> shape, strides;  // tensor, in elements
  size_t storage = 0;               // tensor: index of its storage
  std::string_view type;            // storage: "FloatStorage" …; a literal, empty = unknown
};

/// A parsed pickle: values refer to each other by index and may form cycles.
struct Pickle {
  std::deque<PickleValue> values;
  size_t root = 0;
  size_t bytes = 0;  // its length in the input

  const PickleValue& operator[](size_t index) const { return values[index]; }
  /// The value under a text key, the last of equal ones; nullptr if there is none.
  const PickleValue* find(const PickleValue& dict, std::string_view key) const;
};

/// Reads one pickle from the start of `data`: protocols 0 to 5 as far as torch.save uses them. `file` stands in error texts.
Expected<Pickle> readPickle(std::span<const std::byte> data, const std::string& file);

}  // namespace intarsia
