// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <vector>

#include "annotate/formats/summary.h"
#include "annotate/raster/supersample.h"

namespace intarsia {

struct MaskExport {
  RasterRule rule = RasterRule::centre;
  int supersample = 1;  // 1…kMaxSupersample
  bool indices = true;  // PNG: value = class index
  bool colors = false;  // PNG in the classes' colours; below `color/` beside indices
  bool classOrder = false;  // later classes lie on top; else later shapes
};
struct WrittenMasks {
  std::vector<std::filesystem::path> files;  // of the label maps, else of the colours
  std::vector<ReportLine> skipped;
};

/// A label map for each image that has labels, and classes.json (which value is which class), below `out` under the images' own names with
/// .png, each name once. On all cores. Nothing is written when one would take the place of one of the pictures.
Expected<WrittenMasks> exportMasks(const ImportedDataset& dataset, const ClassTable& classes, const std::filesystem::path& out,
                                   const MaskExport& options, const Job& job = {});
/// Where they go.
std::vector<std::filesystem::path> maskPaths(const ImportedDataset& dataset, const std::filesystem::path& out);
/// The dataset's classes in index order; names that are empty or there twice get their number.
ClassTable classTable(const ImportedDataset& dataset);

Expected<LabelMap> supersampledMap(const ImportedDataset& dataset, const ImportedImage& image, const MaskExport& options);

}  // namespace intarsia
