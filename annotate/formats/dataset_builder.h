// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "annotate/formats/file_list.h"
#include "annotate/formats/format.h"
#include "annotate/formats/mask_rule.h"
#include "core/media/decode.h"

namespace intarsia {

/// Where in a source something stands, for the report.
struct Where {
  std::string path;   // file
  std::string field;  // "shapes[3].points", may be empty
};

/// What every reader fills: classes, images looked up among the files found on disk, cleaned shapes, and the report. One thread.
class DatasetBuilder {
 public:
  DatasetBuilder(std::string_view format, const std::filesystem::path& source, const ReadOptions& options, const Job& job);

  const Job& job() const { return m_job; }
  const std::filesystem::path& source() const { return m_source; }
  /// Lists the source (of a file: its folder, and the folders of images beside an "annotations" folder) and the folder of images.
  /// Call first. files() are those of the source; of a file it alone.
  Expected<> list();
  const std::vector<ListedFile>& files() const { return m_files; }
  /// Before one of files() is read: says how far the reading is. An error once it is to stop.
  Expected<> startOn(const ListedFile& file) const;
  /// Its files whose lower-case names end in `suffix`.
  std::vector<const ListedFile*> filesEndingIn(std::string_view suffix) const;
  /// The file of that exact relative name, or null.
  const ListedFile* file(std::string_view name) const;
  const ImageIndex& images() const { return m_index; }
  /// A file's name as the report shows it.
  std::string shown(const ListedFile& file) const { return file.name; }

  /// The index of a class, which is added when it is new. -1 and a line in the report when the name is empty.
  int classOf(std::string_view name, const Where& where);
  int addClass(std::string_view name, std::optional<Color> color = {}, bool ignore = false);
  std::vector<ImportedClass>& classes() { return m_data.classes; }
  void setBackground(int index) { m_data.background = index; }

  /// The entry of a picture that the source calls by one of `names` (the first one found counts); the same picture twice is one entry.
  /// `folders` are tried before each name: where it is likely to lie.
  int image(const std::vector<std::string>& names, Size declared, const Where& where, const std::vector<std::string>& folders = {});
  int image(const std::string& name, Size declared, const Where& where) { return image(std::vector{name}, declared, where); }
  /// The entry of a picture that is known not to be here.
  int imageMissing(const std::string& name, Size declared, const Where& where, const std::string& problem = {});
  /// The entry of a file that was found on disk.
  int imageAt(const ListedFile& file, Size declared, const Where& where);
  /// The entry of a picture of which only the mask is here.
  int imageOfMask(const ListedFile& mask);
  ImportedImage& operator[](int image) { return m_data.images[size_t(image)]; }
  Size declared(int image) const { return m_declared[size_t(image)]; }
  /// Its size: as declared, else as the header of a picture that can be opened says; else empty.
  Size sizeOf(int image);

  /// Adds an area to an image. Rings are cleaned: a repeated last point goes, rings with fewer than three points or with numbers that
  /// are no places are left out, all with a line in the report. False if nothing was left. Nothing is rounded or clipped.
  bool addShape(int image, int classIndex, Polygon polygon, std::string_view kind, const Where& where,
                std::optional<double> area = {}, std::optional<int64_t> group = {});
  /// A mask file of the image; checked against the picture's size at the end.
  void addMask(int image, const ListedFile& mask, std::shared_ptr<const MaskRule> rule, std::optional<MaskScan> scan = {});

  /// Lines of the report; equal ones of a file are counted, not repeated.
  void repaired(const Where& where, std::string_view reason) { m_repaired.add(where, reason); }
  void skipped(const Where& where, std::string_view reason) { m_skipped.add(where, reason, 20); }
  void note(const Where& where, std::string_view reason) { m_notes.add(where, reason); }

  /// Probes the pictures, compares sizes, turns labels that were drawn on the unrotated picture, scans masks, closes the report.
  Expected<ImportedDataset> finish();

 private:
  class Lines {
   public:
    /// `keep`: so many equal lines of a file are kept apart, with their fields; further ones are counted.
    void add(const Where& where, std::string_view reason, int64_t keep = 1);
    std::vector<ReportLine> take();

   private:
    struct Line { Where first; std::string reason; int64_t count = 0; };
    struct Seen { size_t line = 0; int64_t lines = 0; };
    std::vector<Line> m_lines;
    std::unordered_map<std::string, Seen> m_index;
  };
  struct PendingMask {
    int image;
    ListedFile file;
    std::shared_ptr<const MaskRule> rule;
    std::optional<MaskScan> scan;
  };
  Expected<> probeImages();
  void compareSize(int image, const Expected<ImageInfo>& info);
  void noteOutside(int image);
  Expected<> finishMasks();

  std::filesystem::path m_source;
  ReadOptions m_options;
  Job m_job;
  ImportedDataset m_data;
  std::vector<Size> m_declared;
  std::vector<Where> m_namedAt;
  std::vector<std::optional<ImageInfo>> m_probed;
  std::vector<ListedFile> m_files;
  std::unordered_map<std::string, size_t> m_fileByName;
  ImageIndex m_index;
  std::unordered_map<std::string, int> m_imageByKey, m_classByName;
  std::vector<PendingMask> m_masks;
  Lines m_repaired, m_skipped, m_notes;
};

}  // namespace intarsia
