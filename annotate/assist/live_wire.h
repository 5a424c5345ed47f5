// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <vector>

#include "core/base/error.h"
#include "core/base/image.h"
#include "core/base/job.h"
#include "core/geometry/polygon.h"

namespace intarsia {

/// Ways along the edges of a picture that start at one pixel (Mortensen and Barrett, "Intelligent Scissors for Image Composition",
/// 1995, by OpenCV). Constant after construction: workers build it, the UI thread asks it.
class LiveWire {
 public:
  /// `image`: what to look at, any channels and bits; `x`, `y`: a pixel of it. A megapixel takes about a second; it can be cancelled
  /// between its two parts.
  static Expected<std::shared_ptr<const LiveWire>> build(const Image& image, int x, int y, const Job& job = {});
  ~LiveWire();

  /// Pixels from the start to (x, y), both included; places outside are moved onto the border.
  std::vector<Point> pathTo(int x, int y) const;

 private:
  struct Impl;
  explicit LiveWire(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

}  // namespace intarsia
