// SPDX-License-Identifier: GPL-3.0-or-later
// A window on a small sample project, a fresh copy for each test.
#pragma once
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <memory>

#include "annotate/project/sample_scenes.h"
#include "app/window/window_services.h"
#include "tests/support/expect.h"
#include "ui/main_window/main_window.h"
#include "ui/models/image_index.h"

namespace intarsia::test {

class SampleWindows {
 public:
  /// Makes the project of six pictures that `open` copies.
  void make() {
    m_sample = folder() / "sample";
    EXPECT_OK(makeSampleProject(m_sample, 6, {96, 72}, 1, {}));
  }
  std::filesystem::path copy() {
    const auto copy = folder() / ("copy" + std::to_string(++m_copies));
    std::filesystem::copy(m_sample, copy, std::filesystem::copy_options::recursive);
    std::filesystem::remove(copy / "intarsia" / ".lock");
    return copy;
  }
  std::unique_ptr<MainWindow> open(const AppServices& services = windowServices()) {
    auto w = std::make_unique<MainWindow>(services);
    w->resize(1000, 700);
    w->show();
    w->open(copy());
    if (!QTest::qWaitFor([&] { return w->session().hasImage() && w->index().complete(); }, 20'000)) qWarning("the sample did not open");
    return w;
  }

 private:
  std::filesystem::path folder() const { return m_folder.path().toStdString(); }
  QTemporaryDir m_folder;
  std::filesystem::path m_sample;
  int m_copies = 0;
};

}  // namespace intarsia::test
