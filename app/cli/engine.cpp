// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/engine.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "annotate/project/project.h"
#include "core/base/subprocess.h"
#include "core/base/text.h"
#include "train/api/engine_client.h"
#include "train/api/run_folder.h"

namespace intarsia::cli {
namespace {

void writeAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(fd, data, size);
    if (n <= 0 && errno != EINTR) return;
    if (n > 0) {
      data += n;
      size -= size_t(n);
    }
  }
}

}  // namespace

Expected<EngineResult> runEngine(const std::vector<std::string>& arguments, const Terminal& terminal, bool capture) {
  INTARSIA_TRY(const auto program, findEngine());
  INTARSIA_TRY(auto process, Subprocess::start(program, arguments));
  process.closeInput();
  std::stop_callback interrupt(terminal.stopToken(), [&process] { process.signal(SIGINT); });
  EngineResult result;
  pollfd pipes[2] = {{process.outputFd(), POLLIN, 0}, {process.errorFd(), POLLIN, 0}};
  char buffer[1 << 16];
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    if (::poll(pipes, 2, -1) < 0 && errno != EINTR) break;
    for (int i = 0; i < 2; ++i) {
      if (pipes[i].fd < 0 || pipes[i].revents == 0) continue;
      const ssize_t n = ::read(pipes[i].fd, buffer, sizeof buffer);
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n <= 0)
        pipes[i].fd = -1;
      else if (i == 0 && capture)
        result.out.append(buffer, size_t(n));
      else
        writeAll(i == 0 ? STDOUT_FILENO : STDERR_FILENO, buffer, size_t(n));
    }
  }
  std::optional<Subprocess::Exit> exit;
  while (!(exit = process.wait(std::chrono::hours(1)))) {
  }
  if (exit->signal)
    return intarsia::fail(ErrorCode::failed, INTARSIA_TEXT("The engine was ended by signal {signal} ({name})"),
                          {{"signal", std::to_string(exit->signal)}, {"name", ::strsignal(exit->signal)}});
  result.status = exit->status;
  return result;
}

int engineCommand(const std::vector<std::string>& arguments, const Terminal& terminal) {
  auto all = arguments;
  if (terminal.json) all.push_back("--json");
  const auto result = runEngine(all, terminal);
  if (!result) return terminal.fail(result.error());
  return result->status == 0 ? kDone : result->status == kUsage ? kUsage : kFailed;
}

bool areShards(const std::vector<std::string>& sources) {
  std::error_code error;
  return fs::is_regular_file(sources.front(), error) && fs::path(sources.front()).filename() != "project.json";
}

Expected<fs::path> findRun(const fs::path& project, const std::string& name) {
  std::error_code error;
  const bool isProject = Project::exists(project);
  if (!isProject && name.empty() && fs::exists(project / "run.json", error)) return project;
  if (!isProject && !name.empty() && fs::exists(fs::path(name) / "run.json", error)) return fs::path(name);
  fs::path runs;
  if (isProject) {
    const auto plain = fs::absolute(project, error).lexically_normal();
    const auto folder = plain.has_filename() ? plain : plain.parent_path();
    if (folder.filename() == "project.json")
      runs = folder.parent_path() / "runs";
    else if (folder.filename() == "intarsia" && fs::exists(folder / "project.json", error))
      runs = folder / "runs";
    else
      runs = folder / "intarsia" / "runs";
  }
  if (!name.empty()) {
    const auto path = runs.empty() ? fs::path(name) : runs / name;
    if (fs::exists(path / "run.json", error)) return path;
    return intarsia::fail(ErrorCode::notFound, INTARSIA_TEXT("There is no run {name} in {folder}"),
                          {{"name", name}, {"folder", displayPath(runs.empty() ? project : runs)}});
  }
  for (const auto& run : RunFolder::list(runs))
    if (run.hasBest()) return run.path();
  return intarsia::fail(ErrorCode::notFound, INTARSIA_TEXT("{folder} has no trained run yet"),
                        {{"folder", displayPath(project)}});
}

}  // namespace intarsia::cli
