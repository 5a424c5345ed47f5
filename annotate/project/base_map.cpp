// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <unordered_map>

#include "annotate/project/sidecar.h"
#include "core/base/hash.h"
#include "core/base/label_map.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia {
namespace {

std::string mapHash(const LabelMap& map, const std::vector<ClassId>& ids) {
  std::string what = std::to_string(map.width()) + "x" + std::to_string(map.height());
  for (auto id : ids) what += "," + std::to_string(id);
  return contentHash(what + ":" + contentHash(std::as_bytes(std::span(map.pixels()))));
}

/// The ids of `map` in rising order.
std::vector<ClassId> idsOf(const TileMap& map) {
  std::vector<ClassId> ids;
  std::vector<ClassId> row(size_t(map.size().width));
  for (int y = 0; y < map.size().height; ++y) {
    map.read({0, y, map.size().width, 1}, row.data());
    ClassId last = kNoClass;
    for (ClassId id : row) {
      if (id == last || id == kNoClass) continue;
      last = id;
      const auto place = std::lower_bound(ids.begin(), ids.end(), id);
      if (place == ids.end() || *place != id) ids.insert(place, id);
    }
  }
  return ids;
}

}  // namespace

Expected<BaseReference> writeBaseMap(const std::filesystem::path& folder, const std::string& stem, const TileMap& map,
                                     const ClassTable& colors) {
  BaseReference reference;
  reference.ids = idsOf(map);
  if (reference.ids.size() > size_t(ClassTable::kMaxClasses))
    return fail(ErrorCode::tooLarge, INTARSIA_TEXT("The base map of {file} has too many classes"), {{"file", stem}});
  ClassTable palette;
  for (size_t i = 0; i < reference.ids.size(); ++i) {
    const auto* known = colors.find(reference.ids[i]);
    INTARSIA_CHECK(palette.addWithId(
        {ClassId(i + 1), std::to_string(i), known ? known->color : ClassTable::defaultColor(int(i)), false}));
  }
  const Size size = map.size();
  LabelMap values(size.width, size.height);
  std::vector<ClassId> row(size_t(size.width));
  for (int y = 0; y < size.height; ++y) {
    map.read({0, y, size.width, 1}, row.data());
    ClassId last = kNoClass;
    uint16_t value = kUnlabelled;
    for (int x = 0; x < size.width; ++x) {
      if (row[size_t(x)] != last) {
        last = row[size_t(x)];
        const auto place = std::lower_bound(reference.ids.begin(), reference.ids.end(), last);
        value = last == kNoClass ? kUnlabelled : uint16_t(place - reference.ids.begin());
      }
      values.set(x, y, value);
    }
  }
  reference.file = stem + "." + mapHash(values, reference.ids) + ".png";
  std::error_code error;
  if (!std::filesystem::exists(folder / reference.file, error))
    INTARSIA_CHECK(writeLabelPng(folder / reference.file, values, palette));
  return reference;
}

Expected<TileMap> readBaseMap(const std::filesystem::path& folder, const BaseReference& reference, Size size) {
  const auto path = folder / reference.file;
  INTARSIA_TRY(const auto values, readLabelPng(path));
  if (values.size() != size)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} has another size than its image"),
                {{"file", displayPath(path)}});
  const auto dot = reference.file.rfind('.');
  const auto hash = mapHash(values, reference.ids);
  if (dot == std::string::npos || dot < hash.size() ||
      reference.file.compare(dot - hash.size(), hash.size(), hash) != 0)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is damaged: its content does not match its name"),
                {{"file", displayPath(path)}});
  TileMap map(size);
  constexpr int kRows = TileMap::kTile;
  std::vector<ClassId> rows(size_t(size.width) * kRows);
  for (int top = 0; top < size.height; top += kRows) {
    const int height = std::min(kRows, size.height - top);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < size.width; ++x) {
        const uint16_t value = values.at(x, top + y);
        if (value != kUnlabelled && value >= reference.ids.size())
          return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} has a value that its sidecar does not explain"),
                      {{"file", displayPath(path)}});
        rows[size_t(y) * size.width + x] = value == kUnlabelled ? kNoClass : reference.ids[value];
      }
    map.write({0, top, size.width, height}, rows.data());
  }
  return map;
}

}  // namespace intarsia
