// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/base/class_table.h"
#include "core/base/error.h"
#include "core/base/image.h"
#include "core/base/job.h"
#include "core/base/label_map.h"
#include "train/api/tensor.h"

namespace intarsia {

/// What a set of weights needs to be used again (model.json beside it). A value.
struct ModelDescription {
  std::string network;                 // id in the registry
  int baseWidth = 32, depth = 4;       // unet
  std::vector<int> decoder;            // *_unet: channels of the decoder's blocks; empty = the network's own
  ClassTable classes;
  std::vector<uint16_t> outputs;       // class index of each output channel: the classes that are not ignored
  Size size;                           // trained at: an image is scaled to fit into it
  std::array<double, 3> mean{0.485, 0.456, 0.406}, deviation{0.229, 0.224, 0.225};  // of RGB from 0 to 1
};

/// Size at which an image enters a network that was trained at `trained`: the same aspect ratio, fitting inside.
Size networkSize(Size image, Size trained);

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
  virtual const ModelDescription& description() const = 0;
  /// Step of training that the weights come from; 0 where unknown.
  virtual int64_t step() const = 0;
  virtual Expected<std::shared_ptr<const Answer>> answer(const Image& image) const = 0;
};

/// `weights`: tensors under the network's own names (best.safetensors); a missing, surplus or wrongly shaped one is an error that names it.
/// `device`: auto, cpu, cuda:N. `precision`: auto, fp32, bf16.
Expected<std::shared_ptr<const Model>> makeModel(const ModelDescription& description, const TensorSet& weights,
                                                 const std::string& device = "auto", const std::string& precision = "auto");

/// Whole picture at its own size.
Expected<LabelMap> predictLabels(const Model& model, const Image& image);

}  // namespace intarsia
