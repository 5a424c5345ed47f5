// SPDX-License-Identifier: GPL-3.0-or-later
// Who may include whom. The table is docs/ARCHITECTURE.md's; link visibility alone cannot hold it, because Debian's ATen/, opencv
// and Qt lie below /usr/include.
#include <QTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/register.h"

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

namespace {

/// Longest matching folder decides. `rooms`: folders of ours it may include besides itself; `libraries`: names of kLibraries.
struct Room {
  std::string folder;
  Strings rooms, libraries;
};
const Strings kAnything = {"*"};
const std::vector<Room> kRooms = {
    {"core/base", {}, {"fmt", "spdlog", "json", "xxhash", "zlib"}},
    {"core/geometry", {"core/base"}, {"fmt", "spdlog", "geos"}},
    {"core/media", {"core/base"}, {"fmt", "spdlog", "codecs"}},
    {"core/net", {"core/base"}, {"curl"}},
    {"annotate", {"core"}, {"fmt", "spdlog", "json", "xxhash", "opencv", "tinyxml2", "simdjson", "matio"}},
    {"train/api", {"core/base"}, {"fmt", "spdlog", "json", "xxhash"}},
    {"train", {"core/base", "train/api", "train/cuda"}, {"fmt", "spdlog", "json", "xxhash", "torch"}},
    {"train/cuda", {"core/base", "train/api", "train"}, {"torch", "cuda"}},
    {"ui", {"core", "annotate", "train/api"}, {"fmt", "spdlog", "json", "qt", "qcustomplot"}},
    {"app/wiring", {"core", "annotate", "train/api"}, {"fmt", "spdlog", "json", "xxhash"}},
    {"app/cli", {"core", "annotate", "train/api", "app/wiring"}, {"fmt", "spdlog", "json", "cli11"}},
    {"app/engine", {"core/base", "core/media", "train"}, {"fmt", "spdlog", "json", "torch", "cli11"}},
    {"app/window", {"core", "annotate", "train/api", "ui", "app/wiring"}, {"fmt", "spdlog", "json", "qt", "cli11"}},
    {"tests", kAnything, kAnything},
};

const std::vector<std::pair<std::string, std::regex>> kLibraries = {
    {"qcustomplot", std::regex("qcustomplot\\.h")},
    {"qt", std::regex("Q[A-Z]\\w*(/Q\\w+)?|Qt\\w+/.*|qt?\\w*\\.h")},
    {"cuda", std::regex("(ATen|c10)/cuda/.*|(cuda|cudnn|cublas|nvrtc)\\w*\\.h")},  // LibTorch's own that need a toolkit's
    {"torch", std::regex("(torch|ATen|c10|caffe2)/.*")},
    {"opencv", std::regex("opencv2?/.*")},
    {"geos", std::regex("geos(_c\\.h|/.*)")},
    {"codecs", std::regex("jpeglib\\.h|jerror\\.h|png\\.h|tiff\\w*\\.h|webp/.*")},
    {"zlib", std::regex("zlib\\.h")},
    {"curl", std::regex("curl/.*")},
    {"fmt", std::regex("fmt/.*")},
    {"spdlog", std::regex("spdlog/.*")},
    {"json", std::regex("nlohmann/.*")},
    {"xxhash", std::regex("xxhash\\.h")},
    {"tinyxml2", std::regex("tinyxml2\\.h")},
    {"simdjson", std::regex("simdjson\\.h")},
    {"matio", std::regex("matio\\.h")},
    {"cli11", std::regex("CLI/.*")},
    {"benchmark", std::regex("benchmark/.*")},
};
// The standard library's headers have no suffix; these are C's, POSIX's, Linux's and the compiler's.
const std::regex kSystem(
    "\\w+|c?(assert|ctype|errno|float|limits|locale|math|setjmp|signal|stdarg|stddef|stdint|stdio|stdlib|string|time|wchar)\\.h|"
    "(dirent|dlfcn|fcntl|ftw|glob|libgen|netdb|poll|pthread|pwd|sched|semaphore|spawn|strings|unistd|ucontext|execinfo|immintrin|cpuid|malloc|omp)\\.h|"
    "(sys|linux|arpa|net|netinet|bits|experimental)/[\\w/]+(\\.h)?");

const fs::path kRoot = INTARSIA_SOURCE_DIR;

Strings linesOf(const fs::path& file) {
  std::ifstream in(file);
  Strings lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Our C++ files, relative to the root.
Strings sources() {
  Strings found;
  for (const char* room : {"core", "annotate", "train", "ui", "app", "tests"})
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / room))
      if (entry.path().extension() == ".cpp" || entry.path().extension() == ".h") found.push_back(fs::relative(entry.path(), kRoot).generic_string());
  std::ranges::sort(found);
  return found;
}

bool below(const std::string& path, const std::string& folder) { return path.starts_with(folder + "/"); }

const Room* roomOf(const std::string& path) {
  const Room* best = nullptr;
  for (const Room& room : kRooms)
    if (below(path, room.folder) && (!best || room.folder.size() > best->folder.size())) best = &room;
  return best;
}

bool has(const Strings& names, const std::string& name) { return names == kAnything || std::ranges::find(names, name) != names.end(); }

std::string libraryOf(const std::string& header) {
  for (const auto& [name, pattern] : kLibraries)
    if (std::regex_match(header, pattern)) return name;
  return {};
}

/// What is wrong with this include in that file; empty when it is allowed.
std::string complaint(const std::string& file, const std::string& header) {
  const Room* from = roomOf(file);
  if (!from) return "lies in no room";
  const fs::path beside = fs::path(file).parent_path() / header;
  if (header.find('/') == std::string::npos && fs::exists(kRoot / beside)) return "an include names its room: " + beside.generic_string();
  if (const Room* to = roomOf(header)) {
    if (to == from || has(from->rooms, "*")) return {};
    const bool allowed = std::ranges::any_of(from->rooms, [&](const std::string& folder) { return below(header, folder); });
    return allowed ? std::string() : from->folder + " may not use " + to->folder;
  }
  if (const std::string library = libraryOf(header); !library.empty())
    return library == "cuda" && file.ends_with(".h") ? "CUDA's headers are for sources: others include this one without a toolkit" :
           has(from->libraries, library) ? std::string() : from->folder + " may not use " + library;
  if (std::regex_match(header, kSystem)) return {};
  if (header.ends_with(".moc") && from->folder == "tests") return {};
  return "an unknown header; if it is a new library, name it in this test and in the README";
}

void report(const Strings& complaints) {
  for (const auto& line : complaints) qWarning("%s", line.c_str());
  QVERIFY2(complaints.empty(), qPrintable(QString("%1 complaints, listed above").arg(complaints.size())));
}

}  // namespace

class ArrowsTest : public QObject {
  Q_OBJECT
 private slots:
  void includesFollowTheTable() {
    const std::regex include("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"].*");
    Strings complaints;
    for (const auto& file : sources()) {
      std::set<std::string> libraries;
      for (const auto& line : linesOf(kRoot / file)) {
        std::smatch match;
        if (line.find("include") == std::string::npos || !std::regex_match(line, match, include)) continue;
        libraries.insert(libraryOf(match[1]));
        if (const auto what = complaint(file, match[1]); !what.empty()) complaints.push_back(file + ": " + match[1].str() + ": " + what);
      }
      if (libraries.contains("qcustomplot") && libraries.contains("torch")) complaints.push_back(file + ": QCustomPlot and LibTorch in one file");
    }
    report(complaints);
  }

  void theTableItselfHolds_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("header");
    QTest::addColumn<bool>("allowed");
    QTest::newRow("core knows no Qt") << "core/base/a.cpp" << "QString" << false;
    QTest::newRow("core knows no annotate") << "core/base/a.cpp" << "annotate/model/annotation.h" << false;
    QTest::newRow("base knows no media") << "core/base/a.cpp" << "core/media/decode.h" << false;
    QTest::newRow("annotate uses media") << "annotate/project/a.cpp" << "core/media/decode.h" << true;
    QTest::newRow("annotate knows no train") << "annotate/project/a.cpp" << "train/api/recipe.h" << false;
    QTest::newRow("train knows no annotate") << "train/loop/a.cpp" << "annotate/model/annotation.h" << false;
    QTest::newRow("train knows no media") << "train/loop/a.cpp" << "core/media/decode.h" << false;
    QTest::newRow("train uses its api") << "train/loop/a.cpp" << "train/api/recipe.h" << true;
    QTest::newRow("the api knows no train") << "train/api/a.cpp" << "train/loop/trainer.h" << false;
    QTest::newRow("the api knows no torch") << "train/api/a.cpp" << "torch/torch.h" << false;
    QTest::newRow("train uses torch") << "train/nets/a.cpp" << "ATen/ATen.h" << true;
    QTest::newRow("train knows no CUDA") << "train/loop/a.cpp" << "ATen/cuda/CUDAGraph.h" << false;
    QTest::newRow("its room for CUDA does") << "train/cuda/a.cpp" << "ATen/cuda/CUDAGraph.h" << true;
    QTest::newRow("but not in headers") << "train/cuda/a.h" << "cuda_runtime_api.h" << false;
    QTest::newRow("train uses that room") << "train/loop/a.cpp" << "train/cuda/queue.h" << true;
    QTest::newRow("ui knows no torch") << "ui/canvas/a.cpp" << "c10/util/Half.h" << false;
    QTest::newRow("ui knows no opencv") << "ui/canvas/a.cpp" << "opencv2/imgproc.hpp" << false;
    QTest::newRow("ui uses Qt") << "ui/canvas/a.cpp" << "QWidget" << true;
    QTest::newRow("ui knows the api only") << "ui/canvas/a.cpp" << "train/loop/trainer.h" << false;
    QTest::newRow("the engine knows no annotate") << "app/engine/a.cpp" << "annotate/model/annotation.h" << false;
    QTest::newRow("the CLI knows no torch") << "app/cli/a.cpp" << "torch/torch.h" << false;
    QTest::newRow("the CLI knows no Qt") << "app/cli/a.cpp" << "QCoreApplication" << false;
    QTest::newRow("POSIX") << "core/base/a.cpp" << "sys/stat.h" << true;
    QTest::newRow("an unknown library") << "core/base/a.cpp" << "boost/any.hpp" << false;
  }
  void theTableItselfHolds() {
    QFETCH(QString, file);
    QFETCH(QString, header);
    QTEST(complaint(file.toStdString(), header.toStdString()).empty(), "allowed");
  }

  void everySourceNamesItsLicence() {
    Strings complaints;
    for (const auto& file : sources()) {
      const auto lines = linesOf(kRoot / file);
      if (file.ends_with(".h") && std::ranges::find(lines, "#pragma once") == lines.end()) complaints.push_back(file + ": a header without #pragma once");
      if (lines.empty() || lines[0] != "// SPDX-License-Identifier: GPL-3.0-or-later") complaints.push_back(file + ": its first line is not the SPDX line");
    }
    report(complaints);
  }

  /// Calls that each cost a user data or time once; the better way stands behind them.
  void noKnownTrap() {
    const std::vector<std::pair<Strings, std::string>> traps = {
        {{"torch::load(", "jit::load(", "InputArchive"}, "runs code stored in the file: checkpoints are safetensors"},
        {{"QSaveFile"}, "replaces a good file by a truncated one when the disk is full: AtomicFile"},
        {{"atof(", "strtod(", "strtof(", "stod(", "stof(", "QueryDouble", "QueryFloat", "DoubleAttribute(", "FloatAttribute("},
         "reads 12.75 as 12 under a German locale: core/base/text.h"},
        {{"imread(", "imdecode(", "opencv2/imgcodecs"}, "takes 3 GB for a 124 kB PNG and loses palettes: core/media"},
        {{"QDirIterator", "entryInfoList("}, "hides names that are not UTF-8: std::filesystem"},
    };
    Strings complaints;
    for (const auto& file : sources()) {
      if (below(file, "tests")) continue;
      const auto lines = linesOf(kRoot / file);
      for (size_t i = 0; i < lines.size(); ++i) {
        const std::string code = lines[i].substr(0, lines[i].find("//"));
        for (const auto& [words, why] : traps)
          if (std::ranges::any_of(words, [&](const std::string& word) { return code.find(word) != std::string::npos; })) complaints.push_back(file + ":" + std::to_string(i + 1) + ": " + why);
      }
    }
    report(complaints);
  }

  /// A rule with exceptions, hence words and no failure.
  void filesAreShort() {
    for (const auto& file : sources())
      if (const size_t lines = linesOf(kRoot / file).size(); lines > (file.ends_with(".h") ? 150u : 300u))
        qInfo("%s has %zu lines", file.c_str(), lines);
  }
};
INTARSIA_TEST(ArrowsTest)

#include "arrows_test.moc"
