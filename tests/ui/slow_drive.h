// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace intarsia::test {

/// While it lives, every call that looks at, opens, reads or changes something below `root` takes so long, as on a network drive far away.
/// Those of the thread that made it are written down: the window's own thread should make none. One at a time.
class SlowDrive {
 public:
  SlowDrive(const std::filesystem::path& root, std::chrono::milliseconds call);
  ~SlowDrive();
  void setDelay(std::chrono::milliseconds call);
  /// "stat /path", in order; forgotten then.
  std::vector<std::string> ownCalls();
  /// By all threads since it was made.
  int calls() const;
};

}  // namespace intarsia::test
