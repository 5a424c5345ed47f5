// SPDX-License-Identifier: GPL-3.0-or-later
// The list of shapes: order, filter, selection, toggles, and 10,000 of them. The class editor over a whole project.
#include <QLineEdit>
#include <QMimeData>
#include <QTest>
#include <QTreeView>
#include <ctime>

#include "annotate/edit/edit.h"
#include "annotate/edit/order_edits.h"
#include "annotate/project/sample_scenes.h"
#include "core/base/random.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "tests/ui/sample_window.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/models/class_model.h"
#include "ui/models/image_index.h"
#include "ui/models/image_list_model.h"
#include "ui/models/shape_model.h"
#include "ui/panels/class_panel.h"
#include "ui/panels/image_panel.h"
#include "ui/panels/shape_panel.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

double cpuMs() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return double(t.tv_sec) * 1e3 + double(t.tv_nsec) / 1e6;
}

Annotation manyShapes(int count) {
  Annotation a;
  a.size = {1000, 1000};
  for (int i = 0; i < count; ++i) {
    Shape shape;
    shape.id = ShapeId(i + 1);
    shape.classId = ClassId(1 + i % 3);
    const double x = i % 100 * 10, y = i / 100 * 10;
    shape.polygon.rings = {{{x, y}, {x + 8, y}, {x + 8, y + 8}}};
    shape.locked = i % 10 == 0;
    shape.note = i % 1000 == 7 ? "look again" : "";
    a.shapes.push_back(std::make_shared<const Shape>(std::move(shape)));
  }
  a.nextId = ShapeId(count + 1);
  return a;
}

ClassTable classes() {
  ClassTable table;
  for (const char* name : {"road", "tree", "traffic light"}) (void)table.add(name);
  return table;
}

std::vector<ShapeId> order(const ShapeModel& model) {
  std::vector<ShapeId> out;
  for (int row = 0; row < model.rowCount(); ++row) out.push_back(model.idAt(row));
  return out;
}

}  // namespace

class ShapeListTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase();
  void filters_data();
  void filters();
  void tenThousandShapes();
  void draggedRowsLandWhereTheyWereDropped();
  void keysAndToggles();
  void classesMoveByDragging();
  void aClassMergesInTheWholeProject();

 private:
  SampleWindows m_windows;
};

void ShapeListTest::initTestCase() { m_windows.make(); }

void ShapeListTest::filters_data() {
  QTest::addColumn<QString>("filter");
  QTest::addColumn<int>("count");
  QTest::newRow("none") << "" << 3000;
  QTest::newRow("class") << "class:tree" << 1000;
  QTest::newRow("class, part") << "class:traf" << 1000;
  QTest::newRow("not class") << "-class:tree" << 2000;
  QTest::newRow("locked") << "locked:yes" << 300;
  QTest::newRow("not locked trees") << "locked:no tree" << 900;
  QTest::newRow("note") << "note:again" << 3;
  QTest::newRow("number") << "#17" << 1;
  QTest::newRow("hidden") << "hidden:yes" << 0;
  QTest::newRow("nothing") << "boat" << 0;
}

void ShapeListTest::filters() {
  QFETCH(QString, filter);
  QFETCH(int, count);
  ShapeModel model;
  model.setAnnotation(manyShapes(3000), classes());
  model.setFilter(filter);
  QCOMPARE(model.rowCount(), count);
  for (int row = 0; row < model.rowCount(); ++row) {
    QCOMPARE(model.rowOf(model.idAt(row)), row);
    if (row > 0) QVERIFY(model.idAt(row - 1) > model.idAt(row));  // the topmost first
  }
}

void ShapeListTest::tenThousandShapes() {
  ShapePanel panel;
  panel.resize(260, 500);
  panel.show();
  const Annotation many = manyShapes(10'000);
  double start = cpuMs();
  panel.setAnnotation(many, classes());
  QTest::qWait(1);
  const double filled = cpuMs() - start;
  QCOMPARE(panel.model().rowCount(), 10'000);
  // No widget per row.
  QVERIFY(panel.findChildren<QWidget*>().size() < 60);
  std::vector<ShapeId> all;
  for (const ShapePtr& shape : many.shapes) all.push_back(shape->id);
  start = cpuMs();
  panel.setSelection(all);
  const double selected = cpuMs() - start;
  QCOMPARE(panel.list().selectionModel()->selectedRows().size(), 10'000);
  std::vector<ShapeId> odd;
  for (ShapeId id : all)
    if (id % 2) odd.push_back(id);
  panel.setSelection(odd);
  // One that was edited: the rows stay.
  const std::vector<ShapeId> one{5000};
  start = cpuMs();
  panel.setAnnotation(setClass(many, one, 2).after, classes());
  const double edited = cpuMs() - start;
  start = cpuMs();
  panel.setFilter(QStringLiteral("class:tree"));
  const double filtered = cpuMs() - start;
  qInfo("10,000 shapes, processor time: filled %.0f ms, all selected %.0f ms, one edited %.0f ms, filtered %.0f ms", filled, selected, edited, filtered);
  QVERIFY(filled < 500 && selected < 300 && edited < 300 && filtered < 500);  // a debug build with sanitizers, too
}

void ShapeListTest::draggedRowsLandWhereTheyWereDropped() {
  Random random(3);
  Annotation a = manyShapes(14);
  ShapeModel model;
  model.setAnnotation(a, classes());
  std::vector<ShapeId> ids;
  ShapeId above = 0;
  connect(&model, &ShapeModel::dropped, this, [&](const std::vector<ShapeId>& moved, ShapeId on) {
    ids = moved;
    above = on;
  });
  for (int step = 0; step < 400; ++step) {
    // Rows as a list: those dragged are taken out and put in before the row they were dropped on.
    const std::vector<ShapeId> before = order(model);
    QModelIndexList dragged;
    for (int row = 0; row < model.rowCount(); ++row)
      if (random.below(4) == 0) dragged << model.index(row, 0);
    if (dragged.isEmpty()) continue;
    const int to = random.below(model.rowCount() + 1);
    std::vector<ShapeId> moved, wanted;
    for (const QModelIndex& at : dragged) moved.push_back(model.idAt(at.row()));
    const auto stays = [&](ShapeId id) { return std::ranges::find(moved, id) == moved.end(); };
    for (int row = 0; row <= model.rowCount(); ++row) {
      if (row == to) wanted.insert(wanted.end(), moved.begin(), moved.end());
      if (row < model.rowCount() && stays(before[size_t(row)])) wanted.push_back(before[size_t(row)]);
    }
    const std::unique_ptr<QMimeData> data(model.mimeData(dragged));
    QVERIFY(!model.dropMimeData(data.get(), Qt::MoveAction, to, 0, {}));
    a = placeShapes(a, ids, above).after;
    model.setAnnotation(a, classes());
    QCOMPARE(order(model), wanted);
  }
}

void ShapeListTest::keysAndToggles() {
  auto w = m_windows.open();
  Session& s = w->session();
  CanvasView& canvas = w->canvas();
  ShapePanel& panel = w->shapePanel();
  const auto action = [&](const char* id) { return w->actions().registry.find(QLatin1String(id)); };
  const auto shapes = [&] { return s.annotation().shapes; };
  QVERIFY(shapes().size() >= 4);
  // N and Shift+N step through the list, the topmost first.
  QTest::keyClick(&canvas, Qt::Key_N);
  QCOMPARE(canvas.selectedShapes(), std::vector<ShapeId>{shapes().back()->id});
  QTest::keyClick(&canvas, Qt::Key_N);
  QCOMPARE(canvas.selectedShapes(), std::vector<ShapeId>{shapes()[shapes().size() - 2]->id});
  QTest::keyClick(&canvas, Qt::Key_N, Qt::ShiftModifier);
  const ShapeId top = shapes().back()->id;
  QCOMPARE(canvas.selectedShapes(), std::vector<ShapeId>{top});
  QCOMPARE(panel.list().selectionModel()->selectedRows().size(), 1);
  // Order.
  action("shape.lower")->trigger();
  QCOMPARE(shapes()[shapes().size() - 2]->id, top);
  action("shape.bottom")->trigger();
  QCOMPARE(shapes().front()->id, top);
  w->actions().undo->trigger();
  w->actions().undo->trigger();
  QCOMPARE(shapes().back()->id, top);
  // Selecting in the list selects on the canvas.
  panel.list().selectionModel()->select(QItemSelection(panel.model().index(0, 0), panel.model().index(2, ShapeModel::Columns - 1)), QItemSelectionModel::ClearAndSelect);
  QCOMPARE(canvas.selectedShapes().size(), size_t(3));
  // The lock of one of several selected rows locks them all.
  const QRect lock = panel.list().visualRect(panel.model().index(1, ShapeModel::Locked));
  QTest::mouseClick(panel.list().viewport(), Qt::LeftButton, Qt::ControlModifier, lock.center());
  QVERIFY(std::ranges::count_if(shapes(), [](const ShapePtr& p) { return p->locked; }) >= 1);
  w->actions().undo->trigger();
  panel.list().clearSelection();
  const QRect eye = panel.list().visualRect(panel.model().index(1, ShapeModel::Hidden));
  const ShapeId second = panel.model().idAt(1);
  QTest::mouseClick(panel.list().viewport(), Qt::LeftButton, {}, eye.center());
  QVERIFY(s.annotation().find(second)->hidden);
  QVERIFY(action("shape.showAll")->isEnabled());
  const LabelMap labels = s.labels();
  action("shape.showAll")->trigger();
  QVERIFY(!s.annotation().find(second)->hidden);
  QCOMPARE(s.labels(), labels);  // hidden shapes count
  // Group, note.
  canvas.setSelection({shapes()[0]->id, shapes()[1]->id});
  action("shape.group")->trigger();
  QVERIFY(shapes()[0]->group && shapes()[0]->group == shapes()[1]->group);
  w->askText = [](const QString&, const QString&, bool, bool* ok) {
    *ok = true;
    return QStringLiteral("look again");
  };
  action("shape.note")->trigger();
  QCOMPARE(shapes()[1]->note, std::string("look again"));
  panel.setFilter(QStringLiteral("note:again"));
  QCOMPARE(panel.model().rowCount(), 2);
  action("shape.ungroup")->trigger();
  QVERIFY(!shapes()[0]->group);
}

void ShapeListTest::classesMoveByDragging() {
  ClassModel model;
  ClassTable table;
  for (const char* name : {"a", "b", "c", "d", "e"}) QVERIFY(table.add(name));
  model.setClasses(table);
  int from = -1, to = -1;
  connect(&model, &ClassModel::moveWanted, this, [&](int a, int b) {
    from = a;
    to = b;
  });
  for (int row = 0; row < 5; ++row)
    for (int drop = 0; drop <= 5; ++drop) {
      from = to = -1;
      std::vector<std::string> wanted;
      for (int i = 0; i <= 5; ++i) {
        if (i == drop) wanted.push_back(table[row].name);
        if (i < 5 && i != row) wanted.push_back(table[i].name);
      }
      const std::unique_ptr<QMimeData> data(model.mimeData({model.index(row, ClassModel::Name)}));
      model.dropMimeData(data.get(), Qt::MoveAction, drop, 0, {});
      ClassTable moved = table;
      if (from >= 0) moved.move(from, to);
      std::vector<std::string> names;
      for (const ClassInfo& info : moved) names.push_back(info.name);
      QCOMPARE(names, wanted);
    }
}

void ShapeListTest::aClassMergesInTheWholeProject() {
  auto w = m_windows.open();
  Session& s = w->session();
  const auto all = [&] {
    std::vector<Annotation> out;
    for (const ProjectImage& image : s.project().images()) out.push_back(s.project().annotation(image).value());
    return out;
  };
  const auto before = all();
  const ClassTable table = s.classes();
  const ClassId from = table[1].id, to = table[0].id;
  const int affected = int(std::ranges::count_if(before, [&](const Annotation& a) { return usesClass(a, from); }));
  QVERIFY(affected >= 2);
  QString asked;
  bool answer = false;
  w->askToChangeLabels = [&](const QString& text, const QString&) {
    asked = text;
    return answer;
  };
  emit w->classPanel().mergeWanted(from, to);
  QVERIFY2(asked.contains(QString::number(affected)), qPrintable(asked));
  QCOMPARE(s.classes(), table);
  answer = true;
  emit w->classPanel().mergeWanted(from, to);
  QVERIFY(!s.editable());  // nobody edits meanwhile
  QTRY_VERIFY(s.editable());
  QCOMPARE(s.classes().size(), table.size() - 1);
  QVERIFY(!s.classes().find(from));
  const auto merged = all();
  for (size_t i = 0; i < before.size(); ++i) QVERIFY(sameContent(merged[i], replaceClass(before[i], from, to).after));
  QVERIFY(sameContent(s.annotation(), merged[size_t(s.current())]));
  QVERIFY2(w->messages().text().contains(QLatin1String("Images changed: ")) && w->messages().hasButton(), qPrintable(w->messages().text()));
  // An edit on top, of which the message's Undo says nothing, then everything back.
  w->actions().selectAll->trigger();
  w->actions().remove->trigger();
  QVERIFY(s.annotation().shapes.empty());
  QCOMPARE(w->messages().text(), QString());
  w->actions().undo->trigger();
  QVERIFY(sameContent(s.annotation(), merged[size_t(s.current())]));
  w->actions().undo->trigger();
  QTRY_VERIFY(s.editable());
  QCOMPARE(s.classes(), table);
  auto back = all();
  for (size_t i = 0; i < before.size(); ++i) QVERIFY(sameContent(back[i], before[i]));
  w->actions().redo->trigger();
  QTRY_VERIFY(s.editable());
  back = all();
  for (size_t i = 0; i < before.size(); ++i) QVERIFY(sameContent(back[i], merged[i]));
  // Deleting takes the labels along.
  emit w->classPanel().mergeWanted(to, kNoClass);
  QTRY_VERIFY(s.editable());
  for (const Annotation& a : all()) QVERIFY(!usesClass(a, to));
  QTRY_VERIFY(w->index().complete());
  QCOMPARE(w->index().imagesWith(to), 0);
  QTRY_VERIFY(s.saved());
}

INTARSIA_TEST(ShapeListTest)
#include "shape_list_test.moc"
