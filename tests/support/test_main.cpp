// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the registered test classes: all of them, with `--file STEM` those of one source file, with `--fast` all that are not slow.
// Other arguments go to Qt Test. INTARSIA_TEST_LOCALE names a locale to run in, decimal comma and all.
// A room whose tests need a QApplication sets INTARSIA_TEST_MAIN and brings its own main that calls runAll.
#include <QCoreApplication>
#include <QTest>
#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "tests/support/run_all.h"

namespace intarsia::test {

std::vector<Entry>& registry() {
  static std::vector<Entry> entries;
  return entries;
}

bool add(const char* file, QObject* (*make)()) {
  registry().push_back({std::filesystem::path(file).stem().string(), make});
  return true;
}

int runAll(int argc, char** argv) {
  std::setlocale(LC_NUMERIC, "C");
  if (const char* locale = std::getenv("INTARSIA_TEST_LOCALE"); locale && !std::setlocale(LC_ALL, locale)) {
    qWarning("the locale %s is not here", locale);
    return 1;
  }
  QStringList arguments;
  std::string only;
  bool fast = false;
  for (int i = 0; i < argc; ++i) {
    if (std::string(argv[i]) == "--file" && i + 1 < argc)
      only = argv[++i];
    else if (std::string(argv[i]) == "--fast")
      fast = true;
    else
      arguments << QString::fromLocal8Bit(argv[i]);
  }
  int failures = 0, ran = 0;
  for (const auto& entry : registry()) {
    if (!only.empty() && entry.file != only) continue;
    if (fast && entry.file.ends_with("_slow_test")) continue;
    // For another class Qt Test would put its handler over that of MappedFile: each SIGBUS would start gdb, and one in another thread
    // meanwhile would end the process.
    if (ran == 1) arguments << QStringLiteral("-nocrashhandler");
    std::unique_ptr<QObject> test(entry.make());
    failures += QTest::qExec(test.get(), arguments);
    ++ran;
  }
  if (ran == 0) {
    qWarning("no test class is registered for %s", only.c_str());
    return 1;
  }
  return failures ? 1 : 0;
}

}  // namespace intarsia::test

__attribute__((weak)) int main(int argc, char** argv) {
  QCoreApplication application(argc, argv);
  return intarsia::test::runAll(argc, argv);
}
