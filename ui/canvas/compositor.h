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
  int hatch = 0;  // 0 = plain, else one of kHatches patterns
};
inline constexpr int kHatches = 6;
/// By class index; `unlabelled` for kUnlabelled and for indices the table lacks.
struct LabelStyles {
  std::vector<LabelStyle> classes;
  LabelStyle unlabelled;
  int hatchSize = 1;  // device pixels per pixel of the pattern
  const LabelStyle& of(uint16_t label) const { return label < classes.size() ? classes[label] : unlabelled; }
};

/// Device pixels of the view: device = image × scale + offset.
struct DeviceTransform {
  double scale = 1;
  QPointF offset;
  bool operator==(const DeviceTransform&) const = default;
};

enum class ImageQuality { fine, draft };  // draft: nearest pixels only, about a third of the time

/// Paints the part `rect` (device pixels) of the view. `out` is Format_RGB32. Bilinear from the fitting pyramid level when reduced
/// or slightly enlarged, plain squares from 2 : 1 on. Outside the image: `outside`. `curve` belongs to the image's bits.
void paintImage(QImage& out, const QRect& rect, const ImagePyramid& image, const ToneCurve& curve, const DeviceTransform& view, QRgb outside,
                ImageQuality quality = ImageQuality::fine);

/// Blends labels over it, nearest neighbour: what is seen is what is in the map. Label pixel (x, y) covers image pixels
/// [x, x+1) × factor; factor is 1 for labels of the image's own size, 2^level for coarser predictions.
void paintLabels(QImage& out, const QRect& rect, const LabelMap& labels, double factor, const LabelStyles& styles,
                 const DeviceTransform& view);

struct ErrorStyle {
  std::vector<bool> ignored;         // per class index
  uint16_t uncovered = kUnlabelled;  // what pixels without a label count as
  int opacity = 0;
};
/// Where the prediction (at `factor`) differs from the labels: red. Pixels that carry no label or an ignored one stay as they are.
void paintErrors(QImage& out, const QRect& rect, const LabelMap& labels, const LabelMap& prediction, double factor,
                 const ErrorStyle& style, const DeviceTransform& view);

/// How sure the network is: yellow where it wavers, clear where it is certain. `confidence` is grey, 255 = certain.
void paintConfidence(QImage& out, const QRect& rect, const Image& confidence, double factor, int opacity, const DeviceTransform& view);

/// Whether the hatch pattern leaves this pixel lighter; x and y count from the image's corner on the screen.
bool hatched(int pattern, int x, int y);

}  // namespace intarsia
