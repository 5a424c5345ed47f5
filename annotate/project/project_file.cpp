// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/project_file.h"

#include <algorithm>

#include "annotate/project/json_text.h"
#include "annotate/project/sidecar.h"
#include "core/base/hash.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

constexpr double kTrainShare = 0.8;

/// One line of a list: `members` in their order, then the unknown ones.
std::string objectLine(std::vector<std::string> members, const std::string& extra) {
  for (auto& member : memberTexts(extra)) members.push_back(std::move(member));
  std::string out = "{";
  for (size_t i = 0; i < members.size(); ++i) out += (i ? "," : "") + members[i];
  return out + "}";
}

void appendList(std::string& out, std::string_view name, const std::vector<std::string>& lines) {
  out += ",\n  " + jsonText(name) + ": [";
  for (size_t i = 0; i < lines.size(); ++i) out += (i ? ",\n    " : "\n    ") + lines[i];
  out += lines.empty() ? "]" : "\n  ]";
}

/// Below the project's folder relative, elsewhere absolute.
std::string rootText(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const auto relative = path.lexically_relative(folder);
  const bool below = !relative.empty() && *relative.begin() != "..";
  return encodePath(below ? relative : path);
}

std::string imageLine(const std::string& key, const ImageEntry& entry) {
  std::vector<std::string> members = {"\"key\":" + jsonText(key)};
  if (entry.split != Split::none) members.push_back("\"split\":" + jsonText(splitName(entry.split)));
  if (!entry.group.empty()) members.push_back("\"group\":" + jsonText(entry.group));
  if (entry.status != ImageStatus::unlabelled) members.push_back("\"status\":" + jsonText(statusName(entry.status)));
  if (entry.blank) members.push_back("\"blank\":true");
  return objectLine(std::move(members), entry.extra);
}

Expected<const Json*> list(const Json& json, const char* name, const FieldReader& fields) {
  static const Json none = Json::array();
  const auto found = json.find(name);
  if (found == json.end()) return &none;
  if (!found->is_array()) return fields.error(name, INTARSIA_TEXT("{file} is damaged: a list was expected"));
  for (const auto& item : *found)
    if (!item.is_object())
      return fields.error(name, INTARSIA_TEXT("{file} is damaged: a list of objects was expected"));
  return &*found;
}

Expected<> readClasses(const Json& json, const FieldReader& all, const std::string& name, ProjectFile& out) {
  INTARSIA_TRY(const Json* classes, list(json, "classes", all));
  for (size_t i = 0; i < classes->size(); ++i) {
    const auto& item = (*classes)[i];
    FieldReader fields(item, name, "classes[" + std::to_string(i) + "].");
    ClassInfo info;
    int64_t id = 0;
    std::string color;
    INTARSIA_CHECK(fields.integer("id", 1, UINT32_MAX - 1, id));
    INTARSIA_CHECK(fields.text("name", info.name));
    INTARSIA_CHECK(fields.text("color", color));
    INTARSIA_CHECK(fields.boolean("ignore", info.ignore));
    if (id == 0) return fields.error("id", INTARSIA_TEXT("{file} is damaged: a class has no id"));
    const auto rgb = Color::fromHex(color);
    if (!color.empty() && !rgb)
      return fields.error("color", INTARSIA_TEXT("{file} is damaged: a colour like #12ab9f was expected"));
    info.id = ClassId(id);
    info.color = rgb.value_or(ClassTable::defaultColor(int(i)));
    if (auto added = out.classes.addWithId(info); !added) {
      added.error().detail = {name, 0, "classes[" + std::to_string(i) + "]"};
      return added;
    }
    if (auto extra = unknownKeys(item, {"id", "name", "color", "ignore"}); !extra.empty())
      out.classExtra[info.id] = extra;
  }
  int64_t next = 1;
  INTARSIA_CHECK(all.integer("nextClassId", 1, UINT32_MAX, next));
  out.classes.reserveIds(ClassId(next));
  return {};
}

Expected<> readRoots(const Json& json, const FieldReader& all, const std::string& name,
                     const std::filesystem::path& folder, ProjectFile& out) {
  INTARSIA_TRY(const Json* roots, list(json, "roots", all));
  for (size_t i = 0; i < roots->size(); ++i) {
    FieldReader fields((*roots)[i], name, "roots[" + std::to_string(i) + "].");
    ProjectRoot root;
    std::string path;
    INTARSIA_CHECK(fields.text("name", root.name));
    INTARSIA_CHECK(fields.text("path", path));
    INTARSIA_CHECK(fields.boolean("scan", root.scan));
    if (!isImageKey(root.name + "/x") || root.name.find('/') != std::string::npos || out.root(root.name) ||
        path.empty())
      return fields.error("name", INTARSIA_TEXT("{file} is damaged: each root needs a name of its own and a path"));
    root.path = (folder / decodePath(path)).lexically_normal();
    if (!root.path.has_filename()) root.path = root.path.parent_path();
    root.extra = unknownKeys((*roots)[i], {"name", "path", "scan"});
    out.roots.push_back(std::move(root));
  }
  return {};
}

Expected<> readSettings(const Json& json, const FieldReader& all, const std::string& name, ProjectFile& out) {
  const auto found = json.find("settings");
  if (found == json.end()) return {};
  if (!found->is_object()) return all.error("settings", INTARSIA_TEXT("{file} is damaged: an object was expected"));
  FieldReader fields(*found, name, "settings.");
  int64_t background = 0, seed = int64_t(out.seed);
  INTARSIA_CHECK(fields.integer("background", 1, UINT32_MAX, background));
  INTARSIA_CHECK(fields.boolean("backgroundChosen", out.backgroundChosen));
  INTARSIA_CHECK(fields.integer("seed", 0, INT64_MAX, seed));
  if (background && out.classes.find(ClassId(background))) out.background = ClassId(background);
  out.seed = uint64_t(seed);
  out.settingsExtra = unknownKeys(*found, {"background", "backgroundChosen", "seed"});
  return {};
}

Expected<> readImages(const Json& json, const FieldReader& all, const std::string& name, ProjectFile& out) {
  INTARSIA_TRY(const Json* images, list(json, "images", all));
  for (size_t i = 0; i < images->size(); ++i) {
    const auto& item = (*images)[i];
    FieldReader fields(item, name, "images[" + std::to_string(i) + "].");
    ImageEntry entry;
    std::string key, split = "none", status(statusName(ImageStatus::unlabelled));
    INTARSIA_CHECK(fields.text("key", key));
    INTARSIA_CHECK(fields.text("split", split));
    INTARSIA_CHECK(fields.text("group", entry.group));
    INTARSIA_CHECK(fields.text("status", status));
    INTARSIA_CHECK(fields.boolean("blank", entry.blank));
    if (!isImageKey(key))
      return fields.error("key", INTARSIA_TEXT("{file} is damaged: an image's key is not a path below a root"));
    const auto knownSplit = splitFromName(split);
    const auto knownStatus = statusFromName(status);
    if (!knownSplit) return fields.error("split", INTARSIA_TEXT("{file} is damaged: a split is train, val or test"));
    if (!knownStatus) return fields.error("status", INTARSIA_TEXT("{file} is damaged: the status is unknown"));
    entry.split = *knownSplit;
    entry.status = *knownStatus;
    entry.extra = unknownKeys(item, {"key", "split", "group", "status", "blank"});
    if (!out.images.emplace(key, std::move(entry)).second)
      return fields.error("key", INTARSIA_TEXT("{file} is damaged: an image is listed twice"));
  }
  return {};
}

}  // namespace

SplitRule::SplitRule(const ProjectFile& file) : m_seed(file.seed) {
  for (const auto& [key, entry] : file.images) add(entry.group, entry.split);
}

void SplitRule::add(const std::string& group, Split split) {
  if (split == Split::none) return;
  m_train = m_train || split == Split::train;
  m_val = m_val || split == Split::val;
  if (!group.empty()) m_groups.emplace(group, split);
}

Split SplitRule::draw(const std::string& key, const std::string& group) const {
  if (const auto known = m_groups.find(group); !group.empty() && known != m_groups.end()) return known->second;
  if (!m_train) return Split::train;
  if (!m_val) return Split::val;
  const auto hash = contentHash(std::to_string(m_seed) + "\n" + (group.empty() ? key : group));
  const double place = double(std::stoull(hash.substr(0, 12), nullptr, 16)) / double(1ull << 48);
  return place < kTrainShare ? Split::train : Split::val;
}

const ProjectRoot* ProjectFile::root(std::string_view name) const {
  for (const auto& root : roots)
    if (root.name == name) return &root;
  return nullptr;
}

std::string projectFileText(const ProjectFile& file, const std::filesystem::path& folder) {
  std::string out = "{\n  \"intarsia\": " + std::to_string(kProjectFormat);
  std::vector<std::string> lines;
  for (const auto& info : file.classes) {
    const auto extra = file.classExtra.find(info.id);
    std::vector<std::string> members = {"\"id\":" + std::to_string(info.id), "\"name\":" + jsonText(info.name),
                                        "\"color\":" + jsonText(info.color.hex())};
    if (info.ignore) members.push_back("\"ignore\":true");
    lines.push_back(objectLine(std::move(members), extra == file.classExtra.end() ? std::string() : extra->second));
  }
  appendList(out, "classes", lines);
  out += ",\n  \"nextClassId\": " + std::to_string(file.classes.nextId());
  lines.clear();
  for (const auto& root : file.roots) {
    std::vector<std::string> members = {"\"name\":" + jsonText(root.name),
                                        "\"path\":" + jsonText(rootText(root.path, folder))};
    if (!root.scan) members.push_back("\"scan\":false");
    lines.push_back(objectLine(std::move(members), root.extra));
  }
  appendList(out, "roots", lines);
  std::vector<std::string> settings;
  if (file.background) settings.push_back("\"background\":" + std::to_string(*file.background));
  settings.push_back(std::string("\"backgroundChosen\":") + (file.backgroundChosen ? "true" : "false"));
  settings.push_back("\"seed\":" + std::to_string(file.seed));
  out += ",\n  \"settings\": " + objectLine(std::move(settings), file.settingsExtra);
  for (const auto& member : memberTexts(file.extra)) out += ",\n  " + member;
  lines.clear();
  for (const auto& [key, entry] : file.images) lines.push_back(imageLine(key, entry));
  appendList(out, "images", lines);
  return out + "\n}\n";
}

Expected<ProjectFile> parseProjectFile(std::string_view text, const std::filesystem::path& folder,
                                       const std::string& file) {
  INTARSIA_TRY(const auto json, parseOrderedJson(text, file));
  FieldReader fields(json, file, "");
  if (!json.is_object()) return fields.error("", INTARSIA_TEXT("{file} is damaged: it does not hold a project"));
  try {
    int64_t version = 0;
    INTARSIA_CHECK(fields.integer("intarsia", 1, INT64_MAX, version));
    if (version == 0) return fields.error("intarsia", INTARSIA_TEXT("{file} is not a project of this program"));
    ProjectFile out;
    out.newer = version > kProjectFormat;
    INTARSIA_CHECK(readClasses(json, fields, file, out));
    INTARSIA_CHECK(readRoots(json, fields, file, folder, out));
    INTARSIA_CHECK(readSettings(json, fields, file, out));
    INTARSIA_CHECK(readImages(json, fields, file, out));
    out.extra = unknownKeys(json, {"intarsia", "classes", "nextClassId", "roots", "settings", "images"});
    return out;
  } catch (const std::exception& error) {
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: {reason}"),
                {{"file", file}, {"reason", error.what()}});
  }
}

}  // namespace intarsia
