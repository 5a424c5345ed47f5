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

/// A part of a run with a schedule of its own; what is 0 is the recipe's.
struct RecipeStage {
  double share = 1;      // of the budget, relative to the other stages
  double scale = 1;      // of the size trained at: 0.5 = half as wide and high
  double rate = 0;       // peak
  double spread = 0;     // see rateSpread
  double warmup = -1;    // below 0 = the recipe's
  bool frozen = false;   // the layers that `freeze` names rest
};

/// Everything that decides how a run trains. A value; JSON with every field; an unknown field or a value out of range is an error that
/// names it. What each field means, its range and its title: recipeFields() (recipe_fields.h).
struct Recipe {
  // network
  std::string network = "fast";           // id in the engine's registry: fast, unet, resnet18_unet, …
  int baseWidth = 32;                     // unet: channels of the first level
  int depth = 4;                          // unet: number of poolings
  std::string upPath = "transposed";      // unet: transposed, bilinear
  std::string decoder;                    // *_unet: five numbers of channels separated by commas; empty = the network's own
  std::string initialWeights;             // a weight file, or the id of known weights; empty = random
  std::string freeze;                     // patterns of parameter names that are not trained, "encoder.*"; several separated by spaces
  std::string frozenNorm = "train";       // train: batch norms of frozen layers stay trainable (fastai); eval: they rest too
  std::string layerGroups = "auto";       // names' beginnings per group, groups separated by ";"; the rest is the last group
  double rateSpread = 1;                  // the first group's rate is the last one's / this; even steps between
  double auxiliaryWeight = 0.5;           // of a second head's loss
  // input
  Size size;                              // trained at; empty = chosen from the images, the network and the device
  // budget: exactly one is > 0
  double minutes = 0;
  int epochs = 0;
  int64_t steps = 0;
  int batch = 8;
  int accumulate = 1;                     // batches per step of the optimizer
  std::string stages;                     // "share=10 scale=0.5 rate=0.002 frozen; share=12 …"; empty = one
  // optimizer and schedule
  std::string optimizer = "adamw";        // adamw, adam, sgd, rmsprop
  double learningRate = 3e-3;             // peak
  bool findRate = false;                  // the finder's "valley" instead, looked for before training
  double weightDecay = 5e-2;
  bool decayAll = false;                  // 1-D parameters (biases, norms) decay too
  double momentum = 0.9;                  // of SGD and RMSProp; β1 of Adam
  double beta2 = 0.999;                   // of Adam; α of RMSProp
  double epsilon = 1e-8;
  std::string schedule = "one-cycle";     // one-cycle, poly, flat-cosine, plateau, constant
  double warmup = 0.15;                   // share of the budget with a rising rate
  std::string warmupShape = "linear";     // linear, cosine
  double startDivisor = 20, endDivisor = 1000;  // rate at the start and at the end = peak / these
  double momentumLow = 0;                 // momentum at the peak of one-cycle; 0 = it stays
  double power = 0.9;                     // of poly
  double flat = 0.75;                     // flat-cosine: share of the budget before the decay
  int patience = 5;                       // plateau: epochs without a better loss
  double plateauFactor = 0.3;
  double gradientClip = 0;                // 0 = none
  double ema = 0.995;                     // 0 = none
  // loss
  std::string loss = "ce+lovasz";         // ce, ce+lovasz, dice, ce+dice, focal, bce, ohem
  double lovaszWeight = 0.75, diceWeight = 1;
  double focalGamma = 2;
  double ohemThreshold = 0.7, ohemKeep = 0.0625;  // pixels below this probability count, but at least this share
  double labelSmoothing = 0;
  std::string classWeights = "none";      // none, median (median-frequency), or a number per class separated by commas
  // augmentation
  double augmentProbability = 1;          // of each of the changes below but flips
  bool flip = true, flipVertical = false;
  double scaleMin = 0.6, scaleMax = 2;    // objects appear scaled by this
  double rotate = 8;                      // ± degrees
  double warp = 0;                        // corners move by up to this share of half the side: perspective
  double rareCrop = 0.25;                 // share of samples centred on a pixel of a rare class, from the second epoch on
  double pasteRare = 0.3;                 // share of samples that get objects of rare classes from other pictures, as early
  std::string light = "linear";           // linear; logit: contrast and brightness as fastai does them
  double contrast = 0.3, brightness = 25; // factor 1 ± contrast; ± of 255
  double saturation = 0.3;                // factor 1 ± saturation
  double gamma = 0.2;                     // exponent from 1 / (1 + gamma) to 1 + gamma
  double blur = 0;                        // deviation of the blur, up to, in pixels
  double noise = 0;                       // deviation of the noise, up to, of 255
  // run
  uint64_t seed = 0;
  std::string device = "auto";            // auto, cpu, cuda:0
  std::string precision = "auto";         // auto, fp32, tf32, bf16
  bool deterministic = false;
  int evaluateEvery = 1;                  // epochs

  std::string toJson() const;             // pretty, stable key order
  static Expected<Recipe> fromJson(std::string_view text, const std::string& file = {});
  /// `key=value` as the CLI takes it; size=WxH.
  Expected<> set(std::string_view assignment);
  /// The value of a field as `set` takes it; empty for an unknown name.
  std::string get(std::string_view field) const;
  Expected<> check() const;
  /// At least one; `stages` read.
  Expected<std::vector<RecipeStage>> stageList() const;
  /// A weight per class where `classWeights` gives them by hand, else empty.
  std::vector<double> weightList() const;
  /// The channels that `decoder` gives, else empty.
  std::vector<int> decoderList() const;
  bool operator==(const Recipe&) const = default;
};

/// `name` fits one of the patterns in `list` (separated by spaces or commas; * stands for any characters).
bool matchesPatterns(std::string_view name, std::string_view list);

}  // namespace intarsia
