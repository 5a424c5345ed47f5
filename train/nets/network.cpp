// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/nets/network.h"

#include <algorithm>

namespace intarsia {

std::vector<NetworkFactories> networkTable();  // generated

static NetworkFactories factories() {
  NetworkFactories all;
  for (const auto& list : networkTable()) all.insert(all.end(), list.begin(), list.end());
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.info.id < b.info.id; });
  return all;
}

std::vector<NetworkInfo> networks() {
  std::vector<NetworkInfo> list;
  for (const auto& factory : factories()) list.push_back(factory.info);
  return list;
}

/// Rows (or columns) of x, the last one repeated up to `length`.
static torch::Tensor lengthened(const torch::Tensor& x, int64_t axis, int64_t length) {
  if (x.size(axis) >= length) return x;
  return x.index_select(axis, torch::arange(length, torch::TensorOptions(torch::kLong).device(x.device())).clamp_max(x.size(axis) - 1));
}

torch::Tensor Network::forward(const torch::Tensor& images) {
  const int64_t height = images.size(2), width = images.size(3), least = leastSide();
  if (height >= least && width >= least) return compute(images);
  const auto format = images.suggest_memory_format();
  const torch::Tensor all = compute(lengthened(lengthened(images, 2, least), 3, least).contiguous(format));
  return all.slice(2, 0, height).slice(3, 0, width).contiguous(format);
}

Expected<std::shared_ptr<Network>> makeNetwork(const std::string& id, const NetworkOptions& options) {
  if (options.outputs < 1)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("A network needs at least one class"));
  for (const auto& factory : factories())
    if (factory.info.id == id) {
      INTARSIA_TRY(auto network, factory.make(options));
      if (options.drawn) network->draw();
      return network;
    }
  std::string known;
  for (const auto& info : networks()) known += (known.empty() ? "" : ", ") + std::string(info.id);
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("There is no network {id}; known are {known}"), {{"id", id}, {"known", known}});
}

}  // namespace intarsia
