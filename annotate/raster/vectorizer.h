// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/model/annotation.h"
#include "core/base/job.h"
#include "core/base/label_map.h"

namespace intarsia {

struct VectorizeOptions {
  double tolerance = 0;      // pixels; 0 = exact: rasterizing the result gives the same map back, bit for bit
  int minimumArea = 0;       // regions with fewer pixels are left to… nobody (0 = keep all)
};

/// One connected region (4-connected) of a label map: class index and its outline with holes along pixel edges.
struct Region {
  uint16_t label = 0;
  Polygon polygon;
  int64_t pixels = 0;
};

/// Regions of all labels but kUnlabelled. Neighbours share their border vertices; simplification moves a shared border once for both sides.
Expected<std::vector<Region>> vectorize(const LabelMap& map, const VectorizeOptions& options = {}, const Job& job = {});

}  // namespace intarsia
