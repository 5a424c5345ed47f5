// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/window_services.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <map>

#include "annotate/project/export_place.h"
#include "app/wiring/image_list.h"
#include "app/wiring/prepare_run.h"
#include "core/base/subprocess.h"
#include "core/base/text.h"
#include "train/api/engine_client.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;
constexpr const char* kRateSeconds = "60";  // that Find… may take
using Exported = AppServices::Exported;

Expected<> makeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return failErrno(error.value(), INTARSIA_TEXT("Cannot make the folder {file}: {reason}"), displayPath(folder));
  return {};
}

/// Files below a folder with their times, to count what was written by: the clock of a network drive need not be ours.
std::map<fs::path, fs::file_time_type> filesIn(const fs::path& folder) {
  std::map<fs::path, fs::file_time_type> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->is_regular_file(error)) files.emplace(at->path(), at->last_write_time(error));
  return files;
}

int written(const std::map<fs::path, fs::file_time_type>& before, const std::map<fs::path, fs::file_time_type>& now) {
  return int(std::ranges::count_if(now, [&](const auto& file) {
    const auto known = before.find(file.first);
    return known == before.end() || known->second != file.second;
  }));
}

/// Reports the newest line "3 of 10…" of what the engine said.
void reportProgress(const std::string& said, const Job& job) {
  const size_t end = said.rfind('\n'), start = end == std::string::npos || end == 0 ? 0 : said.rfind('\n', end - 1) + 1;
  int64_t done = 0, total = 0;
  if (end != std::string::npos && std::sscanf(said.c_str() + start, "%" SCNd64 " of %" SCNd64, &done, &total) == 2 && total > 0) job.report(done, total);
}

/// Runs one command of the engine; lines "3 of 10…" on its stderr are the progress, the last line there the reason of a failure.
Expected<Exported> runEngine(const std::vector<std::string>& arguments, const fs::path& out, const Job& job, fs::path program = {},
                             std::string* printed = nullptr) {
  INTARSIA_CHECK(makeFolder(out));
  if (program.empty()) {
    INTARSIA_TRY(program, findEngine());
  }
  Subprocess::Options options;
  options.niceness = 10;
  const auto before = filesIn(out);
  INTARSIA_TRY(auto process, Subprocess::start(program, arguments, options));
  process.closeInput();
  std::stop_callback interrupt(job.stopToken(), [&process] { process.signal(SIGTERM); });
  std::string said;
  pollfd pipes[2] = {{process.outputFd(), POLLIN, 0}, {process.errorFd(), POLLIN, 0}};
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    const int ready = ::poll(pipes, 2, 500);
    if (ready < 0 && errno != EINTR) break;
    if (ready == 0 && job.cancelled()) process.signal(SIGKILL);  // a slow step; there is nothing to keep
    for (int i = 0; i < 2; ++i) {
      if (pipes[i].fd < 0 || pipes[i].revents == 0) continue;
      char buffer[4096];
      const ssize_t n = ::read(pipes[i].fd, buffer, sizeof buffer);
      if (n <= 0)
        pipes[i].fd = -1;
      else if (i == 1)
        said.append(buffer, size_t(n)), reportProgress(said, job);
      else if (printed)
        printed->append(buffer, size_t(n));
    }
  }
  std::optional<Subprocess::Exit> exit;
  while (!(exit = process.wait(std::chrono::seconds(10)))) {}
  INTARSIA_CHECK(job.check());
  if (exit->status == 0 && exit->signal == 0) return Exported{written(before, filesIn(out)), {}};
  const auto text = trim(said);
  const auto last = text.substr(text.find_last_of('\n') == std::string_view::npos ? 0 : text.find_last_of('\n') + 1);
  return fail(ErrorCode::failed, INTARSIA_TEXT("The engine could not do it: {reason}"),
              {{"reason", last.empty() ? "it ended with status " + std::to_string(exit->status) : std::string(last)}});
}

Expected<RateCurve> findRate(Project& project, const Recipe& recipe, const fs::path& engine, const Job& job) {
  std::vector<std::string> notes;
  INTARSIA_TRY(const auto run, prepareRun(project, "find-lr-" + std::to_string(::getpid()), recipe, notes, job));
  std::string printed;
  const auto done = runEngine({"find-lr", run.path().native(), "--limit", kRateSeconds, "--json"}, run.path(), job, engine, &printed);
  std::error_code ignored;
  fs::remove_all(run.path(), ignored);
  if (!done) return std::unexpected(done.error());
  return RateCurve::fromJson(printed, INTARSIA_TEXT("the engine's answer"));
}

Expected<Exported> exportPredictions(const Project& project, const RunFolder& run, const fs::path& out, const Job& job) {
  std::vector<std::string> images;
  for (const ProjectImage& image : project.imagesNow()) images.push_back(image.path.native());
  INTARSIA_CHECK(prepareExport(out, project.folder()));
  INTARSIA_TRY(const ImageList list, ImageList::write(images));
  return runEngine({"predict", run.path().native(), "--list", list.file().native(), "--out", out.native()}, out, job);
}

Expected<Exported> exportModel(const RunFolder& run, const fs::path& out, const Job& job) {
  return runEngine({"export-model", run.path().native(), "--out", out.native()}, out, job);
}

}  // namespace

AppServices windowServices() {
  AppServices services;
  services.prepareRun = prepareRun;
  services.freeRunName = freeRunName;
  services.findRate = findRate;
  services.exportPredictions = exportPredictions;
  services.exportModel = exportModel;
  return services;
}

}  // namespace intarsia
