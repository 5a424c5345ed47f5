// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "annotate/formats/format.h"
#include "annotate/raster/rasterizer.h"

namespace intarsia {

/// Classes of a dataset in index order; a class that occurs in a mask is one annotation there. `area`: geometric areas of the polygons in square pixels (of masks their pixels);
/// `pixels`: of the label maps, in painter's order, where the size of the image is known.
struct ClassSummary {
  std::string name;
  int64_t annotations = 0;
  double area = 0;
  int64_t pixels = 0;
};
struct ItemSummary {
  int image = 0, classIndex = 0;
  std::string kind;
  int points = 0;
  double area = 0;
  std::optional<int64_t> pixels;  // of the shape alone, where the size of the image is known
};
struct DatasetSummary {
  std::vector<ClassSummary> classes;
  std::vector<ItemSummary> items;      // empty unless asked for
  std::vector<ReportLine> skipped;     // masks that could not be read now
};
Expected<DatasetSummary> summarize(const ImportedDataset& dataset, RasterRule rule = RasterRule::centre, bool items = false, const Job& job = {});

/// The label map of an image: its mask under its shapes; uncovered pixels are the dataset's background or unlabelled.
Expected<LabelMap> labelMap(const ImportedDataset& dataset, const ImportedImage& image, RasterRule rule = RasterRule::centre);

/// What lies under the shapes of an image: its mask, or what uncovered pixels are.
Expected<LabelMap> groundMap(const ImportedDataset& dataset, const ImportedImage& image);
/// Its shapes as they are painted; valid as long as they are.
std::vector<PaintedPolygon> polygonsOf(const ImportedImage& image);

}  // namespace intarsia
