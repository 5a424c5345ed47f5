// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/vectorizer.h"

#include "annotate/raster/border_graph.h"
#include "annotate/raster/border_simplify.h"
#include "annotate/raster/components.h"

namespace intarsia {

namespace {

using HalfChain = BorderGraph::HalfChain;

void append(Ring& ring, const std::vector<Corner>& points, bool backwards) {
  // Without the last point: it is the first of what follows.
  for (size_t i = 0; i + 1 < points.size(); ++i) {
    const Corner& c = backwards ? points[points.size() - 1 - i] : points[i];
    ring.push_back({double(c.x), double(c.y)});
  }
}

}  // namespace

Expected<std::vector<Region>> vectorize(const LabelMap& map, const VectorizeOptions& options, const Job& job) {
  std::vector<Region> regions;
  if (map.empty()) return regions;
  const Components components(map);
  INTARSIA_CHECK(job.check());
  const BorderGraph graph(map);
  INTARSIA_CHECK(job.check());
  INTARSIA_TRY(const auto borders, simplifyBorders(graph, options.tolerance, job));

  std::vector<int> regionOf(components.all().size(), -1);
  for (size_t c = 0; c < regionOf.size(); ++c) {
    const auto& component = components.all()[c];
    if (component.label == kUnlabelled || component.pixels < options.minimumArea) continue;
    regionOf[c] = int(regions.size());
    regions.push_back({component.label, {}, component.pixels});
  }
  std::vector<bool> done(borders.size() * 2, false);
  for (size_t i = 0; i < done.size(); ++i) {
    if (i % 65536 == 0) INTARSIA_CHECK(job.check());
    if (done[i]) continue;
    const HalfChain start{int(i / 2), i % 2 == 1};
    const Corner pixel = graph.pixelRightOf(start);
    const bool inMap = pixel.x >= 0 && pixel.y >= 0 && pixel.x < map.width() && pixel.y < map.height();
    const int region = inMap ? regionOf[size_t(components.at(pixel.x, pixel.y))] : -1;
    if (region < 0) continue;  // its other half-chains find the same
    Ring ring;
    for (HalfChain half = start;;) {
      done[size_t(half.chain) * 2 + half.backwards] = true;
      append(ring, borders[size_t(half.chain)], half.backwards);
      half = graph.next(half);
      if (half == start) break;
    }
    auto& rings = regions[size_t(region)].polygon.rings;
    const bool outside = signedArea(ring) > 0;  // the area lies on the right
    rings.insert(outside ? rings.begin() : rings.end(), std::move(ring));
  }
  return regions;
}

}  // namespace intarsia
