// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "train/api/weight_file.h"

namespace intarsia {

/// Convolutions of a network that MatConvNet saved (imagenet-vgg-verydeep-19.mat; MATLAB 5, compressed or not), under torchvision's names:
/// `features.<place>.weight`, `classifier.0.weight` … The file's height × width × in × out become views of out × in × height × width.
Expected<WeightList> readMatWeights(std::span<const std::byte> data, const std::string& file);

}  // namespace intarsia
