// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

/// Tensors by name, in order: a state dict, a checkpoint.
struct TensorFile {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  std::map<std::string, std::string> metadata;
  const at::Tensor* find(const std::string& name) const;
};

/// safetensors, atomically: the old file stays whole until the new one is. Tensors may live on any device.
Expected<> writeTensorFile(const std::filesystem::path& path, const TensorFile& file);
/// CPU tensors, contiguous.
Expected<TensorFile> readTensorFile(const std::filesystem::path& path);

}  // namespace intarsia
