// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "app/cli/cli.h"

namespace intarsia::cli {

struct EngineResult {
  int status = 0;
  std::string out;  // what it printed, when `capture`
};
/// Runs the engine with these arguments: its stderr becomes ours, its stdout ours or `out`. Ctrl-C is passed on once,
/// so that training ends with its best weights kept.
Expected<EngineResult> runEngine(const std::vector<std::string>& arguments, const Terminal& terminal,
                                 bool capture = false);
/// The same for a whole command: prints what it must and returns the exit status.
int engineCommand(const std::vector<std::string>& arguments, const Terminal& terminal);

/// Which network: options that `forward` and `weights show` share, and what the engine is told of them.
struct NetworkOptions {
  std::string network, classes, base, depth, up, decoder;
  void add(CLI::App& command, bool required);
  void pass(std::vector<std::string>& arguments) const;
};

/// The run called `name` of a project (or the folder itself); without a name the newest with a best checkpoint.
Expected<fs::path> findRun(const fs::path& project, const std::string& name);

/// Files were named, not a project.
bool areShards(const std::vector<std::string>& sources);

}  // namespace intarsia::cli
