// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/resize.h"

#include <QTest>
#include <cmath>

#include "core/base/random.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {

Image randomImage(Size size, int channels, int bits, uint64_t seed) {
  Random random(seed);
  Image image{size.width, size.height, channels, bits, {}};
  image.bytes.resize(image.rowBytes() * size_t(size.height));
  for (auto& b : image.bytes) b = uint8_t(random.next());
  return image;
}

int sample(const Image& image, int x, int y, int c) {
  const int i = x * image.channels + c;
  return image.bits == 16 ? image.row16(y)[i] : image.row(y)[i];
}

/// The definition, pixel by pixel: the mean of the covered area.
double boxMean(const Image& image, double left, double top, double right, double bottom, int c) {
  double sum = 0;
  for (int y = int(top); y < image.height && y < bottom; ++y)
    for (int x = int(left); x < image.width && x < right; ++x)
      sum += sample(image, x, y, c) * (std::min(x + 1.0, right) - std::max(double(x), left)) * (std::min(y + 1.0, bottom) - std::max(double(y), top));
  return sum / ((right - left) * (bottom - top));
}

}  // namespace

class ResizeTest : public QObject {
  Q_OBJECT
 private slots:
  void aPartIsCutFromTheWhole() {
    Random random(7);
    for (int round = 0; round < 60; ++round) {
      const Image image = randomImage({1 + random.below(50), 1 + random.below(50)}, round % 2 ? 3 : 1, round % 3 ? 8 : 16, uint64_t(round));
      const Size size = round % 10 ? Size{1 + random.below(80), 1 + random.below(80)} : image.size();
      const int x = random.below(size.width), y = random.below(size.height);
      const Rect part{x, y, 1 + random.below(size.width - x), 1 + random.below(size.height - y)};
      const Image whole = resized(image, size), cut = resizedPart(image, size, part);
      QCOMPARE(cut.size(), (Size{part.width, part.height}));
      const size_t pixel = whole.rowBytes() / size_t(size.width);
      for (int row = 0; row < part.height; ++row) QVERIFY(std::equal(cut.row(row), cut.row(row) + cut.rowBytes(), whole.row(y + row) + pixel * size_t(x)));
    }
  }
  void smallerIsTheMeanOfTheArea_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("bits");
    QTest::newRow("half") << 20 << 15 << 8;
    QTest::newRow("odd") << 17 << 11 << 8;
    QTest::newRow("nearly the same") << 39 << 29 << 8;
    QTest::newRow("one pixel") << 1 << 1 << 8;
    QTest::newRow("16 bits") << 13 << 7 << 16;
  }
  void smallerIsTheMeanOfTheArea() {
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(int, bits);
    const Image image = randomImage({40, 30}, 3, bits, 1);
    const Image small = resized(image, {width, height});
    QCOMPARE(small.size(), (Size{width, height}));
    const double sx = 40.0 / width, sy = 30.0 / height;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        for (int c = 0; c < 3; ++c)
          QVERIFY(std::abs(sample(small, x, y, c) - boxMean(image, x * sx, y * sy, (x + 1) * sx, (y + 1) * sy, c)) <= 0.51);
  }

  void largerIsBilinear() {
    Image ramp{4, 1, 1, 8, {0, 40, 80, 120}};
    QCOMPARE(resized(ramp, {8, 1}).bytes, (std::vector<uint8_t>{0, 10, 30, 50, 70, 90, 110, 120}));
    QCOMPARE(resized(Image{1, 1, 1, 8, {77}}, {3, 2}).bytes, std::vector<uint8_t>(6, 77));
  }

  void constantsStayConstant() {
    for (const int bits : {8, 16}) {
      Image white{31, 17, 4, bits, {}};
      white.bytes.assign(white.rowBytes() * 17, 255);
      for (const Size size : {Size{7, 5}, Size{31, 40}, Size{100, 3}, Size{30, 16}}) {
        const Image out = resized(white, size);
        QVERIFY(std::ranges::all_of(out.bytes, [](uint8_t v) { return v == 255; }));
      }
    }
  }

  void emptyOnes() {
    QVERIFY(resized({}, {3, 3}).empty());
    QVERIFY(resized(randomImage({3, 3}, 1, 8, 1), {0, 3}).empty());
    QVERIFY(resizedNearest({}, {3, 3}).empty());
    QVERIFY(resizedNearest(LabelMap(3, 3), {3, 0}).empty());
  }

  void labelsAreNotInvented() {
    LabelMap map(4, 2);
    for (int i = 0; i < 8; ++i) map.pixels()[size_t(i)] = uint16_t(i * 100);
    QCOMPARE(resizedNearest(map, {2, 1}).pixels(), (std::vector<uint16_t>{500, 700}));
    QCOMPARE(resizedNearest(map, {8, 4}).at(5, 3), uint16_t(600));
    QVERIFY(resizedNearest(resizedNearest(map, {12, 6}), {4, 2}) == map);
  }

  void fitting() {
    QCOMPARE(fitted({4000, 3000}, 256), (Size{256, 192}));
    QCOMPARE(fitted({100, 50}, 256), (Size{100, 50}));
    QCOMPARE(fitted({100000, 1}, 256), (Size{256, 1}));
    QCOMPARE(fitted({100, 50}, 0), (Size{100, 50}));
  }
};

INTARSIA_TEST(ResizeTest)
#include "resize_test.moc"
