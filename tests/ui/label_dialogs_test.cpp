// SPDX-License-Identifier: GPL-3.0-or-later
// Import, export and check dialogs with real projects and files.
#include <QComboBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>

#include "annotate/project/sample_scenes.h"
#include "annotate/raster/rasterizer.h"
#include "core/media/decode.h"
#include "tests/annotate/project_support.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/check_panel.h"
#include "ui/main_window/class_map_table.h"
#include "ui/main_window/export_dialog.h"
#include "ui/main_window/import_dialog.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"

using namespace intarsia;
using namespace intarsia::test;
using Kind = ClassTarget::Kind;

class LabelDialogsTest : public QObject {
  Q_OBJECT
 private slots:
  void init();
  void tableProposesAndIsChanged();
  void importMapsClasses();
  void picturesOfTheOpenProject();
  void cancelledImportChangesNothing();
  void readingCanBeStopped();
  void exportWritesAFormat();
  void exportFollowsRuleAndSamples();
  void checkListsAndShows();

 private:
  fs::path folder() const { return pathOf(*m_dir); }
  std::unique_ptr<QTemporaryDir> m_dir;
};

static void writeLabelme(const fs::path& folder) {
  writePicture(folder / "a.png", {40, 30});
  writeText(folder / "a.json", R"({"version":"5.0","flags":{},"shapes":[
    {"label":"Roads","points":[[0,0],[10,0],[10,10],[0,10]],"group_id":null,"shape_type":"polygon","flags":{}},
    {"label":"Void","points":[[20,20],[30,20],[30,25]],"group_id":null,"shape_type":"polygon","flags":{}},
    {"label":"cat","points":[[2,20],[12,20],[12,25]],"group_id":null,"shape_type":"polygon","flags":{}}],
    "imagePath":"a.png","imageData":null,"imageHeight":30,"imageWidth":40})");
}

void LabelDialogsTest::init() { m_dir = std::make_unique<QTemporaryDir>(); }

void LabelDialogsTest::tableProposesAndIsChanged() {
  ImportedDataset dataset;
  dataset.classes = {{"Roads", Color{1, 2, 3}, false}, {"Void", {}, false}, {"cat", Color{4, 5, 6}, false}};
  dataset.images.resize(1);
  dataset.images[0].shapes = {{0, {}, "polygon", {}, {}}, {0, {}, "polygon", {}, {}}, {2, {}, "polygon", {}, {}}};
  ClassTable project;
  (void)project.add("road", Color{9, 9, 9});
  (void)project.add("dog");
  ClassMapTable table;
  QSignalSpy changed(&table, &ClassMapTable::changed);
  table.setClasses(dataset, project);
  QCOMPARE(table.rowCount(), 3);
  QCOMPARE(table.item(0, 1)->text(), QStringLiteral("2"));
  auto map = table.classMap();
  QVERIFY(*map.find("Roads") == (ClassTarget{Kind::use, "road"}));  // a proposal is chosen before
  QVERIFY(map.find("Void")->kind == Kind::ignore);
  QVERIFY(*map.find("cat") == (ClassTarget{Kind::use, "cat"}));
  QVERIFY(table.colors()[0] == (Color{9, 9, 9}) && table.colors()[2] == (Color{4, 5, 6}));
  changed.clear();
  table.choose(2, {Kind::skip, {}});
  table.choose(0, {Kind::use, "dog"});
  QCOMPARE(changed.size(), 2);
  map = table.classMap();
  QVERIFY(map.find("cat")->kind == Kind::skip && map.find("Roads")->name == "dog");
  QVERIFY(!table.colors()[2]);
}

void LabelDialogsTest::importMapsClasses() {
  writeLabelme(folder() / "src");
  writePicture(folder() / "p/own.png");
  MainWindow w({});
  w.show();
  w.open(folder() / "p");
  QTRY_VERIFY_WITH_TIMEOUT(w.session().hasProject(), 20'000);
  ClassTable classes;
  (void)classes.add("road", Color{9, 9, 9});
  w.session().editClasses(classes, QStringLiteral("add class"));
  w.actions().import->trigger();
  auto* dialog = w.findChild<ImportDialog*>();
  QVERIFY(dialog);
  dialog->setSource(folder() / "src");
  QTRY_VERIFY_WITH_TIMEOUT(dialog->ready(), 20'000);
  QCOMPARE(dialog->classes().rowCount(), 3);
  QVERIFY(!dialog->findChild<LabelPreview*>()->previews().empty());
  dialog->classes().choose(2, {Kind::skip, {}});
  dialog->accept();
  QTRY_VERIFY_WITH_TIMEOUT(!w.session().busy() && w.session().hasProject() && w.session().project().images().size() == 2, 20'000);
  const Project& project = w.session().project();
  QCOMPARE(project.classes().size(), 2);  // road, and Void to ignore
  QVERIFY(project.classes()[1].name == "Void" && project.classes()[1].ignore);
  for (int i = 0; i < 2; ++i)
    if (project.images()[size_t(i)].labelled) {
      const auto annotation = project.annotation(i);
      QCOMPARE(annotation->shapes.size(), size_t(2));
      QCOMPARE(annotation->shapes[0]->classId, project.classes()[0].id);
    }
}

/// Labels that come alone, for pictures that are open.
void LabelDialogsTest::picturesOfTheOpenProject() {
  writeLabelme(folder() / "src");
  fs::create_directory(folder() / "p");
  fs::rename(folder() / "src/a.png", folder() / "p/a.png");
  writePicture(folder() / "p/b.png", {40, 30});
  MainWindow w({});
  w.show();
  w.open(folder() / "p");
  QTRY_VERIFY_WITH_TIMEOUT(w.session().hasImage(), 20'000);
  w.actions().import->trigger();
  auto* dialog = w.findChild<ImportDialog*>();
  QVERIFY(dialog);
  dialog->setSource(folder() / "src");
  QTRY_VERIFY_WITH_TIMEOUT(dialog->ready(), 20'000);
  const auto said = [&](const char* words) {
    return std::ranges::any_of(dialog->findChildren<QLabel*>(), [&](const QLabel* label) { return label->text().contains(QLatin1String(words)); });
  };
  QVERIFY(said("found in the open project") && !said("were not found"));
  dialog->accept();
  QTRY_VERIFY_WITH_TIMEOUT(!w.session().busy() && w.session().hasImage(), 20'000);
  QCOMPARE(w.session().project().images().size(), size_t(2));
  QCOMPARE(w.session().project().annotation(0)->shapes.size(), size_t(3));
  QVERIFY(!w.session().project().images()[1].labelled);
  // What the import said goes when it is taken back, not before.
  QVERIFY(w.messages().text().startsWith(QLatin1String("Imported ")));
  auto labels = w.session().annotation();
  labels.shapes.pop_back();
  w.session().edit(labels, {0, 0, labels.size.width, labels.size.height}, QStringLiteral("delete"));
  w.actions().undo->trigger();
  QVERIFY(w.messages().text().startsWith(QLatin1String("Imported ")));
  w.actions().undo->trigger();
  QTRY_VERIFY(w.session().annotation().shapes.empty());
  QCOMPARE(w.messages().text(), QString());
}

void LabelDialogsTest::cancelledImportChangesNothing() {
  writeLabelme(folder() / "src");
  EXPECT_OK(makeSampleProject(folder() / "p", 2, {60, 40}));
  auto dataset = readDataset(folder() / "src");
  EXPECT_OK(dataset);
  Session session;
  session.open(folder() / "p");
  QTRY_VERIFY_WITH_TIMEOUT(session.hasImage(), 20'000);
  const auto before = treeOf(folder() / "p");
  connect(&session, &Session::taskStarted, this, [](Task* task) { task->cancel(); });
  bool done = false;
  session.import(std::make_shared<ImportedDataset>(std::move(*dataset)), {}, {}, {}, false, [&](const ImportReport&) { done = true; });
  QVERIFY(session.busy());
  QTRY_VERIFY_WITH_TIMEOUT(!session.busy(), 20'000);
  QVERIFY(!done && session.hasProject() && session.editable());
  QCOMPARE(session.project().images().size(), size_t(2));
  QVERIFY(treeOf(folder() / "p") == before);
}

void LabelDialogsTest::readingCanBeStopped() {
  writeLabelme(folder() / "src");
  Session session;
  ImportDialog dialog(session);
  dialog.setSource(folder() / "src");
  dialog.setSource(folder() / "nowhere");  // the newest wish wins
  QTest::qWait(300);
  QVERIFY(!dialog.ready());
  dialog.setSource(folder() / "src");
  QTRY_VERIFY_WITH_TIMEOUT(dialog.ready(), 20'000);
}

static std::shared_ptr<Project> sample(const fs::path& folder) {
  if (!makeSampleProject(folder, 2, {120, 90})) return nullptr;
  return std::move(*Project::open(folder));
}

void LabelDialogsTest::exportWritesAFormat() {
  const auto project = sample(folder() / "s");
  QVERIFY(project);
  ExportDialog dialog({}, project);
  for (const char* format : {"coco", "labelme"}) {
    dialog.choose(ExportDialog::Labels, format);
    QCOMPARE(dialog.folder().filename(), fs::path(format));
    const auto exported = dialog.work()({});
    EXPECT_OK(exported);
    QCOMPARE(exported->files, 2);
    const auto again = readDataset(dialog.folder());
    EXPECT_OK(again);
    QVERIFY(again->format == format && again->images.size() == 2);
  }
}

void LabelDialogsTest::exportFollowsRuleAndSamples() {
  const auto project = sample(folder() / "s");
  QVERIFY(project);
  ExportDialog dialog({}, project);
  dialog.choose(ExportDialog::Masks);
  QTRY_VERIFY_WITH_TIMEOUT(!dialog.findChild<LabelPreview*>()->previews().empty(), 20'000);
  EXPECT_OK(dialog.work()({}));
  const auto name = fs::path(project->images()[0].name).replace_extension(".png");
  QVERIFY(*readLabelPng(dialog.folder() / name) == *project->labelMap(0));
  for (auto* box : dialog.findChildren<QComboBox*>())
    if (const int index = box->findData(QStringLiteral("opencv")); index >= 0) box->setCurrentIndex(index);
  EXPECT_OK(dialog.work()({}));
  QVERIFY(*readLabelPng(dialog.folder() / name) ==
          rasterize(*project->annotation(0), project->classes(), project->uncoveredIndex(), RasterRule::opencv));
  dialog.choose(ExportDialog::ColorMasks);
  dialog.findChild<QSpinBox*>()->setValue(4);
  EXPECT_OK(dialog.work()({}));
  EXPECT_OK(decodeImage(dialog.folder() / name));
}

void LabelDialogsTest::checkListsAndShows() {
  writePicture(folder() / "a.png", {400, 300});
  writePicture(folder() / "b.png", {400, 300});
  {
    const auto project = *Project::open(folder());
    ClassTable classes;
    const auto one = *classes.add("one"), two = *classes.add("two");
    EXPECT_OK(project->setClasses(classes));
    Annotation a;
    a.size = {400, 300};
    addShape(a, square(0, 0, 200, one));
    addShape(a, square(190, 190, 60, two));
    EXPECT_OK(project->setAnnotation(1, a));
    EXPECT_OK(project->flush());
  }
  MainWindow w({});
  w.resize(1000, 700);
  w.show();
  w.open(folder());
  QTRY_VERIFY_WITH_TIMEOUT(w.session().hasImage(), 20'000);
  QCOMPARE(w.session().current(), 0);
  w.actions().check->trigger();
  auto* panel = w.findChild<CheckPanel*>();
  QVERIFY(panel && panel->isVisible());
  QTRY_VERIFY_WITH_TIMEOUT(!panel->running(), 20'000);
  auto* tree = panel->findChild<QTreeWidget*>();
  QCOMPARE(tree->topLevelItemCount(), 1);
  QCOMPARE(tree->topLevelItem(0)->text(0), QStringLiteral("b.png"));
  QTreeWidgetItem* overlap = tree->topLevelItem(0)->child(0);
  QVERIFY(overlap);
  tree->setCurrentItem(overlap);
  QTRY_COMPARE_WITH_TIMEOUT(w.session().current(), 1, 20'000);
  QTRY_COMPARE_WITH_TIMEOUT(w.canvas().selectedShapes().size(), size_t(2), 20'000);
  const Rect seen = w.canvas().visibleImageRect();
  QVERIFY(seen.x <= 190 && seen.right() >= 200 && seen.width < 400);  // zoomed to where it is
  const QPointF middle = w.canvas().transform().toScreen(Point{195, 195});
  QVERIFY(std::abs(middle.x() - w.canvas().width() / 2.0) < 3 && std::abs(middle.y() - w.canvas().height() / 2.0) < 3);
}

INTARSIA_TEST(LabelDialogsTest)
#include "label_dialogs_test.moc"
