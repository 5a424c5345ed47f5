// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/engine/doctor.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/json.h"
#include "train/cuda/device_kernels.h"
#include "train/engine/machine.h"
#include "train/nets/network.h"

namespace intarsia {
namespace {

using Json = nlohmann::ordered_json;

// A 3×64×96 picture through a U-Net of base width 8: enough to touch every kind of layer.
constexpr double kTolerance = 1e-4, kToleranceBf16 = 0.1;

double relativeDifference(const torch::Tensor& a, const torch::Tensor& reference) {
  const auto difference = (a.to(torch::kCPU, torch::kFloat64) - reference).abs().max().item<double>();
  return difference / std::max(1e-12, reference.abs().max().item<double>());
}

Expected<> compareNumbers(const torch::Device& device, Diagnosis& d) {
  torch::NoGradGuard noGrad;
  torch::manual_seed(1);
  INTARSIA_TRY(const auto network, makeNetwork("unet", {.outputs = 5, .baseWidth = 8, .depth = 3}));
  network->eval();
  const auto image = torch::randn({2, 3, 64, 96});
  const auto layout = [](const torch::Tensor& t) { return t.contiguous(at::MemoryFormat::ChannelsLast); };
  network->to(torch::kFloat64);
  const auto reference = network->forward(image.to(torch::kFloat64));
  network->to(torch::kFloat32);
  network->to(device);
  d.difference = relativeDifference(network->forward(layout(image.to(device))), reference);
  d.differenceBf16 = relativeDifference(network->forward(layout(image.to(device, torch::kBFloat16))), reference);
  const auto wrong = [&](double found, double allowed, const char* format) {
    if (!(found <= allowed))
      d.problems.push_back(fmt::format(INTARSIA_TEXT("{} computes wrong numbers in {}: a small network's answer differs by {:.2g} (allowed: {:.2g})"),
                                       d.device, format, found, allowed));
  };
  wrong(d.difference, kTolerance, "fp32");
  wrong(d.differenceBf16, kToleranceBf16, "bf16");
  return {};
}

}  // namespace

Expected<Diagnosis> diagnose(const std::string& wanted) {
  Diagnosis d{.version = INTARSIA_VERSION, .torchVersion = torchVersion(), .torchConfig = torchConfiguration()};
  d.devices = devices();
  INTARSIA_TRY(d.device, chooseDevice(wanted));
  d.cores = coreCount();
  d.threads = computingThreads();
  useThreads(d.threads);
  d.blas = blasLibrary();
  d.instructionSets = instructionSets();
  if (const auto warning = blasWarning()) d.problems.push_back(*warning);
  if (std::find(d.instructionSets.begin(), d.instructionSets.end(), "avx2") == d.instructionSets.end() && d.device == "cpu")
    d.problems.push_back(INTARSIA_TEXT("This processor has no AVX2: training will be slow"));
  try {
    INTARSIA_CHECK(compareNumbers(torch::Device(d.device), d));
    if (torch::Device(d.device).is_cuda())
      if (const auto kernels = DeviceKernels::on(torch::Device(d.device)); !kernels) d.problems.push_back(kernels.error().message());
  } catch (const std::exception& e) {
    const std::string_view why = e.what();
    d.problems.push_back(fmt::format(INTARSIA_TEXT("{} does not compute: {}"), d.device, why.substr(0, why.find('\n'))));
  }
  d.libraries = computeLibraries();  // after computing: some are loaded late
  const auto openMp = std::count_if(d.libraries.begin(), d.libraries.end(), [](const auto& path) {
    return path.find("libgomp") != std::string::npos || path.find("libomp") != std::string::npos || path.find("libiomp") != std::string::npos;
  });
  if (openMp > 1) d.problems.push_back(INTARSIA_TEXT("More than one OpenMP library is loaded: their threads get in each other's way"));
  return d;
}

std::string Diagnosis::toJson() const {
  Json json{{"version", version}, {"torch", torchVersion}, {"device", device}, {"devices", Json::array()}};
  for (const auto& item : devices) json["devices"].push_back({{"id", item.id}, {"name", item.name}});
  json["cores"] = cores;
  json["threads"] = threads;
  json["blas"] = blas;
  json["libraries"] = libraries;
  json["instructionSets"] = instructionSets;
  json["difference"] = difference;
  json["differenceBf16"] = differenceBf16;
  json["problems"] = problems;
  json["torchConfig"] = torchConfig;
  return dumpJson(json, 2) + "\n";
}

std::string Diagnosis::toText() const {
  std::string out = fmt::format("intarsia-engine {} with LibTorch {}\n", version, torchVersion);
  for (const auto& item : devices) out += fmt::format("device           {} ({})\n", item.id, item.name);
  out += fmt::format("threads          {} of {} cores\n", threads, cores);
  out += fmt::format("instruction sets {}\n", fmt::join(instructionSets, " "));
  out += fmt::format("BLAS             {}\n", blas.empty() ? "none" : blas);
  for (const auto& path : libraries) out += fmt::format("library          {}\n", path);
  out += fmt::format("numbers          on {}: {:.2g} from double precision in fp32, {:.2g} in bf16\n", device, difference, differenceBf16);
  for (const auto& problem : problems) out += fmt::format("problem          {}\n", problem);
  if (problems.empty()) out += "All is well.\n";
  return out;
}

std::string describeAsJson() {
  Json json{{"version", INTARSIA_VERSION}, {"torch", torchVersion()}, {"devices", Json::array()}, {"deviceNames", Json::array()}, {"networks", Json::array()}};
  for (const auto& device : devices()) {
    json["devices"].push_back(device.id);
    json["deviceNames"].push_back(device.name);
  }
  for (const auto& info : networks()) json["networks"].push_back(info.id);
  json["losses"] = {"ce", "ce+lovasz", "dice", "ce+dice", "focal", "bce", "ohem"};
  return dumpJson(json) + "\n";
}

}  // namespace intarsia
