// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/writers.h"

namespace intarsia {
namespace {

/// Any folder of masks, alone or beside their images: indices in grey or palette, "spread" greys, or colours.
class MasksFormat : public Format {
 public:
  std::string_view id() const override { return "masks"; }
  std::string_view name() const override { return "Folder of masks"; }
  std::string_view about() const override { return "indexed, grey or colour, 8 and 16 bits"; }

  int probe(const SourceLook& look) const override {
    bool image = false, mask = false;
    for (const auto& file : look.files()) {
      const auto role = maskName(file).role;
      image = image || role == MaskRole::image;
      mask = mask || role == MaskRole::mask;
    }
    if (mask) return image ? 40 : 30;
    if (!image) return 0;
    int seen = 0;  // pictures only: masks if they have few values
    for (const auto& file : look.files()) {
      if (!isImageName(file)) continue;
      const auto scan = scanMask(look.isFile() ? look.path() : look.path() / file);
      if (!scan || (scan->values.size() > 64 && !scan->lossy)) return 0;
      if (scan->lossy && scan->values.size() > 5000) return 0;
      if (++seen == 3) break;
    }
    return seen ? 20 : 0;
  }

  bool canWrite() const override { return true; }
  Expected<> write(const ExportedDataset& dataset, const std::filesystem::path& folder, const WriteOptions&, const Job& job) const override {
    return writeMasks(dataset, folder, job);
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    std::optional<MaskClasses> classes;
    if (const ListedFile* file = findClassFile(builder.files())) {
      INTARSIA_TRY(classes, readClassFile(file->path));
    }
    const auto pairs = pairMasks(builder.files());
    if (pairs.empty()) return fail(ErrorCode::notFound, INTARSIA_TEXT("{file} holds no masks"), {{"file", source.string()}});
    INTARSIA_CHECK(addMaskPairs(builder, pairs, classes));
    return builder.finish();
  }
};

}  // namespace

std::unique_ptr<Format> makeMasksFormat() { return std::make_unique<MasksFormat>(); }

}  // namespace intarsia
