// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/image.h"
#include "core/base/job.h"
#include "core/base/label_map.h"
#include "train/api/model_info.h"
#include "train/api/tensor.h"

namespace intarsia {

/// Size at which an image enters a network that was trained at `trained`: the same aspect ratio, fitting inside.
Size networkSize(Size image, Size trained);

/// What a network says about one picture: rows of pixels of `stride` floats each, one per class (the rest is padding); classes that are
/// marked ignore hold a very low value and never win.
struct Logits {
  Size size;
  int classes = 0, stride = 0;
  std::vector<float> values;
};

/// One picture's answer, from which any pixel or level can be read. Immutable; any thread.
class Answer {
 public:
  virtual ~Answer() = default;
  virtual Size imageSize() const = 0;
  /// Class indices and confidence (0…255) of `rect` at `level` (pixels of 2^level image pixels). Logits are interpolated linearly.
  virtual void read(const Rect& rect, int level, std::vector<uint16_t>& classes, std::vector<uint8_t>& confidence) const = 0;
};

/// Fixed weights that answer pictures. Immutable after construction; any thread, one call at a time on the CPU is fastest.
class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelInfo& info() const = 0;  // its `step` says how fresh the weights are
  virtual Expected<std::shared_ptr<const Answer>> answer(const Image& image) const = 0;
  /// For pictures that are already RGB, 8 bits, at networkSize, all of one size.
  virtual Expected<std::vector<Logits>> logits(std::span<const Image* const> images) const = 0;
};

/// `weights`: tensors under the network's own names (best.safetensors); a missing, surplus or wrongly shaped one is an error that names it.
/// `device`: auto, cpu, cuda:N. `precision`: auto, fp32, bf16.
Expected<std::shared_ptr<const Model>> makeModel(const ModelInfo& info, const TensorSet& weights,
                                                 const std::string& device = "auto", const std::string& precision = "auto");

/// Whole picture at its own size.
Expected<LabelMap> predictLabels(const Model& model, const Image& image);

}  // namespace intarsia
