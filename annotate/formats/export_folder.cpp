// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/export_folder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "annotate/formats/file_list.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/raster/rasterizer.h"
#include "annotate/raster/vectorizer.h"
#include "core/base/atomic_file.h"
#include "core/base/file_name.h"
#include "core/base/text.h"
#include "core/geometry/nesting.h"
#include "core/media/decode.h"

namespace intarsia {
namespace fs = std::filesystem;
namespace {

std::string safeStem(const std::string& name) {
  const auto parts = nameParts(name);
  std::string stem(parts.empty() ? "" : stemOf(parts.back()));
  std::erase_if(stem, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  for (char& c : stem)
    if (std::string_view("/\\:*?\"<>|,").find(c) != std::string_view::npos) c = '_';
  while (!stem.empty() && (stem[0] == '.' || stem[0] == ' ')) stem.erase(0, 1);
  while (!stem.empty() && (!validUtf8(stem) || stem.back() == ' ' || stem.back() == '.')) stem.pop_back();  // Windows has no such names, lists trim them
  return stem.empty() ? "image" : fittingName(stem, "", 180);
}

Color unusedColor(const std::set<std::pair<int, std::pair<int, int>>>& used, int index) {
  for (int i = index;; ++i) {
    Color color = ClassTable::defaultColor(i % 64);
    color.b = uint8_t(color.b + 7 * (i / 64));
    color.r = uint8_t(color.r + 3 * (i / 64));
    if (!used.contains({color.r, {color.g, color.b}})) return color;
    if (i > index + 100000) return color;
  }
}

}  // namespace

std::vector<fs::path> pictureFiles(const ExportedDataset& dataset) {
  std::vector<fs::path> files;
  for (const auto& image : dataset.images)
    if (!image.path.empty()) files.push_back(image.path);
  return files;
}

Expected<ExportFolder> ExportFolder::open(const fs::path& folder, const ExportedDataset& dataset) {
  ExportFolder out;
  out.m_folder = folder;
  out.m_dataset = &dataset;
  out.m_sources = std::make_shared<SourceFiles>(pictureFiles(dataset));
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder, error))
    return fail(ErrorCode::io, INTARSIA_TEXT("Cannot make the folder {file}: {reason}"), {{"file", displayPath(folder)}, {"reason", error.message()}});
  std::set<std::string> taken;
  for (const auto& image : dataset.images) {
    const std::string wanted = safeStem(image.name);
    std::string stem = wanted;
    for (int n = 2; !taken.insert(lower(stem)).second; ++n) stem = wanted + "_" + std::to_string(n);
    out.m_stems.push_back(stem);
    out.m_splits = out.m_splits || image.split != Split::none;
  }
  std::set<std::pair<int, std::pair<int, int>>> used = {{0xE0, {0xE0, 0xC0}}};  // VOC's border
  for (size_t i = 0; i < dataset.classes.size(); ++i) {
    const auto& c = dataset.classes[i];
    Color color = c.color ? *c.color : unusedColor(used, int(i));
    if (!used.insert({color.r, {color.g, color.b}}).second) {
      color = unusedColor(used, int(i));
      used.insert({color.r, {color.g, color.b}});
    }
    std::string name = c.name;
    for (int n = 2; !out.m_classes.add(name, color, c.ignore); ++n) {
      if (n > int(dataset.classes.size()) + 2) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The class {name} cannot be written"), {{"name", c.name}});
      name = c.name + " " + std::to_string(n);
    }
  }
  return out;
}

std::string ExportFolder::splitFolder(const ImportedImage& image, std::string_view otherwise) {
  return std::string(image.split == Split::none ? otherwise : splitName(image.split));
}

std::string ExportFolder::safeName(const std::string& name) { return safeStem(name + ".x"); }

Expected<fs::path> ExportFolder::place(const std::string& name) const {
  const fs::path path = m_folder / name;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return fail(ErrorCode::io, INTARSIA_TEXT("Cannot make the folder {file}: {reason}"), {{"file", displayPath(path.parent_path())}, {"reason", error.message()}});
  INTARSIA_CHECK(m_sources->check(path));
  return path;
}

Expected<> ExportFolder::putText(const std::string& name, std::string_view text) const {
  INTARSIA_TRY(const fs::path path, place(name));
  return writeFileAtomically(path, text);
}

Expected<std::string> ExportFolder::putImage(int index, const std::string& folder, const std::string& stem) const {
  const ImportedImage& image = m_dataset->images[size_t(index)];
  const std::string prefix = folder.empty() ? "" : folder + "/";
  if (image.path.empty() && !image.embedded) return stem + ".png";
  if (image.path.empty()) {
    INTARSIA_TRY(const std::string bytes, image.embedded());
    const std::string name = stem + (bytes.starts_with("\xFF\xD8") ? ".jpg" : ".png");
    INTARSIA_CHECK(putText(prefix + name, bytes));
    return name;
  }
  INTARSIA_TRY(const ImageInfo info, probeImage(image.path));
  std::string ending = extensionOf(displayPath(image.path.filename()));
  if (info.orientation != 1) {  // written upright, as its labels are
    INTARSIA_TRY(const Image upright, decodeImage(image.path));
    INTARSIA_TRY(const fs::path path, place(prefix + stem + ".png"));
    INTARSIA_CHECK(writePng(path, upright));
    return stem + ".png";
  }
  std::error_code error;
  if (fs::equivalent(image.path, m_folder / (prefix + stem + ending), error)) return stem + ending;
  error.clear();
  INTARSIA_TRY(const fs::path path, place(prefix + stem + ending));
  if (!fs::copy_file(image.path, path, fs::copy_options::overwrite_existing, error) || error)
    return fail(ErrorCode::io, INTARSIA_TEXT("Cannot copy {file}: {reason}"), {{"file", displayPath(image.path)}, {"reason", error.message()}});
  return stem + ending;
}

Expected<> needSizes(const ExportedDataset& dataset) {
  for (const auto& image : dataset.images)
    if (image.size.empty()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} cannot be written: its size is not known"), {{"file", image.name}});
  return {};
}

std::vector<Polygon> partsOf(const Polygon& polygon) {
  if (polygon.rings.size() <= 1) return {polygon};
  const auto within = nesting(polygon);
  std::vector<Polygon> parts;
  std::vector<int> partOf(polygon.rings.size(), -1);
  for (size_t i = 0; i < polygon.rings.size(); ++i)
    if (within[i].size() % 2 == 0) {
      partOf[i] = int(parts.size());
      parts.push_back({{polygon.rings[i]}});
    }
  for (size_t i = 0; i < polygon.rings.size(); ++i) {
    if (within[i].size() % 2 == 0) continue;
    for (const int outer : within[i])  // the ring one level out
      if (within[size_t(outer)].size() + 1 == within[i].size() && partOf[size_t(outer)] >= 0) {
        parts[size_t(partOf[size_t(outer)])].rings.push_back(polygon.rings[i]);
        break;
      }
  }
  return parts;
}

Ring keyholed(const Polygon& part) {
  if (part.rings.empty()) return {};
  Ring ring = part.rings[0];
  const bool clockwise = signedArea(ring) > 0;
  for (size_t h = 1; h < part.rings.size(); ++h) {
    Ring hole = part.rings[h];
    if ((signedArea(hole) > 0) == clockwise) std::reverse(hole.begin(), hole.end());
    size_t from = 0, to = 0;
    double best = std::numeric_limits<double>::max();
    const size_t step = std::max<size_t>(1, ring.size() * hole.size() / 4'000'000);
    for (size_t i = 0; i < ring.size(); i += step)
      for (size_t j = 0; j < hole.size(); ++j) {
        const double dx = ring[i].x - hole[j].x, dy = ring[i].y - hole[j].y, distance = dx * dx + dy * dy;
        if (distance < best) {
          best = distance;
          from = i;
          to = j;
        }
      }
    Ring bridge(hole.begin() + ptrdiff_t(to), hole.end());
    bridge.insert(bridge.end(), hole.begin(), hole.begin() + ptrdiff_t(to) + 1);
    bridge.push_back(ring[from]);
    ring.insert(ring.begin() + ptrdiff_t(from) + 1, bridge.begin(), bridge.end());
  }
  return ring;
}

bool isPixels(const ImportedShape& shape) {
  if (shape.kind != "rle" && shape.kind != "mask" && shape.kind != "brush" && shape.kind != "bitmap") return false;
  const auto whole = [](Point p) { return p.x == std::floor(p.x) && p.y == std::floor(p.y); };
  return std::all_of(shape.polygon.rings.begin(), shape.polygon.rings.end(), [&](const Ring& ring) { return std::all_of(ring.begin(), ring.end(), whole); });
}

std::optional<std::pair<Point, Point>> rectangleOf(const ImportedShape& shape) {
  if (shape.kind != "rectangle" || shape.polygon.rings.size() != 1 || shape.polygon.rings[0].size() != 4) return std::nullopt;
  const Ring& ring = shape.polygon.rings[0];
  if (ring != rectangleRing(ring[0], ring[2])) return std::nullopt;
  return std::pair(ring[0], ring[2]);
}

std::optional<Ellipse> ellipseOf(const ImportedShape& shape) {
  if ((shape.kind != "circle" && shape.kind != "ellipse") || shape.polygon.rings.size() != 1) return std::nullopt;
  const Ring& ring = shape.polygon.rings[0];
  const size_t n = ring.size();
  if (n < 24 || n % 4) return std::nullopt;
  Ellipse ellipse{{(ring[0].x + ring[n / 2].x) / 2, (ring[n / 4].y + ring[n / 4 * 3].y) / 2}, 0, 0};
  ellipse.radiusX = ring[0].x - ellipse.centre.x;
  ellipse.radiusY = ring[n / 4].y - ellipse.centre.y;
  const Ring same = ellipseRing(ellipse.centre, ellipse.radiusX, ellipse.radiusY);
  if (same.size() != n || ellipse.radiusX <= 0 || ellipse.radiusY <= 0) return std::nullopt;
  for (size_t i = 0; i < n; ++i)
    if (std::hypot(same[i].x - ring[i].x, same[i].y - ring[i].y) > 1e-9 * (1 + std::abs(ring[i].x) + std::abs(ring[i].y))) return std::nullopt;
  return ellipse;
}

PixelPatch pixelsOf(const ImportedShape& shape, Size image) {
  PixelPatch patch;
  patch.box = pixelBounds(shape.polygon, image.empty() ? Rect{-1'000'000, -1'000'000, 2'000'000, 2'000'000} : Rect{0, 0, image.width, image.height});
  if (patch.box.empty() || int64_t(patch.box.width) * patch.box.height > kDefaultPixelBudget) return {};
  patch.set.assign(size_t(patch.box.width) * size_t(patch.box.height), 0);
  for (const Span& span : spans(shape.polygon, patch.box, RasterRule::centre))
    std::fill_n(patch.set.begin() + ptrdiff_t(span.y - patch.box.y) * patch.box.width + (span.begin - patch.box.x), span.end - span.begin, uint8_t(1));
  return patch;
}

Expected<std::vector<ImportedShape>> allShapes(const ImportedImage& image, const Job& job) {
  std::vector<ImportedShape> shapes;
  if (image.mask) {
    INTARSIA_TRY(const LabelMap map, image.mask());
    INTARSIA_TRY(auto regions, vectorize(map, {}, job));
    for (auto& region : regions) shapes.push_back({int(region.label), std::move(region.polygon), "mask", {}, double(region.pixels)});
  }
  for (const auto& shape : image.shapes) {
    shapes.push_back(shape);
    if (shape.unite) shapes.back().polygon = unitedPolygon(shape);
    shapes.back().unite = false;
  }
  return shapes;
}

}  // namespace intarsia
