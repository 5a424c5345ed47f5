// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>
#include <QPointF>
#include <QRect>
#include <vector>

#include "core/base/label_map.h"
#include "ui/canvas/image_pyramid.h"

namespace intarsia {

/// How a class looks over the image. Opacity from 0 to 255; hatching is the second cue beside colour.
struct LabelStyle {
  QRgb color = 0;
  int opacity = 0;
  bool hatched = false;
};
/// By class index; `unlabelled` for kUnlabelled and for indices the table lacks.
struct LabelStyles {
  std::vector<LabelStyle> classes;
  LabelStyle unlabelled;
  const LabelStyle& of(uint16_t label) const { return label < classes.size() ? classes[label] : unlabelled; }
};

/// Device pixels of the view: device = image × scale + offset.
struct DeviceTransform {
  double scale = 1;
  QPointF offset;
};

/// Paints the part `rect` (device pixels) of the view. `out` is Format_RGB32. Bilinear from the fitting pyramid level when reduced
/// or slightly enlarged, plain squares from 3 : 1 on. Outside the image: `outside`.
void paintImage(QImage& out, const QRect& rect, const ImagePyramid& image, const DeviceTransform& view, QRgb outside);

/// Blends labels over it, nearest neighbour: what is seen is what is in the map. Label pixel (x, y) covers image pixels
/// [x, x+1) × factor; factor is 1 for labels of the image's own size, 2^level for coarser predictions.
void paintLabels(QImage& out, const QRect& rect, const LabelMap& labels, double factor, const LabelStyles& styles,
                 const DeviceTransform& view);

}  // namespace intarsia
