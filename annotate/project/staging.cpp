// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "annotate/project/json_text.h"
#include "annotate/project/project_state.h"
#include "core/base/atomic_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kStaging = ".import";
constexpr std::string_view kJournal = "project.journal";
constexpr std::string_view kCannotMove = INTARSIA_TEXT("Cannot move {file} into the project: {reason}");

/// Sidecars follow the maps that they name, project.json comes last.
int rank(const fs::path& file) {
  if (file.filename() == "project.json") return 2;
  return file.extension() == ".json" ? 1 : 0;
}

/// Each file has either been moved already or still lies in the staging folder, so this may be repeated.
Expected<> moveAll(const fs::path& staging, const fs::path& folder, const fs::path& data) {
  Generations generations(data);
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator at(staging, error), end; !error && at != end; at.increment(error))
    if (at->is_regular_file(error)) files.push_back(at->path().lexically_relative(staging));
  if (error && error != std::errc::no_such_file_or_directory)
    return failErrno(error.value(), kCannotMove, displayPath(staging));
  std::ranges::sort(files, {}, [](const fs::path& file) { return std::pair(rank(file), file); });
  for (const auto& file : files) {
    INTARSIA_CHECK(createFolders((folder / file).parent_path()));
    if (rank(file) > 0 && fs::exists(folder / file, error)) {
      const auto before = readFile(folder / file), after = readFile(staging / file);
      if (before && after && *before == *after) continue;  // what stays the same is not written again
      generations.keep((folder / file).lexically_relative(data));
    }
    fs::rename(staging / file, folder / file, error);
    if (error) return failErrno(error.value(), kCannotMove, displayPath(folder / file));
  }
  return {};
}

}  // namespace

Expected<> syncAll(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int number = fd < 0 || ::syncfs(fd) != 0 ? errno : 0;
  if (fd >= 0) ::close(fd);
  if (number) return failErrno(number, INTARSIA_TEXT("Cannot write {file}: {reason}"), displayPath(folder));
  return {};
}

Staging::Staging(const Project::State& state) : m_folder(state.folder), m_data(state.data) {}

Staging::~Staging() {
  std::error_code error;
  if (!m_data.empty() && !fs::exists(m_data / kJournal, error)) fs::remove_all(m_data / kStaging, error);
}

Expected<fs::path> Staging::path(const fs::path& target) const {
  const auto path = m_data / kStaging / target.lexically_relative(m_folder);
  INTARSIA_CHECK(createFolders(path.parent_path()));
  return path;
}

Expected<> Staging::commit() {
  INTARSIA_CHECK(syncAll(m_data));
  INTARSIA_CHECK(writeFileAtomically(m_data / kJournal, "{\"intarsia\": 1, \"operation\": \"import\"}\n"));
  return recover(m_folder, m_data);
}

Expected<> Staging::recover(const fs::path& folder, const fs::path& data) {
  std::error_code error;
  const bool begun = fs::exists(data / kJournal, error);
  if (begun) {
    INTARSIA_TRY(const auto text, readFile(data / kJournal));
    INTARSIA_TRY(const auto journal, parseOrderedJson(text, displayPath(data / kJournal)));
    FieldReader fields(journal, displayPath(data / kJournal), "");
    int64_t version = 0;
    std::string operation;
    if (!journal.is_object()) return fields.error("", INTARSIA_TEXT("{file} is damaged: it does not hold a journal"));
    INTARSIA_CHECK(fields.integer("intarsia", 1, 1, version));
    INTARSIA_CHECK(fields.text("operation", operation));
    if (operation != "import")
      return fields.error("operation", INTARSIA_TEXT("{file} names an operation that is not known"));
    INTARSIA_CHECK(moveAll(data / kStaging, folder, data));
    INTARSIA_CHECK(syncAll(data));
    fs::remove(data / kJournal, error);
    if (error)
      return failErrno(error.value(), INTARSIA_TEXT("Cannot remove {file}: {reason}"), displayPath(data / kJournal));
  }
  fs::remove_all(data / kStaging, error);
  return {};
}

}  // namespace intarsia
