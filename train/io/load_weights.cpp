// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/io/load_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "train/api/model_info.h"
#include "train/io/tensors.h"

namespace intarsia {
namespace {

using Targets = std::map<std::string, torch::Tensor>;
/// The network's tensor for each of the file's, "" for none.
using Reading = std::vector<std::string>;

constexpr std::array<std::string_view, 6> kPrefixes{"module.", "_orig_mod.", "model.", "net.", "network.", "state_dict."};
constexpr std::string_view kCounter = "num_batches_tracked";  // files from before PyTorch 0.4.1 have none

std::string shapeText(const std::vector<int64_t>& shape) { return fmt::format("{}", fmt::join(shape, "×")); }

bool fits(const WeightTensor& tensor, const torch::Tensor& target) {
  if (target.sizes() == torch::IntArrayRef(tensor.shape)) return true;
  // A fully connected layer over a picture is a convolution of that size.
  return tensor.shape.size() == 2 && target.dim() == 4 && tensor.shape[0] == target.size(0) && tensor.shape[1] == target.size(1) * target.size(2) * target.size(3);
}

/// Without the prefixes that wrappers put before every name.
std::string stripped(std::string name) {
  for (bool again = true; again;) {
    again = false;
    for (const auto prefix : kPrefixes)
      if (name.starts_with(prefix)) name.erase(0, prefix.size()), again = true;
  }
  return name;
}

/// torchvision's name of a ResNet's or VGG's tensor that smp, torchvision's segmentation networks or fastai call otherwise.
std::string classifierName(std::string name) {
  for (const std::string_view prefix : {"encoder.", "backbone."})
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  for (const std::string_view prefix : {"layers.0.", "0."}) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPlaces{
        {{"0.", "conv1."}, {"1.", "bn1."}, {"4.", "layer1."}, {"5.", "layer2."}, {"6.", "layer3."}, {"7.", "layer4."}}};
    if (name.starts_with(prefix))
      for (const auto& [theirs, ours] : kPlaces)
        if (std::string_view(name).substr(prefix.size()).starts_with(theirs)) return std::string(ours) + name.substr(prefix.size() + theirs.size());
  }
  return name;
}

int countOf(const Reading& reading, const std::vector<WeightTensor>& tensors, const Targets& targets) {
  int count = 0;
  for (size_t i = 0; i < reading.size(); ++i)
    if (const auto target = targets.find(reading[i]); target != targets.end() && fits(tensors[i], target->second)) ++count;
  return count;
}

/// The first convolution for our normalised pixels instead of raw ones less their mean; at the picture's border, where both pad with 0, the
/// means' difference of half a step of 255 stays.
void takeNormalised(const torch::Tensor& weight, const torch::Tensor& bias, const std::array<double, 3>& mean) {
  const ModelInfo ours;
  for (int64_t c = 0; c < 3; ++c) {
    const torch::Tensor filter = weight.select(1, c);
    bias.add_(filter.sum({1, 2}) * (255 * double(ours.mean[size_t(c)]) - mean[size_t(c)]));
    filter.mul_(255 * double(ours.deviation[size_t(c)]));
  }
}

}  // namespace

std::string WeightReport::summary() const {
  const auto some = [](const std::vector<std::string>& names) {
    return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + std::ptrdiff_t(std::min<size_t>(3, names.size())), ", "),
                       names.size() > 3 ? fmt::format(" and {} more", names.size() - 3) : "");
  };
  std::string text = fmt::format("{} of {} tensors come from {} ({})", loaded.size(), loaded.size() + missing.size() + mismatched.size(), file, format);
  if (!missing.empty()) text += fmt::format("; not in it: {}", some(missing));
  if (!mismatched.empty()) text += fmt::format("; of another shape: {}", some(mismatched));
  if (!surplus.empty()) text += fmt::format("; not used: {}", some(surplus));
  return text;
}

std::string WeightReport::text() const {
  std::string all = summary();
  for (const auto& [what, names] : {std::pair("missing", &missing), {"of another shape", &mismatched}, {"not used", &surplus}, {"loaded", &loaded}})
    for (const auto& name : *names) all += fmt::format("\n{:16}  {}", what, name);
  return all;
}

Expected<WeightReport> loadWeights(Network& network, const WeightFile& file) {
  torch::NoGradGuard noGrad;
  Targets targets;
  for (const auto& [name, tensor] : namedState(network)) targets.emplace(name, tensor);
  const auto& tensors = file.list().tensors;
  // Each way to read the names; the one that fits most tensors is taken.
  std::vector<Reading> readings(3, Reading(tensors.size()));
  for (size_t i = 0; i < tensors.size(); ++i) {
    readings[0][i] = tensors[i].name;
    readings[1][i] = stripped(tensors[i].name);
    readings[2][i] = network.encoderName(classifierName(readings[1][i]));
  }
  const auto best = std::ranges::max_element(readings, {}, [&](const Reading& r) { return countOf(r, tensors, targets); });
  WeightReport report{.file = file.path(), .format = std::string(file.list().format)};
  std::set<std::string> done;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const auto target = targets.find((*best)[i]);
    if (target == targets.end()) {
      report.surplus.push_back(tensors[i].name);
    } else if (!done.insert(target->first).second) {
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} has two tensors for {name}"), {{"file", file.path()}, {"name", target->first}});
    } else if (!fits(tensors[i], target->second)) {
      report.mismatched.push_back(fmt::format("{}: theirs {}, ours {}", target->first, shapeText(tensors[i].shape), shapeText(target->second.sizes().vec())));
    } else {
      INTARSIA_TRY(const NamedTensor read, file.read(tensors[i]));
      target->second.copy_(toTensor(read).view(target->second.sizes()));
      report.loaded.push_back(target->first);
    }
  }
  if (const auto& mean = file.list().rawMean) {
    const auto weight = targets.find(network.encoderName("features.0.weight")), bias = targets.find(network.encoderName("features.0.bias"));
    if (weight != targets.end() && bias != targets.end() && std::ranges::count(report.loaded, weight->first) && std::ranges::count(report.loaded, bias->first))
      takeNormalised(weight->second, bias->second, *mean);
  }
  for (const auto& [name, tensor] : targets)
    if (!done.contains(name) && !name.ends_with(kCounter)) report.missing.push_back(name);
  if (report.loaded.empty())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("No tensor of {file} fits this network; its first is {name}"),
                {{"file", file.path()}, {"name", tensors.empty() ? "of an unknown format" : tensors[0].name + " (" + shapeText(tensors[0].shape) + ")"}});
  return report;
}

}  // namespace intarsia
