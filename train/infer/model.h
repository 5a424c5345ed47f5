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
#include "core/base/metrics/confusion_matrix.h"
#include "train/api/model_info.h"
#include "train/api/tensor.h"

namespace intarsia {

/// Size at which an image enters a network that was trained at `trained`: the same aspect ratio, fitting inside.
Size networkSize(Size image, Size trained);
/// Network pixels per image pixel there.
double networkScale(Size image, Size trained);
/// Size at which an image is predicted. `scale`: network pixels per image pixel; 0 = as in training: fitted into the size trained at,
/// but images larger than all of training at the scale that the largest had there.
Size predictionSize(Size image, const ModelInfo& info, double scale = 0);

/// What a network says about one picture: rows of pixels of `stride` floats each, one per class (the rest is padding); classes that are
/// marked ignore hold a very low value and never win.
struct Logits {
  Size size;
  int classes = 0, stride = 0;
  std::vector<float> values;
};

/// A model's answers measured where it computes; nothing but the sums comes back. One thread.
class Measurement {
 public:
  virtual ~Measurement() = default;
  /// As Model::logits() and addToConfusion() for each picture; false: too large for that, nothing was done.
  virtual Expected<bool> add(std::span<const Image* const> images, std::span<const LabelMap* const> labels) = 0;
  virtual Expected<> read(ConfusionMatrix& confusion, double& loss) = 0;
};

/// Fixed weights that answer pictures. Immutable after construction; any thread, one call at a time on the CPU is fastest.
class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelInfo& info() const = 0;  // its `step` says how fresh the weights are
  /// For pictures that are already RGB, 8 bits, at the network's size, all of one size.
  virtual Expected<std::vector<Logits>> logits(std::span<const Image* const> images) const = 0;
  /// Null where the host measures, on the CPU unless `anywhere`. Within the model's life.
  virtual std::unique_ptr<Measurement> measurement(bool /*anywhere*/ = false) const { return nullptr; }
};

/// `weights`: tensors under the network's own names (best.safetensors); a missing, surplus or wrongly shaped one is an error that names it.
/// `device`: auto, cpu, cuda:N. `precision`: auto, fp32, tf32, bf16.
Expected<std::shared_ptr<const Model>> makeModel(const ModelInfo& info, const TensorSet& weights,
                                                 const std::string& device = "auto", const std::string& precision = "auto");

/// `tile` of the picture at `size`, as logits() wants it.
Image tileImage(const Image& image, Size size, const Rect& tile);
Expected<Logits> pictureLogits(const Model& model, const Image& picture);

struct PredictOptions {
  double scale = 0;                            // as in predictionSize
  Job job;                                     // reports tiles
  std::vector<uint8_t>* confidence = nullptr;  // becomes 0…255 per pixel
};
/// Whole picture at its own size, in tiles (tiles.h) where it is large: besides the picture and its answer it takes some 200 MB.
Expected<LabelMap> predictLabels(const Model& model, const Image& image, const PredictOptions& options = {});

}  // namespace intarsia
