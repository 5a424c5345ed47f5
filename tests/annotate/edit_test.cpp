// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/edit/edit.h"

#include <QElapsedTimer>
#include <QTest>
#include <cmath>

#include "annotate/edit/history.h"
#include "annotate/edit/hit_test.h"
#include "annotate/raster/incremental.h"
#include "tests/annotate/random_editor.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

ClassTable table() {
  ClassTable classes;
  for (int i = 1; i <= 4; ++i) (void)classes.addWithId({ClassId(i), "class " + std::to_string(i), {}, false});
  return classes;
}

bool differOnlyInside(const LabelMap& a, const LabelMap& b, const Rect& dirty) {
  for (int y = 0; y < a.height(); ++y)
    for (int x = 0; x < a.width(); ++x)
      if (a.at(x, y) != b.at(x, y) && (x < dirty.x || x >= dirty.right() || y < dirty.y || y >= dirty.bottom())) return false;
  return true;
}

}  // namespace

class EditTest : public QObject {
  Q_OBJECT
 private slots:
  void randomEditsKeepDirtyCountsAndUndo() {
    Editor editor(2);
    History history;
    LiveLabels live;
    const ClassTable classes = table();
    Annotation present;
    present.size = kSize;
    live.reset(present, classes);
    std::vector<Annotation> states = {present};  // by step
    for (int i = 0; i < 1500; ++i) {
      const Edit edit = editor.any(present);
      const LabelMap before = live.map();
      live.update(edit.after, edit.dirty);
      if (i % 5 == 0) {
        const LabelMap after = rasterize(edit.after, classes);
        QVERIFY2(differOnlyInside(before, after, edit.dirty), qPrintable(QString("edit %1").arg(i)));
        QVERIFY(live.map() == after);
        QVERIFY(live.counts() == classCounts(after, classes.size()));
      }
      history.push({"edit", {{"image", present, edit.after}}, {}});
      present = edit.after;
      states.push_back(present);
    }
    QCOMPARE(history.dropped(), size_t(0));
    for (size_t i = states.size() - 1; i-- > 0;) QVERIFY(sameContent(history.undo()->images.at(0).second, states[i]));
    QVERIFY(!history.canUndo());
    for (size_t i = 1; i < states.size(); ++i) QVERIFY(sameContent(history.redo()->images.at(0).second, states[i]));
  }

  void historyNamesClassesMergingAndBudget() {
    History history(4 << 20);
    Annotation a;
    a.size = kSize;
    const Annotation b = addShape(a, shapeOf(square(0, 10))).after, c = moveShapes(b, std::vector<ShapeId>{1}, 1, 0).after,
                     d = moveShapes(c, std::vector<ShapeId>{1}, 1, 0).after;
    history.push({"add", {{"i", a, b}}, {}});
    history.push({"nudge", {{"i", b, c}}, {}}, "nudge 1");
    history.push({"nudge", {{"i", c, d}}, {}}, "nudge 1");
    QCOMPARE(history.size(), size_t(2));
    QCOMPARE(history.name(0) + history.name(1), std::string("addnudge"));
    QVERIFY(sameContent(history.undo()->images[0].second, b));
    QVERIFY(sameContent(history.redo()->images[0].second, d));
    history.push({"nudge", {{"i", d, c}}, {}}, "nudge 1");  // undo and redo ended the merging
    QCOMPARE(history.size(), size_t(3));
    ClassTable one, two = table();
    history.push({"classes", {}, History::Classes{one, two}});
    QVERIFY(history.undo()->classes == one);
    QVERIFY(history.redo()->classes == two);
    std::mt19937 random(1);
    Annotation present = c;
    for (int i = 0; i < 200; ++i) {  // noise cannot be told in a few runs: whole tiles
      Annotation next = present;
      std::vector<uint32_t> noise(256 * 256);
      for (auto& v : noise) v = random() % 4;
      next = setBase(next, {0, 0, 256, 256}, noise).after;
      history.push({"noise", {{"i", present, next}}, {}});
      present = next;
    }
    QVERIFY(history.bytes() <= size_t(4) << 20);
    QVERIFY(history.dropped() > 150);
    QCOMPARE(history.dropped() + history.size(), size_t(204));
    history.clear();
    QCOMPARE(history.bytes(), size_t(0));
  }

  void largeWorkStaysWithinTheBudget() {
    History history;
    Annotation a;
    a.size = {8192, 8192};
    Ring ring(200'000);
    for (size_t i = 0; i < ring.size(); ++i) {
      const double t = 6.283185307179586 * double(i) / double(ring.size());
      ring[i] = {4096 + 3000 * std::cos(t), 4096 + 3000 * std::sin(t)};
    }
    a = addShape(a, shapeOf({{ring}})).after;
    std::mt19937 random(4);
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 1000; ++i) {
      const Edit edit = moveVertex(a, {1, 0, int(random() % 200'000)}, {double(random() % 8192), double(random() % 8192)});
      history.push({"move", {{"i", a, edit.after}}, {}});
      a = edit.after;
    }
    for (int i = 0; i < 1000; ++i) {
      const double x = 100 + double(random() % 7900), y = 100 + double(random() % 7900);
      const Polygon stroke{{{{x, y}, {x + 300, y + 100}, {x + 290, y + 140}, {x - 10, y + 40}}}};
      const Edit edit = paintBase(a, spans(stroke, {0, 0, 8192, 8192}), 1 + random() % 5);
      history.push({"stroke", {{"i", a, edit.after}}, {}});
      a = edit.after;
    }
    QCOMPARE(history.dropped(), size_t(0));
    QVERIFY2(history.bytes() < size_t(64) << 20, qPrintable(QString::number(history.bytes())));
    qInfo("2,000 steps: %.1f MB, %.2f ms each", double(history.bytes()) / 1e6, double(timer.elapsed()) / 2000);
  }

  void vertexEdits() {
    Annotation a;
    a.size = kSize;
    a = addShape(a, shapeOf(square(10, 20))).after;
    const Edit moved = moveVertex(a, {1, 0, 0}, {5, 5});
    QVERIFY(moved.dirty == Rect(5, 5, 15, 15));
    QCOMPARE(a.shapes[0]->polygon.rings[0][0].x, 10.0);  // the old value stays
    Edit less = deleteVertex(a, {1, 0, 1});
    QCOMPARE(less.after.shapes[0]->polygon.rings[0].size(), size_t(3));
    less = deleteVertex(less.after, {1, 0, 0});
    QVERIFY(less.after.shapes.empty());
    QVERIFY(moveVertex(a, {1, 0, 9}, {0, 0}).after.shapes[0] == a.shapes[0]);
    QVERIFY(moveVertex(a, {1, 0, 0}, {std::nan(""), 0}).after.shapes[0] == a.shapes[0]);
    const Annotation locked = setLocked(a, std::vector<ShapeId>{1}, true).after;
    QVERIFY(deleteShapes(locked, std::vector<ShapeId>{1}).after.shapes.size() == 1);
    QVERIFY(moveVertex(locked, {1, 0, 0}, {5, 5}).after.shapes[0] == locked.shapes[0]);
  }

  void orders() {
    Annotation a;
    a.size = kSize;
    for (int i = 0; i < 5; ++i) a = addShape(a, shapeOf(square(0, 9))).after;
    const auto after = [&](std::vector<ShapeId> ids, Reorder how) {
      QByteArray text;
      for (const auto& s : reorder(a, ids, how).after.shapes) text += char('0' + s->id);
      return text;
    };
    QCOMPARE(after({2, 3}, Reorder::raise), QByteArray("14235"));
    QCOMPARE(after({4, 5}, Reorder::raise), QByteArray("12345"));
    QCOMPARE(after({2, 4}, Reorder::lower), QByteArray("21435"));
    QCOMPARE(after({1, 3}, Reorder::top), QByteArray("24513"));
    QCOMPARE(after({3, 5}, Reorder::bottom), QByteArray("35124"));
  }

  void booleans() {
    Annotation a;
    a.size = kSize;
    a = addShape(a, shapeOf(square(0, 20), 1)).after;
    a = addShape(a, shapeOf(square(10, 30), 2)).after;
    const auto one = uniteShapes(a, std::vector<ShapeId>{1, 2});
    QVERIFY(one && one->after.shapes.size() == 1);
    QCOMPARE(pixelCount(one->after.shapes[0]->polygon, {0, 0, 300, 280}), int64_t(700));
    QCOMPARE(one->after.shapes[0]->classId, ClassId(1));
    const auto rest = subtractFromShapes(a, std::vector<ShapeId>{1, 2}, square(10, 40));
    QVERIFY(rest && rest->after.shapes.size() == 1);
    QCOMPARE(pixelCount(rest->after.shapes[0]->polygon, {0, 0, 300, 280}), int64_t(300));
    const auto more = addToShape(a, 1, square(15, 25));
    QCOMPARE(pixelCount(more->after.shapes[0]->polygon, {0, 0, 300, 280}), int64_t(475));
  }

  void hits() {
    std::mt19937 random(8);
    Annotation a;
    a.size = kSize;
    for (int i = 0; i < 60; ++i) a = addShape(a, shapeOf(randomPolygon(random, 300, 280, 0.5, i % 7 ? 8 : 200))).after;
    a = setHidden(a, std::vector<ShapeId>{5, 6}, true).after;
    HitTester tester;
    for (int i = 0; i < 500; ++i) {
      const int x = int(random() % 300), y = int(random() % 280);
      const Point p{x + 0.5, y + 0.5};
      std::vector<ShapeId> expected;
      double nearest = 1e9, edge = 1e9;
      for (auto s = a.shapes.rbegin(); s != a.shapes.rend(); ++s) {
        if ((*s)->hidden) continue;
        if (insideReference((*s)->polygon, x, y)) expected.push_back((*s)->id);
        for (const Ring& ring : (*s)->polygon.rings)
          for (size_t v = 0; v < ring.size(); ++v) {
            nearest = std::min(nearest, std::hypot(ring[v].x - p.x, ring[v].y - p.y));
            edge = std::min(edge, distanceToSegment(p, ring[v], ring[(v + 1) % ring.size()]));
          }
      }
      QVERIFY(tester.shapesAt(a, p) == expected);
      const auto vertex = tester.nearestVertex(a, p, 10);
      QCOMPARE(vertex.has_value(), nearest <= 10);
      if (vertex) QVERIFY(std::abs(vertex->distance - nearest) < 1e-9);
      if (vertex) QVERIFY(!tester.verticesAt(a, vertex->point).empty());
      const auto line = tester.nearestEdge(a, p, 3);
      QCOMPARE(line.has_value(), edge <= 3);
      if (line) QVERIFY(std::abs(line->distance - edge) < 1e-9);
      if (i % 10 == 0 && vertex) a = moveVertex(a, vertex->vertex, p).after;
    }
  }

  void hitsAreFast() {
    std::mt19937 random(8);
    Annotation a;
    a.size = {8192, 8192};
    for (int i = 0; i < 2000; ++i) {
      const double cx = random() % 8192, cy = random() % 8192;
      Ring ring;
      for (int k = 0; k < 100; ++k) ring.push_back({cx + 80 * std::cos(k * 0.0628), cy + 80 * std::sin(k * 0.0628)});
      a = addShape(a, shapeOf({{ring}})).after;
    }
    HitTester tester;
    (void)tester.shapesAt(a, {1, 1});
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 300; ++i) {
      const Point p{double(random() % 8192), double(random() % 8192)};
      (void)tester.shapesAt(a, p);
      (void)tester.nearestVertex(a, p, 8);
      (void)tester.nearestEdge(a, p, 8);
    }
    const double each = double(timer.nsecsElapsed()) / 300e6;
    qInfo("three questions over 2,000 shapes: %.3f ms", each);
    QVERIFY2(each < 10, "far slower than it should be");
  }
};

INTARSIA_TEST(EditTest)
#include "edit_test.moc"
