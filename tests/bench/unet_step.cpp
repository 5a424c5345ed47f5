// SPDX-License-Identifier: GPL-3.0-or-later
// Times a training step and an inference: unet_step [NETWORK=unet] [BATCH=4] [HEIGHT=176] [WIDTH=240] [BASE=32] [bf16|fp32] [STEPS=10]
// The same work as one step of a Python peer: forward, cross-entropy over 12 classes, backward, AdamW. Prints medians.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "train/loop/device.h"
#include "train/loop/loss.h"
#include "train/loop/weights.h"

int main(int argc, char** argv) {
  using namespace intarsia;
  const auto text = [&](int i, const char* otherwise) { return std::string(argc > i ? argv[i] : otherwise); };
  const auto number = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  const std::string id = text(1, "unet"), precision = text(6, "bf16");
  const int batch = number(2, 4), height = number(3, 176), width = number(4, 240), steps = number(7, 10);
  useThreads(0);
  torch::manual_seed(0);
  NetworkOptions options;
  options.outputs = 12;
  options.baseWidth = number(5, 32);
  auto network = makeNetwork(id, options);
  if (!network) return fmt::print(stderr, "{}\n", network.error().message()), 2;
  const auto type = precision == "bf16" ? torch::kBFloat16 : torch::kFloat;
  const auto images = torch::rand({batch, 3, height, width}).to(type).contiguous(at::MemoryFormat::ChannelsLast);
  const auto target = torch::randint(0, 12, {batch, height, width}, torch::kLong);
  Recipe recipe;
  recipe.weightDecay = 1e-2;
  Weights weights(*network, recipe);
  LossOptions lossOptions;
  lossOptions.allowed.assign(12, 1);
  const auto median = [](std::vector<double> times) {
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
  };
  const auto now = [] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); };
  std::vector<double> forward, backward, update, all;
  for (int i = 0; i < steps + 2; ++i) {
    const double a = now();
    const auto logits = (*network)->forward(images);
    const double b = now();
    const Loss loss = segmentationLoss(logits, target, lossOptions, Random(0));
    logits.backward(loss.gradient);
    const double c = now();
    weights.step({1e-3});
    const double d = now();
    if (i < 2) continue;
    forward.push_back(b - a), backward.push_back(c - b), update.push_back(d - c), all.push_back(d - a);
  }
  (*network)->fold(type);
  std::vector<double> inference;
  for (int i = 0; i < steps + 2; ++i) {
    torch::InferenceMode mode;
    const double a = now();
    (void)(*network)->forward(images).sum().item<float>();
    if (i > 1) inference.push_back(now() - a);
  }
  fmt::print("LibTorch {} {} {} {}x3x{}x{} kernels {}  train {:.3f} s (forward {:.3f} loss+backward {:.3f} update {:.3f})  infer {:.3f} s\n", torchVersion(), id,
             precision, batch, height, width, kernels().name, median(all), median(forward), median(backward), median(update), median(inference));
}
