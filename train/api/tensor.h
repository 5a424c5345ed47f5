// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace intarsia {

enum class TensorType { f32, f64, bf16, f16, i64, i32, u8 };

/// A named block of numbers, row-major, in the machine's byte order (little endian): what checkpoints hold, without Torch.
struct NamedTensor {
  std::string name;
  TensorType type = TensorType::f32;
  std::vector<int64_t> shape;
  std::vector<std::byte> bytes;
};

/// The contents of a safetensors file.
struct TensorSet {
  std::vector<NamedTensor> tensors;
  std::map<std::string, std::string> metadata;

  const NamedTensor* find(const std::string& name) const {
    for (const auto& t : tensors)
      if (t.name == name) return &t;
    return nullptr;
  }
};

}  // namespace intarsia
