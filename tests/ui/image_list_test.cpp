// SPDX-License-Identifier: GPL-3.0-or-later
// Searching images, and what can be done with many of them.
#include <QLineEdit>
#include <QListView>
#include <QTest>
#include <ctime>

#include "annotate/edit/edit.h"
#include "annotate/project/sample_scenes.h"
#include "annotate/project/sidecar.h"
#include "core/base/atomic_file.h"
#include "core/base/random.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "tests/ui/sample_window.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/models/image_index.h"
#include "ui/models/image_list_model.h"
#include "ui/panels/image_panel.h"
#include "ui/panels/search_edit.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

ClassTable classes() {
  ClassTable table;
  for (const char* name : {"tree", "street", "traffic light"}) (void)table.add(name);
  return table;
}

ProjectImage image(const std::string& name, Split split = Split::train, ImageStatus status = ImageStatus::inWork, bool labelled = true) {
  ProjectImage out;
  out.key = "images/" + name;
  out.name = name;
  out.split = split;
  out.status = status;
  out.labelled = labelled;
  return out;
}

double cpuMs() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return double(t.tv_sec) * 1e3 + double(t.tv_nsec) / 1e6;
}

}  // namespace

class ImageListTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase();
  void queries_data();
  void queries();
  void problemsAreNamed();
  void completions();
  void hundredThousandImages();
  void rowsFollowChanges();
  void statusNoteFlagAndUndo();
  void searchByWhatTheSidecarsSay();
  void shapesGoToTheNextImage();
  void splitChangesOnlyAfterAQuestion();

 private:
  SampleWindows m_windows;
};

void ImageListTest::initTestCase() { m_windows.make(); }

void ImageListTest::queries_data() {
  QTest::addColumn<QString>("query");
  QTest::addColumn<bool>("found");
  const auto row = [](const char* query, bool found) { QTest::newRow(query) << query << found; };
  // Of: "Night/frame_0042.png", in work, val, tree and traffic light, 7 shapes, score 0.41, note, flags.
  row("", true);
  row("0042", true);
  row("NIGHT 42", true);
  row("0043", false);
  row("-0043", true);
  row("class:tree", true);
  row("class:Tree", true);
  row("class:street", false);
  row("-class:street", true);
  row("class:street,tree", true);
  row("class:\"traffic light\"", true);
  row("class:tra", true);
  row("-class:tree", false);
  row("checked:no", true);
  row("-checked:yes", true);
  row("checked:yes", false);
  row("status:work", true);
  row("status:unlabelled,checked", false);
  row("labelled:yes", true);
  row("split:val", true);
  row("split:train,test", false);
  row("score:<0.5", true);
  row("score:<41%", false);
  row("score:<=41%", true);
  row("score:>0.5", false);
  row("-score:>0.5", true);
  row("shapes:7", true);
  row("shapes:>7", false);
  row("note:wet", true);
  row("note:dry", false);
  row("note:yes", true);
  row("note:no", false);
  row("flag:blurred", true);
  row("flag:blurr", false);
  row("-flag:yes", false);
  row("class:tree checked:no score:<0.5 night", true);
  row("class:tree checked:yes", false);
  row("class:", true);  // still being typed
}

void ImageListTest::queries() {
  QFETCH(QString, query);
  QFETCH(bool, found);
  const ClassTable table = classes();
  ImageFacts facts;
  facts.known = true;
  facts.classes = {table[0].id, table[2].id};
  facts.shapes = 7;
  facts.score = 0.41;
  facts.note = "Wet road";
  facts.flags = {"blurred", "night"};
  const ProjectImage one = image("Night/frame_0042.png", Split::val);
  const ImageQuery parsed = ImageQuery::parse(query, table);
  QVERIFY2(parsed.problem().isEmpty(), qPrintable(parsed.problem()));
  QCOMPARE(parsed.accepts(one, QString::fromStdString(one.name).toLower(), facts), found);
  // What is not known yet is no answer, neither yes nor no.
  if (parsed.needsFacts()) QVERIFY(!parsed.accepts(one, QString::fromStdString(one.name).toLower(), {}));
}

void ImageListTest::problemsAreNamed() {
  QVERIFY(ImageQuery::parse(QStringLiteral("class:boat"), classes()).problem().contains(QLatin1String("boat")));
  QVERIFY(ImageQuery::parse(QStringLiteral("score:good"), classes()).problem().contains(QLatin1String("score:good")));
  QVERIFY(ImageQuery::parse(QStringLiteral("split:training"), classes()).problem().contains(QLatin1String("training")));
  QVERIFY(ImageQuery::parse(QStringLiteral("colour:red"), classes()).problem().contains(QLatin1String("colour")));
}

void ImageListTest::completions() {
  SearchEdit edit;
  edit.setKeys(ImageQuery::keys(classes()));
  const auto at = [&](const char* text) {
    edit.setText(QLatin1String(text));
    return edit.completions();
  };
  QCOMPARE(at("cl"), QStringList{QStringLiteral("class:")});
  QCOMPARE(at("-cl"), QStringList{QStringLiteral("-class:")});
  QCOMPARE(at("checked:no class:t"), (QStringList{QStringLiteral("class:tree"), QStringLiteral("class:\"traffic light\"")}));
  QCOMPARE(at("split:train,v"), QStringList{QStringLiteral("split:train,val")});
  QCOMPARE(at("zzz"), QStringList());
}

void ImageListTest::hundredThousandImages() {
  ImageIndex index;
  ImageListModel model(index);
  std::vector<ProjectImage> images;
  for (int i = 0; i < 100'000; ++i) {
    char name[40];
    std::snprintf(name, sizeof name, "camera_%d/frame_%06d.png", i % 7, i);
    images.push_back(image(name, i % 5 ? Split::train : Split::val, i % 3 ? ImageStatus::inWork : ImageStatus::checked));
  }
  double start = cpuMs();
  model.setImages(std::make_shared<const std::vector<ProjectImage>>(std::move(images)));
  const double filled = cpuMs() - start;
  double slowest = 0;
  const std::pair<const char*, int> searches[] = {{"0", 100'000}, {"camera_3", 14'286}, {"checked:no split:val", 13'333}, {"099999", 1}, {"", 100'000}};
  for (const auto& [text, count] : searches) {
    start = cpuMs();
    model.setQuery(ImageQuery::parse(QLatin1String(text), {}));
    slowest = std::max(slowest, cpuMs() - start);
    QCOMPARE(model.rowCount(), count);
  }
  qInfo("100,000 images: list filled in %.0f ms of processor time, slowest search %.0f ms", filled, slowest);
  QVERIFY(slowest < 400);  // a debug build with sanitizers, too
}

void ImageListTest::rowsFollowChanges() {
  ImageIndex index;
  ImageListModel model(index);
  const auto list = std::make_shared<std::vector<ProjectImage>>();
  std::vector<ProjectImage>& images = *list;
  for (int i = 0; i < 300; ++i) images.push_back(image(std::to_string(i)));
  model.setImages(list);
  model.setQuery(ImageQuery::parse(QStringLiteral("checked:no"), {}));
  // Counted through the signals, as views count.
  int rows = model.rowCount();
  connect(&model, &QAbstractItemModel::rowsInserted, this, [&](const QModelIndex&, int a, int b) { rows += b - a + 1; });
  connect(&model, &QAbstractItemModel::rowsRemoved, this, [&](const QModelIndex&, int a, int b) { rows -= b - a + 1; });
  connect(&model, &QAbstractItemModel::modelReset, this, [&] { rows = model.rowCount(); });
  Random random(5);
  const char* searches[] = {"checked:no", "1 checked:yes", "-2", "", "7", "checked:yes", "-checked:yes -3"};
  for (int step = 0; step < 2000; ++step) {
    if (step % 20 == 0) {
      model.setQuery(ImageQuery::parse(QLatin1String(searches[random.below(7)]), {}));
    } else {
      const int at = int(random.below(300));
      images[size_t(at)].status = random.below(2) ? ImageStatus::checked : ImageStatus::inWork;
      model.updateImage(at);
    }
    std::vector<int> wanted, shown;
    for (int i = 0; i < 300; ++i)
      if (model.query().accepts(images[size_t(i)], QString::number(i), {})) wanted.push_back(i);
    for (int row = 0; row < model.rowCount(); ++row) {
      shown.push_back(model.imageAt(row));
      QCOMPARE(model.rowOf(model.imageAt(row)), row);
    }
    QCOMPARE(shown, wanted);
    QCOMPARE(rows, int(wanted.size()));
  }
}

void ImageListTest::statusNoteFlagAndUndo() {
  auto w = m_windows.open();
  Session& s = w->session();
  const auto action = [&](const char* id) { return w->actions().registry.find(QLatin1String(id)); };
  const auto status = [&](int i) { return s.project().images()[size_t(i)].status; };
  QTest::keyClick(&w->canvas(), Qt::Key_Return, Qt::ControlModifier);
  QCOMPARE(status(0), ImageStatus::checked);
  action("image.checked")->trigger();
  QCOMPARE(status(0), ImageStatus::inWork);
  // Three at once are one step.
  QListView& list = w->imagePanel().list();
  list.selectionModel()->select(QItemSelection(list.model()->index(1, 0), list.model()->index(3, 0)), QItemSelectionModel::ClearAndSelect);
  QCOMPARE(w->imagePanel().selected(), (std::vector{1, 2, 3}));
  action("image.checked")->trigger();
  QTRY_COMPARE(status(3), ImageStatus::checked);
  QCOMPARE(status(1), ImageStatus::checked);
  QTRY_VERIFY(s.editable());
  const int step = w->imagePanel().model().rowCount();
  w->imagePanel().setSearch(QStringLiteral("checked:yes"));
  QCOMPARE(w->imagePanel().model().rowCount(), 3);
  QVERIFY(step > 3);
  w->imagePanel().setSearch({});
  w->actions().undo->trigger();
  for (int i = 1; i <= 3; ++i) QTRY_COMPARE(status(i), ImageStatus::inWork);  // undo shows the image first
  QCOMPARE(w->imagePanel().neighbour(0, 1), 1);

  QTRY_VERIFY(s.current() >= 0 && s.hasImage());
  list.selectionModel()->clear();
  const int open = s.current();
  w->askText = [](const QString&, const QString&, bool lines, bool* ok) {
    *ok = true;
    return lines ? QStringLiteral("Wet road") : QStringLiteral("blurred");
  };
  action("image.note")->trigger();
  action("image.flag")->trigger();
  QCOMPARE(s.annotation().note, std::string("Wet road"));
  QCOMPARE(s.annotation().flags, std::vector<std::string>{"blurred"});
  w->imagePanel().setSearch(QStringLiteral("flag:blurred note:wet"));
  QTRY_COMPARE(w->imagePanel().model().rowCount(), 1);
  QCOMPARE(w->imagePanel().model().imageAt(0), open);
  EXPECT_OK(s.project().flush());
  // They lie in the sidecar and come back.
  const auto text = readFile(s.project().sidecarPath(*s.currentImage()));
  QVERIFY(text.has_value());
  const auto sidecar = parseSidecar(*text, "sidecar");
  QVERIFY(sidecar.has_value());
  QCOMPARE(sidecar->annotation.flags, std::vector<std::string>{"blurred"});
  QVERIFY(sidecarText(*sidecar) == *text);
  w->actions().undo->trigger();
  QVERIFY(s.annotation().flags.empty());
  QTRY_COMPARE(w->imagePanel().model().rowCount(), 0);
}

void ImageListTest::searchByWhatTheSidecarsSay() {
  auto w = m_windows.open();
  Session& s = w->session();
  // Independent count: every image's label map, without the index.
  for (const ClassInfo& info : s.classes()) {
    int wanted = 0;
    for (const ProjectImage& one : s.project().images()) {
      const auto labels = s.project().annotation(one);
      QVERIFY(labels.has_value());
      wanted += usesClass(*labels, info.id);
    }
    w->imagePanel().setSearch(QStringLiteral("class:\"%1\"").arg(QString::fromStdString(info.name)));
    QCOMPARE(w->imagePanel().model().rowCount(), wanted);
    QCOMPARE(w->index().imagesWith(info.id), wanted);
  }
}

void ImageListTest::shapesGoToTheNextImage() {
  auto w = m_windows.open();
  Session& s = w->session();
  QVERIFY(s.annotation().shapes.size() >= 2);
  const auto before = s.project().annotation(1);
  QVERIFY(before.has_value());
  const ShapePtr shape = s.annotation().shapes[1];
  w->canvas().setSelection({shape->id});
  w->actions().registry.find(QStringLiteral("shape.copyToNext"))->trigger();
  QTRY_COMPARE(s.current(), 1);
  QTRY_VERIFY(s.hasImage());
  QCOMPARE(s.annotation().shapes.size(), before->shapes.size() + 1);
  QCOMPARE(s.annotation().shapes.back()->classId, shape->classId);
  QVERIFY(s.annotation().shapes.back()->polygon.rings == shape->polygon.rings);
  w->actions().undo->trigger();
  QCOMPARE(s.annotation().shapes.size(), before->shapes.size());
}

void ImageListTest::splitChangesOnlyAfterAQuestion() {
  auto w = m_windows.open();
  Session& s = w->session();
  const Split before = s.currentImage()->split;
  const Split other = before == Split::val ? Split::train : Split::val;
  QAction* action = w->actions().registry.find(QStringLiteral("image.split.") + QString::fromUtf8(splitName(other).data(), qsizetype(splitName(other).size())));
  QString asked;
  bool answer = false;
  w->askToChangeSplit = [&](const QString& text) {
    asked = text;
    return answer;
  };
  action->trigger();
  QVERIFY(!asked.isEmpty());
  QCOMPARE(s.currentImage()->split, before);
  answer = true;
  action->trigger();
  QCOMPARE(s.currentImage()->split, other);
  QVERIFY(w->messages().hasButton());
  w->messages().pressButton();
  QCOMPARE(s.currentImage()->split, before);
}

INTARSIA_TEST(ImageListTest)
#include "image_list_test.moc"
