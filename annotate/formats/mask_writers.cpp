// SPDX-License-Identifier: GPL-3.0-or-later
// Writers of label maps: folders of masks, PASCAL VOC, CamVid in its three layouts.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>

#include "annotate/formats/export_folder.h"
#include "annotate/formats/summary.h"
#include "annotate/formats/writers.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include "core/media/decode.h"
#include "core/media/encode.h"

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

namespace {

/// Indices, 255 (of 16 bits 65535) for what is unlabelled.
Image indices(const LabelMap& map, int bits) {
  Image image{map.width(), map.height(), 1, bits, std::vector<uint8_t>(map.pixels().size() * size_t(bits / 8))};
  if (bits == 16) std::memcpy(image.bytes.data(), map.pixels().data(), image.bytes.size());
  else std::transform(map.pixels().begin(), map.pixels().end(), image.bytes.begin(), [](uint16_t v) { return uint8_t(v); });
  return image;
}

Image colors(const LabelMap& map, const ClassTable& classes, Color unlabelled) {
  Image image{map.width(), map.height(), 3, 8, std::vector<uint8_t>(map.pixels().size() * 3)};
  for (size_t i = 0; i < map.pixels().size(); ++i) {
    const uint16_t v = map.pixels()[i];
    const Color c = v < classes.size() ? classes[v].color : unlabelled;
    const uint8_t rgb[] = {c.r, c.g, c.b};
    std::copy_n(rgb, 3, image.bytes.begin() + ptrdiff_t(3 * i));
  }
  return image;
}

/// Black, or the first dark colour that no class has.
Color freeColor(const ClassTable& classes) {
  for (int i = 0;; ++i) {
    const Color c{uint8_t(i), uint8_t(i >> 8), uint8_t(i >> 16)};
    if (std::none_of(classes.begin(), classes.end(), [&](const ClassInfo& info) { return info.color == c; })) return c;
  }
}

std::vector<Color> paletteOf(const ClassTable& classes) {
  std::vector<Color> palette(256);
  for (int c = 0; c < std::min(classes.size(), 255); ++c) palette[size_t(c)] = classes[c].color;
  return palette;
}

std::string colorLine(Color c, char separator) { return std::to_string(c.r) + separator + std::to_string(c.g) + separator + std::to_string(c.b); }

/// `name` without the ending.
Expected<> putMask(const ExportFolder& out, const std::string& name, const LabelMap& map, MaskLayout layout) {
  const ClassTable& classes = out.classes();
  const int bits = classes.size() > 255 || layout == MaskLayout::png16 ? 16 : 8;
  const std::vector<Color> palette = bits == 8 ? paletteOf(classes) : std::vector<Color>{};
  if (layout == MaskLayout::tiff) {
    INTARSIA_TRY(const std::string bytes, encodeTiff(indices(map, bits), palette));
    return out.putText(name + ".tif", bytes);
  }
  if (layout == MaskLayout::bmp) {
    INTARSIA_TRY(const std::string bytes, encodeBmp(indices(map, bits), palette));
    return out.putText(name + ".bmp", bytes);
  }
  if (layout == MaskLayout::png) {
    INTARSIA_TRY(const auto path, out.place(name + ".png"));
    return writeLabelPng(path, map, classes);
  }
  INTARSIA_TRY(const std::string bytes, encodePng(layout == MaskLayout::color ? colors(map, classes, freeColor(classes)) : indices(map, bits)));
  return out.putText(name + ".png", bytes);
}

}  // namespace

Expected<> writeMasks(const ExportedDataset& dataset, const std::filesystem::path& folder, MaskLayout layout, const Job& job) {
  if (layout == MaskLayout::bmp) INTARSIA_CHECK(atMost255(dataset, "BMP"));
  INTARSIA_CHECK(needSizes(dataset));
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  INTARSIA_CHECK(parallelFor(int(dataset.images.size()), INTARSIA_TEXT("Writing"), [&](int i) -> Expected<> {
    const ImportedImage& image = dataset.images[size_t(i)];
    const std::string split = out.hasSplits() && image.split != Split::none ? std::string(splitName(image.split)) + "/" : "";
    INTARSIA_CHECK(out.putImage(i, split + "images", out.stem(i)));
    INTARSIA_TRY(const LabelMap map, labelMap(dataset, image));
    return putMask(out, split + "masks/" + out.stem(i), map, layout);
  }, job));
  std::string table = "index,name,red,green,blue,ignore\n";
  for (int c = 0; c < out.classes().size(); ++c) {
    const ClassInfo& info = out.classes()[c];
    table += std::to_string(c) + "," + csvField(info.name) + "," + colorLine(info.color, ',') + "," + (info.ignore ? "1" : "0") + "\n";
  }
  if (layout == MaskLayout::color) table += ",," + colorLine(freeColor(out.classes()), ',') + ",1\n";  // no name: unlabelled
  return out.putText("classes.csv", table);
}

Expected<> writeVoc(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job) {
  INTARSIA_CHECK(atMost255(dataset, "PASCAL VOC"));
  std::atomic<bool> unlabelled = false;
  INTARSIA_CHECK(needSizes(dataset));
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  auto palette = paletteOf(out.classes());
  palette[255] = {0xE0, 0xE0, 0xC0};  // the borders of PASCAL VOC
  INTARSIA_CHECK(parallelFor(int(dataset.images.size()), INTARSIA_TEXT("Writing"), [&](int i) -> Expected<> {
    const ImportedImage& image = dataset.images[size_t(i)];
    INTARSIA_CHECK(out.putImage(i, "JPEGImages", out.stem(i)));
    INTARSIA_TRY(const LabelMap map, labelMap(dataset, image));
    INTARSIA_TRY(const std::string png, encodePng(indices(map, 8), palette));
    if (std::find(map.pixels().begin(), map.pixels().end(), kUnlabelled) != map.pixels().end()) unlabelled = true;
    return out.putText("SegmentationClass/" + out.stem(i) + ".png", png);
  }, job));
  std::map<std::string, std::string> lists;
  for (int i = 0; i < int(dataset.images.size()); ++i) {
    const std::string split = ExportFolder::splitFolder(dataset.images[size_t(i)], "default");
    lists[split] += out.stem(i) + "\n";
    if (split == "train" || split == "val") lists["trainval"] += out.stem(i) + "\n";
  }
  for (const auto& [split, lines] : lists) INTARSIA_CHECK(out.putText("ImageSets/Segmentation/" + split + ".txt", lines));
  std::string table = "# label:color_rgb:parts:actions\n";
  for (const auto& c : out.classes()) {
    std::string name = c.name;
    std::replace(name.begin(), name.end(), ':', ' ');
    table += name + ":" + colorLine(c.color, ',') + "::\n";
  }
  if (unlabelled) table += "ignored:224,224,192::\n";  // 255, by its colour, for readers that want every colour named
  return out.putText("labelmap.txt", table);
}

namespace {

/// A name in SegNet's lists, from their folder on; in quotes, as datumaro has it, where it has blanks.
std::string listed(const std::string& name) { return name.find(' ') == std::string::npos ? "./" + name : "\"./" + name + "\""; }

/// A name that no class has, for the index or colour of unlabelled pixels: CamVid has no other way to say it.
std::string unlabelledName(const ClassTable& classes) {
  std::string name = "unlabelled";
  while (classes.indexOfName(name)) name += "_";
  return name;
}

/// A mask of indices in which unlabelled pixels have the one after the last class, as SegNet's 11; `any`: there are some.
Expected<> putIndices(const ExportedDataset& dataset, const ExportFolder& out, int i, const std::string& name, std::atomic<bool>& any) {
  INTARSIA_TRY(LabelMap map, labelMap(dataset, dataset.images[size_t(i)]));
  for (uint16_t& v : map.pixels())
    if (v == kUnlabelled) any = true, v = uint16_t(out.classes().size());
  INTARSIA_TRY(const std::string png, encodePng(indices(map, 8)));
  return out.putText(name, png);
}

/// "R G B<tab>name", with a line for unlabelled pixels where there are any.
Expected<> putColorTable(const ExportFolder& out, bool unlabelled) {
  std::string table;
  for (const auto& c : out.classes()) table += colorLine(c.color, ' ') + "\t" + c.name + "\n";
  if (unlabelled) table += colorLine(freeColor(out.classes()), ' ') + "\t" + unlabelledName(out.classes()) + "\n";
  return out.putText("label_colors.txt", table);
}

/// SegNet: train/ beside trainannot/, lists of both.
Expected<> writeSegnet(const ExportedDataset& dataset, const ExportFolder& out, const Job& job) {
  std::atomic<bool> unlabelled = false;
  std::vector<std::string> lines(dataset.images.size());
  const auto splitOf = [&](int i) { return ExportFolder::splitFolder(dataset.images[size_t(i)], "train"); };
  INTARSIA_CHECK(parallelFor(int(lines.size()), INTARSIA_TEXT("Writing"), [&](int i) -> Expected<> {
    const std::string split = splitOf(i), mask = split + "annot/" + out.stem(i) + ".png";
    INTARSIA_TRY(const std::string name, out.putImage(i, split, out.stem(i)));
    lines[size_t(i)] = listed(split + "/" + name) + " " + listed(mask) + "\n";
    return putIndices(dataset, out, i, mask, unlabelled);
  }, job));
  std::map<std::string, std::string> lists;
  for (int i = 0; i < int(lines.size()); ++i) lists[splitOf(i)] += lines[size_t(i)];
  for (const auto& [split, lines] : lists) INTARSIA_CHECK(out.putText(split + ".txt", lines));
  return putColorTable(out, unlabelled);
}

/// fastai: images/, labels/…_P.png of codes, valid.txt.
Expected<> writeFastai(const ExportedDataset& dataset, const ExportFolder& out, const Job& job) {
  std::string valid, codes;
  std::atomic<bool> unlabelled = false;
  std::vector<std::string> names(dataset.images.size());
  INTARSIA_CHECK(parallelFor(int(names.size()), INTARSIA_TEXT("Writing"), [&](int i) -> Expected<> {
    INTARSIA_TRY(names[size_t(i)], out.putImage(i, "images", out.stem(i)));
    return putIndices(dataset, out, i, "labels/" + out.stem(i) + "_P.png", unlabelled);
  }, job));
  for (size_t i = 0; i < names.size(); ++i)
    if (const Split split = dataset.images[i].split; split == Split::val || split == Split::test) valid += names[i] + "\n";
  for (const auto& c : out.classes()) codes += c.name + "\n";
  if (unlabelled) codes += unlabelledName(out.classes()) + "\n";
  INTARSIA_CHECK(out.putText("codes.txt", codes));
  return out.putText("valid.txt", valid);
}

/// The original: colours, label_colors.txt.
Expected<> writeColors(const ExportedDataset& dataset, const ExportFolder& out, const Job& job) {
  const Color nothing = freeColor(out.classes());
  std::atomic<bool> unlabelled = false;
  INTARSIA_CHECK(parallelFor(int(dataset.images.size()), INTARSIA_TEXT("Writing"), [&](int i) -> Expected<> {
    const ImportedImage& image = dataset.images[size_t(i)];
    const std::string split = out.hasSplits() ? ExportFolder::splitFolder(image, "train") + "/" : "";
    INTARSIA_CHECK(out.putImage(i, split + "images", out.stem(i)));
    INTARSIA_TRY(const LabelMap map, labelMap(dataset, image));
    if (std::find(map.pixels().begin(), map.pixels().end(), kUnlabelled) != map.pixels().end()) unlabelled = true;
    INTARSIA_TRY(const std::string png, encodePng(colors(map, out.classes(), nothing)));
    return out.putText(split + "labels/" + out.stem(i) + "_L.png", png);
  }, job));
  return putColorTable(out, unlabelled);
}

}  // namespace

Expected<> writeCamvid(const ExportedDataset& dataset, const std::filesystem::path& folder, CamvidLayout layout, const Job& job) {
  INTARSIA_CHECK(atMost255(dataset, "CamVid"));
  INTARSIA_CHECK(needSizes(dataset));
  INTARSIA_TRY(const ExportFolder out, ExportFolder::open(folder, dataset));
  if (layout == CamvidLayout::fastai) return writeFastai(dataset, out, job);
  return layout == CamvidLayout::colors ? writeColors(dataset, out, job) : writeSegnet(dataset, out, job);
}

}  // namespace intarsia
