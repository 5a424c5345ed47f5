// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/class_table.h"
#include "core/base/job.h"
#include "core/base/label_map.h"
#include "core/base/split.h"
#include "core/geometry/polygon.h"

namespace intarsia {

class SourceLook;

/// What an import did, per file: nothing is dropped in silence.
struct ReportLine {
  std::string path;    // as displayed
  std::string reason;  // one sentence; begins with the field at fault where there is one
  std::string field = {};
};
struct ImportReport {
  /// What became of a class of the source.
  struct Class {
    std::string from, to;  // `to` is empty when its labels were left out
    std::string why;       // "map", or how the names met
  };
  struct File {
    std::string path;
    int annotations = 0;
  };
  int images = 0;
  int annotations = 0;
  std::vector<Class> classes;        // by an import into a project
  std::vector<File> imported;        // pictures that came in, with what is new in them
  std::vector<ReportLine> repaired;  // ring closed, clipped, class name trimmed …
  std::vector<ReportLine> skipped;
  std::vector<ReportLine> notes;     // what the user should know, nothing was changed
};

struct ImportedClass {
  std::string name;
  std::optional<Color> color;
  bool ignore = false;
  std::string extra;            // what the source says besides, see foreign_keys.h; may be empty
};

struct ImportedShape {
  int classIndex = -1;          // into ImportedDataset::classes
  Polygon polygon;              // never rounded
  std::string kind = "polygon"; // polygon, rectangle, circle, rle, mask …
  std::optional<int64_t> group;
  std::optional<double> area;   // geometric area where the format's own rule differs; else computed from `polygon`
  bool unite = false;           // the rings are parts that may overlap and their union is meant (COCO); see unitedPolygon
  std::string note = {};        // the annotator's words
  std::string extra = {};       // as in ImportedClass: COCO's id and iscrowd, labelme's flags …
};

struct ImportedImage {
  std::string name;                  // as the source names it, UTF-8, for people and matching
  std::filesystem::path path;        // the image file if it was found, else empty
  Size size;                         // from the image file where there is one, else from the source; empty = unknown
  std::vector<ImportedShape> shapes; // painter's order
  /// The label map of a mask source, decoded when asked for (values = class indices, kUnlabelled outside); empty function = none.
  std::function<Expected<LabelMap>()> mask;
  /// The encoded picture where the source itself holds it (labelme's imageData) and `path` is empty; empty function = none.
  std::function<Expected<std::string>()> embedded;
  Split split = Split::none;         // none = the source does not say
  std::string group;                 // images that belong together (a video, a patient); may be empty
  std::string extra;                 // as in ImportedClass
};

/// A source of labels, read: formats give this, the project takes it.
struct ImportedDataset {
  std::string format;                // id of the Format
  std::vector<ImportedClass> classes;  // index order of the source
  std::vector<ImportedImage> images;
  /// Class index that uncovered pixels have in this format; none = they are unlabelled.
  std::optional<int> background;
  ImportReport report;
};

struct ReadOptions {
  std::filesystem::path images;  // where the pictures are, when the source does not say; may be empty
  bool flipY = false;            // Labelbox exports made before 15 October 2018 count y from the bottom
  std::filesystem::path classes;  // of masks: a table of classes and their values or colours, instead of one that lies beside them
  bool fromOne = false;          // PASCAL VOC XML: pixels are counted from 1, and a box's last ones belong to it (known of the devkit's files)
};

struct WriteOptions {};

/// A dataset to write: like ImportedDataset, with masks rasterized on demand.
using ExportedDataset = ImportedDataset;

/// One annotation format. Stateless; any thread.
class Format {
 public:
  virtual ~Format() = default;
  virtual std::string_view id() const = 0;    // "labelme", "coco", …
  virtual std::string_view name() const = 0;  // for people
  virtual std::string_view about() const { return {}; }  // what of it, for the table of formats
  /// 0…100: how sure we are that a source (file or folder) is this format, by its content. Cheap: looks at names and few heads of files.
  virtual int probe(const SourceLook& look) const = 0;
  virtual Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const = 0;
  virtual bool canWrite() const { return false; }
  /// Of a second layout of a format, which is only written: the id of the format that reads it.
  virtual std::string_view readBy() const { return id(); }
  virtual Expected<> write(const ExportedDataset&, const std::filesystem::path& /*folder*/, const WriteOptions&, const Job&) const {
    return fail(ErrorCode::unsupported, INTARSIA_TEXT("{format} is read, not written"), {{"format", std::string(name())}});
  }
};

/// All formats, generated from the *_format.cpp files; each defines `std::unique_ptr<Format> make<Name>Format()`.
const std::vector<std::unique_ptr<Format>>& formats();
const Format* formatById(std::string_view id);
/// The best probe; an error that says what was looked for when none fits.
Expected<const Format*> detectFormat(const std::filesystem::path& source);
/// Detects (or takes `id`) and reads.
Expected<ImportedDataset> readDataset(const std::filesystem::path& source, const ReadOptions& options = {}, std::string_view id = {}, const Job& job = {});

}  // namespace intarsia
