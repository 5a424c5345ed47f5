// SPDX-License-Identifier: GPL-3.0-or-later
// What lies over the picture, driven through the canvas: split slider, overview map, rulers, pixel grid, adjustments.
#include <QApplication>
#include <QTest>
#include <cmath>
#include <set>

#include "annotate/edit/edit.h"
#include "tests/support/register.h"
#include "ui/canvas/canvas_view.h"
#include "ui/canvas/minimap.h"
#include "ui/canvas/view_guides.h"

using namespace intarsia;

namespace {

PyramidPtr grey(int width, int height, uint8_t value) {
  return std::make_shared<const ImagePyramid>(Image{width, height, 3, 8, std::vector<uint8_t>(size_t(width) * size_t(height) * 3, value)});
}

/// A canvas of 600 × 400 with an image, labels of class 0 (red) everywhere and a prediction of class 1 (blue).
struct Shown {
  LabelMap labels{300, 200, 0}, prediction{300, 200, 1};
  Image confidence{300, 200, 1, 8, std::vector<uint8_t>(300 * 200, 255)};
  ClassTable classes;
  CanvasView canvas;
  Shown() {
    (void)classes.add("a", Color{200, 0, 0});
    (void)classes.add("b", Color{0, 0, 200});
    canvas.resize(600, 400);
    canvas.setClasses(classes);
    canvas.setImage(grey(300, 200, 100));
    Annotation annotation;
    annotation.size = {300, 200};
    canvas.setAnnotation(annotation);
    canvas.setLabels(&labels);
    canvas.setLabelOpacity(50);
    canvas.setPredictionOpacity(50);
    canvas.show();
  }
  QRgb at(int x, int y) { return canvas.grab().toImage().pixel(x, y); }
};

bool isGrey(QRgb c) { return qRed(c) == qGreen(c) && qGreen(c) == qBlue(c); }
bool isRed(QRgb c) { return qRed(c) > qBlue(c) + 20; }
bool isBlue(QRgb c) { return qBlue(c) > qRed(c) + 20; }

}  // namespace

class GuidesTest : public QObject {
  Q_OBJECT
 private slots:
  void splitShowsThree();
  void splitLinesAreDragged();
  void linesKeepTheirOrder();
  void peekShowsTheImageAlone();
  void errorsAndConfidence();
  void mapAppearsWhenNotAllIsSeen();
  void mapMovesTheView();
  void rulersMakeRoom();
  void rulerStepsAreRound();
  void gridFromSixteen();
  void pixelsAreCrispFromTwo();
  void adjustmentsStay();
  void hatchingIsSeen();
  void aPreviewGivesWayToTheImage();
};

void GuidesTest::splitShowsThree() {
  Shown s;
  s.canvas.setPrediction(&s.prediction, 0);
  QVERIFY(isBlue(s.at(300, 150)));
  s.canvas.setSplit(true);
  QVERIFY(isGrey(s.at(100, 150)));
  QVERIFY(isRed(s.at(300, 150)));
  QVERIFY(isBlue(s.at(500, 150)));
  s.canvas.setPrediction(nullptr, 0);
  QVERIFY(isGrey(s.at(100, 150)) && isRed(s.at(300, 150)) && isRed(s.at(500, 150)));
  s.canvas.setPrediction(&s.prediction, 0);
  s.canvas.setExactMask(true);
  QCOMPARE(s.at(300, 150), qRgb(200, 0, 0));
  QCOMPARE(s.at(500, 150), qRgb(0, 0, 200));
  QVERIFY(isGrey(s.at(100, 150)));
}

void GuidesTest::splitLinesAreDragged() {
  Shown s;
  s.canvas.setPrediction(&s.prediction, 0);
  s.canvas.setSplit(true);
  s.canvas.setTool(ToolKind::polygon);
  const QPoint line(200, 300);  // a third of 600
  QTest::mouseMove(&s.canvas, line);
  QCOMPARE(s.canvas.cursor().shape(), Qt::SplitHCursor);
  QTest::mousePress(&s.canvas, Qt::LeftButton, {}, line);
  QTest::mouseMove(&s.canvas, {80, 310});
  QTest::mouseRelease(&s.canvas, Qt::LeftButton, {}, {80, 310});
  QVERIFY(isGrey(s.at(60, 150)) && isRed(s.at(120, 150)));
  QVERIFY(!s.canvas.tool().canUndo());  // the press was no point of a polygon
  s.canvas.resize(900, 400);            // places are shares of the width
  QCOMPARE(qRound(80 * 1.5), 120);
  QVERIFY(isRed(s.at(300, 150)));
  QTest::mouseMove(&s.canvas, {400, 200});
  QVERIFY(s.canvas.cursor().shape() != Qt::SplitHCursor);
}

void GuidesTest::linesKeepTheirOrder() {
  SplitSlider split;
  split.setEnabled(true);
  split.setLines(2);
  QVERIFY(split.press(100, 300));
  split.move(280, 300);
  QCOMPARE(split.place(0, 300), 280.0);
  QCOMPARE(split.place(1, 300), 280.0);
  split.release();
  QVERIFY(split.press(280, 300));
  split.move(-50, 300);
  QVERIFY(split.place(0, 300) <= split.place(1, 300) && split.place(0, 300) >= 0);
  split.setEnabled(false);
  QVERIFY(!split.press(280, 300));
}

void GuidesTest::peekShowsTheImageAlone() {
  Shown s;
  s.canvas.setPrediction(&s.prediction, 0);
  s.canvas.setPeek(true);
  QCOMPARE(s.at(300, 150), qRgb(100, 100, 100));
  s.canvas.setPeek(false);
  QVERIFY(isBlue(s.at(300, 150)));
}

void GuidesTest::errorsAndConfidence() {
  Shown s;
  for (int y = 0; y < 200; ++y)
    for (int x = 0; x < 150; ++x) s.prediction.set(x, y, 0), s.confidence.row(y)[x] = 40;
  s.canvas.setPrediction(&s.prediction, 0, &s.confidence);
  s.canvas.setPredictionView(PredictionView::errors);
  QVERIFY(isGrey(s.at(200, 200)) && isRed(s.at(400, 200)));
  s.canvas.setPredictionView(PredictionView::confidence);
  QVERIFY(isGrey(s.at(400, 200)));
  const QRgb doubt = s.at(200, 200);
  QVERIFY(qRed(doubt) > 150 && qGreen(doubt) > 130 && qBlue(doubt) < 90);
  s.canvas.setPredictionView(PredictionView::classes);
  QVERIFY(isBlue(s.at(400, 200)));
}

void GuidesTest::mapAppearsWhenNotAllIsSeen() {
  Shown s;
  auto* map = s.canvas.findChild<Minimap*>();
  QVERIFY(map && !map->isVisible());
  s.canvas.zoomIn();
  s.canvas.zoomIn();
  QVERIFY(map->isVisible());
  QVERIFY(s.canvas.rect().contains(map->geometry()));
  s.canvas.setMinimap(false);
  QVERIFY(!map->isVisible());
  s.canvas.setMinimap(true);
  QVERIFY(map->isVisible());
  s.canvas.zoomFit();
  QVERIFY(!map->isVisible());
}

void GuidesTest::mapMovesTheView() {
  Shown s;
  for (int i = 0; i < 6; ++i) s.canvas.zoomIn();
  auto* map = s.canvas.findChild<Minimap*>();
  const double k = 300.0 / map->width();
  const auto centre = [&] { return s.canvas.transform().toImage(QPointF(300, 200)); };
  QTest::mousePress(map, Qt::LeftButton, {}, {map->width() / 4, map->height() / 4});
  QTest::mouseRelease(map, Qt::LeftButton, {}, {map->width() / 4, map->height() / 4});
  QVERIFY(std::abs(centre().x - map->width() / 4 * k) < 3);
  QVERIFY(std::abs(centre().y - map->height() / 4 * k) < 3);
  const Point before = centre();
  const QPoint grip(map->width() / 4 + 5, map->height() / 4 + 3);  // inside the frame: it does not jump
  QTest::mousePress(map, Qt::LeftButton, {}, grip);
  QVERIFY(std::abs(centre().x - before.x) < 1);
  QMouseEvent move(QEvent::MouseMove, QPointF(grip + QPoint(20, 10)), map->mapToGlobal(QPointF(grip + QPoint(20, 10))), Qt::NoButton, Qt::LeftButton, {});
  QApplication::sendEvent(map, &move);
  QVERIFY(std::abs(centre().x - before.x - 20 * k) < 2);
  QVERIFY(std::abs(centre().y - before.y - 10 * k) < 2);
}

void GuidesTest::rulersMakeRoom() {
  Shown s;
  s.canvas.setRulers(true);
  const QRectF image = s.canvas.transform().toScreen(Rect{0, 0, 300, 200});
  QVERIFY(image.left() >= kRulerThickness && image.top() >= kRulerThickness);
  const QRgb edge = s.at(300, 3);
  QVERIFY(edge != qRgb(100, 100, 100));
  const ViewTransform moved = [&] { s.canvas.zoomIn(); return s.canvas.transform(); }();
  s.canvas.setRulers(false);  // a view that the user chose stays
  QCOMPARE(s.canvas.transform(), moved);
}

void GuidesTest::rulerStepsAreRound() {
  QCOMPARE(rulerStep(1), 100);
  QCOMPARE(rulerStep(64), 1);
  QCOMPARE(rulerStep(0.11), 1000);
  QCOMPARE(rulerStep(2), 50);
  for (double scale = 0.008; scale < 64; scale *= 1.3) QVERIFY(rulerStep(scale) * scale >= 64);
}

void GuidesTest::gridFromSixteen() {
  Shown s;
  s.canvas.setLabelOpacity(0);
  const auto lines = [&] {
    const QImage image = s.canvas.grab().toImage();
    int count = 0;
    for (int x = 20; x < 580; ++x) count += image.pixel(x, 203) != qRgb(100, 100, 100);
    return count;
  };
  s.canvas.setMinimap(false);
  s.canvas.zoomOriginal();
  while (s.canvas.transform().scale() < 15) s.canvas.zoomIn();
  const bool below = s.canvas.transform().scale() < 16;
  QCOMPARE(lines() > 20, !below);
  s.canvas.zoomIn();
  QVERIFY(lines() > 20);
  s.canvas.setPixelGrid(false);
  QCOMPARE(lines(), 0);
}

void GuidesTest::pixelsAreCrispFromTwo() {
  Image image{8, 1, 1, 8, {0, 255, 0, 255, 0, 255, 0, 255}};
  const ImagePyramid pyramid(std::move(image));
  const auto colors = [&](double scale) {
    QImage out(int(8 * scale), 1, QImage::Format_RGB32);
    paintImage(out, out.rect(), pyramid, toneCurve({}, 8, {}), {scale, {0, 0}}, 0);
    std::set<QRgb> seen;
    for (int x = 0; x < out.width(); ++x) seen.insert(out.pixel(x, 0));
    return seen.size();
  };
  for (double scale : {2.0, 2.5, 3.0, 16.0}) QCOMPARE(colors(scale), size_t(2));
  QVERIFY(colors(1.5) > 2);
}

void GuidesTest::adjustmentsStay() {
  Shown s;
  s.canvas.setLabelOpacity(0);
  s.canvas.setAdjustments({.brightness = 20});
  QCOMPARE(qRed(s.at(300, 200)), 151);
  s.canvas.setImage(grey(300, 200, 50));
  QCOMPARE(qRed(s.at(300, 200)), 101);
  s.canvas.setAdjustments({});
  QCOMPARE(qRed(s.at(300, 200)), 50);
}

void GuidesTest::hatchingIsSeen() {
  Shown s;
  const auto colors = [&] {
    const QImage image = s.canvas.grab().toImage();
    std::set<QRgb> seen;
    for (int x = 200; x < 260; ++x) seen.insert(image.pixel(x, 200));
    return seen.size();
  };
  QCOMPARE(colors(), size_t(1));
  s.canvas.setHatching(true);
  QCOMPARE(colors(), size_t(2));
}

void GuidesTest::aPreviewGivesWayToTheImage() {
  Shown s;
  s.canvas.setLabels(nullptr);
  s.canvas.setImage(std::make_shared<const ImagePyramid>(Image{40, 30, 3, 8, std::vector<uint8_t>(40 * 30 * 3, 77)}, Size{4000, 3000}));
  const ViewTransform view = s.canvas.transform();
  QVERIFY(view.toScreen(Rect{0, 0, 4000, 3000}).height() > 300);
  QCOMPARE(s.at(300, 200), qRgb(77, 77, 77));
  s.canvas.setImage(grey(4000, 3000, 99));
  QCOMPARE(s.canvas.transform(), view);
  QCOMPARE(s.at(300, 200), qRgb(99, 99, 99));
}

INTARSIA_TEST(GuidesTest)
#include "guides_test.moc"
