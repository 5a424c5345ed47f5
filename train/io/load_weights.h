// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "train/api/weight_file.h"
#include "train/nets/network.h"

namespace intarsia {

/// What became of a weight file's tensors. Names are the network's own; `surplus` are the file's.
struct WeightReport {
  std::string file, format;
  std::vector<std::string> loaded, missing, surplus;
  std::vector<std::string> mismatched;  // "name: theirs 21×256×1×1, ours 12×256×1×1"
  bool complete() const { return missing.empty() && mismatched.empty(); }
  /// One sentence for people, with the first few names.
  std::string summary() const;
  /// The same, and below it a line for each tensor: what became of it, and its name.
  std::string text() const;
};

/// Copies into the network what the file has for it; the rest keeps its values. Names may have another program's prefix (module., model. …);
/// an encoder's tensors are found in torchvision's classification files and in those of other networks on the same encoder; a
/// classifier's matrix becomes the convolution that it is. No tensor that fits is an error.
Expected<WeightReport> loadWeights(Network& network, const WeightFile& file);

}  // namespace intarsia
