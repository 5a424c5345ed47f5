// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/io/torchscript.h"

#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/script.h>

#include <sstream>

namespace intarsia {
namespace {

namespace jit = torch::jit;

/// The same tree of parameters and buffers, sharing their storage.
jit::Module moduleTree(const torch::nn::Module& network, const std::string& type) {
  jit::Module module(type);
  for (const auto& item : network.named_parameters(/*recurse=*/false)) module.register_parameter(item.key(), item.value(), /*is_buffer=*/false);
  for (const auto& item : network.named_buffers(/*recurse=*/false)) module.register_buffer(item.key(), item.value());
  for (const auto& item : network.named_children()) module.register_module(item.key(), moduleTree(*item.value(), type + "_" + item.key()));
  return module;
}

/// Tracing notes the size to scale up to as a number of the traced picture; the factor is what holds for any.
void freeSizes(jit::Block* block) {
  std::vector<jit::Node*> found;
  for (jit::Node* node : block->nodes()) {
    for (jit::Block* inner : node->blocks()) freeSizes(inner);
    if (node->kind() == at::aten::upsample_nearest2d || node->kind() == at::aten::upsample_bilinear2d) found.push_back(node);
  }
  for (jit::Node* node : found) {
    const auto sizes = [](jit::Value* value) { return value->type()->expect<c10::TensorType>()->sizes().concrete_sizes(); };
    const auto from = sizes(node->input(0)), to = sizes(node->output());
    if (!from || !to) continue;
    jit::Graph& graph = *node->owningGraph();
    jit::WithInsertPoint guard(node);
    std::vector<jit::Value*> inputs{node->input(0), graph.insertConstant(jit::IValue())};
    if (node->kind() == at::aten::upsample_bilinear2d) inputs.push_back(node->input(2));  // align_corners
    inputs.push_back(graph.insertConstant(std::vector<double>{double((*to)[2]) / double((*from)[2]), double((*to)[3]) / double((*from)[3])}));
    jit::Node* scaled = graph.insertNode(graph.create(node->kind(), inputs));
    scaled->output()->copyMetadata(node->output());
    node->output()->replaceAllUsesWith(scaled->output());
    node->destroy();
  }
}

jit::Module trace(Network& network) {
  jit::Module module = moduleTree(network, "__torch__.Network");
  const auto run = [&](jit::Stack inputs) -> jit::Stack { return {network.forward(inputs.at(0).toTensor())}; };
  const auto nameOf = [](const torch::Tensor&) { return std::string(); };
  const auto [state, outputs] = jit::tracer::trace({torch::randn({1, 3, 64, 96})}, run, nameOf, /*strict=*/true, /*force_outplace=*/false, &module, {"images"});
  freeSizes(state->graph->block());
  auto* function = module._ivalue()->compilation_unit()->create_function(c10::QualifiedName(*module.type()->name(), "forward"), state->graph);
  module.type()->addMethod(function);
  module.eval();
  return module;
}

}  // namespace

Expected<std::string> toTorchScript(Network& network) {
  try {
    torch::NoGradGuard noGrad;
    jit::Module module = trace(network);
    for (const auto& [height, width] : {std::pair(64, 96), std::pair(128, 32), std::pair(96, 160)}) {
      const auto images = torch::randn({2, 3, height, width});
      const auto ours = network.forward(images), theirs = module.forward({images}).toTensor();
      if (ours.sizes() != theirs.sizes() || (ours - theirs).abs().max().item<double>() > 1e-5 * (1 + ours.abs().max().item<double>()))
        return fail(ErrorCode::failed, INTARSIA_TEXT("The exported model does not compute what the network does"));
    }
    std::ostringstream out;
    module.save(out);
    return std::move(out).str();
  } catch (const std::exception& e) {
    std::string why = e.what();
    why.resize(std::min(why.find('\n'), why.size()));
    return fail(ErrorCode::failed, INTARSIA_TEXT("The model cannot be written as TorchScript: {reason}"), {{"reason", why}});
  }
}

}  // namespace intarsia
