// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "train/api/tensor.h"

namespace intarsia {

/// Between Torch's tensors and what files hold. Copies; tensors may live on any device, results are contiguous CPU tensors.
NamedTensor toNamed(std::string name, const torch::Tensor& tensor);
torch::Tensor toTensor(const NamedTensor& tensor);

/// Parameters and buffers themselves, under their state_dict names, in the order of Python's state_dict.
std::vector<std::pair<std::string, torch::Tensor>> namedState(const torch::nn::Module& module);
/// Copies of parameters and buffers under their state_dict names, in the order of Python's state_dict.
TensorSet stateOf(const torch::nn::Module& module);
/// Copies into the module's parameters and buffers; a missing, surplus or wrongly shaped tensor is an error that names it.
Expected<> loadState(torch::nn::Module& module, const TensorSet& state);

}  // namespace intarsia
