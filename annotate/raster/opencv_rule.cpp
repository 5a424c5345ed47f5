// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "annotate/raster/raster_rules.h"
#include "core/geometry/nesting.h"

namespace intarsia {

std::vector<Span> opencvSpans(const Polygon& polygon, Size size) {
  if (size.empty()) return {};
  constexpr double kFar = 1 << 20;  // fillPoly walks every row from the first vertex on
  std::vector<std::vector<cv::Point>> rings;
  for (const Ring& ring : polygon.rings) {
    if (!usable(ring)) continue;
    std::vector<cv::Point>& points = rings.emplace_back();
    for (const Point& p : ring)
      points.emplace_back(int(std::nearbyint(std::clamp(p.x, -kFar, kFar))), int(std::nearbyint(std::clamp(p.y, -kFar, kFar))));
  }
  if (rings.empty()) return {};
  cv::Mat mask = cv::Mat::zeros(size.height, size.width, CV_8U);
  cv::fillPoly(mask, rings, cv::Scalar(1));
  return spansOfMask(mask.data, size, mask.step);
}

}  // namespace intarsia
