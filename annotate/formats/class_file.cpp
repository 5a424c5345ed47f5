// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/class_file.h"

#include <algorithm>
#include <set>

#include "annotate/formats/json_value.h"
#include "annotate/formats/text_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

std::optional<Color> colorFrom(std::string_view r, std::string_view g, std::string_view b) {
  const auto x = parseInt(r), y = parseInt(g), z = parseInt(b);
  const auto byte = [](const std::optional<int64_t>& v) { return v && *v >= 0 && *v <= 255; };
  if (!byte(x) || !byte(y) || !byte(z)) return std::nullopt;
  return Color{uint8_t(*x), uint8_t(*y), uint8_t(*z)};
}

std::optional<Color> colorFrom(const JsonValue& value) {
  if (const auto text = value.text()) return Color::fromHex(*text);
  std::vector<double> v;
  if (!value.numbers(v) || v.size() < 3 || !std::all_of(v.begin(), v.begin() + 3, [](double d) { return d >= 0 && d <= 255; })) return std::nullopt;
  return Color{uint8_t(v[0]), uint8_t(v[1]), uint8_t(v[2])};
}

void add(MaskClasses& table, std::string_view name, std::optional<Color> color, std::optional<int64_t> value = {}) {
  name = trim(name);
  if (name.empty()) return;
  if (value && *value >= 0 && *value <= 65535) table.values.emplace_back(uint32_t(*value), int(table.classes.size()));
  table.classes.push_back({std::string(name), color, meansIgnore(name)});
}

/// CSV with a header that names its columns.
bool fromCsv(std::string_view text, MaskClasses& table) {
  const auto rows = parseCsv(text);
  if (rows.size() < 2) return false;
  int value = -1, name = -1, r = -1, g = -1, b = -1, ignore = -1;
  for (int i = 0; i < int(rows[0].size()); ++i) {
    const std::string column = lower(trim(rows[0][size_t(i)]));
    if (column == "pixel value" || column == "index" || column == "value" || column == "id") value = i;
    if (column == "class" || column == "name" || column == "label" || column == "class_name") name = i;
    if (column == "r" || column == "red") r = i;
    if (column == "g" || column == "green") g = i;
    if (column == "b" || column == "blue") b = i;
    if (column == "ignore") ignore = i;
  }
  if (name < 0 || (value < 0 && r < 0)) return false;
  const auto at = [](const std::vector<std::string>& row, int i) { return i >= 0 && i < int(row.size()) ? std::string_view(row[size_t(i)]) : std::string_view(); };
  for (size_t i = 1; i < rows.size(); ++i) {
    if (const auto color = colorFrom(at(rows[i], r), at(rows[i], g), at(rows[i], b)); color && trim(at(rows[i], name)).empty()) {
      table.unlabelled.push_back(*color);
      continue;
    }
    add(table, at(rows[i], name), colorFrom(at(rows[i], r), at(rows[i], g), at(rows[i], b)), parseInt(at(rows[i], value)));
    if (ignore >= 0 && !table.classes.empty()) table.classes.back().ignore = trim(at(rows[i], ignore)) == "1";
  }
  return true;
}

MaskClasses fromJson(const JsonValue& root) {
  MaskClasses table;
  if (const auto map = root["label_map"]) {  // datumaro's dataset_meta.json
    const auto colors = root["segmentation_colors"].items();
    for (const auto& [key, name] : map.members()) {
      const auto value = parseInt(key);
      std::optional<Color> color;
      if (value && *value >= 0 && size_t(*value) < colors.size()) color = colorFrom(colors[size_t(*value)]);
      add(table, name.text().value_or(""), color, value);
    }
    return table;
  }
  JsonValue list = root;
  for (const char* key : {"labels", "classes", "categories", "names"})
    if (root[key]) list = root[key];
  if (list.isArray()) {
    for (const auto& item : list.items()) {
      if (const auto name = item.text()) add(table, *name, {});
      else add(table, item["name"].text().value_or(item["title"].text().value_or(item["label"].text().value_or(""))), colorFrom(item["color"]), item["id"].integer());
    }
    if (std::any_of(table.classes.begin(), table.classes.end(), [&](const auto&) { return table.values.size() != table.classes.size(); })) table.values.clear();
  } else {
    for (const auto& [key, value] : list.members()) {
      if (const auto color = colorFrom(value)) add(table, key, color);
      else if (const auto index = value.integer()) add(table, key, {}, index);
      else if (const auto number = parseInt(key)) add(table, value.text().value_or(""), {}, number);
    }
  }
  return table;
}

}  // namespace

bool meansIgnore(std::string_view name) {
  static const std::set<std::string> known = {"void", "unlabelled", "unlabeled", "__ignore__", "ignore", "ignored", "ignore_label", "don't care"};
  return known.contains(lower(name));
}

bool MaskClasses::hasColors() const {
  return std::any_of(classes.begin(), classes.end(), [](const auto& c) { return c.color.has_value(); });
}

std::optional<int> MaskClasses::indexOf(std::string_view name) const {
  for (size_t i = 0; i < classes.size(); ++i)
    if (classes[i].name == name) return int(i);
  return std::nullopt;
}

MaskRule MaskClasses::rule() const {
  MaskRule rule = MaskRule::identity(int(classes.size()));
  if (!values.empty()) {
    uint32_t most = 255;
    for (const auto& [value, index] : values) most = std::max(most, value);
    rule.byValue.assign(size_t(most) + 1, MaskRule::kUnknown);
    rule.byValue[255] = kUnlabelled;
    for (const auto& [value, index] : values) rule.byValue[value] = index;
  }
  for (size_t i = 0; i < classes.size(); ++i)
    if (classes[i].color) rule.byColor.emplace(packed(*classes[i].color), int(i));
  for (const Color c : unlabelled) rule.byColor.emplace(packed(c), int(kUnlabelled));
  return rule;
}

MaskClasses parseClassLines(std::string_view text) {
  MaskClasses table;
  if (fromCsv(text, table)) return table;
  table = {};
  std::vector<std::string_view> lines;
  for (auto line : splitLines(text))
    if (!trim(line).empty()) lines.push_back(trim(line));
  for (const auto line : lines) {
    if (line.starts_with("#")) continue;
    const auto words = splitBlanks(line);
    const auto colons = splitFields(line, ':');
    if (colons.size() >= 2 && splitFields(colons[1], ',').size() == 3) {  // CVAT and datumaro: labelmap.txt
      const auto rgb = splitFields(colons[1], ',');
      add(table, colons[0], colorFrom(rgb[0], rgb[1], rgb[2]));
    } else if (words.size() >= 4 && colorFrom(words[0], words[1], words[2])) {  // CamVid: R G B name
      add(table, line.substr(size_t(words[3].data() - line.data())), colorFrom(words[0], words[1], words[2]));
    } else if (words.size() >= 4 && colorFrom(words[words.size() - 3], words[words.size() - 2], words.back())) {
      const auto rgb = words.end() - 3;
      add(table, line.substr(0, size_t(rgb[0].data() - line.data())), colorFrom(rgb[0], rgb[1], rgb[2]));
    } else {
      add(table, line, {});
    }
  }
  // labelme's labels.txt counts from -1: __ignore__ is 255 in the masks, _background_ is 0.
  if (!table.classes.empty() && table.classes[0].name == "__ignore__") {
    std::rotate(table.classes.begin(), table.classes.begin() + 1, table.classes.end());
    for (size_t i = 0; i + 1 < table.classes.size(); ++i) table.values.emplace_back(uint32_t(i), int(i));
    table.values.emplace_back(255, int(table.classes.size()) - 1);
  }
  return table;
}

Expected<MaskClasses> readClassFile(const std::filesystem::path& path) {
  INTARSIA_TRY(TextFile file, readTextFile(path, size_t(16) << 20));
  const std::string_view text = trim(file.text);
  MaskClasses table;
  if (text.starts_with("{") || text.starts_with("[")) {
    INTARSIA_TRY(const JsonDocument document, JsonDocument::parse(std::string(text), displayPath(path)));
    table = fromJson(document.root());
  } else {
    table = parseClassLines(text);
  }
  if (table.classes.empty())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} names no classes"), {{"file", displayPath(path)}});
  if (table.classes.size() > size_t(ClassTable::kMaxClasses))
    return fail(ErrorCode::tooLarge, INTARSIA_TEXT("{file} names more classes than there can be"), {{"file", displayPath(path)}});
  return table;
}

Expected<std::optional<MaskClasses>> readClassesAmong(const std::vector<ListedFile>& files) {
  static const std::vector<std::string> known = {"classes.csv", "label_colors.txt", "labelmap.txt", "class_dict.csv", "dataset_meta.json", "_classes.csv", "codes.txt",
                                                 "classes.txt", "class_names.txt", "labels.txt", "classes.json", "label_colors.csv", "names.txt"};
  for (const auto& name : known) {
    const ListedFile* best = nullptr;
    for (const auto& file : files)
      if (lower(baseName(file.name)) == name && (!best || file.name.size() < best->name.size())) best = &file;
    if (!best) continue;
    INTARSIA_TRY(auto classes, readClassFile(best->path));
    return std::optional(std::move(classes));
  }
  return std::nullopt;
}

}  // namespace intarsia
