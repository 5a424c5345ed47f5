// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <initializer_list>
#include <string_view>

#include "train/api/recipe.h"

namespace intarsia {

struct Range {
  double low = 0, high = 0;
};
using Choices = std::initializer_list<std::string_view>;  // empty: the field's own rule, or a flag

struct FieldText {
  std::string_view name, group, title, tip;
};

/// Every field once: name, words, member, what it may hold. JSON, `set`, `get`, `check` and the window's dialog follow from this list.
template <class R, class F>
void forEachField(R& r, F&& f) {
  std::string_view group;
  const auto field = [&](std::string_view name, std::string_view title, std::string_view tip, auto& member, auto limits) {
    f(FieldText{name, group, title, tip}, member, limits);
  };
  const Choices any{};
  group = INTARSIA_TEXT("Network");
  field("network", INTARSIA_TEXT("Network"), INTARSIA_TEXT("The architecture that is trained"), r.network, any);
  field("baseWidth", INTARSIA_TEXT("Base width"), INTARSIA_TEXT("U-Net: channels of the first level"), r.baseWidth, Range{4, 512});
  field("depth", INTARSIA_TEXT("Depth"), INTARSIA_TEXT("U-Net: how often the resolution is halved"), r.depth, Range{1, 7});
  field("upPath", INTARSIA_TEXT("Up-path"), INTARSIA_TEXT("U-Net: transposed convolutions, or bilinear interpolation with half the weights"), r.upPath,
        Choices{"transposed", "bilinear"});
  field("decoder", INTARSIA_TEXT("Decoder's widths"),
        INTARSIA_TEXT("U-Nets on a ResNet: channels of the five decoder blocks, as 256,128,64,32,16; empty: the network's own"), r.decoder, any);
  field("initialWeights", INTARSIA_TEXT("Initial weights"),
        INTARSIA_TEXT("A .pth, .safetensors or MatConvNet .mat file, or the id of published weights (intarsia-cli weights); what does not fit keeps random values"), r.initialWeights, any);
  field("freeze", INTARSIA_TEXT("Frozen layers"),
        INTARSIA_TEXT("Layers that are not trained, by name: encoder.* stands for the whole encoder. Several are separated by spaces"), r.freeze, any);
  field("frozenNorm", INTARSIA_TEXT("Frozen batch norms"),
        INTARSIA_TEXT("train: batch norms of frozen layers go on learning, as in fastai; eval: they rest too, better for small batches"),
        r.frozenNorm, Choices{"train", "eval"});
  field("layerGroups", INTARSIA_TEXT("Layer groups"),
        INTARSIA_TEXT("For rates that differ: beginnings of names per group, groups separated by a semicolon; what is left is the last group"),
        r.layerGroups, any);
  field("rateSpread", INTARSIA_TEXT("Rate spread"),
        INTARSIA_TEXT("The first layer group learns at the last one's rate divided by this; 1 = all alike"), r.rateSpread, Range{1, 1e6});
  field("auxiliaryWeight", INTARSIA_TEXT("Second head"), INTARSIA_TEXT("Weight of the loss of a network's second head"), r.auxiliaryWeight, Range{0, 10});

  group = INTARSIA_TEXT("Budget");
  field("size", INTARSIA_TEXT("Size trained at"), INTARSIA_TEXT("Width × height, or auto; results are measured at the labels' own size"), r.size, Range{0, 16384});
  field("minutes", INTARSIA_TEXT("Minutes"), INTARSIA_TEXT("Train this long; exactly one of minutes, epochs and steps is set"), r.minutes, Range{0, 100'000});
  field("epochs", INTARSIA_TEXT("Epochs"), INTARSIA_TEXT("Train this many passes over the images"), r.epochs, Range{0, 1'000'000});
  field("steps", INTARSIA_TEXT("Steps"), INTARSIA_TEXT("Train this many steps of the optimizer"), r.steps, Range{0, 1e9});
  field("batch", INTARSIA_TEXT("Batch"), INTARSIA_TEXT("Images computed at once"), r.batch, Range{1, 4096});
  field("accumulate", INTARSIA_TEXT("Batches per step"), INTARSIA_TEXT("Gradients of this many batches are added up before the weights change"), r.accumulate, Range{1, 1024});
  field("stages", INTARSIA_TEXT("Stages"),
        INTARSIA_TEXT("Parts of the run with schedules of their own, for example: share=1 scale=0.5 frozen; share=2. Each may set share, scale, rate, spread, warmup and frozen"),
        r.stages, any);

  group = INTARSIA_TEXT("Optimizer");
  field("optimizer", INTARSIA_TEXT("Optimizer"), INTARSIA_TEXT("How gradients change the weights"), r.optimizer, Choices{"adamw", "adam", "sgd", "rmsprop"});
  field("learningRate", INTARSIA_TEXT("Learning rate"), INTARSIA_TEXT("Peak of the schedule"), r.learningRate, Range{1e-8, 10});
  field("findRate", INTARSIA_TEXT("Find the rate"), INTARSIA_TEXT("Looks for the learning rate before training and takes the finder's valley"), r.findRate, any);
  field("weightDecay", INTARSIA_TEXT("Weight decay"), INTARSIA_TEXT("Decoupled with AdamW; added to the gradient with the others, as in PyTorch"), r.weightDecay, Range{0, 1});
  field("decayAll", INTARSIA_TEXT("Decay all"), INTARSIA_TEXT("Biases and batch norms decay too"), r.decayAll, any);
  field("momentum", INTARSIA_TEXT("Momentum"), INTARSIA_TEXT("Of SGD and RMSProp; Adam's β1"), r.momentum, Range{0, 0.9999});
  field("beta2", INTARSIA_TEXT("Second moment"), INTARSIA_TEXT("Adam's β2, RMSProp's α"), r.beta2, Range{0, 0.999999});
  field("epsilon", INTARSIA_TEXT("Epsilon"), INTARSIA_TEXT("Added to the root of the second moment"), r.epsilon, Range{1e-12, 1});
  field("gradientClip", INTARSIA_TEXT("Gradient clip"), INTARSIA_TEXT("Longest gradient (norm over all weights); 0 = any"), r.gradientClip, Range{0, 1e6});
  field("ema", INTARSIA_TEXT("Weight average"), INTARSIA_TEXT("Share that the running average of the weights keeps per step; it is what is measured and saved. 0 = no average"), r.ema, Range{0, 0.99999});

  group = INTARSIA_TEXT("Schedule");
  field("schedule", INTARSIA_TEXT("Schedule"), INTARSIA_TEXT("How the rate changes over the budget"), r.schedule, Choices{"one-cycle", "poly", "flat-cosine", "plateau", "constant"});
  field("warmup", INTARSIA_TEXT("Warm-up"), INTARSIA_TEXT("Share of the budget with a rising rate (fastai's pct_start)"), r.warmup, Range{0, 0.99});
  field("warmupShape", INTARSIA_TEXT("Warm-up's shape"), INTARSIA_TEXT("A line, or half a cosine as in fastai"), r.warmupShape, Choices{"linear", "cosine"});
  field("startDivisor", INTARSIA_TEXT("Start divisor"), INTARSIA_TEXT("The warm-up begins at the peak divided by this"), r.startDivisor, Range{1, 1e9});
  field("endDivisor", INTARSIA_TEXT("End divisor"), INTARSIA_TEXT("The rate ends at the peak divided by this"), r.endDivisor, Range{1, 1e9});
  field("momentumLow", INTARSIA_TEXT("Momentum at the peak"), INTARSIA_TEXT("One-cycle lowers the momentum to this while the rate rises; 0 = it stays"), r.momentumLow, Range{0, 0.9999});
  field("power", INTARSIA_TEXT("Power"), INTARSIA_TEXT("Of the schedule poly"), r.power, Range{0.1, 10});
  field("flat", INTARSIA_TEXT("Flat share"), INTARSIA_TEXT("Flat-cosine: share of the budget before the rate falls"), r.flat, Range{0, 0.99});
  field("patience", INTARSIA_TEXT("Patience"), INTARSIA_TEXT("Plateau: epochs without a better loss before the rate falls"), r.patience, Range{1, 100'000});
  field("plateauFactor", INTARSIA_TEXT("Plateau factor"), INTARSIA_TEXT("Plateau: what the rate is multiplied by"), r.plateauFactor, Range{0.001, 0.99});

  group = INTARSIA_TEXT("Loss");
  field("loss", INTARSIA_TEXT("Loss"),
        INTARSIA_TEXT("ce: cross-entropy; bce: each class against the others; ohem: the hardest pixels; dice and lovasz follow the overlap and help rare classes"),
        r.loss, Choices{"ce", "ce+lovasz", "dice", "ce+dice", "focal", "bce", "ohem"});
  field("lovaszWeight", INTARSIA_TEXT("Lovász weight"), INTARSIA_TEXT("Beside the cross-entropy's 1"), r.lovaszWeight, Range{0, 100});
  field("diceWeight", INTARSIA_TEXT("Dice weight"), INTARSIA_TEXT("Beside the cross-entropy's 1"), r.diceWeight, Range{0, 100});
  field("focalGamma", INTARSIA_TEXT("Focal gamma"), INTARSIA_TEXT("How much less easy pixels count"), r.focalGamma, Range{0, 10});
  field("ohemThreshold", INTARSIA_TEXT("OHEM threshold"), INTARSIA_TEXT("Pixels whose class has a lower probability count"), r.ohemThreshold, Range{0.01, 1});
  field("ohemKeep", INTARSIA_TEXT("OHEM share"), INTARSIA_TEXT("At least this share of the pixels counts"), r.ohemKeep, Range{0.001, 1});
  field("labelSmoothing", INTARSIA_TEXT("Label smoothing"), INTARSIA_TEXT("Share of certainty that labels give to the other classes"), r.labelSmoothing, Range{0, 0.5});
  field("classWeights", INTARSIA_TEXT("Class weights"), INTARSIA_TEXT("none; median: rare classes count more (median frequency); or a number per class, separated by commas"), r.classWeights, any);

  group = INTARSIA_TEXT("Augmentation");
  field("augmentProbability", INTARSIA_TEXT("Probability"), INTARSIA_TEXT("Of each change below but the flips"), r.augmentProbability, Range{0, 1});
  field("flip", INTARSIA_TEXT("Flip"), INTARSIA_TEXT("Half of the images are mirrored left to right"), r.flip, any);
  field("flipVertical", INTARSIA_TEXT("Flip upside down"), INTARSIA_TEXT("Half of the images are mirrored top to bottom"), r.flipVertical, any);
  field("scaleMin", INTARSIA_TEXT("Smallest zoom"), INTARSIA_TEXT("Objects appear scaled by at least this"), r.scaleMin, Range{0.1, 10});
  field("scaleMax", INTARSIA_TEXT("Largest zoom"), INTARSIA_TEXT("Objects appear scaled by at most this; what does not fit is cut off"), r.scaleMax, Range{0.1, 10});
  field("rotate", INTARSIA_TEXT("Rotation"), INTARSIA_TEXT("Up to this many degrees either way"), r.rotate, Range{0, 180});
  field("warp", INTARSIA_TEXT("Perspective"), INTARSIA_TEXT("How strongly the image is tilted in space"), r.warp, Range{0, 0.5});
  field("rareCrop", INTARSIA_TEXT("Centre on rare classes"), INTARSIA_TEXT("Share of samples whose crop is centred on a pixel of a rare class, from the second epoch on"), r.rareCrop, Range{0, 1});
  field("pasteRare", INTARSIA_TEXT("Paste rare classes"), INTARSIA_TEXT("Share of samples into which pieces of rare classes of another image are pasted, from the second epoch on"), r.pasteRare, Range{0, 1});
  field("light", INTARSIA_TEXT("Light"), INTARSIA_TEXT("linear: on the values; logit: contrast and brightness as in fastai (brightness 51 and contrast 0.2 are its max_lighting 0.2)"), r.light, Choices{"linear", "logit"});
  field("contrast", INTARSIA_TEXT("Contrast"), INTARSIA_TEXT("Factor 1 ± this"), r.contrast, Range{0, 0.95});
  field("brightness", INTARSIA_TEXT("Brightness"), INTARSIA_TEXT("± this of 255"), r.brightness, Range{0, 255});
  field("saturation", INTARSIA_TEXT("Saturation"), INTARSIA_TEXT("Factor 1 ± this"), r.saturation, Range{0, 1});
  field("gamma", INTARSIA_TEXT("Gamma"), INTARSIA_TEXT("Exponent between 1 / (1 + this) and 1 + this"), r.gamma, Range{0, 4});
  field("blur", INTARSIA_TEXT("Blur"), INTARSIA_TEXT("Deviation of the blur, up to this many pixels"), r.blur, Range{0, 10});
  field("noise", INTARSIA_TEXT("Noise"), INTARSIA_TEXT("Deviation of the noise, up to this of 255"), r.noise, Range{0, 128});

  group = INTARSIA_TEXT("Run");
  field("seed", INTARSIA_TEXT("Seed"), INTARSIA_TEXT("The same seed draws the same weights, order and changes"), r.seed, Range{0, 18446744073709551616.0});
  field("device", INTARSIA_TEXT("Device"), INTARSIA_TEXT("auto, cpu, cuda or cuda:N"), r.device, any);
  field("precision", INTARSIA_TEXT("Precision"), INTARSIA_TEXT("auto: bf16 where the device is fast at it; tf32: fp32 with shortened products on a graphics card"), r.precision,
        Choices{"auto", "fp32", "tf32", "bf16"});
  field("deterministic", INTARSIA_TEXT("Deterministic"), INTARSIA_TEXT("A run with epochs or steps repeats bit for bit on the CPU; a checkpoint after each epoch"), r.deterministic, any);
  field("evaluateEvery", INTARSIA_TEXT("Measure every"), INTARSIA_TEXT("Epochs between two measurements on the validation images"), r.evaluateEvery, Range{1, 1'000'000});
}

}  // namespace intarsia
