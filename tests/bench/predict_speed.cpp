// SPDX-License-Identifier: GPL-3.0-or-later
// Times the network's answer to one picture as the engine computes it (batch norm folded), 12 classes, 2 threads:
//   predict_speed NETWORK HEIGHT WIDTH bf16|fp32 COUNT    prints COUNT times in milliseconds, after two runs that do not count
#include <fmt/format.h>

#include <chrono>

#include "train/loop/device.h"
#include "train/nets/network.h"

int main(int argc, char** argv) {
  using namespace intarsia;
  if (argc != 6) return fmt::print(stderr, "predict_speed NETWORK HEIGHT WIDTH bf16|fp32 COUNT\n"), 2;
  useThreads(2);
  torch::manual_seed(0);
  NetworkOptions options;
  options.outputs = 12;
  auto network = makeNetwork(argv[1], options);
  if (!network) return fmt::print(stderr, "{}\n", network.error().message()), 2;
  const int height = std::atoi(argv[2]), width = std::atoi(argv[3]), count = std::atoi(argv[5]);
  const auto type = std::string(argv[4]) == "bf16" ? torch::kBFloat16 : torch::kFloat;
  torch::InferenceMode mode;
  (*network)->fold(type);
  const auto image = torch::rand({1, 3, height, width}).contiguous(at::MemoryFormat::ChannelsLast);
  for (int i = -2; i < count; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const torch::Tensor out = (*network)->forward(image.to(type)).to(torch::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    if (i >= 0) fmt::print("{:.2f}\n", time.count());
  }
}
