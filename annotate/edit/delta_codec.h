// SPDX-License-Identifier: GPL-3.0-or-later
// For History: steps as bytes, for this program's own file of one session.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "annotate/edit/history.h"

namespace intarsia {

struct SpilledStep {
  std::vector<AnnotationDelta> deltas;
  std::optional<History::Classes> classes;
};
std::string encodeStep(std::span<const AnnotationDelta> deltas, const std::optional<History::Classes>& classes);
/// None for bytes that no encodeStep has made.
std::optional<SpilledStep> decodeStep(std::string_view bytes);

}  // namespace intarsia
