// SPDX-License-Identifier: GPL-3.0-or-later
// Writers of label maps: folders of masks, PASCAL VOC, CamVid as SegNet laid it out.
#include <algorithm>
#include <map>

#include "annotate/formats/export_folder.h"
#include "annotate/formats/summary.h"
#include "annotate/formats/writers.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia {
namespace {

Expected<> atMost255(const ExportedDataset& dataset, std::string_view format) {
  if (dataset.classes.size() <= 255) return {};
  return fail(ErrorCode::unsupported, INTARSIA_TEXT("{format} has room for 255 classes, not {count}"), {{"format", std::string(format)}, {"count", std::to_string(dataset.classes.size())}});
}

std::string csvField(std::string_view text) {
  if (text.find_first_of(",\"\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

Expected<> writeMasks(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    const ImportedImage& image = dataset.images[size_t(i)];
    const std::string split = out.hasSplits() && image.split != Split::none ? std::string(splitName(image.split)) + "/" : "";
    INTARSIA_CHECK(out.putImage(i, split + "images", out.stem(i)));
    INTARSIA_TRY(const LabelMap map, labelMap(dataset, image));
    INTARSIA_TRY(const auto path, out.place(split + "masks/" + out.stem(i) + ".png"));
    INTARSIA_CHECK(writeLabelPng(path, map, out.classes()));
  }
  std::string table = "index,name,red,green,blue,ignore\n";
  for (int c = 0; c < out.classes().size(); ++c) {
    const ClassInfo& info = out.classes()[c];
    table += std::to_string(c) + "," + csvField(info.name) + "," + std::to_string(info.color.r) + "," + std::to_string(info.color.g) + "," + std::to_string(info.color.b) + "," + (info.ignore ? "1" : "0") + "\n";
  }
  return out.putText("classes.csv", table);
}

Expected<> writeVoc(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_CHECK(atMost255(dataset, "PASCAL VOC"));
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  std::map<std::string, std::string> lists;
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    const ImportedImage& image = dataset.images[size_t(i)];
    INTARSIA_CHECK(out.putImage(i, "JPEGImages", out.stem(i)));
    INTARSIA_TRY(const LabelMap map, labelMap(dataset, image));
    INTARSIA_TRY(const auto path, out.place("SegmentationClass/" + out.stem(i) + ".png"));
    INTARSIA_CHECK(writeLabelPng(path, map, out.classes()));
    const std::string split = ExportFolder::splitFolder(image, "default");
    lists[split] += out.stem(i) + "\n";
    if (split == "train" || split == "val") lists["trainval"] += out.stem(i) + "\n";
  }
  for (const auto& [split, lines] : lists) INTARSIA_CHECK(out.putText("ImageSets/Segmentation/" + split + ".txt", lines));
  std::string table = "# label:color_rgb:parts:actions\n";
  for (const auto& c : out.classes()) {
    std::string name = c.name;
    std::replace(name.begin(), name.end(), ':', ' ');
    table += name + ":" + std::to_string(c.color.r) + "," + std::to_string(c.color.g) + "," + std::to_string(c.color.b) + "::\n";
  }
  return out.putText("labelmap.txt", table);
}

Expected<> writeCamvid(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_CHECK(atMost255(dataset, "CamVid"));
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  std::map<std::string, std::string> lists;
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    INTARSIA_CHECK(job.check());
    const ImportedImage& image = dataset.images[size_t(i)];
    const std::string split = ExportFolder::splitFolder(image, "train");
    INTARSIA_TRY(const std::string name, out.putImage(i, split, out.stem(i)));
    INTARSIA_TRY(const LabelMap map, labelMap(dataset, image));
    INTARSIA_TRY(const auto path, out.place(split + "annot/" + out.stem(i) + ".png"));
    Image grey{map.width(), map.height(), 1, 8, std::vector<uint8_t>(map.pixels().size())};
    std::transform(map.pixels().begin(), map.pixels().end(), grey.bytes.begin(), [](uint16_t v) { return uint8_t(v); });  // 65535 → 255
    INTARSIA_CHECK(writePng(path, grey));
    lists[split] += split + "/" + name + " " + split + "annot/" + out.stem(i) + ".png\n";
  }
  for (const auto& [split, lines] : lists) INTARSIA_CHECK(out.putText(split + ".txt", lines));
  std::string table;
  for (const auto& c : out.classes()) table += std::to_string(c.color.r) + " " + std::to_string(c.color.g) + " " + std::to_string(c.color.b) + "\t" + c.name + "\n";
  return out.putText("label_colors.txt", table);
}

}  // namespace intarsia
