// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/mapped_file.h"
#include "train/api/tensor.h"

namespace intarsia {

/// A tensor as a weight file describes it. Its numbers lie inside the file: checked when the file was opened.
struct WeightTensor {
  std::string name;
  TensorType type = TensorType::f32;
  std::vector<int64_t> shape, strides;  // strides in elements
  uint64_t offset = 0;                  // of the first element, bytes from the start of the file
};

struct WeightList {
  std::string_view format;               // for people: "safetensors", "PyTorch", "PyTorch before 1.6"
  std::string part;                      // where in a checkpoint the tensors lay ("state_dict"), empty = at the top
  std::vector<WeightTensor> tensors;     // in the file's order, names unique
  std::vector<std::string> leftOut;      // tensors of number formats that networks do not have
  std::shared_ptr<const std::string> unpacked;   // holds the tensors in place of the file, where that is compressed
  std::optional<std::array<double, 3>> rawMean;  // the first layer takes RGB of 0…255 less this, not divided by a deviation

  /// What `offset` counts in.
  std::span<const std::byte> numbers(std::span<const std::byte> file) const { return unpacked ? std::as_bytes(std::span(*unpacked)) : file; }
};

/// What a .pth, .pt, .safetensors or MatConvNet's .mat file holds, known by its content. Executes nothing that a file says: pickles are read with inert
/// objects (pickle.h). A whole pickled module, TorchScript, compressed or foreign files are errors that say so.
Expected<WeightList> readWeightList(std::span<const std::byte> data, const std::string& file);

/// A row-major copy of a tensor of readWeightList(data); `data`: its list's numbers(data).
NamedTensor readTensor(std::span<const std::byte> data, const WeightTensor& tensor);

/// An open weight file, mapped into memory; any thread may read.
class WeightFile {
 public:
  static Expected<WeightFile> open(const std::filesystem::path& path);
  const std::string& path() const { return m_file->name(); }  // for people
  const WeightList& list() const { return m_list; }
  const WeightTensor* find(std::string_view name) const;
  Expected<NamedTensor> read(const WeightTensor& tensor) const;

 private:
  std::shared_ptr<const MappedFile> m_file;
  WeightList m_list;
};

/// All tensors of a file, as readTensorSet gives them.
Expected<TensorSet> readWeights(const std::filesystem::path& path);

/// Writes a file that torch.load(weights_only=True) opens as an ordered dictionary of tensors; at most 4 GB. Through AtomicFile.
Expected<> writePth(const std::filesystem::path& path, const TensorSet& set);

/// Bytes per number, and for people "F32", "I64" …
size_t bytesOf(TensorType type);
std::string_view typeName(TensorType type);

}  // namespace intarsia
