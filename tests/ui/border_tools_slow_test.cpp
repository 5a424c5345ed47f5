// SPDX-License-Identifier: GPL-3.0-or-later
// Polygon, select, slice and gap tool at shared borders, without a window.
#include <QTest>
#include <random>

#include "annotate/edit/borders.h"
#include "annotate/raster/rasterizer.h"
#include "core/geometry/boolean.h"
#include "tests/support/register.h"
#include "tests/ui/tool_host.h"
#include "ui/canvas/gap_tool.h"
#include "ui/canvas/polygon_tool.h"
#include "ui/canvas/select_tool.h"
#include "ui/canvas/slice_tool.h"

using namespace intarsia;

namespace {

using test::at, test::drag, test::ImageHost;

struct Host : ImageHost {
  QStringList mergeKeys;

  explicit Host(Size size = {100, 80}) : ImageHost(size) {}
  void commitMerging(Annotation after, const Rect& dirty, const QString& name, const QString& key) override {
    mergeKeys << key;
    commit(std::move(after), dirty, name);
  }
  std::vector<int> owners() const {
    std::vector<int> count(size_t(value.size.width) * size_t(value.size.height), 0);
    for (const ShapePtr& shape : value.shapes)
      for (const Span& s : spans(shape->polygon, {0, 0, value.size.width, value.size.height}))
        for (int x = s.begin; x < s.end; ++x) ++count[size_t(s.y) * size_t(value.size.width) + size_t(x)];
    return count;
  }
};

/// As a mouse does it: it moves there first.
void click(Tool& tool, double x, double y, Qt::KeyboardModifiers modifiers = {}) {
  tool.move(at(x, y, modifiers));
  tool.press(at(x, y, modifiers));
  tool.release(at(x, y, modifiers));
}
const Ring kSquare{{20, 20}, {60, 20}, {60, 60}, {20, 60}};

/// Draws, moves and cuts at random, through the tools.
class Scene {
 public:
  explicit Scene(unsigned seed) : m_random(seed), host({61, 47}) { host.settings().snapRadius = 3; }
  QString wrong;

  bool run() {
    host.settings().overlap = Overlap::yield;
    PolygonTool polygon(host);
    for (int shape = 0; shape < 3; ++shape) {
      host.settings().overlap = below(2) ? Overlap::take : Overlap::yield;
      // From a border to a border, along what lies between.
      if (!host.value.shapes.empty()) clickNear(polygon, onBorder());
      for (unsigned i = 0; i < 3; ++i) {
        clickNear(polygon, point());
        if (below(4) == 0) polygon.key(Qt::Key_Tab, {});
        if (below(5) == 0) polygon.undo(), polygon.redo();
      }
      if (!host.value.shapes.empty()) clickNear(polygon, onBorder());
      polygon.key(Qt::Key_Return, {});
      polygon.cancel();
      if (std::ranges::any_of(host.owners(), [](int n) { return n > 1; })) return fail("drawing overlaps");
    }
    if (!fillAll()) return false;
    if (!whole("after drawing")) return false;
    SliceTool slice(host);
    drag(slice, screen(onBorder()), screen(onBorder()), below(2) ? Qt::NoModifier : Qt::ControlModifier);
    slice.cancel();
    if (!whole("after slicing")) return false;
    for (int i = 0; i < 6; ++i)
      if (!moveVertex()) return false;
    return true;
  }

 private:
  unsigned below(size_t n) { return n ? unsigned(m_random() % n) : 0; }
  static QPointF screen(Point p) { return {p.x, p.y}; }
  Point point() { return {below(610) * 0.1, below(470) * 0.1}; }
  Point onBorder() {
    const Ring& ring = host.value.shapes[below(host.value.shapes.size())]->polygon.rings[0];
    const size_t i = below(ring.size());
    const Point a = ring[i], b = ring[(i + 1) % ring.size()];
    const double t = below(5) == 0 ? 0 : below(100) * 0.01;
    return {a.x + t * (b.x - a.x) + 0.3, a.y + t * (b.y - a.y) - 0.2};
  }
  void clickNear(Tool& tool, Point p) { click(tool, p.x, p.y); }
  bool fail(const char* what) {
    wrong = QString::fromLatin1(what);
    return false;
  }
  bool whole(const char* when) {
    const auto owners = host.owners();
    return size_t(std::ranges::count(owners, 1)) == owners.size() || fail(when);
  }
  /// Every gap is an area that one sees: none lies between two borders that ought to be one.
  bool fillAll() {
    GapTool tool(host);
    for (int tries = 0; tries < 60; ++tries) {
      const auto owners = host.owners();
      const auto free = std::ranges::find(owners, 0);
      if (free == owners.end()) return true;
      const Point p{double((free - owners.begin()) % 61) + 0.5, double((free - owners.begin()) / 61) + 0.5};
      const auto gap = gapAt(host.value, p);
      if (!gap || gap->rings.empty() || area(*gap) < 1e-3) return fail("a gap of no area");
      click(tool, p.x, p.y);
    }
    return fail("gaps without end");
  }
  bool moveVertex() {
    SelectTool tool(host);
    const Shape& shape = *host.value.shapes[below(host.value.shapes.size())];
    const Point from = shape.polygon.rings[0][below(shape.polygon.rings[0].size())];
    if (from.x <= 3 || from.y <= 3 || from.x >= 58 || from.y >= 44) return true;
    const Annotation before = host.value;
    host.selected = {shape.id};
    const Qt::KeyboardModifiers held = below(2) ? Qt::NoModifier : Qt::ControlModifier;
    drag(tool, screen(from), screen({from.x + below(30) * 0.1 - 1.5, from.y + below(30) * 0.1 - 1.5}), held);
    // Pulled across another border areas overlap: not what is tested here.
    double sum = 0;
    for (const ShapePtr& s : host.value.shapes) {
      const auto valid = repaired(s->polygon);
      sum += valid ? area(*valid) : 0;
      for (const ShapePtr& t : host.value.shapes) {
        const auto common = s == t ? Expected<Polygon>(Polygon{}) : intersected(s->polygon, t->polygon);
        if (!common || area(*common) > 1e-9) return host.value = before, true;
      }
    }
    if (std::abs(sum - 61 * 47) > 1e-3) return host.value = before, true;
    return whole("after moving a vertex");
  }

  std::mt19937 m_random;

 public:
  Host host;
};

}  // namespace

class BorderToolsSlowTest : public QObject {
  Q_OBJECT
 private slots:
  void pointsSnapAndNeighboursGetThem() {
    Host host;
    host.add(kSquare);
    PolygonTool tool(host);
    click(tool, 62, 22);  // the corner
    click(tool, 80, 30);
    click(tool, 63, 50);  // the right edge
    tool.key(Qt::Key_Return, {});
    QCOMPARE(host.ring(1), (Ring{{60, 20}, {80, 30}, {60, 50}}));
    QCOMPARE(host.ring(0), (Ring{{20, 20}, {60, 20}, {60, 50}, {60, 60}, {20, 60}}));
    click(tool, 62, 58, Qt::ControlModifier);
    QCOMPARE(tool.points().back(), (Point{62, 58}));
    host.settings().snapRadius = 0;
    click(tool, 70, 3);
    QCOMPARE(tool.points().back(), (Point{70, 3}));
  }

  void theBorderIsFollowed() {
    Host host;
    host.add(kSquare);
    for (const int tabs : {0, 1, 2}) {
      PolygonTool tool(host);
      click(tool, 61, 40);
      tool.move(at(40, 61));
      for (int i = 0; i < tabs; ++i) QVERIFY(tool.wants(Qt::Key_Tab, {}) && tool.key(Qt::Key_Tab, {}));
      tool.press(at(40, 61));
      tool.release(at(40, 61));
      const Ring expected[] = {{{60, 40}, {60, 60}, {40, 60}}, {{60, 40}, {60, 20}, {20, 20}, {20, 60}, {40, 60}}, {{60, 40}, {40, 60}}};
      QCOMPARE(tool.points(), expected[tabs]);
      tool.undo();  // the whole stretch
      QCOMPARE(tool.points(), (Ring{{60, 40}}));
      tool.redo();
      QCOMPARE(tool.points(), expected[tabs]);
      tool.key(Qt::Key_Backspace, {});
      QCOMPARE(tool.points().size(), expected[tabs].size() - 1);
    }
  }

  void theLastSideFollowsToo() {
    Host host;
    host.add(kSquare);
    PolygonTool tool(host);
    click(tool, 60, 40);
    click(tool, 75, 70);
    click(tool, 40, 60);
    tool.key(Qt::Key_Return, {});
    QCOMPARE(host.ring(1), (Ring{{60, 40}, {75, 70}, {40, 60}, {60, 60}}));
  }

  void drawnByHand() {
    Host host;
    PolygonTool tool(host);
    click(tool, 20, 20);
    tool.press(at(40, 20));
    for (int i = 1; i <= 40; ++i) tool.move(at(40 + i * 0.5, 20 + i));
    tool.release(at(60, 60));
    QVERIFY(tool.points().size() >= 3 && tool.points().size() < 6);
    QVERIFY(std::abs(tool.points().back().y - 60) < 2);
    tool.undo();
    QCOMPARE(tool.points(), (Ring{{20, 20}, {40, 20}}));
    tool.redo();
    tool.key(Qt::Key_Return, {});
    QCOMPARE(host.value.shapes.size(), size_t(1));
  }

  void shiftKeepsAngles() {
    Host host;
    PolygonTool tool(host);
    click(tool, 20, 20);
    click(tool, 51, 23, Qt::ShiftModifier);
    QVERIFY(std::abs(tool.points().back().y - 20) < 1e-9);
    click(tool, 62, 33, Qt::ShiftModifier);
    const Point a = tool.points()[1], b = tool.points()[2];
    QVERIFY(std::abs((b.x - a.x) - (b.y - a.y)) < 1e-9);
  }

  void aSharedVertexMovesInBoth() {
    Host host;
    const ShapeId left = host.add(kSquare);
    host.add({{60, 20}, {90, 25}, {60, 60}});
    SelectTool tool(host);
    host.selected = {left};
    drag(tool, {60, 20}, {52, 30}, Qt::ControlModifier);
    QCOMPARE(host.ring(0)[1], (Point{52, 30}));
    QCOMPARE(host.ring(1)[0], (Point{52, 30}));
    drag(tool, {52, 30}, {45, 20}, Qt::AltModifier | Qt::ControlModifier);
    QCOMPARE(host.ring(0)[1], (Point{45, 20}));
    QCOMPARE(host.ring(1)[0], (Point{52, 30}));
    drag(tool, {45, 20}, {50, 27});  // snaps to the other's again
    QCOMPARE(host.ring(0)[1], (Point{52, 30}));
    QCOMPARE(host.commits.size(), 3);
    host.selected = {left};
    drag(tool, {20, 20}, {53, 33});  // onto its own neighbour's place: the two become one
    QCOMPARE(host.ring(0).size(), size_t(3));
  }

  void insertedVerticesAreShared() {
    Host host;
    host.selected = {host.add(kSquare)};
    host.add({{60, 20}, {90, 25}, {60, 60}});
    SelectTool tool(host);
    tool.doubleClick(at(61, 40));
    QCOMPARE(host.ring(0).size(), size_t(5));
    QCOMPARE(host.ring(1).back(), (Point{60, 40}));
    click(tool, 60, 40);
    QVERIFY(tool.wants(Qt::Key_Delete, {}) && tool.key(Qt::Key_Delete, {}));
    QCOMPARE(host.ring(0).size(), size_t(4));
    QCOMPARE(host.ring(1).size(), size_t(3));
  }

  void boxesSelectAndArrowsNudge() {
    Host host;
    const ShapeId a = host.add(kSquare), b = host.add({{70, 10}, {90, 10}, {90, 30}, {70, 30}});
    SelectTool tool(host);
    drag(tool, {66, 5}, {95, 35});
    QCOMPARE(host.selected, std::vector<ShapeId>{b});
    drag(tool, {5, 70}, {98, 4}, Qt::ShiftModifier);
    QCOMPARE(host.selected, (std::vector<ShapeId>{b, a}));
    QVERIFY(tool.key(Qt::Key_Right, {}) && tool.key(Qt::Key_Right, Qt::ShiftModifier));
    QCOMPARE(host.ring(0)[0], (Point{31, 20}));
    QCOMPARE(host.mergeKeys, (QStringList{"nudge shapes", "nudge shapes"}));
    drag(tool, {62, 8}, {75, 65}, Qt::ControlModifier);  // the right side's two points
    QCOMPARE(tool.vertices().size(), size_t(2));
    QVERIFY(tool.key(Qt::Key_Up, {}));
    QCOMPARE(host.ring(0)[1], (Point{71, 19}));
    QCOMPARE(host.ring(0)[2], (Point{71, 59}));
    QVERIFY(tool.key(Qt::Key_Escape, {}));
    QVERIFY(tool.vertices().empty() && !tool.wants(Qt::Key_Delete, {}));
  }

  void slicesAndGaps() {
    Host host;
    host.add(kSquare);
    SliceTool slice(host);
    drag(slice, {10, 41}, {70, 40}, Qt::ControlModifier);
    QCOMPARE(host.value.shapes.size(), size_t(2));
    QCOMPARE(host.commits, QStringList{"slice"});
    click(slice, 40, 5);
    click(slice, 40, 12);
    QVERIFY(slice.key(Qt::Key_Return, {}));
    QCOMPARE(host.commits.size(), 1);  // crossed nothing
    GapTool gap(host);
    click(gap, 5, 5);
    QCOMPARE(host.value.shapes.size(), size_t(3));
    QCOMPARE(std::ranges::count(host.owners(), 1), 100 * 80);
    click(gap, 5, 5);
    QCOMPARE(host.commits.size(), 2);  // labelled now
  }

  void yieldingShapesThatGetNothing() {
    Host host;
    host.add(kSquare);
    host.settings().overlap = Overlap::yield;
    PolygonTool tool(host);
    for (const Point p : Ring{{30, 30}, {50, 30}, {40, 50}}) click(tool, p.x, p.y);
    tool.key(Qt::Key_Return, {});
    QVERIFY(host.commits.isEmpty() && !tool.canUndo());
  }

  void aThousandScenesWithoutGapOrOverlap() {
    for (unsigned seed = 0; seed < 1000; ++seed) {
      Scene scene(seed);
      const bool good = scene.run();
      QVERIFY2(good, qPrintable(QStringLiteral("seed %1: %2").arg(seed).arg(scene.wrong)));
    }
  }
};

INTARSIA_TEST(BorderToolsSlowTest)
#include "border_tools_slow_test.moc"
