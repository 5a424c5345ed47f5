// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/rect.h"

namespace intarsia {

/// Everything that decides how a run trains. A value; JSON with every field; an unknown field or a value out of range is an error that names it.
struct Recipe {
  // network
  std::string network = "resnet18_unet";  // id in the engine's registry: unet, resnet18_unet, …
  int baseWidth = 32;                     // unet: channels of the first level
  int depth = 4;                          // unet: number of poolings
  // input
  Size size;                              // trained at; empty = chosen from the images (half of CamVid's on the CPU)
  // budget: exactly one is > 0
  double minutes = 0;
  int epochs = 0;
  int64_t steps = 0;
  int batch = 8;
  // optimizer and schedule
  std::string optimizer = "adamw";
  double learningRate = 3e-3;             // peak
  double weightDecay = 3e-2;              // not on 1-D parameters
  std::string schedule = "one-cycle";
  double warmup = 0.15;                   // share of the budget with a rising rate
  double gradientClip = 0;                // 0 = none
  double ema = 0.99;                      // 0 = none
  // loss
  std::string loss = "ce+lovasz";         // ce, ce+lovasz
  double lovaszWeight = 0.5;
  double labelSmoothing = 0;
  // augmentation
  bool flip = true;
  double scaleMin = 0.8, scaleMax = 1.6;  // objects appear scaled by this
  double rotate = 6;                      // ± degrees
  double contrast = 0.3, brightness = 25; // factor 1 ± contrast; ± of 255
  double saturation = 0.2;                // factor 1 ± saturation
  // run
  uint64_t seed = 0;
  std::string device = "auto";            // auto, cpu, cuda:0
  std::string precision = "auto";         // auto, fp32, bf16
  bool deterministic = false;
  int evaluateEvery = 1;                  // epochs

  std::string toJson() const;             // pretty, stable key order
  static Expected<Recipe> fromJson(std::string_view text, const std::string& file = {});
  /// `key=value` as the CLI takes it; size=WxH.
  Expected<> set(std::string_view assignment);
  Expected<> check() const;
  bool operator==(const Recipe&) const = default;
};

}  // namespace intarsia
