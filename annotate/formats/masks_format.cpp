// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/mask_layouts.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/writers.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

/// Any folder of masks, alone or beside their images: indices in grey or palette, "spread" greys, or colours.
class MasksFormat : public Format {
 public:
  explicit MasksFormat(MaskLayout layout) : m_layout(layout) {}
  std::string_view id() const override {
    switch (m_layout) {
      case MaskLayout::color: return "masks-color";
      case MaskLayout::png16: return "masks-16bit";
      case MaskLayout::tiff: return "masks-tiff";
      case MaskLayout::bmp: return "masks-bmp";
      default: return "masks";
    }
  }
  std::string_view name() const override {
    switch (m_layout) {
      case MaskLayout::color: return "Folder of colour masks (PNG)";
      case MaskLayout::png16: return "Folder of masks (PNG, 16 bits)";
      case MaskLayout::tiff: return "Folder of masks (TIFF)";
      case MaskLayout::bmp: return "Folder of masks (BMP)";
      default: return "Folder of masks";
    }
  }
  std::string_view readBy() const override { return "masks"; }
  std::string_view about() const override { return m_layout == MaskLayout::png ? "indexed, grey or colour, 8 and 16 bits, PNG, TIFF, BMP and others" : ""; }

  int probe(const SourceLook& look) const override {
    if (readBy() != id()) return 0;
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
    return writeMasks(dataset, folder, m_layout, job);
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(readBy(), source, options, job);
    INTARSIA_CHECK(builder.list());
    std::optional<MaskClasses> classes;
    if (options.classes.empty()) {
      INTARSIA_TRY(classes, readClassesAmong(builder.files()));
    } else {
      INTARSIA_TRY(classes, readClassFile(options.classes));
    }
    const auto pairs = pairMasks(builder.files());
    if (pairs.empty()) return fail(ErrorCode::notFound, INTARSIA_TEXT("{file} holds no masks"), {{"file", displayPath(source)}});
    INTARSIA_CHECK(addMaskPairs(builder, pairs, classes));
    return builder.finish();
  }

 private:
  MaskLayout m_layout;
};

}  // namespace

std::unique_ptr<Format> masksFormat(MaskLayout layout) { return std::make_unique<MasksFormat>(layout); }
std::unique_ptr<Format> makeMasksFormat() { return masksFormat(MaskLayout::png); }

}  // namespace intarsia
