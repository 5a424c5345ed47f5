// SPDX-License-Identifier: GPL-3.0-or-later
// A window that moves between screens of different scale: what is painted follows. Runs itself again with two such screens.
#include <QApplication>
#include <QFile>
#include <QScreen>
#include <QTemporaryDir>
#include <QTest>

#include "core/base/subprocess.h"
#include "tests/support/register.h"
#include "ui/canvas/canvas_view.h"

using namespace intarsia;

class ScreensTest : public QObject {
  Q_OBJECT
 private slots:
  void paintingFollowsTheScreen();
};

void ScreensTest::paintingFollowsTheScreen() {
  if (QGuiApplication::screens().size() < 2) {
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("screens.json")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(R"({"synchronousWindowSystemEvents": true, "screens": [
      {"name": "one", "x": 0, "y": 0, "width": 1000, "height": 800, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1},
      {"name": "two", "x": 1000, "y": 0, "width": 1000, "height": 800, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 2},
      {"name": "three", "x": 2000, "y": 0, "width": 1000, "height": 800, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1.5}]})");
    file.close();
    const auto output = runProcess("/usr/bin/env", {"QT_QPA_PLATFORM=offscreen:configfile=" + file.fileName().toStdString(),
                                                    QCoreApplication::applicationFilePath().toStdString(), "--file", "screens_test"});
    QVERIFY(output.has_value());
    QVERIFY2(output->status == 0, output->out.c_str());
    return;
  }
  Image image{300, 200, 1, 8, std::vector<uint8_t>(300 * 200)};
  for (size_t i = 0; i < image.bytes.size(); ++i) image.bytes[i] = uint8_t(i * 7);
  LabelMap labels(300, 200, 0);
  ClassTable classes;
  (void)classes.add("a", Color{200, 0, 0});
  CanvasView canvas;
  canvas.resize(500, 320);
  canvas.move(20, 20);
  canvas.setClasses(classes);
  canvas.setImage(std::make_shared<const ImagePyramid>(std::move(image)));
  canvas.setLabels(&labels);
  canvas.setSplit(true);
  canvas.show();
  QVERIFY(QTest::qWaitForWindowExposed(&canvas));
  int told = 0;
  connect(&canvas, &CanvasView::viewChanged, this, [&] { ++told; });
  const auto check = [&](double ratio) {
    QTRY_COMPARE(canvas.devicePixelRatioF(), ratio);
    QTRY_VERIFY(canvas.settled());
    const QImage seen = canvas.grab().toImage();
    QCOMPARE(seen.size(), (QSizeF(500, 320) * ratio).toSize());
    // The split lies at a third of the width in pixels of this screen: plain before it, red behind.
    const int x = int(500 * ratio / 3), y = int(250 * ratio);
    const auto red = [](QRgb c) { return qRed(c) > qBlue(c); };
    QVERIFY(!red(seen.pixel(x - 8, y)) && red(seen.pixel(x + 8, y)));
    // Painted on this screen from the start it looks the same.
    CanvasView fresh;
    fresh.resize(500, 320);
    fresh.move(canvas.pos());
    fresh.setClasses(classes);
    fresh.setImage(std::make_shared<const ImagePyramid>(Image{300, 200, 1, 8, [] {
                                                          std::vector<uint8_t> bytes(300 * 200);
                                                          for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = uint8_t(i * 7);
                                                          return bytes;
                                                        }()}));
    fresh.setLabels(&labels);
    fresh.setSplit(true);
    fresh.show();
    QVERIFY(QTest::qWaitForWindowExposed(&fresh));
    QCOMPARE(fresh.devicePixelRatioF(), ratio);
    QCOMPARE(fresh.grab().toImage(), seen);
  };
  check(1);
  canvas.move(1100, 20);
  check(2);
  QTRY_VERIFY(told > 0);
  canvas.move(2100, 20);
  check(1.5);
  canvas.move(40, 40);
  check(1);
}

INTARSIA_TEST(ScreensTest)
#include "screens_test.moc"
