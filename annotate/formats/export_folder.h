// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "annotate/formats/format.h"
#include "core/base/rect.h"
#include "core/base/source_files.h"

namespace intarsia {

/// The files of a dataset's pictures.
std::vector<std::filesystem::path> pictureFiles(const ExportedDataset& dataset);

/// What every writer needs: safe, unique names below one folder, pictures copied there (turned upright), texts written at once.
class ExportFolder {
 public:
  static Expected<ExportFolder> open(const std::filesystem::path& folder, const ExportedDataset& dataset);

  /// The image's name without folders and ending: unique, no separators, no control characters, never empty.
  const std::string& stem(int image) const { return m_stems[size_t(image)]; }
  /// "train", "val", "test"; `otherwise` for an image without a split.
  static std::string splitFolder(const ImportedImage& image, std::string_view otherwise);
  /// A name without separators and control characters; never empty.
  static std::string safeName(const std::string& name);
  bool hasSplits() const { return m_splits; }
  /// Copies the picture to `folder`/`stem` + its own ending and gives the file name; "stem.png" where there is no picture to copy.
  Expected<std::string> putImage(int image, const std::string& folder, const std::string& stem) const;
  Expected<> putText(const std::string& name, std::string_view text) const;
  /// The path of a file to be written; its folders are made. An error where one of the dataset's own pictures lies.
  Expected<std::filesystem::path> place(const std::string& name) const;

  /// Classes with distinct names and colours.
  const ClassTable& classes() const { return m_classes; }

 private:
  ExportFolder() = default;
  std::filesystem::path m_folder;
  const ExportedDataset* m_dataset = nullptr;
  std::shared_ptr<const SourceFiles> m_sources;
  std::vector<std::string> m_stems;
  ClassTable m_classes;
  bool m_splits = false;
};

/// An error that names the first image whose size is not known: before anything is written.
Expected<> needSizes(const ExportedDataset& dataset);
/// Outer rings with the holes that lie in each: one polygon a part.
std::vector<Polygon> partsOf(const Polygon& polygon);
/// A part with holes as one ring: bridges of no width lead to the holes and back, so that even-odd filling gives the same pixels.
Ring keyholed(const Polygon& part);
/// Whether a shape is a mask of whole pixels, drawn along their edges.
bool isPixels(const ImportedShape& shape);
/// The corner and the corner across, of a shape that is still an upright rectangle; the centre and the radii, of one that is still the
/// upright ellipse or circle as it was read.
std::optional<std::pair<Point, Point>> rectangleOf(const ImportedShape& shape);
struct Ellipse { Point centre; double radiusX = 0, radiusY = 0; };
std::optional<Ellipse> ellipseOf(const ImportedShape& shape);
struct PixelPatch {
  Rect box;
  std::vector<uint8_t> set;  // 0 or 1, row by row
};
/// Its pixels, cut to the image where its size is known.
PixelPatch pixelsOf(const ImportedShape& shape, Size image);
/// The shapes of an image, those of its mask first, as regions along pixel edges.
Expected<std::vector<ImportedShape>> allShapes(const ImportedImage& image, const Job& job = {});

}  // namespace intarsia
