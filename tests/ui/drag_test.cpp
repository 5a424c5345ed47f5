// SPDX-License-Identifier: GPL-3.0-or-later
// What is seen while a point is dragged: the shape as it would be, whichever pieces of the view were painted when.
#include <QScreen>
#include <QTest>
#include <cmath>

#include "annotate/edit/edit.h"
#include "core/base/random.h"
#include "tests/support/register.h"
#include "ui/canvas/canvas_view.h"
#include "ui/canvas/shape_painter.h"

using namespace intarsia;

namespace {

constexpr Size kSize{120, 90};

Ring star(Point centre, int points, double radius, uint64_t seed) {
  Random random(seed);
  Ring ring;
  for (int i = 0; i < points; ++i) {
    const double a = 2 * M_PI * i / points, r = radius * random.uniform(0.5, 1);
    ring.push_back({centre.x + r * std::cos(a), centre.y + r * std::sin(a)});
  }
  return ring;
}

Annotation labelsOf(const std::vector<Polygon>& polygons) {
  Annotation a;
  a.size = kSize;
  for (size_t i = 0; i < polygons.size(); ++i) {
    Shape shape;
    shape.classId = ClassId(1 + i % 2);
    shape.polygon = polygons[i];
    a = addShape(a, std::move(shape)).after;
  }
  return a;
}

/// A canvas on a screen of its own.
struct Shown {
  CanvasView canvas;
  explicit Shown(const Annotation& labels) {
    Image image{kSize.width, kSize.height, 3, 8, {}};
    image.bytes.resize(image.rowBytes() * size_t(kSize.height));
    for (size_t i = 0; i < image.bytes.size(); ++i) image.bytes[i] = uint8_t(i * 37 % 97 + 60);
    ClassTable classes;
    (void)classes.add("one"), (void)classes.add("two");
    canvas.resize(600, 450);
    canvas.setClasses(classes);
    canvas.setImage(std::make_shared<ImagePyramid>(std::move(image)));
    canvas.setAnnotation(labels);
    canvas.setMinimap(false);
    canvas.show();
    std::vector<ShapeId> ids;
    for (const ShapePtr& shape : labels.shapes) ids.push_back(shape->id);
    canvas.setSelection(ids);
    settle();
  }
  void settle() {
    QTRY_VERIFY(canvas.settled());
    QCoreApplication::processEvents();
  }
  void mouse(QEvent::Type type, Point at) {
    const QPointF where = canvas.transform().toScreen(at);
    QMouseEvent event(type, where, canvas.mapToGlobal(where), type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton, Qt::LeftButton,
                      Qt::ControlModifier);
    QCoreApplication::sendEvent(&canvas, &event);
    settle();
  }
  QImage seen() { return canvas.screen()->grabWindow(canvas.winId()).toImage().convertToFormat(QImage::Format_RGB32); }
  QImage whole() { return canvas.grab().toImage().convertToFormat(QImage::Format_RGB32); }
};

/// The largest difference of a channel, and where.
QString difference(const QImage& a, const QImage& b, int allowed) {
  if (a.size() != b.size()) return QStringLiteral("sizes differ");
  for (int y = 0; y < a.height(); ++y)
    for (int x = 0; x < a.width(); ++x) {
      const QRgb p = a.pixel(x, y), q = b.pixel(x, y);
      const int d = std::max({std::abs(qRed(p) - qRed(q)), std::abs(qGreen(p) - qGreen(q)), std::abs(qBlue(p) - qBlue(q))});
      if (d > allowed) return QStringLiteral("%1 at %2, %3").arg(d).arg(x).arg(y);
    }
  return {};
}

}  // namespace

class DragTest : public QObject {
  Q_OBJECT
 private slots:
  void looksLikeTheResult_data() {
    QTest::addColumn<int>("scene");
    QTest::newRow("few points") << 0;
    QTest::newRow("a hundred points") << 1;
    QTest::newRow("a hole") << 2;
    QTest::newRow("a point of two shapes") << 3;
    QTest::newRow("points on every pixel") << 4;
  }
  void looksLikeTheResult() {
    QFETCH(int, scene);
    const Point from{70, 30}, to{84, 22};
    const auto at = [&](Point p) {
      switch (scene) {
        case 0: return labelsOf({{{{{30, 20}, p, {75, 60}, {35, 65}}}}, {{{{5, 5}, {20, 5}, {12, 20}}}}});
        case 2: return labelsOf({{{{{20, 10}, {110, 10}, {110, 80}, {20, 80}}, {{40, 40}, p, {60, 60}}}}});
        case 3: return labelsOf({{{{{30, 20}, p, {40, 70}}}}, {{{p, {100, 70}, {40, 70}}}}});
        default: break;
      }
      Ring ring = star({55, 45}, scene == 1 ? 100 : 2500, 35, 4);
      ring[ring.size() / 7] = p;
      return labelsOf({{{ring}}});
    };
    const auto drag = [](Shown& s, std::initializer_list<Point> way) {
      s.mouse(QEvent::MouseButtonPress, *way.begin());
      for (const Point& p : way) {
        s.mouse(QEvent::MouseMove, p);
        const QString wrong = difference(s.seen(), s.whole(), 3);
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
      }
    };
    Shown moved(at(from)), rested(at(to));
    const QImage before = moved.whole();
    drag(moved, {from, {60, 50}, {90, 70}, {80, 25}, to});
    drag(rested, {to, {60, 50}, {90, 70}, to});
    if (QTest::currentTestFailed()) return;
    const QImage after = moved.whole();
    QVERIFY(!difference(before, after, 40).isEmpty());
    // Beside the place that it came from, which the first one remembers, they are the same.
    QString wrong = difference(after, rested.whole(), 3);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
    // Esc: as it was.
    moved.canvas.pressKey(Qt::Key_Escape);
    moved.settle();
    moved.mouse(QEvent::MouseButtonRelease, to);
    moved.mouse(QEvent::MouseMove, {2, 88});
    wrong = difference(before, moved.seen(), 3);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
  }
};

INTARSIA_TEST(DragTest)
#include "drag_test.moc"
