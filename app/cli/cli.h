// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "annotate/formats/format.h"
#include "core/base/job.h"

namespace intarsia::cli {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

/// 0 = done, 1 = failed, 2 = wrong usage.
inline constexpr int kDone = 0, kFailed = 1, kUsage = 2;

/// What all commands share: where words go, and Ctrl-C.
class Terminal {
 public:
  Terminal();
  bool json = false;  // one JSON document on stdout

  /// Cancelled by the first Ctrl-C or SIGTERM; a second one ends the program at once. Progress goes to stderr.
  Job job() const;
  std::stop_token stopToken() const { return m_stop.get_token(); }
  /// For people, on stdout; silent with --json.
  void say(const std::string& line) const;
  /// The document of --json.
  void print(const Json& document) const;
  void note(const std::string& line) const;  // stderr
  /// Prints the error and returns kFailed.
  int fail(const Error& error) const;

 private:
  void progress(const Progress& progress) const;
  std::stop_source m_stop;
  mutable std::mutex m_mutex;
  mutable int64_t m_lastTime;       // guarded by m_mutex
  mutable bool m_lineOpen = false;  // guarded by m_mutex
};

/// A command adds itself to `app`; its action is called after parsing and returns the exit status.
using Action = std::function<int()>;
struct Commands {
  CLI::App& app;
  Terminal& terminal;
  Action chosen;
  /// A subcommand with --json.
  CLI::App& add(const std::string& name, const std::string& text, Action action);
};

void addSample(Commands& commands);
void addInfo(Commands& commands);
void addFormats(Commands& commands);
void addImport(Commands& commands);
void addRasterize(Commands& commands);
void addCheck(Commands& commands);
void addConvert(Commands& commands);
void addVectorize(Commands& commands);
void addPack(Commands& commands);
void addSplit(Commands& commands);
void addTrain(Commands& commands);
void addRecipes(Commands& commands);
void addFindRate(Commands& commands);
void addReplay(Commands& commands);
void addEvaluate(Commands& commands);
void addPredict(Commands& commands);
void addExport(Commands& commands);
void addDoctor(Commands& commands);
void addForward(Commands& commands);
void addNetworks(Commands& commands);
void addWeights(Commands& commands);

Json reportLines(const std::vector<ReportLine>& lines);
/// "480x360" → size.
Expected<Size> parseSize(const std::string& text);

}  // namespace intarsia::cli
