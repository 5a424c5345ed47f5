// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/io/tensors.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <set>

namespace intarsia {
namespace {

struct TypePair {
  TensorType ours;
  torch::ScalarType torch;
};
constexpr std::array kTypes{TypePair{TensorType::f32, torch::kFloat32}, TypePair{TensorType::f64, torch::kFloat64},
                            TypePair{TensorType::bf16, torch::kBFloat16}, TypePair{TensorType::f16, torch::kFloat16},
                            TypePair{TensorType::i64, torch::kInt64}, TypePair{TensorType::i32, torch::kInt32}, TypePair{TensorType::u8, torch::kUInt8}};

std::string shapeText(torch::IntArrayRef shape) { return fmt::format("{}", fmt::join(shape.begin(), shape.end(), "×")); }

/// Parameters, then buffers of each module in registration order: what Python's state_dict does.
void collect(const torch::nn::Module& module, const std::string& prefix, std::vector<std::pair<std::string, torch::Tensor>>& out) {
  for (const auto& item : module.named_parameters(/*recurse=*/false)) out.emplace_back(prefix + item.key(), item.value());
  for (const auto& item : module.named_buffers(/*recurse=*/false)) out.emplace_back(prefix + item.key(), item.value());
  for (const auto& item : module.named_children()) collect(*item.value(), prefix + item.key() + ".", out);
}

}  // namespace

NamedTensor toNamed(std::string name, const torch::Tensor& tensor) {
  torch::Tensor t = tensor.detach().to(torch::kCPU).contiguous();
  const auto type = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& p) { return p.torch == t.scalar_type(); });
  TensorType ours = TensorType::f32;
  if (type == kTypes.end())
    t = t.to(torch::kFloat32);
  else
    ours = type->ours;
  NamedTensor out{std::move(name), ours, t.sizes().vec(), std::vector<std::byte>(t.nbytes())};
  if (t.nbytes() > 0) std::memcpy(out.bytes.data(), t.data_ptr(), t.nbytes());
  return out;
}

torch::Tensor toTensor(const NamedTensor& tensor) {
  const auto type = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& p) { return p.ours == tensor.type; });
  torch::Tensor out = torch::empty(tensor.shape, torch::TensorOptions(type->torch));
  TORCH_CHECK(out.nbytes() == tensor.bytes.size(), "tensor ", tensor.name, " does not fit its shape");
  if (!tensor.bytes.empty()) std::memcpy(out.data_ptr(), tensor.bytes.data(), tensor.bytes.size());
  return out;
}

std::vector<std::pair<std::string, torch::Tensor>> namedState(const torch::nn::Module& module) {
  std::vector<std::pair<std::string, torch::Tensor>> named;
  collect(module, "", named);
  return named;
}

TensorSet stateOf(const torch::nn::Module& module) {
  TensorSet set;
  for (const auto& [name, tensor] : namedState(module)) set.tensors.push_back(toNamed(name, tensor));
  return set;
}

Expected<> loadState(torch::nn::Module& module, const TensorSet& state) {
  torch::NoGradGuard noGrad;
  std::set<std::string> used;
  for (auto& [name, target] : namedState(module)) {
    const NamedTensor* tensor = state.find(name);
    if (!tensor)
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The weights do not fit this network: {name} is missing"), {{"name", name}});
    if (target.sizes() != torch::IntArrayRef(tensor->shape))
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The weights do not fit this network: {name} is {theirs}, not {ours}"),
                  {{"name", name}, {"theirs", shapeText(tensor->shape)}, {"ours", shapeText(target.sizes())}});
    target.copy_(toTensor(*tensor));
    used.insert(name);
  }
  for (const auto& tensor : state.tensors)
    if (!used.contains(tensor.name))
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The weights do not fit this network: it has no {name}"), {{"name", tensor.name}});
  return {};
}

}  // namespace intarsia
