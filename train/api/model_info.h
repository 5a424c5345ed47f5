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

/// model.json: what one must know to use the weights beside it. Output channel i of the network is classes[i];
/// a class marked ignore never wins the argmax.
struct ModelInfo {
  std::string network = "unet";  // id in the engine's registry
  int baseWidth = 32, depth = 4; // its options
  ClassTable classes;
  /// The network takes (pixel / 255 − mean) / deviation per channel, RGB.
  std::array<float, 3> mean{0.485f, 0.456f, 0.406f}, deviation{0.229f, 0.224f, 0.225f};
  Size size;                     // trained at, in pixels
  int multiple = 32;             // width and height of an input are multiples of this
  std::optional<double> pixelAccuracy, meanIoU, valLoss;
  std::vector<std::optional<double>> classIoU;
  int epoch = 0;
  int64_t step = 0;
  std::string program;           // version of the program that wrote it
  std::string torch;             // version of LibTorch

  std::string toJson() const;
  static Expected<ModelInfo> fromJson(std::string_view text, const std::string& file);
  static Expected<ModelInfo> read(const std::filesystem::path& path);
  Expected<> write(const std::filesystem::path& path) const;
};

/// Where a model's two files lie: `model` is a run folder (best.safetensors, model.json), a folder with model.safetensors
/// and model.json, or a .safetensors file with model.json beside it.
struct ModelFiles {
  std::filesystem::path weights, info;
};
Expected<ModelFiles> findModel(const std::filesystem::path& model);

}  // namespace intarsia
