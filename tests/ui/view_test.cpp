// SPDX-License-Identifier: GPL-3.0-or-later
// The mathematics of the canvas: where pixels lie, which level is read, what ends up on the screen.
#include <QTest>
#include <cmath>

#include "core/base/random.h"
#include "tests/support/register.h"
#include "ui/canvas/compositor.h"
#include "ui/canvas/image_pyramid.h"
#include "ui/canvas/view_transform.h"

using namespace intarsia;

namespace {

Image checkered(int w, int h) {
  Image image{w, h, 3, 8, {}};
  image.bytes.resize(image.rowBytes() * size_t(h));
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) {
      uint8_t* p = image.row(y) + 3 * x;
      p[0] = uint8_t(x * 7), p[1] = uint8_t(y * 5), p[2] = uint8_t((x + y) % 2 * 200);
    }
  return image;
}

const ToneCurve kPlain = toneCurve({}, 8, {});

}  // namespace

class ViewTest : public QObject {
  Q_OBJECT
 private slots:
  void zoomKeepsThePointUnderTheCursor();
  void fitShowsAllOfTheImage_data();
  void fitShowsAllOfTheImage();
  void visiblePixelsCoverTheScreen();
  void clampingLeavesTheImageInReach();
  void pyramidHalvesAndKeepsTheMean();
  void levelHasAPixelPerScreenPixel();
  void enlargedPixelsAreSquares();
  void paintedPartsMakeTheWhole();
  void labelsAreNearestAndBlended();
};

void ViewTest::zoomKeepsThePointUnderTheCursor() {
  Random random(7);
  for (int i = 0; i < 2000; ++i) {
    ViewTransform view;
    view.fit({1 + random.below(5000), 1 + random.below(5000)}, QSizeF(800, 600));
    view.pan({random.uniform(-500, 500), random.uniform(-500, 500)});
    const QPointF at(random.uniform(0, 800), random.uniform(0, 600));
    const Point before = view.toImage(at);
    view.zoomAt(at, random.uniform(0.3, 3));
    const Point after = view.toImage(at);
    QVERIFY(std::hypot(before.x - after.x, before.y - after.y) < 1e-6 * (1 + std::abs(before.x) + std::abs(before.y)));
    QVERIFY(view.scale() >= ViewTransform::kMinScale && view.scale() <= ViewTransform::kMaxScale);
  }
}

void ViewTest::fitShowsAllOfTheImage_data() {
  QTest::addColumn<int>("width");
  QTest::addColumn<int>("height");
  QTest::newRow("landscape") << 960 << 720;
  QTest::newRow("portrait") << 300 << 2000;
  QTest::newRow("tiny") << 3 << 2;
  QTest::newRow("huge") << 12000 << 9000;
}

void ViewTest::fitShowsAllOfTheImage() {
  QFETCH(int, width);
  QFETCH(int, height);
  ViewTransform view;
  view.fit({width, height}, QSizeF(800, 600));
  const QRectF shown = view.toScreen(Rect{0, 0, width, height});
  QVERIFY(QRectF(0, 0, 800, 600).contains(shown));
  QVERIFY(std::abs(shown.center().x() - 400) < 1e-6 && std::abs(shown.center().y() - 300) < 1e-6);
  QVERIFY(view.scale() <= 8);
}

void ViewTest::visiblePixelsCoverTheScreen() {
  ViewTransform view;
  view.setScaleAt({0, 0}, 3.7);
  view.pan({-123, 45});
  const Rect pixels = view.toImage(QRectF(10, 50, 300, 200), {500, 400});
  const QRectF back = view.toScreen(pixels);
  QVERIFY(back.contains(QRectF(10, 50, 300, 200)));
  QVERIFY(back.width() < 300 + 2 * 3.7 && back.height() < 200 + 2 * 3.7);
  QVERIFY(view.toImage(QRectF(-9e9, -9e9, 1, 1), {500, 400}).empty());
}

void ViewTest::clampingLeavesTheImageInReach() {
  ViewTransform view;
  for (double far : {-1e7, 1e7}) {
    view.setScaleAt({0, 0}, 2);
    view.pan({far, far});
    view.clamp({1000, 800}, QSizeF(640, 480));
    QVERIFY(view.toScreen(Rect{0, 0, 1000, 800}).intersects(QRectF(0, 0, 640, 480)));
    view.setScaleAt({0, 0}, 0.1);
    view.pan({far, far});
    view.clamp({1000, 800}, QSizeF(640, 480));
    QVERIFY(QRectF(0, 0, 640, 480).contains(view.toScreen(Rect{0, 0, 1000, 800})));
  }
}

void ViewTest::pyramidHalvesAndKeepsTheMean() {
  const ImagePyramid pyramid(checkered(1024, 512));
  QCOMPARE(pyramid.levels(), 3);
  const auto mean = [](const Image& image) {
    double sum = 0;
    for (uint8_t v : image.bytes) sum += v;
    return sum / double(image.bytes.size());
  };
  for (int n = 1; n < pyramid.levels(); ++n) {
    QCOMPARE(pyramid.level(n).width, (pyramid.level(n - 1).width + 1) / 2);
    QVERIFY(std::abs(mean(pyramid.level(n)) - mean(pyramid.level(0))) < 1);
  }
  Image deep{2, 1, 1, 16, {}};
  deep.bytes.resize(4);
  reinterpret_cast<uint16_t*>(deep.bytes.data())[1] = 0xab12;
  const ImagePyramid stretched(deep);  // from its own darkest to its brightest value
  QCOMPARE(stretched.bits(), 16);
  QCOMPARE(int(stretched.level(0).row(0)[0]), 0);
  QCOMPARE(int(stretched.level(0).row(0)[1]), 255);
  QCOMPARE(int(stretched.deepLevel(0).row16(0)[1]), 0xab12);
}

void ViewTest::levelHasAPixelPerScreenPixel() {
  const ImagePyramid pyramid(checkered(4096, 256));
  QCOMPARE(pyramid.levelFor(1), 0);
  QCOMPARE(pyramid.levelFor(0.51), 0);
  QCOMPARE(pyramid.levelFor(0.5), 1);
  QCOMPARE(pyramid.levelFor(0.2), 2);
  QCOMPARE(pyramid.levelFor(1e-6), pyramid.levels() - 1);
}

void ViewTest::enlargedPixelsAreSquares() {
  const ImagePyramid pyramid(checkered(8, 8));
  QImage out(100, 100, QImage::Format_RGB32);
  paintImage(out, out.rect(), pyramid, kPlain, {10, QPointF(5, 5)}, qRgb(1, 2, 3));
  QCOMPARE(out.pixel(0, 0), qRgb(1, 2, 3));
  QCOMPARE(out.pixel(90, 50), qRgb(1, 2, 3));
  for (int y = 0; y < 80; ++y)
    for (int x = 0; x < 80; ++x) {
      const uint8_t* p = pyramid.level(0).row(y / 10) + 3 * (x / 10);
      QCOMPARE(out.pixel(5 + x, 5 + y), qRgb(p[0], p[1], p[2]));
    }
}

void ViewTest::paintedPartsMakeTheWhole() {
  const ImagePyramid pyramid(checkered(701, 503));
  for (double scale : {0.13, 0.5, 0.9, 1.7, 4.0}) {
    const DeviceTransform view{scale, QPointF(-13, 7)};
    QImage whole(200, 150, QImage::Format_RGB32), parts(200, 150, QImage::Format_RGB32);
    paintImage(whole, whole.rect(), pyramid, kPlain, view, 0xff000000);
    for (const QRect& r : {QRect(0, 0, 77, 150), QRect(77, 0, 123, 40), QRect(77, 40, 123, 110)}) paintImage(parts, r, pyramid, kPlain, view, 0xff000000);
    QCOMPARE(parts, whole);
  }
}

void ViewTest::labelsAreNearestAndBlended() {
  LabelMap labels(4, 4);
  labels.set(1, 2, 0);
  labels.set(2, 2, 1);
  labels.set(3, 3, 9);  // unknown to the table
  LabelStyles styles{{{qRgb(200, 0, 0), 255, 0}, {qRgb(0, 100, 0), 128, 0}}, {qRgb(0, 0, 0), 0, 0}};
  QImage out(40, 40, QImage::Format_RGB32);
  out.fill(qRgb(50, 50, 50));
  paintLabels(out, out.rect(), labels, 1, styles, {10, QPointF(0, 0)});
  QCOMPARE(out.pixel(10, 20), qRgb(200, 0, 0));
  QCOMPARE(out.pixel(19, 29), qRgb(200, 0, 0));
  QCOMPARE(out.pixel(9, 20), qRgb(50, 50, 50));
  QCOMPARE(out.pixel(25, 25), qRgb(25, 75, 25));
  QCOMPARE(out.pixel(35, 35), qRgb(50, 50, 50));
  // At level 1 a label covers two image pixels each way.
  out.fill(qRgb(50, 50, 50));
  paintLabels(out, out.rect(), labels, 2, styles, {5, QPointF(0, 0)});
  QCOMPARE(out.pixel(10, 20), qRgb(200, 0, 0));
}

INTARSIA_TEST(ViewTest)
#include "view_test.moc"
