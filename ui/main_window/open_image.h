// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <list>
#include <string>

#include "annotate/model/annotation.h"
#include "annotate/raster/incremental.h"
#include "ui/canvas/image_pyramid.h"

namespace intarsia {

/// What a worker thread brings for an image that is opened: pixels, labels, and the labels as a map.
struct LoadedImage {
  PyramidPtr pyramid;
  Annotation annotation;
  LiveLabels labels;  // uncovered pixels are kUnlabelled
};

/// Decoded pictures by key, the least recently used go first; a byte limit, but always the newest one. UI thread only.
class PyramidCache {
 public:
  explicit PyramidCache(size_t limit = size_t(512) << 20) : m_limit(limit) {}
  PyramidPtr find(const std::string& key);
  void insert(const std::string& key, PyramidPtr pyramid);
  void clear() { m_items.clear(); }

 private:
  size_t m_limit;
  std::list<std::pair<std::string, PyramidPtr>> m_items;  // newest first
};

}  // namespace intarsia
