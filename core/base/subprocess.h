// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

/// A child process with pipes on its standard streams (posix_spawn; own process group, all other descriptors closed).
/// The one file to port to Windows. The destructor kills the group and reaps. Reading, writing, waiting and signalling may happen
/// on different threads. Writing to a child that is gone raises SIGPIPE unless the program ignores it.
class Subprocess {
 public:
  struct Options {
    std::vector<std::pair<std::string, std::string>> environment;  // added to ours
    int niceness = 0;        // added to ours
    int oomScoreAdjust = 0;  // 0 = as ours
  };
  /// A program without a slash is looked for on PATH. An error if it cannot be started.
  static Expected<Subprocess> start(const std::filesystem::path& program, const std::vector<std::string>& arguments, const Options& options);
  static Expected<Subprocess> start(const std::filesystem::path& program, const std::vector<std::string>& arguments) { return start(program, arguments, Options{}); }
  Subprocess(Subprocess&&) noexcept;
  Subprocess& operator=(Subprocess&&) noexcept;
  ~Subprocess();

  int inputFd() const;   // write end of its stdin, -1 once closed
  int outputFd() const;  // read end of its stdout
  int errorFd() const;   // read end of its stderr
  int pid() const;
  void closeInput();
  void signal(int number);  // to the whole process group; nothing after it was reaped
  /// Nothing if it still runs after `timeout`.
  struct Exit { int status = 0; int signal = 0; };
  std::optional<Exit> wait(std::chrono::milliseconds timeout);

 private:
  struct State;
  explicit Subprocess(std::unique_ptr<State> state);
  std::unique_ptr<State> m_state;
};

/// Runs to the end and collects what it printed; its stdin is empty. After `timeout` its group is killed: an error.
struct ProcessOutput { int status = 0; int signal = 0; std::string out, err; };
Expected<ProcessOutput> runProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                   std::chrono::milliseconds timeout = std::chrono::minutes(10));

}  // namespace intarsia
