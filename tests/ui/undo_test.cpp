// SPDX-License-Identifier: GPL-3.0-or-later
// One stack of steps for the project: over images, imports and classes, and the panel that shows it.
#include <QListView>
#include <QScopeGuard>
#include <QSignalSpy>
#include <QTest>

#include "tests/annotate/project_support.h"
#include "tests/support/register.h"
#include "ui/main_window/session_wide.h"
#include "ui/panels/history_panel.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

struct Open {
  QTemporaryDir dir;
  Session session;

  Open() {
    for (int i = 0; i < 3; ++i) writePicture(pathOf(dir) / ("p" + std::to_string(i) + ".png"));
    QSignalSpy shown(&session, &Session::imageShown);
    session.open(pathOf(dir));
    QVERIFY(shown.wait(10'000));
  }
  void show(int image) {
    session.show(image);
    QTRY_COMPARE(session.current(), image);
  }
  void draw(double at, const QString& key = {}) {
    auto a = session.annotation();
    addShape(a, square(at, at, 5, 1));
    session.edit(a, {0, 0, a.size.width, a.size.height}, QStringLiteral("draw"), key);
  }
  size_t shapes() const { return session.annotation().shapes.size(); }
};

}  // namespace

class UndoTest : public QObject {
  Q_OBJECT
  static void importSizes() {
    QTest::addColumn<qulonglong>("inMemory");
    QTest::newRow("in memory") << qulonglong(mostImportedInMemory);
    QTest::newRow("in a file") << qulonglong(0);
    QTest::newRow("in a file from the second image on") << qulonglong(sizeof(Shape) + 3 * sizeof(Point));
  }
  static auto importSize() {
    QFETCH(qulonglong, inMemory);
    return qScopeGuard([before = std::exchange(mostImportedInMemory, size_t(inMemory))] { mostImportedInMemory = before; });
  }

 private slots:
  void undoShowsTheImageFirst() {
    Open o;
    o.draw(1);
    o.draw(2);
    o.show(2);
    QSignalSpy changed(&o.session, &Session::annotationChanged);
    o.session.undo();
    QCOMPARE(o.session.history().done(), size_t(2));  // not before it is seen
    QTRY_COMPARE(o.session.current(), 0);
    QTRY_COMPARE(o.shapes(), size_t(1));
    QCOMPARE(changed.size(), 1);
    o.show(1);
    o.session.undo();
    o.session.redo();  // both wait, and cancel each other out
    o.session.undo();
    QTRY_COMPARE(o.session.current(), 0);
    QTRY_COMPARE(o.shapes(), size_t(0));
    QVERIFY(!o.session.canUndo());
    o.session.redo();
    o.session.redo();
    QCOMPARE(o.shapes(), size_t(2));
  }

  void stepsWithAKeyAreOne() {
    Open o;
    o.draw(1, "nudge");
    o.draw(2, "nudge");
    o.draw(3);
    QCOMPARE(o.session.history().size(), size_t(2));
    o.session.undo();
    o.session.undo();
    QCOMPARE(o.shapes(), size_t(0));
  }

  void theHistoryIsAListToClick() {
    Open o;
    HistoryPanel panel;
    connect(&o.session, &Session::historyChanged, &panel, [&] { panel.update(o.session.history()); });
    connect(&panel, &HistoryPanel::chosen, &o.session, &Session::goTo);
    o.draw(1);
    o.draw(2);
    o.show(1);
    o.draw(3);
    ClassTable table = o.session.classes();
    QVERIFY(table.add("later").has_value());
    o.session.editClasses(table, QStringLiteral("add class"));
    auto* view = panel.findChild<QListView*>();
    QCOMPARE(view->model()->rowCount(), 5);
    QCOMPARE(view->currentIndex().row(), 4);
    QCOMPARE(view->model()->index(4, 0).data().toString(), QStringLiteral("Add class"));
    emit view->clicked(view->model()->index(1, 0));
    QCOMPARE(o.session.history().done(), size_t(1));
    QVERIFY(!o.session.classes().indexOfName("later"));
    QCOMPARE(o.shapes(), size_t(0));  // of the second image, which changed too
    o.show(0);
    QCOMPARE(o.shapes(), size_t(1));
    QVERIFY(view->model()->index(1, 0).data(Qt::FontRole).isValid());
    o.session.goTo(4);
    QCOMPARE(o.shapes(), size_t(2));
    QVERIFY(o.session.classes().indexOfName("later"));
    o.session.goTo(0);
    QVERIFY(!o.session.canUndo());
  }

  void splitsAreSteps() {
    Open o;
    o.draw(1);
    const auto split = [&](int image) { return o.session.project().images()[size_t(image)].split; };
    const Split first = split(0);
    o.session.setSplit({0, 1}, Split::test);
    o.session.setSplit({0}, Split::val);
    QCOMPARE(o.session.undoName(), QStringLiteral("split: val"));
    o.session.undo();
    QVERIFY(split(0) == Split::test && split(1) == Split::test);
    o.session.undo();
    QVERIFY(split(0) == first && split(1) == Split::none);
    o.session.redo();
    o.session.redo();
    QVERIFY(split(0) == Split::val && split(1) == Split::test);
    o.session.goTo(0);
    QVERIFY(split(0) == first && split(1) == Split::none);
    QCOMPARE(o.shapes(), size_t(0));
  }

  /// Notes on many images with masks cost words, not masks; going back leaves the masks.
  void wordsOnMaskImagesKeepNoMasks() {
    Open o;
    for (int i = 0; i < 3; ++i) {
      o.show(i);
      auto a = o.session.annotation();
      a = paintBase(a, std::vector<Span>{{0, 0, a.size.width}, {1, 0, 3}}, 1).after;
      o.session.edit(a, {0, 0, a.size.width, a.size.height}, QStringLiteral("mask"));
    }
    const Annotation open = o.session.annotation();
    const size_t bytes = o.session.history().bytes();
    bool done = false;
    o.session.editImages({0, 1, 2}, [](const Annotation& a) { return setImageNote(a, "night").after; }, QStringLiteral("note"), [&] { done = true; });
    QTRY_VERIFY(done);
    QVERIFY(o.session.history().bytes() - bytes < 4000);
    o.session.undo();
    QTRY_VERIFY(o.session.editable() && o.session.history().done() == 3);
    QVERIFY(sameContent(o.session.annotation(), open));
    for (int i = 0; i < 3; ++i) {
      const auto labels = o.session.project().annotation(i);
      QVERIFY(labels && labels->note.empty() && labels->base == open.base);
    }
    o.session.goTo(0);
    QTRY_VERIFY(o.session.editable() && o.session.project().annotation(0)->base.empty());
    o.session.goTo(4);
    QTRY_VERIFY(o.session.editable() && o.session.history().done() == 4);
    for (int i = 0; i < 3; ++i) {
      const auto labels = o.session.project().annotation(i);
      QVERIFY(labels && labels->note == "night" && labels->base == open.base);
    }
  }

  void importsPutSettingsBack_data() { importSizes(); }
  void importsPutSettingsBack() {
    const auto size = importSize();
    Open o;
    o.draw(1);
    const auto split = [&](int image) { return o.session.project().images()[size_t(image)].split; };
    const Split first = split(0);
    QVERIFY(split(1) == Split::none && !o.session.project().background());
    auto dataset = std::make_shared<ImportedDataset>();
    dataset->classes = {{"tree", {}, {}}, {"ground", {}, {}}};
    for (int i = 0; i < 2; ++i) {
      ImportedImage image;
      image.name = "p" + std::to_string(i) + ".png";
      image.path = pathOf(o.dir) / image.name;
      ImportedShape shape;
      shape.classIndex = i;
      shape.polygon.rings = {{{1, 1}, {9, 1}, {9, 9}}};
      image.shapes.push_back(shape);
      dataset->images.push_back(image);
    }
    bool done = false;
    o.session.import(dataset, {}, {}, "ground", true, [&](const ImportReport&) { done = true; });
    QTRY_VERIFY(done && o.session.hasImage());
    const auto ground = o.session.project().background();
    const Split given = split(1);
    QVERIFY(ground && given != Split::none);
    o.session.undo();
    QTRY_VERIFY(o.session.editable() && !o.session.project().background());
    QVERIFY(split(0) == first && split(1) == Split::none);
    QVERIFY(!o.session.classes().indexOfName("ground"));
    o.session.redo();
    QTRY_VERIFY(o.session.editable() && o.session.project().background() == ground && split(1) == given);
  }

  void importsAreSteps_data() { importSizes(); }
  void importsAreSteps() {
    const auto size = importSize();
    Open o;
    o.draw(1);
    auto dataset = std::make_shared<ImportedDataset>();
    dataset->classes.push_back({"tree", std::nullopt, false});
    for (int i = 0; i < 2; ++i) {
      ImportedImage image;
      image.name = "p" + std::to_string(i) + ".png";
      image.path = pathOf(o.dir) / image.name;
      ImportedShape shape;
      shape.classIndex = 0;
      shape.polygon.rings = {{{1, 1}, {9, 1}, {9, 9}}};
      image.shapes.push_back(shape);
      dataset->images.push_back(image);
    }
    bool done = false;
    o.session.import(dataset, {}, {}, {}, false, [&](const ImportReport&) { done = true; });
    QTRY_VERIFY(done && o.session.hasImage());
    QCOMPARE(o.shapes(), size_t(2));
    QCOMPARE(o.session.undoName(), QStringLiteral("import labels"));
    o.session.undo();
    QTRY_VERIFY(o.session.editable() && o.shapes() == 1);
    QVERIFY(!o.session.classes().indexOfName("tree"));
    QCOMPARE(o.session.project().annotation(1)->shapes.size(), size_t(0));
    QVERIFY(!o.session.project().images()[1].labelled);
    QCOMPARE(o.session.project().images()[1].status, ImageStatus::unlabelled);
    o.session.undo();  // what was drawn before it
    QCOMPARE(o.shapes(), size_t(0));
    o.session.redo();
    o.session.redo();
    QTRY_VERIFY(o.session.editable() && o.shapes() == 2);
    QCOMPARE(o.session.project().annotation(1)->shapes.size(), size_t(1));
    QVERIFY(o.session.classes().indexOfName("tree"));
    QVERIFY(o.session.project().images()[1].labelled);
    QCOMPARE(o.session.project().images()[1].status, ImageStatus::inWork);
    o.session.goTo(0);
    QTRY_VERIFY(o.session.editable() && o.shapes() == 0 && !o.session.project().images()[1].labelled);
    o.session.goTo(2);
    QTRY_VERIFY(o.session.editable() && o.shapes() == 2 && o.session.project().images()[1].labelled);
  }

  /// However much a merge changes, its way back takes little memory.
  void mergesAreSteps_data() {
    QTest::addColumn<qulonglong>("inMemory");
    QTest::addColumn<int>("files");
    QTest::newRow("in memory") << qulonglong(mostMergedInMemory) << 0;
    QTest::newRow("in a file") << qulonglong(0) << 1;
  }
  void mergesAreSteps() {
    QFETCH(qulonglong, inMemory);
    QFETCH(int, files);
    const auto limit = qScopeGuard([before = std::exchange(mostMergedInMemory, size_t(inMemory))] { mostMergedInMemory = before; });
    const auto spillFiles = [] {
      const auto open = std::filesystem::directory_iterator("/proc/self/fd");
      return std::ranges::count_if(open, [](const auto& fd) {
        std::error_code gone;
        return std::filesystem::read_symlink(fd.path(), gone).filename().string().starts_with("undo-");
      });
    };
    const auto before = spillFiles();
    Open o;
    ClassTable table;
    const ClassId a = *table.add("a"), b = *table.add("b");
    o.session.editClasses(table, QStringLiteral("classes"));
    for (int image = 0; image < 3; ++image) {
      o.show(image);
      auto labels = o.session.annotation();
      for (const ClassId id : {a, b, a}) addShape(labels, square(1, 1, 5, id));
      o.session.edit(labels, {0, 0, labels.size.width, labels.size.height}, QStringLiteral("draw"));
    }
    const auto classes = [&] {
      std::vector<ClassId> ids;
      for (int image = 0; image < 3; ++image) {
        const auto labels = o.session.project().annotation(image);
        for (const ShapePtr& shape : labels ? labels->shapes : std::vector<ShapePtr>()) ids.push_back(shape->classId);
      }
      return ids;
    };
    const std::vector<ClassId> first{a, b, a, a, b, a, a, b, a}, merged(9, a);
    QVERIFY(classes() == first);
    int changed = 0;
    o.session.mergeClass(b, a, [&](int images) { changed = images; });
    QTRY_COMPARE_WITH_TIMEOUT(changed, 3, 20'000);
    QVERIFY(classes() == merged && !o.session.classes().find(b));
    QCOMPARE(spillFiles() - before, ptrdiff_t(files));
    for (int i = 0; i < 2; ++i) {
      o.session.undo();
      QTRY_VERIFY_WITH_TIMEOUT(o.session.canRedo() && o.session.editable(), 20'000);
      QVERIFY(classes() == first && o.session.classes().find(b));
      o.session.redo();
      QTRY_VERIFY_WITH_TIMEOUT(!o.session.canRedo() && o.session.editable(), 20'000);
      QVERIFY(classes() == merged);
    }
  }

  /// Masks come back to the pixel from the file, too.
  void importedMasksComeBack() {
    const auto size = qScopeGuard([before = std::exchange(mostImportedInMemory, 0)] { mostImportedInMemory = before; });
    Open o;
    o.draw(1);
    const Annotation before = o.session.annotation();
    auto dataset = std::make_shared<ImportedDataset>();
    dataset->classes = {{"tree", {}, {}}, {"sky", {}, {}}};
    ImportedImage image;
    image.name = "p0.png";
    image.path = pathOf(o.dir) / image.name;
    image.mask = [size = before.size] {
      LabelMap map(size.width, size.height, 0);
      for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) map.row(y)[x] = uint16_t((x * 7 + y * y) % 5 == 0 ? kUnlabelled : (x / 3 + y) % 2);
      return Expected<LabelMap>(map);
    };
    dataset->images.push_back(image);
    bool done = false;
    o.session.import(dataset, {}, {}, {}, false, [&](const ImportReport&) { done = true; });
    QTRY_VERIFY(done && o.session.hasImage());
    const Annotation after = o.session.annotation();
    QVERIFY(!after.base.empty());
    for (int i = 0; i < 2; ++i) {
      o.session.undo();
      QTRY_VERIFY(o.session.editable() && sameContent(o.session.annotation(), before));
      o.session.redo();
      QTRY_VERIFY(o.session.editable() && sameContent(o.session.annotation(), after));
    }
  }
};

INTARSIA_TEST(UndoTest)
#include "undo_test.moc"
