// SPDX-License-Identifier: GPL-3.0-or-later
// The painted view: whatever way it came about, finished it is what painting all of it at once gives.
#include <QPainter>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/random.h"
#include "tests/support/register.h"
#include "ui/canvas/frame_cache.h"
#include "ui/canvas/shape_index.h"
#include "ui/canvas/shape_painter.h"

using namespace intarsia;

namespace {

PyramidPtr noise(int width, int height, int bits = 8) {
  Random random(5);
  Image image{width, height, 3, bits, {}};
  image.bytes.resize(image.rowBytes() * size_t(height));
  for (uint8_t& b : image.bytes) b = uint8_t(random.below(256));
  return std::make_shared<const ImagePyramid>(std::move(image));
}

/// A scene whose parts change as a session changes them.
struct Scene {
  FrameContent content;
  LabelMap labels{900, 700}, prediction{450, 350};
  Annotation annotation;
  ShapeIndex index;
  Random random{11};

  Scene() {
    content.image = noise(900, 700);
    content.curve = toneCurve({}, 8, {});
    content.surroundings = qRgb(60, 60, 60);
    content.labels = &labels;
    content.prediction = &prediction;
    content.predictionFactor = 2;
    for (int i = 0; i < 3; ++i) content.labelStyles.classes.push_back({qRgb(80 * i, 200 - 60 * i, 30), 120, i});
    content.predictionStyles = content.labelStyles;
    content.outlines = true;
    content.paintOutlines = [this](QImage& layer, const QRect& r, const DeviceTransform& view) {
      QPainter painter(&layer);
      painter.setRenderHint(QPainter::Antialiasing);
      const double k = view.scale;
      for (auto* item : index.touching({(r.left() - 4 - view.offset.x()) / k, (r.top() - 4 - view.offset.y()) / k,
                                        (r.right() + 5 - view.offset.x()) / k, (r.bottom() + 5 - view.offset.y()) / k}))
        paintOutline(painter, outline(item->shape->polygon, k, view.offset - r.topLeft()), Qt::yellow, 1.2);
    };
    annotation.size = {900, 700};
    for (int i = 0; i < 30; ++i) addShape();
    index.reset(annotation);
  }
  void addShape() {
    auto shape = std::make_shared<Shape>();
    shape->id = annotation.nextId++;
    const double x = random.uniform(0, 850), y = random.uniform(0, 650);
    shape->polygon.rings = {{{x, y}, {x + 50, y + 5}, {x + 30, y + 45}}};
    annotation.shapes.push_back(shape);
  }
};

QRect device(const Bounds& b, const DeviceTransform& view) {
  return QRectF(QPointF(b.left, b.top) * view.scale + view.offset, QPointF(b.right, b.bottom) * view.scale + view.offset).adjusted(-4, -4, 4, 4).toAlignedRect();
}

int differing(const QImage& a, const QImage& b) {
  int count = a.size() == b.size() ? 0 : 1 << 30;
  for (int y = 0; y < a.height() && count < (1 << 30); ++y)
    for (int x = 0; x < a.width(); ++x) count += a.pixel(x, y) != b.pixel(x, y);
  return count;
}

}  // namespace

class FrameTest : public QObject {
  Q_OBJECT
 private slots:
  void piecesMakeTheWhole();
  void nothingMissingIsShownAfterAMove();
  void aSplitDividesTheView();
  void clippedOutlinesLookTheSame();
  void hatchesDiffer();
  void curvesShowWhatTheyShould();
  void deepPicturesKeepTheirSteps();
  void errorsAndDoubtsAreWhereTheyAre();
};

void FrameTest::piecesMakeTheWhole() {
  Scene scene;
  FrameCache cache;
  DeviceTransform view{0.7, {10, 20}};
  QSize size(640, 420);
  Random random(3);
  for (int step = 0; step < 250; ++step) {
    switch (random.below(8)) {
      case 0: case 1: view.offset += QPointF(random.below(81) - 40, random.below(81) - 40); break;
      case 2: view = {view.scale * random.uniform(0.7, 1.4), {std::round(random.uniform(-400, 60)), std::round(random.uniform(-300, 60))}}; break;
      case 3: {
        const Rect r{random.below(800), random.below(600), 1 + random.below(90), 1 + random.below(90)};
        for (int y = r.y; y < r.bottom(); ++y)
          for (int x = r.x; x < r.right(); ++x) scene.labels.set(x, y, uint16_t(step % 4));
        cache.layersChanged(device({double(r.x), double(r.y), double(r.right()), double(r.bottom())}, cache.view()));
        break;
      }
      case 4: {
        const size_t at = size_t(random.below(int(scene.annotation.shapes.size())));
        scene.annotation.shapes.erase(scene.annotation.shapes.begin() + long(at));
        scene.addShape();
        for (const Bounds& b : scene.index.reset(scene.annotation)) cache.outlinesChanged(device(b, cache.view()));
        break;
      }
      case 5:
        scene.content.labelStyles.classes[1].opacity = random.below(256);
        cache.layersChanged();
        break;
      case 6:
        size = QSize(600 + random.below(80), 380 + random.below(80));
        break;
      case 7:
        scene.content.splitLabels = random.below(3) ? -1 : 150 + random.below(100);
        scene.content.splitPrediction = scene.content.splitLabels < 0 ? -1 : 400;
        cache.layersChanged();
        break;
    }
    cache.paint(scene.content, size, view, {300, 200}, random.uniform(0, 0.6));
    if (step % 10 != 9) continue;
    QVERIFY(cache.paint(scene.content, size, view, {0, 0}, FrameCache::kNoLimit));
    FrameCache fresh;
    QVERIFY(fresh.paint(scene.content, size, view, {0, 0}, FrameCache::kNoLimit));
    // The same numbers but for sub-pixel rounding of antialiased lines that are painted from another corner.
    QVERIFY2(differing(cache.image(), fresh.image()) <= 40, qPrintable(QString::number(step)));
  }
}

void FrameTest::nothingMissingIsShownAfterAMove() {
  // With no time at all the view still shows the image everywhere, from what was painted and from drafts.
  Scene scene;
  scene.content.labels = scene.content.prediction = nullptr;
  scene.content.outlines = false;
  FrameCache cache;
  const QSize size(300, 200);
  QVERIFY(!cache.paint(scene.content, size, {1, {-100, -100}}, {0, 0}, 0));
  for (const DeviceTransform& view : {DeviceTransform{1, {-180, -20}}, {0.5, {-50, -50}}, {1.7, {-300, -90}}}) {
    cache.paint(scene.content, size, view, {0, 0}, 0);
    for (int y = 0; y < size.height(); ++y)
      for (int x = 0; x < size.width(); ++x) QVERIFY(cache.image().pixel(x, y) != scene.content.surroundings);
  }
}

void FrameTest::aSplitDividesTheView() {
  Scene scene;
  FrameContent& c = scene.content;
  c.outlines = false;
  for (int y = 0; y < 700; ++y)
    for (int x = 0; x < 900; ++x) scene.labels.set(x, y, 0), scene.prediction.set(x / 2, y / 2, 1);
  c.labelStyles.classes[0] = {qRgb(1, 2, 3), 255, 0};
  c.predictionStyles.classes[1] = {qRgb(4, 5, 6), 255, 0};
  const DeviceTransform view{1, {0, 0}};
  for (const auto& [first, second] : {std::pair(300, 500), {0, 640}, {70, 70}, {257, 258}, {640, 640}}) {
    c.splitLabels = first;
    c.splitPrediction = second;
    FrameCache cache;
    QVERIFY(cache.paint(c, {640, 420}, view, {0, 0}, FrameCache::kNoLimit));
    for (int x = 0; x < 640; ++x)
      for (int y : {0, 255, 256, 419}) {
        const QRgb seen = cache.image().pixel(x, y), labels = qRgb(1, 2, 3), prediction = qRgb(4, 5, 6);
        QCOMPARE(seen == labels, x >= first && x < second);
        QCOMPARE(seen == prediction, x >= second);
      }
  }
}

void FrameTest::clippedOutlinesLookTheSame() {
  Random random(9);
  Polygon polygon;
  Ring ring;
  for (int i = 0; i < 3000; ++i) {
    const double a = 2 * M_PI * i / 3000, r = 400 * random.uniform(0.7, 1);
    ring.push_back({500 + r * std::cos(a), 500 + r * std::sin(a)});
  }
  polygon.rings = {ring};
  for (int i = 0; i < 20; ++i) {
    const double scale = random.uniform(0.4, 12);
    const QPointF offset(-random.uniform(0, 800) * scale, -random.uniform(0, 800) * scale);
    const auto render = [&](const QRectF& visible, bool& small) {
      QImage out(200, 150, QImage::Format_ARGB32_Premultiplied);
      out.fill(0);
      QPainter painter(&out);
      const QPainterPath path = outline(polygon, scale, offset, visible);
      small = path.elementCount() < 1500;
      painter.fillPath(path, Qt::red);
      return out;
    };
    bool small = false, other = false;
    const QImage all = render({}, other), clipped = render(QRectF(-4, -4, 208, 158), small);
    QVERIFY(differing(all, clipped) <= 30);
    if (scale > 3) QVERIFY(small);
  }
}

void FrameTest::hatchesDiffer() {
  for (int a = 0; a <= kHatches; ++a)
    for (int b = 0; b < a; ++b) {
      int different = 0, light = 0;
      for (int y = -16; y < 16; ++y)
        for (int x = -16; x < 16; ++x) {
          different += hatched(a, x, y) != hatched(b, x, y);
          light += hatched(a, x, y);
        }
      QVERIFY(different > 150);
      QVERIFY(light > 150 && light < 700);
    }
}

void FrameTest::curvesShowWhatTheyShould() {
  const ToneCurve plain = toneCurve({}, 8, {40, 200});
  for (int i = 0; i < 256; ++i) QCOMPARE(int(plain[size_t(i)]), i);
  const ToneCurve stretched = toneCurve({.stretch = true}, 8, {40, 200});
  QCOMPARE(int(stretched[40]), 0);
  QCOMPARE(int(stretched[120]), 128);
  QCOMPARE(int(stretched[200]), 255);
  QVERIFY(toneCurve({.brightness = 20}, 8, {})[100] > 140);
  QVERIFY(toneCurve({.gamma = 2}, 8, {})[64] > 120);
  const ToneCurve hard = toneCurve({.contrast = 100}, 8, {});
  QVERIFY(hard[120] == 0 && hard[135] == 255);
  for (const ToneCurve& curve : {plain, stretched, hard}) QVERIFY(std::ranges::is_sorted(curve));
}

void FrameTest::deepPicturesKeepTheirSteps() {
  // 12 bits in 16: a ramp of 900 steps of 3 that eight bits of the whole range would show as ten.
  Image image{900, 4, 1, 16, {}};
  image.bytes.resize(image.rowBytes() * 4);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 900; ++x) reinterpret_cast<uint16_t*>(image.row(y))[x] = uint16_t(100 + 3 * x);
  const ImagePyramid pyramid(std::move(image));
  QImage out(900, 4, QImage::Format_RGB32);
  paintImage(out, out.rect(), pyramid, toneCurve({}, 16, pyramid.range()), {1, {}}, 0);
  std::set<QRgb> seen;
  for (int x = 0; x < 900; ++x) seen.insert(out.pixel(x, 2));
  QVERIFY(seen.size() > 240);
  // A part of the range, wide: what eight bits kept of it would be 26 levels.
  ToneRange part{1000, 1300};
  paintImage(out, out.rect(), pyramid, toneCurve({}, 16, part), {1, {}}, 0);
  seen.clear();
  for (int x = 0; x < 900; ++x) seen.insert(out.pixel(x, 2));
  QVERIFY(seen.size() > 95);
}

void FrameTest::errorsAndDoubtsAreWhereTheyAre() {
  LabelMap labels(4, 1), prediction(4, 1);
  labels.set(0, 0, 0), labels.set(1, 0, 0), labels.set(2, 0, 1);
  prediction.set(0, 0, 0), prediction.set(1, 0, 1), prediction.set(2, 0, 0), prediction.set(3, 0, 1);
  const auto painted = [&](const ErrorStyle& style) {
    QImage out(4, 1, QImage::Format_RGB32);
    out.fill(qRgb(10, 10, 10));
    paintErrors(out, out.rect(), labels, prediction, 1, style, {1, {}});
    QString text;
    for (int x = 0; x < 4; ++x) text += QLatin1Char(qRed(out.pixel(x, 0)) > 100 ? 'x' : '.');
    return text;
  };
  QCOMPARE(painted({{false, false}, kUnlabelled, 200}), QStringLiteral(".xx."));
  QCOMPARE(painted({{false, true}, kUnlabelled, 200}), QStringLiteral(".x.."));  // class 1 is ignored
  QCOMPARE(painted({{false, false}, 0, 200}), QStringLiteral(".xxx"));           // uncovered pixels are class 0
  Image confidence{2, 1, 1, 8, {255, 0}};
  QImage out(2, 1, QImage::Format_RGB32);
  out.fill(qRgb(10, 10, 10));
  paintConfidence(out, out.rect(), confidence, 1, 255, {1, {}});
  QCOMPARE(out.pixel(0, 0), qRgb(10, 10, 10));
  QCOMPARE(out.pixel(1, 0), qRgb(255, 214, 10));
}

INTARSIA_TEST(FrameTest)
#include "frame_test.moc"
