// SPDX-License-Identifier: GPL-3.0-or-later
// Earlier versions, damaged sidecars and Save As: what helps when something went wrong.
#include <unistd.h>

#include <set>

#include "annotate/project/project_state.h"
#include "core/base/atomic_file.h"
#include "core/base/text.h"

namespace intarsia {

namespace fs = std::filesystem;

std::vector<EarlierVersion> Project::earlierVersions(const ProjectImage& image) const {
  std::vector<EarlierVersion> out;
  for (const auto& version : Generations::versions(m_state->data, fs::path("annotations") / sidecarFile(image.key)))
    out.push_back({version.file, version.written.time_since_epoch().count()});
  return out;
}

Expected<Annotation> Project::readVersion(const ProjectImage& image, const fs::path& file) const {
  const auto relative = fs::path("annotations") / sidecarFile(image.key);
  auto maps = file.parent_path();
  for (const auto& version : Generations::versions(m_state->data, relative))
    if (version.file == file) maps = version.maps;
  INTARSIA_TRY(auto sidecar, m_state->readSidecar(file, maps, nullptr));
  return std::move(sidecar.annotation);
}

Expected<fs::path> Project::setAsideDamaged(const ProjectImage& image) {
  auto& s = *m_state;
  INTARSIA_CHECK(s.ensureWritable());
  std::lock_guard disk(s.diskMutex);
  INTARSIA_CHECK(s.holdPlace());
  const auto path = s.sidecarPath(image.key);
  const auto good = s.readSidecar(path, path.parent_path(), nullptr);
  if (!good && good.error().code == ErrorCode::unsupported) return std::unexpected(good.error());  // a newer program's
  if (good || !SavedFile::look(path).exists)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is not damaged"), {{"file", displayPath(path)}});
  auto aside = besidePath(path, "damaged");
  if (::rename(path.c_str(), aside.c_str()) != 0)
    return failErrno(errno, INTARSIA_TEXT("Cannot rename {file}: {reason}"), displayPath(path));
  std::lock_guard guard(s.mutex);
  s.known[image.key] = {};
  return aside;
}

namespace {

Expected<> syncAndRename(const fs::path& from, const fs::path& to) {
  INTARSIA_CHECK(syncAll(from));
  if (::rename(from.c_str(), to.c_str()) != 0) return failErrno(errno, INTARSIA_TEXT("Cannot write {file}: {reason}"), displayPath(to));
  return syncAll(to.parent_path());
}

/// All sidecars and base maps below `from` to `to`, without those that `skip` names (paths below `from`).
Expected<> copySidecars(const fs::path& from, const fs::path& to, const std::set<fs::path>& skip, const Job& job, SaveAsReport& report) {
  std::error_code error;
  fs::recursive_directory_iterator at(from, error), end;
  for (; !error && at != end; at.increment(error)) {
    INTARSIA_CHECK(job.check());
    std::error_code ignored;
    const auto name = at->path().filename().native();
    if (!at->is_regular_file(ignored) || name.starts_with(".intarsia-")) continue;
    const auto relative = at->path().lexically_relative(from);
    if (skip.contains(relative)) continue;
    INTARSIA_CHECK(createFolders((to / relative).parent_path()));
    if (const auto content = readFile(at->path()); !content)
      report.unreadable.push_back(content.error());
    else
      INTARSIA_CHECK(writeFileAtomically(to / relative, *content));
    job.report(++report.files, 0, INTARSIA_TEXT("Copying labels"));
  }
  if (error && error != std::errc::no_such_file_or_directory)
    report.unreadable.push_back(failErrno(error.value(), INTARSIA_TEXT("Cannot read {file}: {reason}"), displayPath(from)).error());
  return {};
}

}  // namespace

Expected<SaveAsReport> Project::saveAs(const fs::path& folder, const Job& job) const {
  auto& s = *m_state;
  std::error_code error;
  auto target = fs::absolute(folder, error).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  const auto data = target / "intarsia", partial = target / (".intarsia-" + std::to_string(::getpid()) + ".partial");
  if (fs::exists(data, error))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{folder} holds a project already: choose another folder"), {{"folder", displayPath(target)}});
  INTARSIA_CHECK(createFolders(partial));
  struct Remover {
    fs::path path;
    ~Remover() { std::error_code ignored; fs::remove_all(path, ignored); }
  } remover{partial};

  std::lock_guard disk(s.diskMutex);  // no save meanwhile replaces what is being copied
  std::string text;
  std::map<std::string, std::shared_ptr<const Annotation>> unsaved;
  ClassTable classes;
  {
    std::lock_guard guard(s.mutex);
    text = projectFileText(s.file, target);
    unsaved = s.unsaved;
    classes = s.file.classes;
  }
  SaveAsReport report;
  std::set<fs::path> skip;
  for (const auto& [key, annotation] : unsaved) skip.insert(sidecarFile(key));
  INTARSIA_CHECK(copySidecars(s.data / "annotations", partial / "annotations", skip, job, report));
  for (const auto& [key, annotation] : unsaved) {
    const auto path = partial / "annotations" / sidecarFile(key);
    INTARSIA_CHECK(createFolders(path.parent_path()));
    Sidecar sidecar{key.substr(key.rfind('/') + 1), *annotation, {}};
    if (!annotation->base.empty()) {
      INTARSIA_TRY(sidecar.base, writeBaseMap(path.parent_path(), path.stem().native(), annotation->base, classes));
    }
    INTARSIA_CHECK(writeFileAtomically(path, sidecarText(sidecar)));
    ++report.files;
  }
  INTARSIA_CHECK(writeFileAtomically(partial / "project.json", text));
  INTARSIA_CHECK(syncAndRename(partial, data));
  return report;
}

}  // namespace intarsia
