// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/mask_folder.h"

#include <algorithm>
#include <map>
#include <set>

#include "annotate/formats/text_file.h"
#include "core/base/parallel.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

const std::vector<std::string_view> kMaskFolders = {
    "masks", "mask", "labels", "label", "annot", "annots", "annotation", "annotations", "gt", "ground_truth", "groundtruth", "seg",
    "segmentation", "segmentations", "segmentationclass", "labelsrgb", "labels_rgb", "targets", "target", "labeledapproved_full", "mask_images"};
const std::vector<std::string_view> kImageFolders = {"images", "image", "imgs", "img", "jpg", "jpeg", "jpegs", "jpegimages", "input", "inputs",
                                                     "rgb", "photos", "original_images", "701_stillsraw_full", "pictures", "imagesrgb", "images_rgb"};
const std::vector<std::string_view> kMaskSuffixes = {"_mask", "_masks", "-mask", ".mask", "_l", "_p", "_gt", "_label", "_labels", "-label", "_seg", "_segmentation",
                                                     "_labelids", "_annotation", "_groundtruth", "_ground_truth", "_annot"};
const std::vector<std::string_view> kMaskPrefixes = {"gt_", "mask_", "label_", "masks_"};
const std::vector<std::string_view> kImagePrefixes = {"image_", "img_"};

bool cutSuffix(std::string& text, const std::vector<std::string_view>& suffixes) {
  for (const auto suffix : suffixes)
    if (text.size() > suffix.size() && lower(text).ends_with(suffix)) {
      text.resize(text.size() - suffix.size());
      return true;
    }
  return false;
}

bool cutPrefix(std::string& text, const std::vector<std::string_view>& prefixes) {
  for (const auto prefix : prefixes)
    if (text.size() > prefix.size() && lower(text).starts_with(prefix)) {
      text.erase(0, prefix.size());
      return true;
    }
  return false;
}

bool cutMaskFolder(std::string& folder) {
  const std::string low = lower(folder);
  if (std::find(kMaskFolders.begin(), kMaskFolders.end(), low) != kMaskFolders.end()) {
    folder.clear();
    return true;
  }
  return cutSuffix(folder, {"_masks", "_mask", "_labels", "_label", "_annotations", "_annot", "_gt", "annot", "masks", "labels"});
}

/// The values of a "spread" mask: n classes at round(i × 255 / (n − 1)), to be seen by eye.
std::optional<int> spreadCount(const std::set<uint32_t>& values, int least) {
  if (int(values.size()) < least || *values.rbegin() != 255) return std::nullopt;
  const int n = int(values.size());
  if (n > 128) return std::nullopt;
  int i = 0;
  for (const uint32_t v : values) {
    if (std::abs(double(v) - i * 255.0 / (n - 1)) > 1.0) return std::nullopt;
    ++i;
  }
  return n;
}

MaskRule spreadRule(int n) {
  MaskRule rule;
  rule.byValue.assign(256, MaskRule::kUnknown);
  for (int i = 0; i < n; ++i)
    for (int d = -1; d <= 1; ++d)
      if (const int v = int(i * 255.0 / (n - 1) + 0.5) + d; v >= 0 && v <= 255 && (d == 0 || n < 64)) rule.byValue[size_t(v)] = i;
  return rule;
}

std::set<uint32_t> keysOf(const std::map<uint32_t, int64_t>& counts) {
  std::set<uint32_t> keys;
  for (const auto& [value, count] : counts) keys.insert(value);
  return keys;
}

}  // namespace

Split splitOfFolders(std::string_view name) {
  for (auto part : splitFields(folderOf(name), '/')) {
    const std::string word = lower(part);
    if (word.starts_with("train")) return Split::train;
    if (word.starts_with("val")) return Split::val;
    if (word.starts_with("test")) return Split::test;
  }
  return Split::none;
}

MaskName maskName(std::string_view name) {
  MaskName result;
  if (!isImageName(name)) return result;
  std::string folders;
  bool imageFolder = false;
  for (const auto part : splitFields(folderOf(name), '/')) {
    std::string folder(part);
    if (folder.empty()) continue;
    const std::string low = lower(folder);
    if (std::find(kImageFolders.begin(), kImageFolders.end(), low) != kImageFolders.end()) {
      imageFolder = true;
      continue;
    }
    if (cutMaskFolder(folder)) result.certain = true;
    if (!folder.empty()) folders += folder + "/";
  }
  std::string stem(stemOf(name));
  const bool named = !imageFolder && (cutSuffix(stem, kMaskSuffixes) || (cutPrefix(stem, kMaskPrefixes)));
  result.certain = (result.certain || named) && !(imageFolder && !result.certain);
  if (result.certain) cutSuffix(stem, {"_mask", "_labelids", "_gt"});
  else cutPrefix(stem, kImagePrefixes);
  if (result.certain) cutPrefix(stem, kImagePrefixes);
  result.role = result.certain ? MaskRole::mask : MaskRole::image;
  result.key = folders + stem;
  return result;
}

std::vector<MaskPair> pairMasks(const std::vector<ListedFile>& files) {
  std::map<std::string, const ListedFile*> byKey;
  std::map<std::string, std::vector<const ListedFile*>> byStem;
  std::vector<std::pair<const ListedFile*, std::string>> masks;
  for (const auto& file : files) {
    const MaskName name = maskName(file.name);
    if (name.role == MaskRole::mask) masks.emplace_back(&file, name.key);
    if (name.role != MaskRole::image) continue;
    byKey.emplace(name.key, &file);
    byStem[std::string(baseName(name.key))].push_back(&file);
  }
  std::vector<MaskPair> pairs;
  std::set<const ListedFile*> used;
  for (const auto& [mask, key] : masks) {
    MaskPair pair{nullptr, mask, splitOfFolders(mask->name)};
    if (const auto it = byKey.find(key); it != byKey.end()) pair.image = it->second;
    else if (const auto same = byStem.find(std::string(baseName(key))); same != byStem.end() && same->second.size() == 1) pair.image = same->second[0];
    if (pair.image) used.insert(pair.image);
    pairs.push_back(pair);
  }
  if (masks.empty()) {  // nothing tells them apart: all of them are masks
    for (const auto& file : files)
      if (isImageName(file.name)) pairs.push_back({nullptr, &file, splitOfFolders(file.name)});
    return pairs;
  }
  for (const auto& [key, file] : byKey)
    if (!used.contains(file)) pairs.push_back({file, nullptr, splitOfFolders(file->name)});
  return pairs;
}

namespace {

/// Classes for masks that come without a table, and the rule of each.
Expected<> classesFromValues(DatasetBuilder& builder, const std::vector<const MaskScan*>& scans, std::vector<std::shared_ptr<const MaskRule>>& rules) {
  std::set<uint32_t> values, colors;
  std::vector<Color> palette;
  bool allShort = true;
  for (const MaskScan* scan : scans) {
    if (!scan) continue;
    if (scan->kind == RawMask::Kind::color) {
      if (!scan->lossy && scan->values.size() <= 4096) colors.merge(keysOf(scan->values));
      continue;
    }
    values.merge(keysOf(scan->values));
    if (scan->kind == RawMask::Kind::indexed && palette.empty()) palette = scan->palette;
    allShort = allShort && scan->bits <= 8;
  }
  if (colors.size() > 256)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file}: the masks have {count} colours; a table of classes and colours is needed beside them"),
                {{"file", displayPath(builder.source())}, {"count", std::to_string(colors.size())}});
  const auto spread = allShort && palette.empty() ? spreadCount(values, 2) : std::nullopt;
  std::map<const MaskScan*, int> ownSpread;
  if (!spread)
    for (const MaskScan* scan : scans) {
      if (!scan || scan->kind != RawMask::Kind::grey || scan->bits > 8) continue;
      if (const auto n = spreadCount(keysOf(scan->values), 3)) ownSpread[scan] = *n;
    }
  int count = spread ? *spread : 0;
  if (!spread) {
    for (const MaskScan* scan : scans) {
      if (!scan || scan->kind == RawMask::Kind::color) continue;
      if (ownSpread.contains(scan)) { count = std::max(count, ownSpread[scan]); continue; }
      const uint32_t nothing = scan->bits > 8 ? 65535 : 255;
      for (const auto& [value, pixels] : scan->values)
        if (value != nothing && !(value == 255 && scan->values.size() < 128)) count = std::max(count, int(std::min<uint32_t>(value, ClassTable::kMaxClasses - 1)) + 1);
    }
  }
  auto indexed = std::make_shared<MaskRule>(spread ? spreadRule(*spread) : MaskRule::identity(count));
  if (count > 4096) indexed->byValue.assign(size_t(count), MaskRule::kUnknown);
  for (int i = 0; i < count; ++i) {
    if (count > 4096 && !values.contains(uint32_t(i))) continue;  // of values as large as that only those that occur are classes
    const int index = builder.addClass("class " + std::to_string(i), size_t(i) < palette.size() ? std::optional(palette[size_t(i)]) : std::nullopt);
    if (!spread) indexed->byValue[size_t(i)] = index;
  }
  for (const uint32_t color : colors) {
    const Color c{uint8_t(color >> 16), uint8_t(color >> 8), uint8_t(color)};
    if (builder.classes().size() < size_t(ClassTable::kMaxClasses)) indexed->byColor[color] = builder.addClass(c.hex(), c);
  }
  if (!values.empty()) {  // palettes are read by index
    auto colored = indexed->byColor;
    indexed->byColor.clear();
    auto byColor = std::make_shared<MaskRule>();
    byColor->byColor = std::move(colored);
    for (size_t i = 0; i < scans.size(); ++i)
      if (scans[i]) rules[i] = scans[i]->kind == RawMask::Kind::color ? std::shared_ptr<const MaskRule>(byColor) : indexed;
  } else {
    for (auto& rule : rules) rule = indexed;
  }
  for (size_t i = 0; i < scans.size(); ++i)
    if (scans[i] && ownSpread.contains(scans[i]))
      rules[i] = std::make_shared<MaskRule>(spreadRule(ownSpread[scans[i]]));
  return {};
}

}  // namespace

Expected<> addMaskPairs(DatasetBuilder& builder, const std::vector<MaskPair>& pairs, const std::optional<MaskClasses>& classes) {
  std::vector<std::optional<MaskScan>> scans(pairs.size());
  std::vector<std::string> problems(pairs.size());
  INTARSIA_CHECK(parallelFor(int(pairs.size()), INTARSIA_TEXT("Looking at the masks"), [&](int i) -> Expected<> {
    if (!pairs[size_t(i)].mask) return {};
    if (auto scan = scanMask(pairs[size_t(i)].mask->path)) scans[size_t(i)] = std::move(*scan);
    else problems[size_t(i)] = scan.error().message();
    return {};
  }, builder.job()));
  std::vector<std::shared_ptr<const MaskRule>> rules(pairs.size());
  if (classes) {
    for (const auto& c : classes->classes) builder.addClass(c.name, c.color, c.ignore);
    const auto table = std::make_shared<MaskRule>(classes->rule());
    auto lossy = std::make_shared<MaskRule>(*table);
    lossy->nearest = 450;  // more than the longest distance of two colours
    std::set<uint32_t> greys;
    bool beyond = false;
    const int count = int(classes->classes.size());
    MaskRule spread = count >= 2 ? spreadRule(count) : MaskRule{};
    bool isSpread = count >= 2 && classes->values.empty() && !classes->hasColors();
    for (const auto& scan : scans)
      if (scan && scan->kind == RawMask::Kind::grey)
        for (const auto& [value, pixels] : scan->values) {
          beyond = beyond || (int(value) >= count && value != 255);
          isSpread = isSpread && spread.value(value) >= 0;
        }
    const auto spreadTable = std::make_shared<MaskRule>(spread);
    for (size_t i = 0; i < rules.size(); ++i) {
      rules[i] = table;
      if (scans[i] && scans[i]->lossy && classes->hasColors()) rules[i] = lossy;
      if (scans[i] && scans[i]->kind == RawMask::Kind::grey && isSpread && beyond) rules[i] = spreadTable;
    }
  } else {
    std::vector<const MaskScan*> seen;
    for (const auto& scan : scans) seen.push_back(scan ? &*scan : nullptr);
    INTARSIA_CHECK(classesFromValues(builder, seen, rules));
  }
  for (size_t i = 0; i < pairs.size(); ++i) {
    const MaskPair& pair = pairs[i];
    if (pair.mask && !problems[i].empty()) {
      builder.skipped({pair.mask->name, {}}, problems[i]);
      if (!pair.image) continue;
    }
    int image = -1;
    if (pair.image) {
      image = builder.imageAt(*pair.image, {}, {pair.image->name, {}});
    } else {
      const auto found = builder.images().find(pair.mask->name);
      const bool elsewhere = found.file && found.file->path != pair.mask->path;
      image = elsewhere ? builder.imageAt(*found.file, {}, {pair.mask->name, {}}) : builder.imageOfMask(*pair.mask);
    }
    builder[image].split = pair.split;
    if (!pair.mask) builder.note({pair.image->name, {}}, "the image has no mask");
    else if (scans[i] && scans[i]->lossy && scans[i]->kind == RawMask::Kind::color && !classes)
      builder.skipped({pair.mask->name, {}}, "the mask is a lossy JPEG whose colours are not exact: a table of classes and colours is needed beside it");
    else if (scans[i]) builder.addMask(image, *pair.mask, rules[i], std::move(scans[i]));
  }
  return {};
}

Expected<ImportedDataset> readMaskFiles(const std::vector<std::filesystem::path>& masks, const std::filesystem::path& classes, const Job& job) {
  DatasetBuilder builder("masks", {}, {}, job);
  std::vector<ListedFile> files;
  for (const auto& path : masks) files.push_back({path, displayPath(path)});
  std::vector<MaskPair> pairs;
  for (const auto& file : files) pairs.push_back({nullptr, &file, Split::none});
  std::optional<MaskClasses> table;
  if (!classes.empty()) {
    INTARSIA_TRY(table, readClassFile(classes));
  }
  INTARSIA_CHECK(addMaskPairs(builder, pairs, table));
  return builder.finish();
}

}  // namespace intarsia
