// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/export_place.h"

#include "annotate/project/project_file.h"
#include "annotate/project/project_state.h"
#include "core/base/atomic_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;

fs::path real(const fs::path& path) {
  std::error_code error;
  auto out = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) out = fs::absolute(path, error).lexically_normal();
  return out.has_filename() ? out : out.parent_path();
}

bool below(const fs::path& path, const fs::path& folder) {
  const auto relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// Folders whose pictures the project in `folder` lists. One that cannot be read counts as a folder of images: so it began.
std::vector<fs::path> listedFolders(const fs::path& folder) {
  const auto text = readFile(folder / kDataName / "project.json");
  const auto file = text ? parseProjectFile(*text, folder, {}) : std::unexpected(text.error());
  if (!file) return {folder};
  std::vector<fs::path> out;
  for (const auto& root : file->roots)
    if (root.scan) out.push_back(real(root.path));
  return out;
}

}  // namespace

Expected<> prepareExport(const fs::path& out, const fs::path& from, bool beside) {
  const auto place = real(out);
  std::error_code error;
  std::vector<fs::path> projects;
  if (!from.empty()) projects.push_back(real(from));
  for (auto folder = place; folder.has_relative_path(); folder = folder.parent_path())
    if (fs::exists(folder / kDataName / "project.json", error)) projects.push_back(folder);
  bool among = false;
  for (const auto& project : projects) {
    if (below(place, project / kDataName)) continue;  // nothing is listed there
    for (const auto& root : listedFolders(project)) {
      if (!below(place, root)) continue;
      const bool marked = place != root && fs::exists(place / kExportMark, error);
      const bool own = place == root || (!marked && !listImages({"", place, true, {}}, project / kDataName).empty());
      if (own && beside) continue;
      if (own)
        return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{folder} holds images of the project: choose another folder to write to"),
                    {{"folder", displayPath(out)}});
      among = among || !marked;
    }
  }
  if (!among) return {};
  INTARSIA_CHECK(createFolders(place));
  return writeFileAtomically(place / kExportMark,
                             "What is in this folder was exported by Intarsia. A project that the folder lies in does not list it among its\n"
                             "images; without this file it does.\n");
}

}  // namespace intarsia
