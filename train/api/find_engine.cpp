// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/subprocess.h"
#include "core/base/text.h"
#include "train/api/engine_client.h"
#include "train/api/json_field.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kNames[] = {"intarsia-engine", "intarsia-engine-cuda"};

bool isProgram(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

fs::path cacheFile(const fs::path& program) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  fs::path folder;
  if (cache && *cache == '/')
    folder = cache;
  else if (home && *home)
    folder = fs::path(home) / ".cache";
  else
    return {};
  return folder / "intarsia" / ("engine-" + contentHash(program.native()).substr(0, 16) + ".json");
}

std::vector<std::string> texts(const Json& json, const char* name) {
  std::vector<std::string> out;
  if (const auto at = json.find(name); at != json.end() && at->is_array())
    for (const auto& item : *at)
      if (item.is_string()) out.push_back(item.get<std::string>());
  return out;
}

Expected<EngineDescription> parseDescription(std::string_view text, const fs::path& program) {
  const std::string shown = displayPath(program);
  INTARSIA_TRY(const Json json, parseOrderedJson(text, shown));
  EngineDescription d;
  d.program = program;
  INTARSIA_FIELD(d.version, std::string, json, "version", shown);
  INTARSIA_FIELD(d.torchVersion, std::string, json, "torch", shown);
  d.devices = texts(json, "devices");
  d.deviceNames = texts(json, "deviceNames");
  d.networks = texts(json, "networks");
  d.losses = texts(json, "losses");
  if (d.devices.empty() || d.devices.size() != d.deviceNames.size()) return failField(shown, "devices");
  return d;
}

/// What changes when the program does.
std::string fingerprint(const fs::path& program) {
  struct stat status{};
  if (::stat(program.c_str(), &status) != 0) return {};
  return std::to_string(status.st_size) + "-" + std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec);
}

}  // namespace

std::vector<fs::path> findEngines() {
  std::vector<fs::path> found;
  const auto consider = [&](const fs::path& path) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (!error && isProgram(real) && std::find(found.begin(), found.end(), real) == found.end()) found.push_back(real);
  };
  if (const char* named = std::getenv("INTARSIA_ENGINE"); named && *named) consider(named);
  std::vector<fs::path> folders;
  std::error_code error;
  if (const fs::path self = fs::read_symlink("/proc/self/exe", error); !error) {
    folders.push_back(self.parent_path());
    folders.push_back(self.parent_path().parent_path() / "libexec" / "intarsia");
    folders.push_back(self.parent_path().parent_path() / "libexec");
  }
  if (const char* path = std::getenv("PATH")) {
    std::string_view rest = path;
    while (!rest.empty()) {
      const size_t colon = std::min(rest.find(':'), rest.size());
      if (rest.substr(0, colon).starts_with('/')) folders.emplace_back(rest.substr(0, colon));
      rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
  }
  for (const char* name : kNames)
    for (const fs::path& folder : folders) consider(folder / name);
  return found;
}

Expected<fs::path> findEngine() {
  if (const char* named = std::getenv("INTARSIA_ENGINE"); named && *named && !isProgram(named))
    return fail(ErrorCode::missingProgram, INTARSIA_TEXT("INTARSIA_ENGINE names {file}, which is not a program"), {{"file", displayPath(named)}});
  const auto engines = findEngines();
  if (!engines.empty()) return engines.front();
  return fail(ErrorCode::missingProgram,
              INTARSIA_TEXT("Training and prediction need the program intarsia-engine, which was not found. On Debian install libtorch-dev and "
                            "libopenblas0-openmp and build again, or name an engine in the variable INTARSIA_ENGINE. Labelling works without it"));
}

Expected<EngineDescription> describeEngine(const fs::path& program) {
  const fs::path cache = cacheFile(program);
  const std::string mark = fingerprint(program);
  if (!cache.empty() && !mark.empty())
    if (const auto text = readFile(cache, size_t(1) << 20))
      if (const auto json = parseOrderedJson(*text, displayPath(cache)); json && jsonField<std::string>(*json, "fingerprint") == mark)
        if (auto description = parseDescription(*text, program)) return description;

  INTARSIA_TRY(const ProcessOutput output, runProcess(program, {"--describe"}, std::chrono::seconds(60)));
  if (output.status != 0 || output.signal != 0) {
    std::string said(trim(output.err));
    if (const size_t newline = said.rfind('\n'); newline != std::string::npos) said.erase(0, newline + 1);
    return fail(ErrorCode::failed, INTARSIA_TEXT("{file} does not say what it can do: {reason}"),
                {{"file", displayPath(program)}, {"reason", said.empty() ? "it ended with status " + std::to_string(output.status) : said}});
  }
  INTARSIA_TRY(EngineDescription description, parseDescription(output.out, program));
  if (!cache.empty() && !mark.empty()) {
    std::error_code ignored;
    fs::create_directories(cache.parent_path(), ignored);
    Json json{{"fingerprint", mark}, {"version", description.version}, {"torch", description.torchVersion},
              {"devices", description.devices}, {"deviceNames", description.deviceNames},
              {"networks", description.networks}, {"losses", description.losses}};
    (void)writeFileAtomically(cache, dumpJson(json, 1) + "\n");  // a cache that cannot be written costs a second next time
  }
  return description;
}

}  // namespace intarsia
