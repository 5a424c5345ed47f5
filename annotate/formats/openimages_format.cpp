// SPDX-License-Identifier: GPL-3.0-or-later
#include <map>

#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/mask_outline.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/text_file.h"
#include "annotate/raster/rasterizer.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

using Row = std::vector<std::string>;

/// A CSV by the names of its columns.
struct Table {
  std::vector<Row> rows;
  std::map<std::string, size_t, std::less<>> columns;
  static Expected<Table> read(const ListedFile& file) {
    INTARSIA_TRY(const TextFile text, readTextFile(file.path));
    Table table;
    table.rows = parseCsv(text.text);
    if (!table.rows.empty())
      for (size_t i = 0; i < table.rows[0].size(); ++i) table.columns.emplace(trim(table.rows[0][i]), i);
    return table;
  }
  std::string_view at(size_t row, std::string_view column) const {
    const auto it = columns.find(column);
    return it == columns.end() || it->second >= rows[row].size() ? std::string_view() : trim(rows[row][it->second]);
  }
};

/// Open Images V5 and later: a CSV of masks, one PNG per object.
class OpenimagesFormat : public Format {
 public:
  std::string_view id() const override { return "openimages"; }
  std::string_view name() const override { return "Open Images"; }
  std::string_view about() const override { return "masks"; }

  int probe(const SourceLook& look) const override {
    for (const auto& file : look.endingIn(".csv", 20))
      if (look.head(file).starts_with("MaskPath,ImageID,LabelName")) return look.isFile() ? 95 : 92;
    return 0;
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    std::map<std::string, std::string, std::less<>> names;  // /m/… → for people
    for (const auto& file : builder.files()) {
      if (lower(file.name).find("class-descriptions") == std::string::npos) continue;
      const auto text = readTextFile(file.path);
      if (!text) continue;
      for (const auto& row : parseCsv(text->text))
        if (row.size() >= 2 && trim(row[0]) != "LabelName") names[std::string(trim(row[0]))] = trim(row[1]);
    }
    for (const auto& [label, name] : names) builder.classOf(name, {"class-descriptions", label});
    for (const auto& file : builder.files()) {
      if (builder.files().size() > 1 && extensionOf(file.name) != ".csv") continue;
      const auto table = Table::read(file);
      if (!table) {
        builder.skipped({file.name, {}}, table.error().message());
        continue;
      }
      if (table->columns.contains("XMin") && table->columns.contains("LabelName") && table->rows.size() > 1)
        builder.skipped({file.name, {}}, "its " + std::to_string(table->rows.size() - 1) + " boxes are not imported: only masks are");
      if (!table->columns.contains("MaskPath")) continue;
      for (size_t r = 1; r < table->rows.size(); ++r) {
        INTARSIA_CHECK(job.check());
        job.report(int64_t(r), int64_t(table->rows.size()), INTARSIA_TEXT("Reading annotations"));
        readRow(builder, *table, r, file.name, names);
      }
    }
    return builder.finish();
  }

 private:
  static void readRow(DatasetBuilder& builder, const Table& table, size_t r, const std::string& path, const std::map<std::string, std::string, std::less<>>& names) {
    const Where where{path, "row " + std::to_string(r + 1)};
    const std::string id(table.at(r, "ImageID")), mask(table.at(r, "MaskPath"));
    const std::string subset = path.find("train") != std::string::npos ? "train" : path.find("valid") != std::string::npos ? "validation" : path.find("test") != std::string::npos ? "test" : "";
    int image = -1;
    for (const char* ending : {".jpg", ".jpeg", ".png"})
      if (const auto found = builder.images().find((subset.empty() ? "" : subset + "/") + id + ending); image < 0 && found.file && stemOf(found.file->name) == id) image = builder.imageAt(*found.file, {}, where);
    if (image < 0) image = builder.imageMissing(id + ".jpg", {}, where);
    builder[image].split = splitOfFolders(subset + "/");
    const auto match = builder.images().find((subset.empty() ? "" : subset + "/") + mask);
    if (!match.file || baseName(match.file->name) != mask) return builder.skipped(where, "its mask \"" + mask + "\" was not found");
    const auto raw = decodeMask(match.file->path);
    if (!raw) return builder.skipped(where, raw.error().message());
    const Size stored = raw->size, size = builder.sizeOf(image).empty() ? stored : builder.sizeOf(image);
    Polygon polygon = outlineOf(setPixels(*raw), stored);
    // Masks may be smaller than their image: each of its pixels has the value of the nearest of the mask, which moves edges only.
    const auto edge = [](double at, int64_t from, int64_t to) { return double((int64_t(at) * to + from - 1) / from); };
    for (auto& ring : polygon.rings)
      for (Point& p : ring) p = {edge(p.x, stored.width, size.width), edge(p.y, stored.height, size.height)};
    const int64_t pixels = pixelCount(polygon, {0, 0, size.width, size.height});
    if (!pixels) return builder.skipped(where, "its mask is empty");
    const auto label = table.at(r, "LabelName");
    const auto name = names.find(label);
    builder.addShape(image, builder.classOf(name == names.end() ? label : std::string_view(name->second), where), std::move(polygon), "mask", where, double(pixels));
  }
};

}  // namespace

std::unique_ptr<Format> makeOpenimagesFormat() { return std::make_unique<OpenimagesFormat>(); }

}  // namespace intarsia
