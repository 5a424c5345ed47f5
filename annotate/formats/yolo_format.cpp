// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "annotate/formats/class_file.h"
#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/text_file.h"
#include "annotate/formats/writers.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front()) return text.substr(1, text.size() - 2);
  return text;
}

/// The class names of a data.yaml: an inline list, a block list, or a mapping from numbers. Other YAML is not needed.
std::map<int, std::string> namesFromYaml(std::string_view text) {
  std::map<int, std::string> names;
  bool inside = false;
  int next = 0;
  const auto inlineList = [&](std::string_view list) {
    std::string item;
    char quote = 0;
    const auto flush = [&] {
      if (!trim(item).empty()) {
        const size_t colon = item.find(':');
        const auto key = colon == std::string::npos ? std::nullopt : parseInt(std::string_view(item).substr(0, colon));
        if (key) names[int(*key)] = unquoted(std::string_view(item).substr(colon + 1));
        else names[next++] = unquoted(item);
      }
      item.clear();
    };
    for (const char c : list) {
      if (quote) { if (c == quote) quote = 0; item += c; }
      else if (c == '\'' || c == '"') { quote = c; item += c; }
      else if (c == ',') flush();
      else if (c != '[' && c != ']' && c != '{' && c != '}') item += c;
    }
    flush();
  };
  std::string pending;  // an inline list over several lines
  for (auto line : splitLines(text)) {
    if (const size_t hash = line.find(" #"); hash != std::string_view::npos) line = line.substr(0, hash);
    if (trim(line).empty() || trim(line).starts_with("#")) continue;
    if (!pending.empty()) {
      pending += line;
      if (line.find_first_of("]}") == std::string_view::npos) continue;
      inlineList(pending);
      pending.clear();
      inside = false;
      continue;
    }
    if (line.starts_with("names:")) {
      const auto rest = trim(line.substr(6));
      inside = rest.empty();
      if (rest.starts_with("[") || rest.starts_with("{")) {
        if (rest.find_first_of("]}") == std::string_view::npos) pending = rest;
        else inlineList(rest);
      }
    } else if (inside && (line[0] == ' ' || line[0] == '\t' || line[0] == '-')) {
      const auto item = trim(line);
      if (item.starts_with("-")) names[next++] = unquoted(item.substr(1));
      else if (const size_t colon = item.find(':'); colon != std::string_view::npos)
        if (const auto key = parseInt(unquoted(item.substr(0, colon)))) names[int(std::clamp<int64_t>(*key, -1, ClassTable::kMaxClasses))] = unquoted(item.substr(colon + 1));
    } else {
      inside = false;
    }
  }
  return names;
}

/// Numbers of a label row, or nothing if it is none.
std::optional<std::vector<double>> rowNumbers(std::string_view line) {
  std::vector<double> numbers;
  for (const auto word : splitBlanks(line)) {
    const auto number = parseDouble(word);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

bool looksLikeRows(const std::string& head, bool whole) {
  const auto lines = splitLines(head);
  int rows = 0;
  for (size_t i = 0; i < lines.size() && i < 20; ++i) {
    if (trim(lines[i]).empty() || (!whole && i + 1 == lines.size())) continue;
    const auto row = rowNumbers(lines[i]);
    if (!row || row->size() < 5 || (*row)[0] != std::floor((*row)[0]) || (*row)[0] < 0) return false;
    for (size_t k = 1; k < row->size(); ++k)
      if (std::abs((*row)[k]) > 2) return false;
    ++rows;
  }
  return rows > 0;
}

/// Ultralytics: labels/<split>/<stem>.txt with normalised polygons or boxes, data.yaml.
class YoloFormat : public Format {
 public:
  std::string_view id() const override { return "yolo"; }
  std::string_view name() const override { return "YOLO segmentation"; }
  std::string_view about() const override { return "`data.yaml` and one text file an image"; }

  int probe(const SourceLook& look) const override {
    if (look.isFile()) {
      const auto& file = look.files()[0];
      const auto& head = look.head(file);
      if (extensionOf(file) == ".yaml" || extensionOf(file) == ".yml") return head.find("names:") != std::string::npos && (head.find("train:") != std::string::npos || head.find("nc:") != std::string::npos) ? 70 : 0;
      return looksLikeRows(head, head.size() < 65536) ? 70 : 0;
    }
    for (const char* ending : {".yaml", ".yml"})
      for (const auto& file : look.endingIn(ending))
        if (look.head(file).find("names:") != std::string::npos) return 78;
    int seen = 0;
    for (const auto& file : look.endingIn(".txt", 40)) {
      const auto& head = look.head(file);
      if (looksLikeRows(head, head.size() < 65536)) return file.find("labels") != std::string::npos ? 65 : 50;
      if (!head.empty() && ++seen > 10) break;
    }
    return 0;
  }

  bool canWrite() const override { return true; }
  Expected<> write(const ExportedDataset& dataset, const std::filesystem::path& folder, const WriteOptions&, const Job& job) const override {
    return writeYolo(dataset, folder, job);
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    std::error_code error;
    const std::string ending = extensionOf(source.filename().string());
    const bool yaml = std::filesystem::is_regular_file(source, error) && (ending == ".yaml" || ending == ".yml");
    DatasetBuilder builder(id(), yaml ? source.parent_path() : source, options, job);
    INTARSIA_CHECK(builder.list());
    INTARSIA_CHECK(readClasses(builder));
    const bool fixed = !builder.classes().empty();
    int most = -1;
    const bool alone = builder.files().size() == 1;
    std::set<std::string> labelFolders;
    for (const auto& file : builder.files()) {
      const std::string base = lower(baseName(file.name));
      const std::string kind = extensionOf(file.name);
      if (kind == ".yaml" || kind == ".yml") continue;
      if (!alone && (kind != ".txt" || base == "classes.txt" || base.starts_with("readme") || base == "labels.txt")) continue;
      const bool inLabels = file.name.find("labels/") != std::string::npos;
      INTARSIA_CHECK(builder.startOn(file));
      if (!alone && !inLabels && !rowsIn(file)) continue;
      INTARSIA_CHECK(readLabels(builder, file, fixed, most, alone));
    }
    for (int i = int(builder.classes().size()); i <= most; ++i) builder.addClass("class " + std::to_string(i));
    if (!alone)  // no labels file, or an empty one: an image without objects
      for (const auto& picture : builder.images().files()) {
        const int image = builder.imageAt(picture, {}, {picture.name, {}});
        if (builder[image].split == Split::none) builder[image].split = splitOfFolders(picture.name);
      }
    return builder.finish();
  }

 private:
  static bool rowsIn(const ListedFile& file) {
    const auto text = readTextFile(file.path, size_t(64) << 20);
    return text && looksLikeRows(text->text, true);
  }

  static Expected<> readClasses(DatasetBuilder& builder) {
    for (const auto& file : builder.files()) {
      const std::string ending = extensionOf(file.name);
      if (ending != ".yaml" && ending != ".yml") continue;
      INTARSIA_TRY(const TextFile text, readTextFile(file.path, size_t(16) << 20));
      const auto names = namesFromYaml(text.text);
      if (names.empty()) continue;
      if (names.begin()->first < 0 || names.rbegin()->first >= 10000) {
        builder.skipped({file.name, "names"}, "a class number is out of range");
        continue;
      }
      for (int i = 0; i <= names.rbegin()->first; ++i) {
        const auto it = names.find(i);
        builder.addClass(it == names.end() || trim(it->second).empty() ? "class " + std::to_string(i) : it->second);
      }
      return {};
    }
    for (const char* name : {"classes.txt", "labels/classes.txt", "obj.names", "labels.txt"})
      if (const ListedFile* file = builder.file(name)) {
        INTARSIA_TRY(const MaskClasses table, readClassFile(file->path));
        for (const auto& c : table.classes) builder.addClass(c.name, c.color, c.ignore);
        return {};
      }
    return {};
  }

  /// Where the picture of a labels file should lie: the last "labels" folder becomes "images".
  static std::string pictureName(const std::string& labels) {
    std::string name = labels.substr(0, labels.find_last_of('.'));
    if (const size_t at = name.rfind("labels/"); at != std::string::npos && (at == 0 || name[at - 1] == '/')) name.replace(at, 6, "images");
    return name;
  }

  static Expected<> readLabels(DatasetBuilder& builder, const ListedFile& file, bool fixed, int& most, bool alone) {
    const auto text = readTextFile(file.path, size_t(256) << 20);
    if (!text) {
      if (alone) return std::unexpected(text.error());
      builder.skipped({file.name, {}}, text.error().message());
      return {};
    }
    const int image = builder.image(pictureName(file.name), {}, {file.name, {}});
    builder[image].split = splitOfFolders(file.name);
    const auto lines = splitLines(text->text);
    const Size size = builder.sizeOf(image);
    for (size_t i = 0; i < lines.size(); ++i) {
      if (trim(lines[i]).empty()) continue;
      const Where where{file.name, "line " + std::to_string(i + 1)};
      const auto row = rowNumbers(lines[i]);
      if (!row) builder.skipped(where, "a field is not a number");
      else if (size.empty()) builder.skipped(where, "the size of the image is not known, so its normalised coordinates have no pixels");
      else readRow(builder, image, *row, size, fixed, most, where);
    }
    return {};
  }

  static void readRow(DatasetBuilder& builder, int image, const std::vector<double>& row, Size size, bool fixed, int& most, const Where& where) {
    const double number = row[0];
    if (number < 0 || number != std::floor(number) || number >= 10000) return builder.skipped(where, "the class is not a whole number");
    if (fixed && number >= double(builder.classes().size())) return builder.skipped(where, "the class " + std::to_string(int64_t(number)) + " is beyond the names");
    if (std::any_of(row.begin() + 1, row.end(), [](double v) { return std::abs(v) > 2; })) return builder.skipped(where, "the coordinates are not normalised to 0…1");
    const size_t n = row.size();
    bool pose = n >= 8 && (n - 5) % 3 == 0;
    bool certain = n % 2 == 0;
    for (size_t k = 7; pose && k < n; k += 3) {
      pose = row[k] == 0 || row[k] == 1 || row[k] == 2;
      certain = certain || row[k] == 2;
    }
    if (pose && (certain || n > 14)) return builder.skipped(where, "key points cover no area");
    const auto point = [&](double x, double y) { return Point{x * size.width, y * size.height}; };
    Polygon polygon;
    const char* kind = "polygon";
    if (n == 5 || n == 6) {
      polygon = {{rectangleRing(point(row[1] - row[3] / 2, row[2] - row[4] / 2), point(row[1] + row[3] / 2, row[2] + row[4] / 2))}};
      kind = "rectangle";
    } else {
      if (n < 7) return builder.skipped(where, "a polygon has fewer than three points");
      if (n % 2 == 0) return builder.skipped(where, "the row has an odd number of coordinates");
      Ring ring;
      for (size_t k = 1; k + 1 < n; k += 2) ring.push_back(point(row[k], row[k + 1]));
      polygon = {{std::move(ring)}};
    }
    most = std::max(most, int(number));
    builder.addShape(image, int(number), std::move(polygon), kind, where);
  }
};

}  // namespace

std::unique_ptr<Format> makeYoloFormat() { return std::make_unique<YoloFormat>(); }

}  // namespace intarsia
