// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/class_table.h"
#include "core/base/error.h"
#include "core/base/rect.h"

namespace intarsia {

inline constexpr double kMaxPredictionScale = 16;

/// model.json: what one must know to use the weights beside it. Output channel i of the network stands for class i; a class marked
/// ignore never wins.
struct ModelInfo {
  std::string network = "unet";   // id in the engine's registry
  int baseWidth = 32, depth = 4;  // its options
  std::string upPath = "transposed";
  std::vector<int> decoder;       // widths of a *_unet's decoder; empty = the network's own
  ClassTable classes;
  /// The network takes (pixel / 255 − mean) / deviation per channel, RGB.
  std::array<double, 3> mean{0.485, 0.456, 0.406}, deviation{0.229, 0.224, 0.225};
  Size size;                      // trained at: an image is scaled to fit into it
  double scale = 0;               // of the largest image it saw, network pixels per image pixel: larger ones are answered in tiles at this; 0 = unknown
  std::optional<double> pixelAccuracy, meanIoU, valLoss;  // on the validation split; fractions from 0 to 1
  std::vector<std::optional<double>> classIoU;            // by class index
  int epoch = 0;
  int64_t step = 0;
  std::string program, torch;     // versions of what wrote it

  std::string toJson() const;
  static Expected<ModelInfo> fromJson(std::string_view text, const std::string& file);
  static Expected<ModelInfo> read(const std::filesystem::path& path);
  Expected<> write(const std::filesystem::path& path) const;
};

/// Where a model's two files lie. `model` is a run folder (best.safetensors, model.json), a folder with model.safetensors
/// and model.json, or a .safetensors file with model.json beside it.
struct ModelFiles {
  std::filesystem::path weights, info;
};
Expected<ModelFiles> findModel(const std::filesystem::path& model);

}  // namespace intarsia
