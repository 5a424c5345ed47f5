// SPDX-License-Identifier: GPL-3.0-or-later
// Whole training steps as they run on a GPU (augmentation, network, loss, update; device_step.h), pictures of random
// numbers:
//   device_speed [DEVICE=cuda:0] [graph|eager] [NETWORK=unet] [BATCH=16] [HEIGHT=368] [WIDTH=480] [BASE=64]
//   [bf16|tf32|fp32] [STEPS=200] [WARM-UP=50] [LOSS=ce]
// Prints images/s of the steps after the warm-up, the time to the end of the first step, and what the host needed to
// ask for a step.
#include <fmt/format.h>

#include <chrono>

#include "train/infer/torch_model.h"
#include "train/loop/device.h"
#include "train/loop/device_step.h"

namespace {

using namespace intarsia;

class NoiseSource final : public SampleSource {
 public:
  explicit NoiseSource(Size size) : m_size(size) {
    for (int c = 0; c < 12; ++c) (void)m_classes.add("class " + std::to_string(c));
  }
  int count() const override { return 64; }
  Split split(int) const override { return Split::train; }
  std::string name(int i) const override { return "picture " + std::to_string(i); }
  const ClassTable& classes() const override { return m_classes; }
  Expected<Sample> sample(int i) const override {
    Random random(1, uint32_t(i));
    Sample s{{m_size.width, m_size.height, 3, 8, {}}, LabelMap(m_size.width, m_size.height, 0)};
    s.image.bytes.resize(s.image.rowBytes() * size_t(m_size.height));
    for (auto& b : s.image.bytes) b = uint8_t(random.next());
    for (int y = 0; y < m_size.height; ++y)
      for (int x = 0; x < m_size.width; ++x) s.labels.set(x, y, uint16_t((x / 40 + y / 40) % 12));
    return s;
  }
  Expected<Image> image(const std::string&) const override { return fail(ErrorCode::notFound, "There is no image"); }

 private:
  const Size m_size;
  ClassTable m_classes;
};

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

int main(int argc, char** argv) {
  const double begin = now();
  const auto text = [&](int i, const char* otherwise) { return std::string(argc > i ? argv[i] : otherwise); };
  const auto number = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  const std::string id = text(1, "cuda:0"), precision = text(8, "bf16");
  const int batch = number(4, 16), steps = number(9, 200), warmUp = number(10, 50);
  const Size size{number(6, 480), number(5, 368)};
  const auto failed = [](const Error& error) { return fmt::print(stderr, "{}\n", error.message()), 2; };
  const auto known = chooseDevice(id);
  if (!known) return failed(known.error());
  useThreads(0);
  const torch::Device device(*known);
  const DeviceQueue queue(device);
  if (device.is_cuda()) {
    at::globalContext().setBenchmarkCuDNN(true);
    at::globalContext().setAllowTF32CuDNN(precision != "fp32");
    at::globalContext().setAllowTF32CuBLAS(precision != "fp32");
    (void)torch::zeros({1}, device);
  }
  const auto kernels = DeviceKernels::on(device);
  if (!kernels) return failed(kernels.error());
  Recipe recipe;
  recipe.network = text(3, "unet");
  recipe.baseWidth = number(7, 64);
  recipe.batch = batch;
  recipe.loss = text(11, "ce");
  const NoiseSource source(size);
  ModelInfo info;
  info.network = recipe.network;
  info.baseWidth = recipe.baseWidth;
  info.classes = source.classes();
  torch::manual_seed(0);
  auto network = makeNetwork(info);
  if (!network) return failed(network.error());
  (*network)->to(device);
  int64_t numbers = 0;
  for (const auto& p : (*network)->parameters()) numbers += p.numel();
  Weights weights(*network, recipe);
  auto cache = SampleCache::make(source, Split::train, size, {});
  if (!cache) return failed(cache.error());
  DeviceStep::Options options{recipe, LossOptions::of(recipe, info.classes),
                              precision == "bf16" ? torch::kBFloat16 : torch::kFloat, 1, text(2, "graph") == "graph"};
  DeviceStep step(weights,
                  DeviceBatches::make(**cache, recipe, info, options.precision, device, int64_t(1) << 40, 0),
                  queue, *kernels, options);
  double first = 0, start = 0, asking = 0;
  double loss = 0;
  for (int i = 0; i < warmUp + steps; ++i) {
    if (i == warmUp) {
      (void)step.outcomes(true);
      start = now();
    }
    const double before = now();
    if (const auto done = step.run(i, i, {1e-3}); !done) return failed(done.error());
    if (i >= warmUp) asking += now() - before;
    for (const auto& outcome : step.outcomes(i == 0)) loss = outcome.loss;
    if (i == 0) first = now() - begin;
  }
  for (const auto& outcome : step.outcomes(true)) loss = outcome.loss;
  const double seconds = now() - start;
  for (const auto& notice : step.takeNotices()) fmt::print(stderr, "{}\n", notice);
  fmt::print(
      "LibTorch {} {} {} {} {:.1f} M {}x3x{}x{} {}: {:.1f} images/s  step {:.2f} ms  asking {:.2f} ms  first step "
      "{:.2f} s  loss {:.4f}\n",
      torchVersion(), *known, text(2, "graph"), recipe.network, double(numbers) / 1e6, batch, size.height, size.width,
      precision, batch * steps / seconds, 1e3 * seconds / steps, 1e3 * asking / steps, first, loss);
}
