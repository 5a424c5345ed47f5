// SPDX-License-Identifier: GPL-3.0-or-later
// Edits that keep borders common: every pixel of a divided image keeps exactly one owner, whatever is done to the shapes.
#include <QTest>
#include <cmath>
#include <random>

#include "annotate/edit/borders.h"
#include "core/geometry/boolean.h"
#include "core/geometry/nesting.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {

constexpr Size kImage{61, 47};

Shape shapeOf(Ring ring, ClassId classId = 1) {
  Shape shape;
  shape.classId = classId;
  shape.polygon.rings.push_back(std::move(ring));
  return shape;
}
Ring box(double l, double t, double r, double b) { return {{l, t}, {r, t}, {r, b}, {l, b}}; }

/// How many shapes own each pixel.
std::vector<int> owners(const Annotation& a) {
  std::vector<int> count(size_t(a.size.width) * size_t(a.size.height), 0);
  for (const ShapePtr& shape : a.shapes)
    for (const Span& s : spans(shape->polygon, {0, 0, a.size.width, a.size.height}))
      for (int x = s.begin; x < s.end; ++x) ++count[size_t(s.y) * size_t(a.size.width) + size_t(x)];
  return count;
}
int64_t notOne(const Annotation& a) {
  const auto count = owners(a);
  return int64_t(count.size()) - std::ranges::count(count, 1);
}

/// An image that is one shape, divided, redrawn and moved at random.
class Mosaic {
 public:
  explicit Mosaic(unsigned seed) : m_random(seed) {
    value.size = kImage;
    value = addShape(value, shapeOf(box(0, 0, kImage.width, kImage.height))).after;
    for (const char* name : {"a", "b", "c", "d"}) (void)m_classes.add(name);
  }
  Annotation value;
  QString what;

  bool step() {
    switch (below(11)) {
      case 0: case 1: return slice();
      case 2: return draw(Overlap::take);
      case 3: return redraw();
      case 4: return unite();
      case 5: case 6: return moveVertex();
      case 7: return set("split", splitParts(value, ids()));
      case 8: return set("simplify", simplifyShapes(value, below(2) ? ids() : std::vector{any()}, below(5)));
      case 9: return set("smooth", smoothShapes(value, below(2) ? ids() : std::vector{any()}, 0.5 + below(5)));
      default: return fillHole();
    }
  }

 private:
  unsigned below(size_t n) { return unsigned(m_random() % n); }
  /// Whole, half, odd: pixel centres lie on many lines between them.
  Point point() {
    const double step[] = {1, 0.5, 0.25, 1.0 / 3, 0.0001};
    const double s = step[below(5)];
    return {std::floor(below(100000) / 100000.0 * kImage.width / s) * s, std::floor(below(100000) / 100000.0 * kImage.height / s) * s};
  }
  std::vector<ShapeId> ids() const {
    std::vector<ShapeId> out;
    for (const auto& shape : value.shapes) out.push_back(shape->id);
    return out;
  }
  ShapeId any() { return value.shapes[below(value.shapes.size())]->id; }
  bool set(const char* name, Expected<Edit> edit) {
    what = QString::fromLatin1(name);
    if (!edit) return false;
    const Rect image{0, 0, kImage.width, kImage.height}, dirty = edit->dirty;
    const LabelMap before = rasterize(value, m_classes, image), after = rasterize(edit->after, m_classes, image);
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x)
        if (before.at(x, y) != after.at(x, y) && (x < dirty.x || y < dirty.y || x >= dirty.right() || y >= dirty.bottom())) {
          what += QStringLiteral(" changed pixels outside its rectangle");
          return false;
        }
    value = edit->after;
    return true;
  }
  bool slice() {
    Ring line{point(), point()};
    if (below(2)) line.push_back(point());
    const ShapeId one = any();
    return set("slice", sliceShapes(value, below(2) ? std::vector{one} : std::vector<ShapeId>(), line));
  }
  bool draw(Overlap overlap) {
    Ring ring;
    for (unsigned i = 3 + below(4); i > 0; --i) ring.push_back(point());
    const auto valid = repaired({{ring}});
    if (!valid || valid->rings.empty()) return true;
    Shape shape;
    shape.polygon = *valid;
    shape.classId = 2;
    return set(overlap == Overlap::take ? "take" : "yield", addShape(value, shape, overlap));
  }
  /// One goes; another is drawn into the gap; what is left is filled.
  bool redraw() {
    if (value.shapes.size() < 2) return true;
    const ShapeId gone = any();
    value = deleteShapes(value, {&gone, 1}).after;
    if (!draw(Overlap::yield)) return false;
    for (int tries = 0; tries < 60; ++tries) {
      const auto count = owners(value);
      const auto at = std::ranges::find(count, 0);
      if (at == count.end()) break;
      const int64_t i = at - count.begin();
      const auto gap = gapAt(value, {double(i % kImage.width) + 0.5, double(i / kImage.width) + 0.5});
      if (!gap || gap->rings.empty()) return what = "no gap", false;
      if (!set("fill gap", fillGap(value, *gap, below(2) ? any() : 0, 3))) return false;
    }
    // Slivers between the pixels' centres, which a later step might widen.
    std::vector<Polygon> all;
    for (const auto& shape : value.shapes) all.push_back(shape->polygon);
    const auto cover = united(all);
    const auto rest = cover ? subtracted({{box(0, 0, kImage.width, kImage.height)}}, *cover) : cover;
    for (const Polygon& sliver : rest ? parts(*rest) : std::vector<Polygon>())
      if (area(sliver) > 1e-7 && !set("fill sliver", fillGap(value, sliver, 0, 3))) return false;
    return true;
  }
  bool unite() { return set("unite", uniteShapes(value, std::vector{any(), any()})); }
  bool moveVertex() {
    const Shape& shape = *value.find(any());
    const Ring& ring = shape.polygon.rings[below(shape.polygon.rings.size())];
    const Point from = ring[below(ring.size())], to{from.x + below(9) * 0.5 - 2, from.y + below(9) * 0.25 - 1};
    if (from.x <= 0 || from.y <= 0 || from.x >= kImage.width || from.y >= kImage.height) return true;
    std::vector<VertexRef> all;
    for (const auto& s : value.shapes)
      for (size_t r = 0; r < s->polygon.rings.size(); ++r)
        for (size_t v = 0; v < s->polygon.rings[r].size(); ++v)
          if (s->polygon.rings[r][v] == from) all.push_back({s->id, int(r), int(v)});
    const Edit edit = moveVertices(value, all, to);
    // A vertex that is pulled across a border makes areas that overlap: not what is tested here.
    for (const auto& s : edit.after.shapes)
      for (const Ring& r : s->polygon.rings)
        if (selfIntersection(r)) return true;
    for (const auto& s : edit.after.shapes) {
      if (std::ranges::find(all, s->id, &VertexRef::shape) == all.end()) continue;
      for (const auto& t : edit.after.shapes) {
        if (s == t) continue;
        const auto common = intersected(s->polygon, t->polygon);
        if (!common || area(*common) > 1e-9) return true;
      }
    }
    return set("move shared vertex", edit);
  }
  /// A hole is cut, its shape goes, and it is filled again.
  bool fillHole() {
    const ShapeId id = any();
    const Shape& shape = *value.find(id);
    if (parts(shape.polygon).size() != 1 || shape.polygon.rings.size() != 1) return true;
    const Annotation before = value;
    const ShapeId hole = value.nextId;
    value = addShape(value, shapeOf(box(20, 15, 30.5, 25.25), 4)).after;
    if (!set("subtract", subtractTop(value, std::vector{id, hole}))) return false;
    if (!value.find(id) || parts(value.find(id)->polygon).size() != 1 || value.find(id)->polygon.rings.size() != 2) {
      value = before;
      return true;
    }
    return set("fill holes", fillHoles(value, {&id, 1}));
  }

  std::mt19937 m_random;
  ClassTable m_classes;
};

}  // namespace

class BordersTest : public QObject {
  Q_OBJECT
 private slots:
  void everyPixelKeepsOneOwner();
  void takeAndYield();
  void yieldLeavesTheBaseMap();
  void subtractMakesHoles();
  void sliceAlongVertices();
  void gapsAreFilledToTheirBorders();
  void holesAndParts();
  void sharedBordersSimplifyOnce();
  void overlappingShapesSimplifyToo();
  void lockedShapesStay();
};

void BordersTest::everyPixelKeepsOneOwner() {
  int steps = 0;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    Mosaic mosaic(seed);
    for (int i = 0; i < 8; ++i, ++steps) {
      QVERIFY2(mosaic.step(), qPrintable(QStringLiteral("seed %1 step %2: %3").arg(seed).arg(i).arg(mosaic.what)));
      const int64_t wrong = notOne(mosaic.value);
      QVERIFY2(wrong == 0, qPrintable(QStringLiteral("seed %1 step %2: %3 leaves %4 pixels").arg(seed).arg(i).arg(mosaic.what).arg(wrong)));
    }
  }
  QCOMPARE(steps, 8000);
}

void BordersTest::takeAndYield() {
  Annotation a;
  a.size = kImage;
  a = addShape(a, shapeOf(box(0, 0, 30, 40))).after;
  const auto top = addShape(a, shapeOf(box(20, 10, 50, 30), 2), Overlap::onTop);
  QCOMPARE(std::ranges::count(owners(top->after), 2), 10 * 20);
  const auto take = addShape(a, shapeOf(box(20, 10, 50, 30), 2), Overlap::take);
  QCOMPARE(std::ranges::count(owners(take->after), 2), 0);
  QCOMPARE(area(take->after.shapes[0]->polygon), 30.0 * 40 - 200);
  const auto yield = addShape(a, shapeOf(box(20, 10, 50, 30), 2), Overlap::yield);
  QCOMPARE(area(yield->after.shapes[1]->polygon), 20.0 * 20);
  QCOMPARE(std::ranges::count(owners(yield->after), 2), 0);
  const auto nothing = addShape(a, shapeOf(box(2, 2, 5, 5), 2), Overlap::yield);
  QVERIFY(sameContent(nothing->after, a));
}

void BordersTest::yieldLeavesTheBaseMap() {
  Annotation a;
  a.size = kImage;
  const std::vector<Span> painted{{10, 5, 25}, {11, 5, 20}};
  a = paintBase(a, painted, 3).after;
  const auto drawn = addShape(a, shapeOf(box(0, 0, 30, 30), 2), Overlap::yield);
  QCOMPARE(pixelCount(drawn->after.shapes[0]->polygon, {0, 0, kImage.width, kImage.height}), int64_t(900 - 35));
  const auto gap = gapAt(a, {12.5, 10.5});
  QVERIFY(gap->rings.empty());  // painted
}

void BordersTest::subtractMakesHoles() {
  Annotation a;
  a.size = kImage;
  a = addShape(a, shapeOf(box(0, 0, 40, 40))).after;
  a = addShape(a, shapeOf(box(10, 10, 20, 20), 2)).after;
  const auto one = subtractTop(a, std::vector<ShapeId>{2});
  QCOMPARE(one->after.shapes.size(), size_t(1));
  QCOMPARE(one->after.shapes[0]->polygon.rings.size(), size_t(2));
  QCOMPARE(area(one->after.shapes[0]->polygon), 1500.0);
  const auto both = subtractTop(a, std::vector<ShapeId>{1, 2});
  QVERIFY(sameContent(both->after, one->after));
  const auto none = subtractTop(a, std::vector<ShapeId>{1});  // nothing lies below it
  QVERIFY(sameContent(none->after, a));
}

void BordersTest::sliceAlongVertices() {
  Annotation a;
  a.size = kImage;
  a = addShape(a, shapeOf({{0, 0}, {31.3, 2.7}, {44, 30}, {3.1, 41}})).after;
  a = addShape(a, shapeOf({{31.3, 2.7}, {60, 5}, {44, 30}}, 2)).after;
  // From a vertex to a point on an edge, exactly: nothing sticks out.
  const Point onEdge{(44 + 3.1) / 2, (30.0 + 41) / 2};
  const auto cut = sliceShapes(a, {}, {{31.3, 2.7}, onEdge});
  QCOMPARE(cut->after.shapes.size(), size_t(3));
  QCOMPARE(area(cut->after.shapes[0]->polygon) + area(cut->after.shapes[1]->polygon), area(a.shapes[0]->polygon));
  QCOMPARE(cut->after.shapes[1]->id, ShapeId(3));
  const auto open = sliceShapes(a, {}, {{10, 10}, {20, 20}});  // does not reach the border
  QVERIFY(sameContent(open->after, a));
}

void BordersTest::gapsAreFilledToTheirBorders() {
  Annotation a;
  a.size = kImage;
  a = addShape(a, shapeOf({{0, 0}, {25, 0}, {21.7, 47}, {0, 47}})).after;
  a = addShape(a, shapeOf({{29.2, 0}, {61, 0}, {61, 47}, {26.1, 47}}, 2)).after;
  const auto gap = gapAt(a, {26, 10});
  QVERIFY(!gap->rings.empty());
  const auto filled = fillGap(a, *gap, 0, 3);
  QCOMPARE(filled->after.shapes.size(), size_t(3));
  QCOMPARE(notOne(filled->after), int64_t(0));
  const auto grown = fillGap(a, *gap, 1, 3);
  QCOMPARE(grown->after.shapes.size(), size_t(2));
  QCOMPARE(notOne(grown->after), int64_t(0));
  QVERIFY(gapAt(filled->after, {26, 10})->rings.empty());
  QVERIFY(gapAt(a, {-1, 5})->rings.empty());
}

void BordersTest::holesAndParts() {
  Annotation a;
  a.size = kImage;
  Shape shape = shapeOf(box(0, 0, 30, 30));
  shape.polygon.rings.push_back(box(5, 5, 10, 10));
  shape.polygon.rings.push_back(box(15, 15, 25, 25));
  shape.polygon.rings.push_back(box(18, 18, 20, 20));  // an island in the second hole
  shape.polygon.rings.push_back(box(40, 5, 50, 20));
  a = addShape(a, shape).after;
  const std::vector<ShapeId> id{1};
  QCOMPARE(fillHoles(a, id, Point{7, 7})->after.shapes[0]->polygon.rings.size(), size_t(4));
  QCOMPARE(fillHoles(a, id, Point{19, 19})->after.shapes[0]->polygon.rings.size(), size_t(3));
  QCOMPARE(fillHoles(a, id)->after.shapes[0]->polygon.rings.size(), size_t(2));
  const auto split = splitParts(a, id);
  QCOMPARE(split->after.shapes.size(), size_t(3));
  QCOMPARE(split->after.shapes[0]->id, ShapeId(1));
  QCOMPARE(owners(split->after), owners(a));
}

void BordersTest::sharedBordersSimplifyOnce() {
  Annotation a;
  a.size = kImage;
  Ring left{{0, 0}}, right{{61, 0}, {61, 47}};
  for (int y = 0; y <= 47; ++y) left.push_back({30 + (y % 2) * 0.5 + y * 0.1, double(y)});
  right.insert(right.end(), left.rbegin(), left.rend() - 1);
  left.push_back({0, 47});
  a = addShape(a, shapeOf(left)).after;
  a = addShape(a, shapeOf(right, 2)).after;
  const auto simple = simplifyShapes(a, std::vector<ShapeId>{1}, 1);
  QCOMPARE(simple->after.shapes[0]->polygon.rings[0].size(), size_t(4));
  QCOMPARE(simple->after.shapes[1]->polygon.rings[0].size(), size_t(4));
  QCOMPARE(notOne(simple->after), int64_t(0));
  const auto smooth = smoothShapes(a, std::vector<ShapeId>{2}, 3);
  QVERIFY(smooth->after.shapes[0]->polygon.rings[0].size() < 20);
  QCOMPARE(notOne(smooth->after), int64_t(0));
  // A locked neighbour keeps the common border for both.
  const std::vector<ShapeId> id{1};
  const Annotation locked = setLocked(a, id, true).after;
  QVERIFY(simplifyShapes(locked, std::vector<ShapeId>{1, 2}, 1)->dirty.empty());
}

/// Layers, as trees before houses: what overlaps already does not keep a shape as it is; what only touches still does not come to overlap.
void BordersTest::overlappingShapesSimplifyToo() {
  const auto ragged = [](double cx, double cy) {
    Ring ring;
    for (int i = 0; i < 80; ++i) ring.push_back({cx + (25 + 2 * (i % 2)) * std::cos(i * M_PI / 40), cy + (25 + 2 * (i % 2)) * std::sin(i * M_PI / 40)});
    return ring;
  };
  const auto length = [](const Ring& ring) {
    double sum = 0;
    for (size_t i = 0; i < ring.size(); ++i) sum += std::hypot(ring[i].x - ring[(i + 1) % ring.size()].x, ring[i].y - ring[(i + 1) % ring.size()].y);
    return sum;
  };
  Annotation a;
  a.size = {140, 80};
  a = addShape(a, shapeOf(ragged(40, 40), 1)).after;
  a = addShape(a, shapeOf(ragged(65, 40), 2)).after;
  a = addShape(a, shapeOf(box(95, 10, 125, 70), 3)).after;
  const ShapeId first = a.shapes[0]->id, second = a.shapes[1]->id;
  for (const auto& change : {simplifyShapes, smoothShapes})
    for (const std::vector<ShapeId>& ids : {std::vector{first}, std::vector{first, second}}) {
      const auto edit = change(a, ids, 3, Job());
      QVERIFY(edit.has_value());
      for (const ShapeId id : {first, second}) {
        const Ring& now = edit->after.find(id)->polygon.rings[0];
        if (std::ranges::find(ids, id) == ids.end())
          QCOMPARE(edit->after.find(id)->polygon, a.find(id)->polygon);
        else
          QVERIFY(length(now) < 0.95 * length(a.find(id)->polygon.rings[0]));
      }
      const auto common = intersected(edit->after.find(second)->polygon, a.shapes[2]->polygon);
      QVERIFY(common && area(*common) == 0);
    }
}

void BordersTest::lockedShapesStay() {
  Annotation a;
  a.size = kImage;
  a = addShape(a, shapeOf(box(0, 0, 30.25, 40))).after;
  const std::vector<ShapeId> id{1};
  a = setLocked(a, id, true).after;
  const ShapePtr locked = a.shapes[0];
  for (const Overlap overlap : {Overlap::onTop, Overlap::take, Overlap::yield}) {
    const auto edit = addShape(a, shapeOf({{20, 10}, {50, 12}, {40, 33}}, 2), overlap);
    QCOMPARE(edit->after.shapes[0], locked);
  }
  QVERIFY(sameContent(sliceShapes(a, {}, {{-1, 20}, {50, 21}})->after, a));
  QVERIFY(sameContent(fillHoles(a, id)->after, a));
}

INTARSIA_TEST(BordersTest)
#include "borders_test.moc"
