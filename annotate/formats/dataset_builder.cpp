// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/dataset_builder.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/parallel.h"
#include "core/base/text.h"

namespace intarsia {
namespace fs = std::filesystem;
namespace {

constexpr double kFarthest = 1e9;  // coordinates beyond are mistakes, not places
constexpr size_t kMaxLines = 10000;

/// Of a picture stored as `stored`: where its EXIF orientation puts a point.
Point orientedPoint(Point p, Size stored, int orientation) {
  const double w = stored.width, h = stored.height;
  switch (orientation) {
    case 2: return {w - p.x, p.y};
    case 3: return {w - p.x, h - p.y};
    case 4: return {p.x, h - p.y};
    case 5: return {p.y, p.x};
    case 6: return {h - p.y, p.x};
    case 7: return {h - p.y, w - p.x};
    case 8: return {p.y, w - p.x};
    default: return p;
  }
}

bool tooLarge(Size size) { return int64_t(size.width) * size.height > kDefaultPixelBudget; }
std::string sizeText(Size size) { return std::to_string(size.width) + "×" + std::to_string(size.height); }

}  // namespace

void DatasetBuilder::Lines::add(const Where& where, std::string_view reason, int64_t keep) {
  std::string key = where.path;
  key += '\n';
  key += reason;
  Seen& seen = m_index[std::move(key)];
  if (seen.lines < keep) {
    seen.line = m_lines.size();
    ++seen.lines;
    m_lines.push_back({where, std::string(reason)});
  }
  ++m_lines[seen.line].count;
}

std::vector<ReportLine> DatasetBuilder::Lines::take() {
  std::vector<ReportLine> lines;
  for (const Line& line : m_lines) {
    if (lines.size() == kMaxLines) {
      lines.push_back({"", std::to_string(m_lines.size() - kMaxLines) + " further lines"});
      break;
    }
    std::string text = line.first.field.empty() ? line.reason : line.first.field + ": " + line.reason;
    if (line.count > 1) text += " (" + std::to_string(line.count) + " times)";
    lines.push_back({line.first.path, std::move(text), line.first.field});
  }
  return lines;
}

DatasetBuilder::DatasetBuilder(std::string_view format, const fs::path& source, const ReadOptions& options, const Job& job)
    : m_source(source), m_options(options), m_job(job) {
  m_data.format = format;
}

Expected<> DatasetBuilder::list() {
  m_job.report(0, 0, INTARSIA_TEXT("Listing files"));
  INTARSIA_TRY(FileList own, listFiles(m_source, m_job));
  m_files = own.files;
  for (size_t i = 0; i < m_files.size(); ++i) m_fileByName.emplace(m_files[i].name, i);
  for (const auto& name : own.outside) note({name, {}}, "a link that leads out of the folder was not followed");
  std::error_code error;
  const bool single = fs::is_regular_file(m_source, error);
  fs::path folder = single ? m_source.parent_path() : m_source;
  if (folder.empty()) folder = ".";
  if (!m_options.images.empty()) {
    INTARSIA_TRY(FileList pictures, listFiles(m_options.images, m_job));
    m_index.add(std::move(pictures));
    return {};
  }
  if (!single) {
    m_index.add(std::move(own));
  } else {
    FileList beside;  // only the folder itself: nobody asked for what lies below
    for (fs::directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end; !error && it != end; it.increment(error)) {
      std::error_code ignored;
      if (it->is_regular_file(ignored) && !it->is_symlink(ignored)) beside.files.push_back({it->path(), displayPath(it->path().filename())});
    }
    std::sort(beside.files.begin(), beside.files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    m_index.add(std::move(beside));
    for (const char* name : {"images", "JPEGImages", "img"})
      if (fs::is_directory(folder / name, error)) {
        INTARSIA_TRY(FileList pictures, listFiles(folder / name, m_job));
        m_index.add(std::move(pictures));
      }
  }
  const std::string own_name = lower(displayPath(fs::absolute(folder, error).lexically_normal().filename()));
  static const std::set<std::string> aside = {"annotations", "annotation", "labels", "ann", "json", "xml"};
  if (m_index.size() == 0 && aside.contains(own_name))
    for (const char* name : {"images", "JPEGImages", "img", "Images"})
      if (const fs::path pictures = fs::absolute(folder, error).lexically_normal().parent_path() / name; fs::is_directory(pictures, error)) {
        INTARSIA_TRY(FileList listed, listFiles(pictures, m_job));
        m_index.add(std::move(listed));
      }
  return {};
}

Expected<> DatasetBuilder::startOn(const ListedFile& file) const {
  m_job.report(&file - m_files.data(), int64_t(m_files.size()), INTARSIA_TEXT("Reading annotations"));
  return m_job.check();
}

std::vector<const ListedFile*> DatasetBuilder::filesEndingIn(std::string_view suffix) const {
  std::vector<const ListedFile*> found;
  for (const auto& file : m_files)
    if (lower(file.name).ends_with(suffix)) found.push_back(&file);
  return found;
}

const ListedFile* DatasetBuilder::file(std::string_view name) const {
  const auto it = m_fileByName.find(std::string(name));
  return it == m_fileByName.end() ? nullptr : &m_files[it->second];
}

int DatasetBuilder::addClass(std::string_view name, std::optional<Color> color, bool ignore) {
  m_data.classes.push_back({std::string(trim(name)), color, ignore});
  m_classByName.emplace(m_data.classes.back().name, int(m_data.classes.size()) - 1);
  return int(m_data.classes.size()) - 1;
}

int DatasetBuilder::classOf(std::string_view name, const Where& where) {
  const std::string_view trimmed = trim(name);
  if (trimmed.empty()) {
    skipped(where, "the class name is empty");
    return -1;
  }
  if (trimmed.size() != name.size()) repaired(where, "blanks around the class name \"" + std::string(trimmed) + "\" were removed");
  if (const auto it = m_classByName.find(std::string(trimmed)); it != m_classByName.end()) return it->second;
  if (m_data.classes.size() >= size_t(ClassTable::kMaxClasses)) {
    skipped(where, "there are more than " + std::to_string(ClassTable::kMaxClasses) + " classes");
    return -1;
  }
  return addClass(trimmed, {}, trimmed == "__ignore__");
}

int DatasetBuilder::image(const std::vector<std::string>& names, Size declared, const Where& where, const std::vector<std::string>& folders) {
  ImageIndex::Match match;
  std::string name;
  for (const auto& candidate : names) {
    if (trim(candidate).empty()) continue;
    if (name.empty()) name = trim(candidate);
    for (size_t i = 0; i <= folders.size() && !match.file; ++i) {
      if (i < folders.size() && folders[i].empty()) continue;
      const auto found = m_index.find(i < folders.size() ? folders[i] + "/" + candidate : candidate);
      if (found.file) match = found;
      else if (match.problem.empty() || match.problem == "not found") match.problem = found.problem;
    }
    if (match.file) break;
  }
  if (match.file) return imageAt(*match.file, declared, where);
  if (name.empty()) name = displayPath(m_source.filename());
  return imageMissing(name, declared, where, match.problem == "not found" ? "" : match.problem);
}

int DatasetBuilder::imageMissing(const std::string& name, Size declared, const Where& where, const std::string& problem) {
  const auto [it, fresh] = m_imageByKey.try_emplace("name " + name, int(m_data.images.size()));
  if (!fresh) return it->second;
  ImportedImage entry;
  entry.name = validUtf8(name) ? name : displayPath(name);
  entry.size = declared;
  m_data.images.push_back(std::move(entry));
  m_declared.push_back(declared);
  m_namedAt.push_back(where);
  m_notes.add({where.path, name}, problem.empty() ? "the image was not found" : "the image was not found: " + problem, 20);
  return it->second;
}

int DatasetBuilder::imageAt(const ListedFile& file, Size declared, const Where& where) {
  const auto [it, fresh] = m_imageByKey.try_emplace("file " + file.path.native(), int(m_data.images.size()));
  if (!fresh) {
    if (m_declared[size_t(it->second)].empty()) m_declared[size_t(it->second)] = declared;
    return it->second;
  }
  ImportedImage entry;
  entry.name = file.name;
  entry.path = file.path;
  entry.size = declared;
  m_data.images.push_back(std::move(entry));
  m_declared.push_back(declared);
  m_namedAt.push_back(where);
  return it->second;
}

int DatasetBuilder::imageOfMask(const ListedFile& mask) {
  ImportedImage entry;
  entry.name = mask.name;
  m_data.images.push_back(std::move(entry));
  m_declared.push_back({});
  m_namedAt.push_back({mask.name, {}});
  note({mask.name, {}}, "the image of this mask was not found");
  return int(m_data.images.size()) - 1;
}

Size DatasetBuilder::sizeOf(int image) {
  const size_t i = size_t(image);
  if (!m_declared[i].empty()) return m_declared[i];
  if (m_data.images[i].path.empty()) return {};
  m_probed.resize(m_data.images.size());
  if (!m_probed[i])
    if (auto info = probeImage(m_data.images[i].path)) m_probed[i] = *info;
  return m_probed[i] && !tooLarge(m_probed[i]->shown) ? m_probed[i]->shown : Size{};
}

bool DatasetBuilder::addShape(int image, int classIndex, Polygon polygon, std::string_view kind, const Where& where,
                              std::optional<double> area, std::optional<int64_t> group) {
  if (classIndex < 0) return false;
  size_t kept = 0;
  for (size_t r = 0; r < polygon.rings.size(); ++r) {
    Ring& ring = polygon.rings[r];
    const bool places = std::all_of(ring.begin(), ring.end(), [](Point p) { return std::abs(p.x) <= kFarthest && std::abs(p.y) <= kFarthest; });
    if (!places) {
      skipped(where, "a coordinate is not a place in an image");
      continue;
    }
    if (ring.size() > 1 && ring.front() == ring.back()) {
      ring.pop_back();
      repaired(where, "the repeated last point of a closed ring was dropped");
    }
    if (ring.size() < 3) {
      skipped(where, "a polygon has fewer than three points");
      continue;
    }
    if (kept != r) polygon.rings[kept] = std::move(ring);
    ++kept;
  }
  const bool whole = kept == polygon.rings.size();
  polygon.rings.resize(kept);
  if (!kept) return false;
  ImportedShape shape;
  shape.classIndex = classIndex;
  shape.polygon = std::move(polygon);
  shape.kind = kind;
  shape.group = group;
  if (whole) shape.area = area;
  m_data.images[size_t(image)].shapes.push_back(std::move(shape));
  return true;
}

void DatasetBuilder::addMask(int image, const ListedFile& mask, std::shared_ptr<const MaskRule> rule, std::optional<MaskScan> scan) {
  m_masks.push_back({image, mask, std::move(rule), std::move(scan)});
}

void DatasetBuilder::compareSize(int image, const Expected<ImageInfo>& info) {
  const size_t i = size_t(image);
  ImportedImage& entry = m_data.images[i];
  if (!info) {
    skipped({entry.name, {}}, info.error().message());
    entry.path.clear();
    return;
  }
  if (tooLarge(info->shown)) {
    skipped({entry.name, {}}, "the image is " + sizeText(info->shown) + ", which is too large to be opened");
    entry.path.clear();
    return;
  }
  const Size declared = m_declared[i];
  entry.size = info->shown;
  if (declared.empty() || declared == info->shown) return;
  if (declared == info->stored) {
    for (auto& shape : entry.shapes)
      for (auto& ring : shape.polygon.rings)
        for (auto& point : ring) point = orientedPoint(point, info->stored, info->orientation);
    repaired(m_namedAt[i], "the size " + sizeText(declared) + " of \"" + entry.name + "\" fits only the unrotated image: its labels were rotated with it");
    return;
  }
  note(m_namedAt[i], "the source says that \"" + entry.name + "\" is " + sizeText(declared) + ", the image is " + sizeText(info->shown));
}

Expected<> DatasetBuilder::probeImages() {
  const int count = int(m_data.images.size());
  m_probed.resize(size_t(count));
  std::vector<std::optional<Error>> errors(static_cast<size_t>(count));
  INTARSIA_CHECK(parallelFor(count, INTARSIA_TEXT("Looking at the images"), [&](int i) -> Expected<> {
    if (m_data.images[size_t(i)].path.empty() || m_probed[size_t(i)]) return {};
    if (auto info = probeImage(m_data.images[size_t(i)].path)) m_probed[size_t(i)] = std::move(*info);
    else errors[size_t(i)] = info.error();
    return {};
  }, m_job));
  for (int i = 0; i < count; ++i) {
    if (m_data.images[size_t(i)].path.empty()) continue;
    if (m_probed[size_t(i)]) compareSize(i, *m_probed[size_t(i)]);
    else if (errors[size_t(i)]) compareSize(i, std::unexpected(*errors[size_t(i)]));
  }
  return {};
}

void DatasetBuilder::noteOutside(int image) {
  const ImportedImage& entry = m_data.images[size_t(image)];
  if (entry.size.empty()) return;
  const double w = entry.size.width, h = entry.size.height;
  const auto outside = [&](Point p) { return p.x < 0 || p.y < 0 || p.x > w || p.y > h; };
  int count = 0;
  for (const auto& shape : entry.shapes)
    count += std::any_of(shape.polygon.rings.begin(), shape.polygon.rings.end(), [&](const Ring& ring) { return std::any_of(ring.begin(), ring.end(), outside); });
  if (count) note({entry.name, {}}, std::to_string(count) + (count == 1 ? " shape reaches" : " shapes reach") + " out of the image");
}

Expected<> DatasetBuilder::finishMasks() {
  std::vector<std::optional<Error>> errors(m_masks.size());
  INTARSIA_CHECK(parallelFor(int(m_masks.size()), INTARSIA_TEXT("Looking at the masks"), [&](int i) -> Expected<> {
    PendingMask& mask = m_masks[size_t(i)];
    if (mask.scan) return {};
    auto scan = scanMask(mask.file.path);
    if (scan) mask.scan = std::move(*scan);
    else errors[size_t(i)] = scan.error();
    return {};
  }, m_job));
  for (size_t i = 0; i < m_masks.size(); ++i) {
    PendingMask& mask = m_masks[i];
    const Where where{mask.file.name, {}};
    ImportedImage& entry = m_data.images[size_t(mask.image)];
    if (errors[i]) {
      skipped(where, errors[i]->message());
      continue;
    }
    int turn = 1;
    const auto& picture = m_probed[size_t(mask.image)];
    if (picture && mask.scan->size != picture->shown) {
      if (mask.scan->size != picture->stored) {
        skipped(where, "the mask is " + sizeText(mask.scan->size) + ", the image is " + sizeText(picture->shown));
        continue;
      }
      turn = picture->orientation;
      repaired(where, "the mask fits only the unrotated image: it was rotated with it");
    }
    if (entry.mask) {
      skipped(where, "\"" + entry.name + "\" has a mask already");
      continue;
    }
    if (entry.size.empty()) entry.size = mask.scan->size;
    std::set<int> present;
    int64_t unknown = 0;
    uint32_t first = 0;
    for (const auto& [value, pixels] : mask.scan->values) {
      const int index = classUnder(*mask.scan, *mask.rule, value);
      if (index >= 0 && index != kUnlabelled) present.insert(index);
      if (index == MaskRule::kUnknown && !unknown) first = value;
      if (index == MaskRule::kUnknown) unknown += pixels;
    }
    if (unknown) {
      const Color color{uint8_t(first >> 16), uint8_t(first >> 8), uint8_t(first)};
      const std::string what = mask.scan->kind == RawMask::Kind::color ? "the colour " + color.hex() : "the value " + std::to_string(first);
      repaired(where, what + " is not in the class table; " + std::to_string(unknown) + " pixels without a class are unlabelled");
    }
    m_data.report.annotations += int(present.size());
    entry.mask = [path = mask.file.path, rule = mask.rule, turn]() -> Expected<LabelMap> {
      INTARSIA_TRY(LabelMap map, readMask(path, *rule));
      return turn == 1 ? std::move(map) : oriented(map, turn);
    };
  }
  return {};
}

Expected<ImportedDataset> DatasetBuilder::finish() {
  INTARSIA_CHECK(probeImages());
  INTARSIA_CHECK(finishMasks());
  for (int i = 0; i < int(m_data.images.size()); ++i) {
    noteOutside(i);
    m_data.report.annotations += int(m_data.images[size_t(i)].shapes.size());
  }
  m_data.report.images = int(m_data.images.size());
  m_data.report.repaired = m_repaired.take();
  m_data.report.skipped = m_skipped.take();
  m_data.report.notes = m_notes.take();
  return std::move(m_data);
}

}  // namespace intarsia
