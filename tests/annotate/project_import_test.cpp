// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <atomic>

#include "annotate/raster/rasterizer.h"
#include "core/base/atomic_file.h"
#include "core/base/file_name.h"
#include "tests/annotate/project_support.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

class ProjectImportTest : public QObject {
  Q_OBJECT
 private slots:
  void takesShapesAndMasks();
  void twiceIsOnce();
  void mergesClassesByName();
  void skipsWithAReason();
  void copiesPictures();
  void embeddedPictures();
  void splitsOfTheSource();
  void freshFolderOfMasks();
  void openPicturesStay();
  void cancelledLeavesNothing_data();
  void cancelledLeavesNothing();
  void journalIsCompleted_data();
  void journalIsCompleted();
  void existingLabelsStay();
};

static ImportedShape shape(int classIndex, double at) { return {classIndex, square(at, at, 6.5, 0).polygon}; }

/// Five pictures below `folder`: two with shapes, two with masks, one without labels.
static ImportedDataset makeDataset(const fs::path& folder) {
  ImportedDataset dataset;
  dataset.format = "test";
  dataset.classes = {{"sky", Color{1, 2, 3}}, {"road", {}}, {"void", Color{9, 9, 9}, true}};
  for (int i = 0; i < 5; ++i) {
    ImportedImage image;
    image.name = "p" + std::to_string(i) + ".png";
    image.path = folder / image.name;
    if (!fs::exists(image.path)) writePicture(image.path);
    image.size = {32, 24};
    if (i < 2) image.shapes = {shape(0, 1 + i), shape(1, 3)};
    if (i == 2 || i == 3)
      image.mask = [i]() -> Expected<LabelMap> {
        LabelMap map(32, 24);
        for (int y = 0; y < 24; ++y)
          for (int x = 0; x < 32; ++x) map.set(x, y, x < 10 ? 0 : y < 12 + i ? 2 : kUnlabelled);
        return map;
      };
    dataset.images.push_back(std::move(image));
  }
  return dataset;
}

void ProjectImportTest::takesShapesAndMasks() {
  QTemporaryDir dir, data;
  auto dataset = makeDataset(pathOf(data) / "set");
  dataset.report.repaired.push_back({"p0.png", "ring closed"});
  dataset.background = 1;
  {
    const auto project = *Project::create(pathOf(dir));
    const auto report = project->import(dataset, {});
    QVERIFY2(report.has_value(), report ? "" : report.error().message().c_str());
    QCOMPARE(report->images, 5);
    QCOMPARE(report->annotations, 4 + 4);
    QCOMPARE(report->repaired.size(), size_t(1));
    QVERIFY(report->skipped.empty());
  }
  const auto project = *Project::open(pathOf(dir));
  QCOMPARE(project->images().size(), size_t(5));
  QCOMPARE(project->classes().size(), 3);
  QVERIFY(project->classes()[0].color == (Color{1, 2, 3}) && project->classes()[2].ignore);
  QVERIFY(project->background() == project->classes()[1].id && project->backgroundChosen());
  for (int i = 0; i < 5; ++i) {
    const auto& image = project->images()[size_t(i)];
    QCOMPARE(image.path, dataset.images[size_t(i)].path);
    QCOMPARE(image.key, "set/p" + std::to_string(i) + ".png");
    QCOMPARE(image.labelled, i < 4);
    QCOMPARE(image.split != Split::none, i < 4);
    const auto a = project->annotation(i);
    QVERIFY(a.has_value());
    QCOMPARE(a->shapes.size(), size_t(i < 2 ? 2 : 0));
    if (i == 2 || i == 3) {
      auto expected = *dataset.images[size_t(i)].mask();
      for (auto& value : expected.pixels())
        if (value == kUnlabelled) value = 1;
      QVERIFY(*project->labelMap(i) == expected);
    }
  }
  QVERIFY(project->annotation(0)->shapes[1]->polygon == dataset.images[0].shapes[1].polygon);
}

void ProjectImportTest::twiceIsOnce() {
  QTemporaryDir dir, data;
  const auto dataset = makeDataset(pathOf(data));
  const auto project = *Project::create(pathOf(dir));
  QVERIFY(project->import(dataset, {}));
  const auto before = treeOf(pathOf(dir));
  const auto report = project->import(dataset, {});
  QVERIFY(report.has_value());
  QCOMPARE(report->annotations, 0);
  QCOMPARE(report->notes.size(), size_t(4));
  QVERIFY(treeOf(pathOf(dir)) == before);
}

void ProjectImportTest::mergesClassesByName() {
  QTemporaryDir dir, data;
  const auto project = *Project::create(pathOf(dir));
  ClassTable classes;
  const auto street = *classes.add("street", Color{7, 7, 7});
  QVERIFY(project->setClasses(classes));
  Project::ImportOptions options;
  options.classes.named = {{"road", {ClassTarget::Kind::use, "street"}}};
  QVERIFY(project->import(makeDataset(pathOf(data)), options));
  QCOMPARE(project->classes().size(), 3);
  QVERIFY(project->classes().find(street)->color == (Color{7, 7, 7}));
  QVERIFY(!project->classes().indexOfName("road"));
  QCOMPARE(project->annotation(0)->shapes[1]->classId, street);
}

void ProjectImportTest::skipsWithAReason() {
  QTemporaryDir dir, data;
  auto dataset = makeDataset(pathOf(data));
  dataset.images[0].path.clear();
  dataset.images[2].mask = []() -> Expected<LabelMap> { return LabelMap(31, 24, 0); };
  dataset.images[3].mask = []() -> Expected<LabelMap> { return LabelMap(32, 24, 77); };
  writeText(pathOf(data) / "p1.png", "not a picture");
  dataset.report.skipped.push_back({"p9.png", "broken JSON"});
  const auto project = *Project::create(pathOf(dir));
  const auto report = project->import(dataset, {});
  QVERIFY(report.has_value());
  QCOMPARE(report->skipped.size(), size_t(4));
  std::map<std::string, std::string> reasons;
  for (const auto& line : report->skipped) reasons[line.path] = line.reason;
  QVERIFY(reasons.at("p0.png").find("not found") != std::string::npos);
  QVERIFY(reasons.at("p1.png").find("p1.png") != std::string::npos);
  QVERIFY2(reasons.at("p2.png").find("31×24") != std::string::npos, reasons.at("p2.png").c_str());
  QCOMPARE(reasons.at("p9.png"), std::string("broken JSON"));
  QCOMPARE(report->repaired.size(), size_t(1));  // value 77
  QCOMPARE(report->images, 3);
  QCOMPARE(project->images().size(), size_t(3));
}

void ProjectImportTest::copiesPictures() {
  QTemporaryDir dir, data;
  const auto dataset = makeDataset(pathOf(data) / "deep/set");
  {
    const auto project = *Project::create(pathOf(dir));
    Project::ImportOptions options;
    options.copyImages = true;
    QVERIFY(project->import(dataset, options));
  }
  fs::remove_all(pathOf(data) / "deep");
  const auto project = *Project::open(pathOf(dir));
  QCOMPARE(project->images().size(), size_t(5));
  for (int i = 0; i < 5; ++i) QVERIFY(probeImage(project->images()[size_t(i)].path));
  QCOMPARE(project->images()[0].path, pathOf(dir) / "images/p0.png");
}

void ProjectImportTest::embeddedPictures() {
  QTemporaryDir dir, data;
  auto dataset = makeDataset(pathOf(data));
  for (auto& image : dataset.images) {
    image.embedded = [path = image.path] { return readFile(path); };
    image.path.clear();
  }
  dataset.images[1].name = "../../elsewhere/p1.png";  // stays below the project
  const std::string longest = std::string(300, 'x') + "/" + std::string(253, 'y');
  dataset.images[2].name = longest;
  dataset.images[4].embedded = []() -> Expected<std::string> { return "no picture"; };
  {
    const auto project = *Project::create(pathOf(dir));
    const auto report = project->import(dataset, {});
    QVERIFY2(report.has_value(), report ? "" : report.error().message().c_str());
    QCOMPARE(report->images, 4);
    QCOMPARE(report->skipped.size(), size_t(1));
    QCOMPARE(report->skipped[0].path, std::string("p4.png"));
  }
  QVERIFY(!fs::exists(pathOf(dir).parent_path() / "elsewhere"));
  QCOMPARE(*readFile(pathOf(dir) / "images/elsewhere/p1.png"), *readFile(pathOf(data) / "p1.png"));
  QCOMPARE(*readFile(pathOf(dir) / "images" / fittingName(std::string(300, 'x'), "") / fittingName(std::string(253, 'y'), ".png")), *readFile(pathOf(data) / "p2.png"));
  const auto project = *Project::open(pathOf(dir));
  QCOMPARE(project->images().size(), size_t(4));
  for (const auto& image : project->images()) QVERIFY(project->annotation(image)->labelled());
  const auto again = project->import(dataset, {});  // the same pictures: nothing is doubled
  QVERIFY(again.has_value());
  QCOMPARE(again->annotations, 0);
  dataset.images[0].embedded = [other = pathOf(data) / "p0.png"] { return readFile(other).value() + "x"; };
  QCOMPARE(project->import(dataset, {})->skipped.size(), size_t(2));  // another picture of that name
}

void ProjectImportTest::splitsOfTheSource() {
  QTemporaryDir dir, data;
  auto dataset = makeDataset(pathOf(data));
  dataset.images[0].split = Split::test;
  dataset.images[1].split = Split::val;
  dataset.images[1].group = dataset.images[2].group = "video";
  const auto project = *Project::create(pathOf(dir));
  QVERIFY(project->import(dataset, {}));
  QCOMPARE(int(project->images()[0].split), int(Split::test));
  QCOMPARE(int(project->images()[1].split), int(Split::val));
  QCOMPARE(int(project->images()[2].split), int(Split::val));  // of the same video
  QCOMPARE(int(project->images()[3].split), int(Split::train));
}

void ProjectImportTest::freshFolderOfMasks() {
  QTemporaryDir dir;
  const auto dataset = makeDataset(pathOf(dir) / "train");
  for (int i = 0; i < 5; ++i) writePicture(pathOf(dir) / ("trainannot/p" + std::to_string(i) + ".png"));
  {
    const auto project = *Project::open(pathOf(dir));
    QCOMPARE(project->images().size(), size_t(10));
    QVERIFY(project->import(dataset, {}));
    QCOMPARE(project->images().size(), size_t(5));  // masks are not pictures
  }
  QCOMPARE((*Project::open(pathOf(dir)))->images().size(), size_t(5));
}

void ProjectImportTest::openPicturesStay() {
  QTemporaryDir dir, data;
  for (const char* name : {"a.png", "b.png"}) writePicture(pathOf(dir) / name);
  const auto project = *Project::open(pathOf(dir));
  QVERIFY(project->import(makeDataset(pathOf(data)), {}));
  QCOMPARE(project->images().size(), size_t(7));  // those that were open, and those that came
}

void ProjectImportTest::cancelledLeavesNothing_data() {
  QTest::addColumn<bool>("project");
  QTest::addColumn<int>("after");
  for (int after = 0; after <= 5; ++after) {
    QTest::addRow("plain folder, after %d", after) << false << after;
    QTest::addRow("project, after %d", after) << true << after;
  }
}

void ProjectImportTest::cancelledLeavesNothing() {
  QFETCH(bool, project);
  QFETCH(int, after);
  QTemporaryDir dir, data;
  writePicture(pathOf(dir) / "own.png");
  if (project) {
    const auto opened = *Project::open(pathOf(dir));
    Annotation a;
    a.size = {32, 24};
    addShape(a, square(1, 1, 3, 1));
    QVERIFY(opened->setAnnotation(0, a));
    QVERIFY(opened->flush());
  }
  const auto dataset = makeDataset(pathOf(data));
  const auto before = treeOf(pathOf(dir));
  {
    const auto opened = *Project::open(pathOf(dir));
    std::stop_source stop;
    if (after == 0) stop.request_stop();
    const Job job(stop.get_token(), [&](const Progress& p) {
      if (p.done >= after) stop.request_stop();
    });
    Project::ImportOptions options;
    options.copyImages = true;
    const auto result = opened->import(dataset, options, job);
    QVERIFY(!result && result.error().code == ErrorCode::cancelled);
    QCOMPARE(opened->images().size(), size_t(1));
    QCOMPARE(opened->classes().size(), 0);
  }
  QVERIFY(treeOf(pathOf(dir)) == before);
}

void ProjectImportTest::journalIsCompleted_data() {
  QTest::addColumn<int>("moved");
  for (int moved = 0; moved < 14; moved += 3) QTest::addRow("%d files moved", moved) << moved;
}

/// A process that died while an import was being moved into place: the next one completes it, however far it came.
void ProjectImportTest::journalIsCompleted() {
  QFETCH(int, moved);
  QTemporaryDir dir, data;
  const auto dataset = makeDataset(pathOf(data));
  {
    const auto project = *Project::create(pathOf(dir));
    QVERIFY(project->import(dataset, {}));
  }
  const auto done = treeOf(pathOf(dir));
  std::vector<std::string> files;
  for (const auto& [name, content] : done)
    if (fs::is_regular_file(pathOf(dir) / name)) files.push_back(name);
  for (int i = moved; i < int(files.size()); ++i) {  // back to where they were staged
    const auto staged = pathOf(dir) / "intarsia/.import" / files[size_t(i)];
    fs::create_directories(staged.parent_path());
    fs::rename(pathOf(dir) / files[size_t(i)], staged);
  }
  writeText(pathOf(dir) / "intarsia/project.journal", "{\"intarsia\": 1, \"operation\": \"import\"}\n");
  {
    const auto project = Project::open(pathOf(dir));
    QVERIFY2(project.has_value(), project ? "" : project.error().message().c_str());
    QCOMPARE((*project)->images().size(), size_t(5));
  }
  QVERIFY(treeOf(pathOf(dir)) == done);
}

void ProjectImportTest::existingLabelsStay() {
  QTemporaryDir dir;
  const auto dataset = makeDataset(pathOf(dir));
  const auto project = *Project::open(pathOf(dir));
  Annotation a;
  a.size = {32, 24};
  ClassTable classes;
  addShape(a, square(20, 20, 3, *classes.add("mine")));
  a.note = "kept";
  a.base = TileMap(a.size);
  a.base.set(1, 1, 1);
  QVERIFY(project->setClasses(classes));
  for (int i : {0, 2}) QVERIFY(project->setAnnotation(i, a));
  const auto report = project->import(dataset, {});
  QVERIFY(report.has_value());
  QCOMPARE(report->skipped.size(), size_t(1));  // the second image has another mask
  const auto after = *project->annotation(0);
  QCOMPARE(after.shapes.size(), size_t(3));
  QVERIFY(*after.shapes[0] == *a.shapes[0] && after.note == "kept" && after.base == a.base);
  QVERIFY(sameContent(*project->annotation(2), a));
}

INTARSIA_TEST(ProjectImportTest)
#include "project_import_test.moc"
