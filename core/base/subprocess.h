// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

/// A child process with pipes on its standard streams (posix_spawn; own process group, all other descriptors closed).
/// The one file to port to Windows. The destructor kills and reaps. Reading, writing and waiting may happen on different threads.
class Subprocess {
 public:
  struct Options {
    std::vector<std::pair<std::string, std::string>> environment;  // added to ours
    int niceness = 0;
    int oomScoreAdjust = 0;
  };
  static Expected<Subprocess> start(const std::filesystem::path& program, const std::vector<std::string>& arguments, const Options& options);
  static Expected<Subprocess> start(const std::filesystem::path& program, const std::vector<std::string>& arguments) { return start(program, arguments, Options{}); }
  Subprocess(Subprocess&&) noexcept;
  Subprocess& operator=(Subprocess&&) noexcept;
  ~Subprocess();

  int inputFd() const { return m_in; }    // write end of its stdin, -1 once closed
  int outputFd() const { return m_out; }  // read end of its stdout
  int errorFd() const { return m_err; }   // read end of its stderr
  int pid() const { return m_pid; }
  void closeInput();
  void signal(int number);  // to the whole process group; nothing after it was reaped
  /// Nothing if it still runs after `timeout`.
  struct Exit { int status = 0; int signal = 0; };
  std::optional<Exit> wait(std::chrono::milliseconds timeout);

 private:
  Subprocess() = default;
  int m_pid = -1, m_in = -1, m_out = -1, m_err = -1;
  std::optional<Exit> m_exit;
};

/// Runs to the end and collects what it printed.
struct ProcessOutput { int status = 0; int signal = 0; std::string out, err; };
Expected<ProcessOutput> runProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                   std::chrono::milliseconds timeout = std::chrono::minutes(10));

}  // namespace intarsia
