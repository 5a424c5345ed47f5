// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/raster/rasterizer.h"
#include "core/base/image.h"

namespace intarsia {

/// Antialiasing. A pixel has n × n samples: the pixels that `rule` gives when picture and polygons are n times as large (by `centre` these are the
/// points (x + (i+½)/n, y + (j+½)/n)); all samples of a pixel begin with its value in the map below.
inline constexpr int kMaxSupersample = 16;

/// The value that most samples of a pixel have. Of those that share the first place: the one that the pixel has without supersampling, else
/// the smallest. n = 1 is plain painting.
LabelMap supersampled(const LabelMap& ground, std::span<const PaintedPolygon> polygons, int n, RasterRule rule = RasterRule::centre);
/// The mean colour of a pixel's samples, each channel rounded to nearest; RGB, unlabelled is black.
Image supersampledColors(const LabelMap& ground, std::span<const PaintedPolygon> polygons, const ClassTable& classes, int n,
                         RasterRule rule = RasterRule::centre);

}  // namespace intarsia
