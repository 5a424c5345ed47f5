// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/import_report.h"

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/base/json.h"

namespace intarsia {

std::string importReportJson(const ImportReport& report) {
  using Json = nlohmann::ordered_json;
  Json json{{"images", report.images}, {"annotations", report.annotations}, {"classes", Json::array()}, {"files", Json::array()}};
  for (const auto& c : report.classes) json["classes"].push_back({{"from", c.from}, {"to", c.to.empty() ? Json() : Json(c.to)}, {"why", c.why}});
  Json& files = json["files"];
  std::unordered_map<std::string, size_t> at;
  const auto file = [&](const std::string& path) -> Json& {
    const auto [place, fresh] = at.try_emplace(path, files.size());
    if (fresh) files.push_back({{"path", path}});
    return files[place->second];
  };
  for (const auto& picture : report.imported) file(picture.path)["imported"] = picture.annotations;
  const auto add = [&](const char* what, const std::vector<ReportLine>& lines) {
    for (const auto& line : lines) {
      const std::string prefix = line.field + ": ";
      const bool named = !line.field.empty() && line.reason.starts_with(prefix);
      Json entry{{"field", line.field}, {"reason", named ? line.reason.substr(prefix.size()) : line.reason}};
      if (line.field.empty()) entry.erase("field");
      file(line.path)[what].push_back(std::move(entry));
    }
  };
  add("repaired", report.repaired);
  add("skipped", report.skipped);
  add("notes", report.notes);
  return dumpJson(json, 1) + "\n";
}

}  // namespace intarsia
