// SPDX-License-Identifier: GPL-3.0-or-later
// Names that are no UTF-8 or look like something else, from opening to the network's answer.
#include <QMenu>
#include <QTest>
#include <nlohmann/json.hpp>
#include <set>

#include "annotate/project/mask_export.h"
#include "annotate/project/project_dataset.h"
#include "app/window/window_services.h"
#include "core/base/json.h"
#include "core/base/subprocess.h"
#include "core/base/text.h"
#include "core/media/decode.h"
#include "tests/annotate/project_support.h"
#include "tests/support/expect.h"
#include "tests/support/odd_names.h"
#include "tests/support/register.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/export_dialog.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/models/image_index.h"
#include "ui/models/image_list_model.h"
#include "ui/models/qt_text.h"
#include "ui/panels/image_panel.h"
#include "ui/panels/train_panel.h"

using namespace intarsia;
using namespace intarsia::test;

class NamesTest : public QObject {
  Q_OBJECT
 private slots:
  void textOfPathsComesBack();
  void imagesInTheWindow();
  void foldersInTheWindow_data();
  void foldersInTheWindow();
  void trainsAndPredicts();
};

namespace {

/// A half-half picture; its labels say so, so that a network has something to learn.
void writeHalves(const fs::path& path, Size size) {
  Image image{size.width, size.height, 3, 8, std::vector<uint8_t>(size_t(size.width) * size_t(size.height) * 3, 30)};
  for (int y = 0; y < size.height; ++y) std::fill_n(image.row(y) + 3 * (size.width / 2), 3 * (size.width - size.width / 2), uint8_t(220));
  if (const auto written = writePng(path, image); !written) qFatal("%s", written.error().message().c_str());
}

Annotation halves(Size size) {
  Annotation a;
  a.size = size;
  for (const int half : {0, 1}) {
    Shape shape;
    shape.classId = ClassId(half + 1);
    const double x0 = half ? size.width / 2 : 0, x1 = half ? size.width : size.width / 2;
    shape.polygon.rings = {{{x0, 0}, {x1, 0}, {x1, double(size.height)}, {x0, double(size.height)}}};
    addShape(a, shape);
  }
  return a;
}

void setTwoClasses(MainWindow& w) {
  ClassTable classes;
  QVERIFY(classes.add("dark") && classes.add("light"));
  w.session().editClasses(classes, QStringLiteral("classes"));
}

bool opened(MainWindow& w, const fs::path& path) {
  w.resize(1000, 700);
  w.show();
  w.open(path);
  return QTest::qWaitFor([&] { return w.session().hasImage() && w.index().complete(); }, 20'000);
}

}  // namespace

void NamesTest::textOfPathsComesBack() {
  for (const std::string& name : oddNames()) {
    const fs::path path = "/tmp/" + name + "/\xEF\xBF\xBD";  // with a real replacement character
    QCOMPARE(toPath(pathText(path)), path);
    QCOMPARE(toPath(toUrl(path)), path);
    QCOMPARE(displayName(path).contains(QChar(0xFFFD)), true);
  }
  QCOMPARE(toPath(QUrl::fromLocalFile(QStringLiteral("/tmp/ä %41#?"))), fs::path("/tmp/ä %41#?"));
}

void NamesTest::imagesInTheWindow() {
  const OddFolder folder("images \xE4");
  const auto names = oddNames();
  for (const auto& name : names) writeHalves(folder.path() / (name + ".png"), {40, 30});
  {
    MainWindow w(windowServices());
    QVERIFY(opened(w, folder.path()));
    QCOMPARE(w.session().project().images().size(), names.size());
    auto& model = w.imagePanel().model();
    const auto thumbnails = [&] {
      int there = 0;
      for (int i = 0; i < model.rowCount(); ++i) there += !model.data(model.index(i), ImageListModel::ThumbnailRole).value<QPixmap>().isNull();
      return there;
    };
    QTRY_COMPARE_WITH_TIMEOUT(thumbnails(), int(names.size()), 20'000);
    setTwoClasses(w);
    for (int i = 0; i < int(names.size()); ++i) {
      w.session().show(i);
      QTRY_COMPARE_WITH_TIMEOUT(w.session().current(), i, 10'000);
      QTRY_VERIFY_WITH_TIMEOUT(w.session().hasImage(), 10'000);
      auto a = halves({40, 30});
      addShape(a, square(i, 3, 5, 2));
      w.session().edit(a, {0, 0, 40, 30}, QStringLiteral("Draw"));
    }
    QTRY_VERIFY_WITH_TIMEOUT(w.session().saved(), 20'000);
    QVERIFY2(w.messages().text().isEmpty(), qPrintable(w.messages().text()));
    for (const auto& name : names) QVERIFY2(w.session().project().indexOfPath(folder.path() / (name + ".png")) >= 0, name.c_str());
    w.imagePanel().setSearch(QStringLiteral("case"));
    QCOMPARE(model.rowCount(), 2);
  }
  MainWindow w(windowServices());
  QVERIFY(opened(w, folder.path() / (std::string(70, '\xFC') + ".png")));  // one of them, by its own bytes
  QCOMPARE(w.session().currentImage()->path.filename().native(), std::string(70, '\xFC') + ".png");
  const auto project = w.session().sharedProject();
  for (int i = 0; i < int(names.size()); ++i) {
    QVERIFY(project->images()[size_t(i)].labelled);
    QCOMPARE(project->annotation(i)->shapes.size(), size_t(3));
    QCOMPARE(project->labelMap(i)->at(i, 3), uint16_t(1));
  }
}

void NamesTest::foldersInTheWindow_data() {
  QTest::addColumn<QByteArray>("name");
  const auto names = oddNames();
  for (const size_t i : {2, 3, 5, 6, 7, 8, 10, 12, 17, 22})  // a window for each
    QTest::newRow(QByteArray::fromStdString(names[i]).toPercentEncoding().constData()) << QByteArray::fromStdString(names[i]);
}

/// Opened, labelled, saved, exported by the dialog, opened again from the list of recent projects.
void NamesTest::foldersInTheWindow() {
  QFETCH(QByteArray, name);
  const OddFolder folder(name.toStdString());
  writeHalves(folder.path() / "a.png", {40, 30});
  {
    MainWindow w(windowServices());
    QVERIFY(opened(w, folder.path()));
    setTwoClasses(w);
    w.session().edit(halves({40, 30}), {0, 0, 40, 30}, QStringLiteral("Draw"));
    QTRY_VERIFY_WITH_TIMEOUT(w.session().saved(), 10'000);
    QVERIFY(fs::exists(folder.path() / "intarsia/annotations/images/a.png.json"));
    w.actions().exportAll->trigger();
    auto* dialog = w.findChild<ExportDialog*>();
    QVERIFY(dialog);
    QCOMPARE(dialog->folder(), folder.path() / "intarsia/exports/masks");
    dialog->accept();
    QTRY_VERIFY2_WITH_TIMEOUT(w.messages().text().contains(QLatin1String("Wrote 1 files")), qPrintable(w.messages().text()), 20'000);
    const auto mask = readLabelPng(folder.path() / "intarsia/exports/masks/a.png");
    EXPECT_OK(mask);
    QVERIFY(*mask == w.session().labels());
  }
  MainWindow w(windowServices());
  w.show();
  auto* recent = w.findChild<QMenu*>(QStringLiteral("recent"));
  QVERIFY(recent);
  emit recent->aboutToShow();
  recent->actions().front()->trigger();
  QTRY_VERIFY_WITH_TIMEOUT(w.session().hasImage(), 10'000);
  QCOMPARE(w.session().project().folder(), folder.path());
  QCOMPARE(w.session().annotation().shapes.size(), size_t(2));
}

void NamesTest::trainsAndPredicts() {
  if (!qEnvironmentVariable("INTARSIA_ENGINE").endsWith(QLatin1String("intarsia-engine"))) QSKIP("the engine was not built");
  const OddFolder folder("tr\xE4in\n#%41 \xF0\x9F\x98\x80");
  const auto names = oddNames();
  for (const auto& name : names) writeHalves(folder.path() / (name + ".png"), {64, 48});
  const int images = int(names.size());
  MainWindow w(windowServices());
  QVERIFY(opened(w, folder.path()));
  setTwoClasses(w);
  QCOMPARE(int(w.session().project().images().size()), images);
  for (int i = 0; i < images; ++i) EXPECT_OK(w.session().project().setAnnotation(i, halves({64, 48})));
  QTRY_VERIFY_WITH_TIMEOUT(w.training().hasEngine(), 60'000);
  w.trainPanel().setBudget(1, true);
  w.session().show(1);
  QTRY_VERIFY_WITH_TIMEOUT(w.session().current() == 1 && w.actions().train->isEnabled(), 20'000);
  int epochs = 0;
  connect(&w.training(), &Training::metricsAdded, &w, [&epochs](const std::vector<EpochMetrics>& lines) { epochs += int(lines.size()); });
  w.actions().train->trigger();
  QTRY_VERIFY2_WITH_TIMEOUT(epochs >= 1, qPrintable(w.messages().text()), 180'000);
  QTRY_COMPARE_WITH_TIMEOUT(w.training().phase(), TrainPhase::idle, 180'000);
  QVERIFY(w.training().run()->hasBest());
  QCOMPARE(int(w.training().run()->snapshot()->samples.size()), images);
  const OddFolder elsewhere("out");  // what is written into the project's folder becomes images of it
  const fs::path out = elsewhere.path() / "out \xFC";
  const Project& project = w.session().project();
  const auto exported = windowServices().exportPredictions(w.session().project(), *w.training().run(), out, {});
  EXPECT_OK(exported);
  QCOMPARE(exported->files, images);
  int masks = 0;
  for (const auto& entry : fs::directory_iterator(out)) {
    const auto map = readLabelPng(entry.path());
    EXPECT_OK(map);
    QCOMPARE(map->size(), (Size{64, 48}));
    ++masks;
  }
  QCOMPARE(masks, images);
  QVERIFY(fs::exists(out / "latin \xE4.png"));
  // The command line writes the same, in colours too, and names each file in its answer.
  const fs::path colored = elsewhere.path() / "colors \xFC";
  const auto said = runProcess(fs::path(INTARSIA_BINARY_DIR) / "bin/intarsia-cli",
                               {"export", folder.path().native(), "--what", "predictions", "--out", colored.native(), "--color", "--json"}, std::chrono::minutes(3));
  EXPECT_OK(said);
  QVERIFY2(said->status == 0, said->err.c_str());
  const auto answer = parseJson(said->out, "the answer");
  EXPECT_OK(answer);
  QCOMPARE(int((*answer)["predicted"].size()), images);
  for (const auto& item : (*answer)["predicted"]) {
    const fs::path mask = decodePath(item["mask"].get<std::string>());
    QVERIFY2(project.indexOfPath(decodePath(item["image"].get<std::string>())) >= 0, item.dump().c_str());
    QVERIFY2(*readLabelPng(mask) == *readLabelPng(out / mask.filename()), item.dump().c_str());
    EXPECT_OK(decodeImage(colored / "color" / mask.filename()));
  }
}

INTARSIA_TEST(NamesTest)
#include "names_slow_test.moc"
