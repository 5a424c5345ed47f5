// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/split_leak.h"

#include <QTemporaryDir>
#include <QTest>

#include "core/base/random.h"
#include "core/media/decode.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

/// A scene of coarse random blocks; `step` moves it by pixels.
void write(const fs::path& path, int scene, int step) {
  Image image{96, 72, 3, 8, std::vector<uint8_t>(96 * 72 * 3)};
  for (int y = 0; y < 72; ++y)
    for (int x = 0; x < 96; ++x) {
      Random random(uint64_t(scene), uint32_t((x + step) / 16), uint32_t(y / 12));
      for (int c = 0; c < 3; ++c) image.row(y)[x * 3 + c] = uint8_t(random.below(256));
    }
  if (!writePng(path, image)) qFatal("cannot write");
}

std::string number(int n) { return std::string(4 - std::to_string(n).size(), '0') + std::to_string(n); }

}  // namespace

class SplitLeakTest : public QObject {
  Q_OBJECT
 private slots:
  void init() { m_dir = std::make_unique<QTemporaryDir>(), m_folder = m_dir->path().toStdString(); }

  void photographsAreFine() {
    std::vector<LeakImage> images;
    for (int i = 1; i <= 20; ++i) {
      images.push_back({m_folder / ("image_" + number(i) + ".png"), i % 4 == 0 ? Split::val : Split::train});
      write(images.back().path, i, 0);
    }
    QVERIFY(splitLeaks(images).empty());
  }

  void neighboursThatLookAlike() {
    std::vector<LeakImage> images;
    for (int i = 1; i <= 20; ++i) {
      images.push_back({m_folder / ("frame_" + number(i) + ".png"), i % 4 == 0 ? Split::test : Split::train});
      write(images.back().path, 7, i);
    }
    const auto found = splitLeaks(images);
    QCOMPARE(found.size(), size_t(1));
    QVERIFY(found[0].find("frame_") != std::string::npos && found[0].find("look like") != std::string::npos);
    for (auto& image : images) image.split = Split::train;
    QVERIFY(splitLeaks(images).empty());
  }

  /// By their names alone, as CamVid's: every 30th frame trains, every second one of a clip validates.
  void framesOfOneVideo() {
    std::vector<LeakImage> images;
    for (int n = 390; n <= 7920; n += 30) images.push_back({m_folder / ("0016E5_0" + number(n) + ".png"), Split::train});
    for (int n = 7959; n <= 8159; n += 2) images.push_back({m_folder / ("0016E5_0" + number(n) + ".png"), Split::val});
    for (int n = 30; n < 900; n += 30) images.push_back({m_folder / ("Seq05VD_0" + number(n) + ".png"), Split::test});
    const auto found = splitLeaks(images);
    QCOMPARE(found.size(), size_t(1));
    QVERIFY2(found[0].find("101 of 130") != std::string::npos && found[0].find("0016E5_") != std::string::npos, found[0].c_str());
  }

  void equalFiles() {
    std::vector<LeakImage> images;
    for (int i = 0; i < 6; ++i) {
      images.push_back({m_folder / (std::string(1, char('a' + i)) + ".png"), i < 3 ? Split::train : Split::val});
      write(images.back().path, i % 3 == 0 ? 0 : i, 0);
    }
    images.push_back({m_folder / "gone.png", Split::val});
    const auto found = splitLeaks(images);
    QCOMPARE(found.size(), size_t(1));
    QVERIFY2(found[0].find("1 of 4") != std::string::npos, found[0].c_str());
  }

 private:
  std::unique_ptr<QTemporaryDir> m_dir;
  fs::path m_folder;
};

INTARSIA_TEST(SplitLeakTest)
#include "split_leak_test.moc"
