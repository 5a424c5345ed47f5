// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses and sizes: torchvision 0.14 to 0.29, models/{resnet,vgg}.py, models/segmentation/{fcn,deeplabv3}.py.
#include "train/api/known_weights.h"

#include <array>
#include <cstdlib>

#include "core/base/text.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kImageNet = INTARSIA_TEXT("ImageNet, 1.2 million photographs in 1000 classes"),
                           kCoco = INTARSIA_TEXT("COCO photographs with Pascal VOC's 21 classes");
constexpr std::array kKnown{
    KnownWeights{"resnet18", "resnet18-f37072fd.pth", 44.661, kImageNet, "resnet18_unet"},
    KnownWeights{"resnet34", "resnet34-b627a593.pth", 83.275, kImageNet, "resnet34_unet resnet34_dynamic_unet resnet34_dynamic_unet_v2"},
    KnownWeights{"resnet50", "resnet50-0676ba61.pth", 97.781, kImageNet, "resnet50_unet deeplabv3_resnet50 fcn_resnet50"},
    KnownWeights{"resnet101", "resnet101-63fe2227.pth", 170.511, kImageNet, "deeplabv3_resnet101 fcn_resnet101"},
    KnownWeights{"vgg16", "vgg16-397923af.pth", 527.796, kImageNet, "fcn8s_vgg16 fcn8s_vgg16_tf"},
    KnownWeights{"vgg19", "vgg19-dcbb9e9d.pth", 548.051, kImageNet, "fcn8s_vgg19 fcn8s_vgg19_tf"},
    KnownWeights{"deeplabv3_resnet50_coco", "deeplabv3_resnet50_coco-cd0a2569.pth", 160.515, kCoco, "deeplabv3_resnet50"},
    KnownWeights{"deeplabv3_resnet101_coco", "deeplabv3_resnet101_coco-586e9e4e.pth", 233.217, kCoco, "deeplabv3_resnet101"},
    KnownWeights{"fcn_resnet50_coco", "fcn_resnet50_coco-1167a1af.pth", 135.009, kCoco, "fcn_resnet50"},
    KnownWeights{"fcn_resnet101_coco", "fcn_resnet101_coco-7ecb50ca.pth", 207.711, kCoco, "fcn_resnet101"}};

fs::path fromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value ? fs::path(value) : fs::path();
}
fs::path homeFolder(const char* name, const char* below) {
  const fs::path set = fromEnvironment(name);
  return set.is_absolute() ? set : fromEnvironment("HOME") / below;
}

}  // namespace

const std::string_view kWeightsTerms =
    INTARSIA_TEXT("Published by torchvision, whose code is under the BSD 3-clause licence; the weights have no licence of their own, and the terms of the pictures "
                  "that they were trained on may restrict what you may do with them");

std::string KnownWeights::url() const {
  const char* mirror = std::getenv("INTARSIA_WEIGHTS_MIRROR");
  std::string folder = mirror && *mirror ? mirror : "https://download.pytorch.org/models/";
  if (!folder.ends_with('/')) folder += '/';
  return folder + std::string(file);
}

bool KnownWeights::fits(std::string_view network) const {
  return (" " + std::string(networks) + " ").find(" " + std::string(network) + " ") != std::string::npos;
}

std::optional<fs::path> KnownWeights::path() const {
  const fs::path torch = fromEnvironment("TORCH_HOME"), cache = torch.empty() ? homeFolder("XDG_CACHE_HOME", ".cache") / "torch" : torch;
  std::error_code error;
  for (const fs::path& folder : {weightsFolder(), cache / "hub" / "checkpoints"})
    if (fs::is_regular_file(folder / file, error)) return folder / file;
  return std::nullopt;
}

std::string KnownWeights::sha256() const {
  const size_t dash = file.rfind('-');
  return std::string(file.substr(dash + 1, file.rfind('.') - dash - 1));
}

std::span<const KnownWeights> knownWeights() { return kKnown; }

const KnownWeights* findKnownWeights(std::string_view id) {
  for (const auto& known : kKnown)
    if (known.id == id) return &known;
  return nullptr;
}

fs::path weightsFolder() {
  const fs::path set = fromEnvironment("INTARSIA_WEIGHTS");
  return set.empty() ? homeFolder("XDG_DATA_HOME", ".local/share") / "intarsia" / "weights" : set;
}

Expected<fs::path> findWeights(const std::string& pathOrId) {
  std::error_code error;
  const KnownWeights* known = findKnownWeights(pathOrId);
  if (!known) {
    if (fs::exists(pathOrId, error)) return fs::path(pathOrId);
    std::string ids;
    for (const auto& one : kKnown) ids += (ids.empty() ? "" : ", ") + std::string(one.id);
    return fail(ErrorCode::notFound, INTARSIA_TEXT("There is no weight file {file}, nor are weights known by that name; known are {ids}"), {{"file", pathOrId}, {"ids", ids}});
  }
  if (const auto path = known->path()) return *path;
  return fail(ErrorCode::notFound, INTARSIA_TEXT("The weights {id} are not on this machine: fetch them with intarsia-cli weights download {id}, or put {file} into {folder}"),
              {{"id", pathOrId}, {"file", std::string(known->file)}, {"folder", displayPath(weightsFolder())}});
}

}  // namespace intarsia
