// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>
#include <QRegion>
#include <functional>

#include "ui/canvas/compositor.h"

namespace intarsia {

/// What the network's answer is shown as.
enum class PredictionView { classes, errors, confidence };

/// What is to be painted. The owner keeps what it points to.
struct FrameContent {
  PyramidPtr image;
  ToneCurve curve;
  QRgb surroundings = 0;
  const LabelMap* labels = nullptr;     // null: not shown
  LabelStyles labelStyles;
  const LabelMap* prediction = nullptr;
  double predictionFactor = 1;
  LabelStyles predictionStyles;
  PredictionView predictionView = PredictionView::classes;
  const Image* confidence = nullptr;  // of the prediction's size
  const LabelMap* truth = nullptr;      // what errors are measured by
  ErrorStyle errors;
  bool outlines = false;
  /// Paints the outlines of the shapes that touch `rect` (device pixels) into `layer`, which is as large as `rect` and clear.
  std::function<void(QImage& layer, const QRect& rect, const DeviceTransform& view)> paintOutlines;
  /// Device columns at which labels and prediction begin; −1 = both lie over all of the image.
  int splitLabels = -1, splitPrediction = -1;
};

/// The painted view in device pixels: scaled image, outlines, and both under the labels. When the view moves, what is painted
/// moves along at once; what came into view is drafted and then painted piece by piece within a budget of time.
class FrameCache {
 public:
  static constexpr double kNoLimit = 1e9;

  /// Another image: nothing that is painted fits.
  void clear();
  void imageChanged();                      // its look
  void layersChanged();                     // opacities, colours, overlays
  void layersChanged(const QRect& device);  // the labels there
  void outlinesChanged();
  void outlinesChanged(const QRect& device);

  /// Adapts to size and view, then paints for about `budgetMs`, near `focus` first. False: call again, there is more.
  bool paint(const FrameContent& content, QSize size, const DeviceTransform& view, QPoint focus, double budgetMs);
  const QImage& image() const { return m_frame; }
  /// The same pixels, for a painter with `ratio` device pixels per unit. Valid until the next call.
  QImage shown(double ratio);
  const DeviceTransform& view() const { return m_view; }

 private:
  QRect all() const { return m_frame.rect(); }
  void adapt(const FrameContent& content, QSize size, const DeviceTransform& view);
  void scroll(QPoint by);
  void rescale(QSize size, const DeviceTransform& view);
  void compose(const FrameContent& content, const QRect& rect);
  void refine(const FrameContent& content, const QRect& rect);

  QImage m_base, m_lines, m_frame;
  DeviceTransform m_view;
  QRegion m_baseDirty;    // not painted finely
  QRegion m_linesDirty;   // not as the shapes are
  QRegion m_linesVoid;    // nothing in the layer that may be shown
  QRegion m_frameDirty;   // must be composed before it is shown
};

}  // namespace intarsia
