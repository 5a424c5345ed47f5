// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>

#include "annotate/formats/json_value.h"
#include "annotate/raster/rle.h"
#include "core/geometry/polygon.h"

namespace intarsia {

/// COCO's "segmentation", read: parts whose union is meant, or runs. Also what datumaro and the results files write.
struct CocoSegmentation {
  Polygon polygon;
  std::string kind = "polygon";   // or "rle"
  std::optional<double> area;     // pixels of a run-length mask
  Size size;                      // as a run-length mask states it
  bool unite = false;             // rings are parts whose union is meant
  std::string problem;            // why there is nothing, empty if there is
};
CocoSegmentation readCocoSegmentation(const JsonValue& segmentation);

/// {"size": [h, w], "counts": […] or "…"} as runs; an error text in `problem`.
std::optional<Rle> readRle(const JsonValue& value, std::string& problem);
/// The outline of a checked run-length mask.
Expected<Polygon> outlineOf(const Rle& rle);

}  // namespace intarsia
