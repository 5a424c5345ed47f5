// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/rasterizer.h"

#include <QElapsedTimer>
#include <QTest>
#include <cmath>
#include <limits>
#include <numbers>

#include "tests/annotate/raster_reference.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

std::vector<uint8_t> maskOf(const Polygon& polygon, const Rect& rect) {
  std::vector<uint8_t> mask(size_t(rect.width) * size_t(rect.height), 0);
  int lastY = std::numeric_limits<int>::min(), lastEnd = 0;
  for (const Span& s : spans(polygon, rect)) {
    if (s.y < rect.y || s.y >= rect.bottom() || s.begin < rect.x || s.end > rect.right() || s.begin >= s.end) return {};
    if (s.y < lastY || (s.y == lastY && s.begin <= lastEnd)) return {};  // in order, disjoint, not touching
    lastY = s.y, lastEnd = s.end;
    for (int x = s.begin; x < s.end; ++x) mask[size_t(s.y - rect.y) * rect.width + (x - rect.x)] = 1;
  }
  return mask;
}

Polygon square(double a, double b) { return {{{{a, a}, {b, a}, {b, b}, {a, b}}}}; }

ShapePtr shapeOf(ShapeId id, ClassId c, Polygon polygon) {
  auto shape = std::make_shared<Shape>();
  shape->id = id;
  shape->classId = c;
  shape->polygon = std::move(polygon);
  return shape;
}

ClassTable table(int count) {
  ClassTable classes;
  for (int i = 0; i < count; ++i) (void)classes.addWithId({ClassId(10 + i), "class " + std::to_string(i), {}, false});
  return classes;
}

Annotation randomAnnotation(std::mt19937& random, Size size, int shapes) {
  Annotation annotation;
  annotation.size = size;
  if (random() % 2) {
    annotation.base = TileMap(size);
    for (int i = 0; i < 200; ++i) annotation.base.set(int(random() % unsigned(size.width)), int(random() % unsigned(size.height)), 10 + random() % 4);
  }
  for (int i = 0; i < shapes; ++i)
    annotation.shapes.push_back(shapeOf(annotation.nextId++, 10 + random() % 4, randomPolygon(random, size.width, size.height, 0.5)));
  return annotation;
}

}  // namespace

class RasterizerTest : public QObject {
  Q_OBJECT
 private slots:
  void knownAreas_data() {
    QTest::addColumn<Polygon>("polygon");
    QTest::addColumn<int>("pixels");
    QTest::newRow("square 10..20") << square(10, 20) << 100;
    QTest::newRow("square 10.5..20.5") << square(10.5, 20.5) << 100;
    QTest::newRow("square 10.4..20.4") << square(10.4, 20.4) << 100;
    QTest::newRow("triangle") << Polygon{{{{5, 5}, {55, 5}, {5, 35}}}} << 745;
    QTest::newRow("partly outside") << square(-10, 20) << 400;
    QTest::newRow("whole image and more") << square(-1e300, 1e300) << 64 * 48;
    QTest::newRow("hole") << Polygon{{square(10, 40).rings[0], square(20, 30).rings[0]}} << 800;
    QTest::newRow("keyhole") << Polygon{{{{10, 10}, {40, 10}, {40, 40}, {10, 40}, {10, 10}, {20, 20}, {20, 30}, {30, 30}, {30, 20}, {20, 20}}}} << 800;
    QTest::newRow("bow tie") << Polygon{{{{0, 0}, {20, 20}, {20, 0}, {0, 20}}}} << 200;
    QTest::newRow("empty") << Polygon{} << 0;
    QTest::newRow("two points") << Polygon{{{{1, 1}, {30, 30}}}} << 0;
    QTest::newRow("flat") << Polygon{{{{1, 1}, {30, 1}, {60, 1}}}} << 0;
  }
  void knownAreas() {
    QFETCH(Polygon, polygon);
    QFETCH(int, pixels);
    QCOMPARE(pixelCount(polygon, {0, 0, 64, 48}), int64_t(pixels));
  }

  void tiesGoRightAndDown() {
    const auto got = spans(square(1.5, 3.5), {0, 0, 8, 8});
    QCOMPARE(got.size(), size_t(2));
    QCOMPARE(got[0].y, 1);
    QCOMPARE(got[0].begin, 1);
    QCOMPARE(got[0].end, 3);
    QCOMPARE(got[1].y, 2);
  }

  /// Large maps are painted in bytes and widened: the same, piece by piece, with a base map and with odd widths and rectangles.
  void largeMapsAreTheSame() {
    std::mt19937 random(9);
    for (const int count : {3, 255, 256}) {
      const ClassTable classes = table(count);
      Annotation a = randomAnnotation(random, {2111, 2053}, 60);
      a.shapes.push_back(shapeOf(a.nextId++, ClassId(9 + count), square(700, 900)));
      for (const uint16_t uncovered : {kUnlabelled, uint16_t(count - 1)})
        for (const Rect& rect : {Rect{0, 0, 2111, 2053}, Rect{3, 1, 2107, 2051}}) {
          const LabelMap whole = rasterize(a, classes, rect, uncovered);
          for (int y = rect.y; y < rect.bottom(); y += 500) {
            const Rect piece{rect.x, y, rect.width, std::min(500, rect.bottom() - y)};
            const LabelMap part = rasterize(a, classes, piece, uncovered);
            QVERIFY(std::equal(part.pixels().begin(), part.pixels().end(), whole.pixels().begin() + ptrdiff_t(y - rect.y) * rect.width));
          }
        }
    }
  }

  void bytesAndPaintingEqualTheMap() {
    std::mt19937 random(5);
    const ClassTable classes = table(3);  // ids 10…12 of 10…13
    for (int i = 0; i < 60; ++i) {
      const Annotation a = randomAnnotation(random, {90, 70}, 12);
      for (const auto rule : {RasterRule::centre, RasterRule::opencv}) {
        Annotation base = a;
        base.shapes.clear();
        LabelMap painted = rasterize(base, classes);
        std::vector<PaintedPolygon> polygons;
        for (const auto& shape : a.shapes)
          if (const auto index = classes.indexOf(shape->classId)) polygons.push_back({shape->polygon.rings, uint16_t(*index)});
        paint(painted, polygons, rule);
        QVERIFY(painted == rasterize(a, classes, kUnlabelled, rule));
        Annotation shapes = a;
        shapes.base = {};
        const LabelMap map = rasterize(shapes, classes, i % 3 ? kUnlabelled : 1, rule);
        std::vector<uint8_t> bytes(7, 99);
        paintBytes(bytes, a.size, i % 3 ? 255 : 1, polygons, rule);
        QCOMPARE(bytes.size(), map.pixels().size());
        for (size_t k = 0; k < bytes.size(); ++k) QCOMPARE(bytes[k], uint8_t(map.pixels()[k]));
      }
    }
  }

  /// Thousands of rows after an edge began its pixels are still exact; many edges run through centres, or miss them by 1/64.
  void longEdgesEqualBruteForce_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::newRow("tall") << 40 << 6000;
    QTest::newRow("wide") << 6000 << 40;
    QTest::newRow("both") << 500 << 500;
  }
  void longEdgesEqualBruteForce() {
    QFETCH(int, width);
    QFETCH(int, height);
    std::mt19937 random(9);
    const auto coordinate = [&](int size) {
      const int whole = int(random() % unsigned(2 * size)) - size / 2;
      return whole + (random() % 3 ? 0.5 : double(int(random() % 64)) / 64);
    };
    for (int i = 0; i < 24; ++i) {
      const Rect rect{i % 3 ? 0 : 1 << 20, i % 2 ? 0 : 1 << 19, width, height};
      Polygon polygon{{Ring(3 + random() % 5)}};
      for (Point& p : polygon.rings[0]) p = {rect.x + coordinate(width), rect.y + coordinate(height)};
      if (maskOf(polygon, rect) != maskReference(polygon, rect)) QFAIL(qPrintable(QString("polygon %1").arg(i)));
    }
  }

  void randomPolygonsEqualBruteForce_data() {
    QTest::addColumn<double>("step");
    QTest::newRow("whole") << 1.0;
    QTest::newRow("half") << 0.5;
    QTest::newRow("quarter") << 0.25;
    QTest::newRow("1/64") << 1.0 / 64;
  }
  void randomPolygonsEqualBruteForce() {
    QFETCH(double, step);
    std::mt19937 random(7);
    for (int i = 0; i < 4000; ++i) {
      const Rect rect{int(random() % 9) - 4, int(random() % 9) - 4, 1 + int(random() % 20), 1 + int(random() % 20)};
      const Polygon polygon = randomPolygon(random, 16, 16, step, i % 50 == 0 ? 300 : 12);
      if (maskOf(polygon, rect) != maskReference(polygon, rect)) QFAIL(qPrintable(QString("polygon %1").arg(i)));
    }
  }

  void partOfAMapIsTheCropOfTheWhole() {
    std::mt19937 random(11);
    const ClassTable classes = table(3);  // one id of the four is unknown
    for (int i = 0; i < 300; ++i) {
      const Size size{20 + int(random() % 60), 20 + int(random() % 60)};
      const Annotation annotation = randomAnnotation(random, size, 8);
      const LabelMap whole = rasterize(annotation, classes, uint16_t(i % 2 ? kUnlabelled : 2));
      for (int k = 0; k < 4; ++k) {
        Rect rect{int(random() % unsigned(size.width)), int(random() % unsigned(size.height)), 0, 0};
        rect.width = 1 + int(random() % unsigned(size.width - rect.x));
        rect.height = 1 + int(random() % unsigned(size.height - rect.y));
        const LabelMap part = rasterize(annotation, classes, rect, uint16_t(i % 2 ? kUnlabelled : 2));
        for (int y = 0; y < rect.height; ++y)
          for (int x = 0; x < rect.width; ++x) QCOMPARE(part.at(x, y), whole.at(rect.x + x, rect.y + y));
      }
    }
  }

  void layersEqualPaintingInOrder() {
    std::mt19937 random(5);
    const ClassTable classes = table(4);
    for (int i = 0; i < 100; ++i) {
      const Annotation annotation = randomAnnotation(random, {40, 30}, 10);
      const LabelMap map = rasterize(annotation, classes);
      for (int y = 0; y < 30; ++y)
        for (int x = 0; x < 40; ++x) {
          ClassId id = annotation.base.empty() ? 0 : annotation.base.at(x, y);
          for (const auto& shape : annotation.shapes)
            if (insideReference(shape->polygon, x, y)) id = shape->classId;
          QCOMPARE(map.at(x, y), id ? uint16_t(id - 10) : kUnlabelled);
        }
    }
  }

  /// Triangles of a jittered grid, corners moved anywhere as long as no triangle turns over: each pixel has exactly one owner.
  void trianglesOfAPartitionLeaveNoGapAndNoOverlap_data() {
    QTest::addColumn<int>("kind");
    QTest::newRow("any double") << 0;
    QTest::newRow("half pixels") << 1;
    QTest::newRow("whole pixels") << 2;
    QTest::newRow("one ulp beside half pixels") << 3;
  }
  void trianglesOfAPartitionLeaveNoGapAndNoOverlap() {
    QFETCH(int, kind);
    std::mt19937 random(3);
    std::uniform_real_distribution<double> jitter(-0.45, 0.45);
    const Rect rect{0, 0, 64, 64};
    for (int round = 0; round < 250; ++round) {
      const int cells = 2 + int(random() % 14);
      const double cell = 72.0 / cells;
      std::vector<Point> corners;
      for (int r = 0; r <= cells; ++r)
        for (int c = 0; c <= cells; ++c) {
          const bool edge = r == 0 || c == 0 || r == cells || c == cells;
          Point p{-4 + c * cell + (edge ? 0 : jitter(random) * cell * 0.6), -4 + r * cell + (edge ? 0 : jitter(random) * cell * 0.6)};
          if (kind == 1) p = {std::floor(p.x) + 0.5, std::floor(p.y) + 0.5};
          if (kind == 2) p = {std::round(p.x), std::round(p.y)};
          if (kind == 3) p = {std::nextafter(std::floor(p.x) + 0.5, random() % 2 ? -99 : 99), std::nextafter(std::floor(p.y) + 0.5, random() % 2 ? -99 : 99)};
          corners.push_back(p);
        }
      std::vector<uint8_t> owners(64 * 64, 0);
      const auto add = [&](int a, int b, int c) {
        Ring ring = {corners[size_t(a)], corners[size_t(b)], corners[size_t(c)]};
        if (random() % 2) std::swap(ring[0], ring[2]);
        std::rotate(ring.begin(), ring.begin() + random() % 3, ring.end());
        for (const Span& s : spans({{ring}}, rect))
          for (int x = s.begin; x < s.end; ++x) ++owners[size_t(s.y) * 64 + size_t(x)];
      };
      for (int r = 0; r < cells; ++r)
        for (int c = 0; c < cells; ++c) {
          const int i = r * (cells + 1) + c, j = i + cells + 1;
          if (random() % 2) add(i, i + 1, j), add(i + 1, j + 1, j);
          else add(i, i + 1, j + 1), add(i, j + 1, j);
        }
      QVERIFY(std::all_of(owners.begin(), owners.end(), [](uint8_t n) { return n == 1; }));
    }
  }

  void enormousAndBrokenCoordinatesAreSafeAndFast() {
    constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double big = std::numeric_limits<double>::max(), tiny = std::numeric_limits<double>::denorm_min();
    const Rect rect{0, 0, 640, 480};
    QCOMPARE(pixelCount({{{{nan, 0}, {10, 0}, {10, 10}}}}, rect), int64_t(0));
    QCOMPARE(pixelCount({{{{inf, 0}, {10, 0}, {10, 10}}, square(0, 10).rings[0]}}, rect), int64_t(100));
    QCOMPARE(pixelCount({{{{-big, -big}, {big, -big}, {big, big}, {-big, big}}}}, rect), int64_t(640 * 480));
    // The diagonal of the whole plane: a centre on it belongs to the right side.
    QCOMPARE(pixelCount({{{{-big, -big}, {big, -big}, {big, big}}}}, rect), int64_t(640 * 480 - 480 * 479 / 2));
    QCOMPARE(pixelCount({{{{-big, -big}, {-big, big}, {big, big}}}}, rect), int64_t(480 * 479 / 2));
    QCOMPARE(pixelCount({{{{0, tiny}, {640, tiny}, {640, 480}, {tiny, 480}}}}, rect), int64_t(640 * 480));
    QElapsedTimer timer;
    timer.start();
    std::mt19937 random(1);
    Ring ring;
    for (int i = 0; i < 2000; ++i) {
      const auto any = [&] { return std::ldexp(double(int32_t(random())), int(random() % 2000) - 1000); };
      ring.push_back({any(), any()});
    }
    const int64_t all = pixelCount({{ring}}, rect);
    QVERIFY(all >= 0 && all <= 640 * 480);
    QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
  }

  void countsOfAMap() {
    LabelMap map(5, 1, 0);
    map.set(1, 0, 2);
    map.set(2, 0, kUnlabelled);
    map.set(3, 0, 9);
    QCOMPARE(classCounts(map, 3), (std::vector<int64_t>{2, 0, 1, 2}));
  }
};

INTARSIA_TEST(RasterizerTest)
#include "rasterizer_test.moc"
