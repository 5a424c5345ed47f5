// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "annotate/project/export_place.h"
#include "annotate/project/project_file.h"
#include "tests/annotate/project_support.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

class ProjectOpenTest : public QObject {
  Q_OBJECT
 private slots:
  void plainFolderStaysUntouched();
  void findsItselfFromAnywhere();
  void singleImage();
  void oddNames();
  void leavesOutWhatIsNoPicture();
  void leavesOutWhatWasExported();
  void missingPictureStaysListed();
  void firstEditGivesSplits();
  void backgroundDecidesUncoveredPixels();
  void unreadableFolders();
  void strayFilesOfAKilledProcessGo();
};

static Annotation labelled(Size size = {32, 24}) {
  Annotation a;
  a.size = size;
  addShape(a, square(1, 1, 5, 1));
  return a;
}

void ProjectOpenTest::plainFolderStaysUntouched() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "b/2.png");
  writePicture(pathOf(dir) / "b/10.png");
  writePicture(pathOf(dir) / "a.PNG");
  const auto before = treeOf(pathOf(dir));
  {
    const auto project = *Project::open(pathOf(dir));
    QCOMPARE(project->images().size(), size_t(3));
    QCOMPARE(project->images()[0].key, std::string("images/a.PNG"));
    QCOMPARE(project->images()[1].name, std::string("b/2.png"));
    QCOMPARE(project->images()[2].name, std::string("b/10.png"));
    const auto a = project->annotation(1);
    QVERIFY(a && a->size == (Size{32, 24}) && !a->labelled());
    QVERIFY(project->flush());
    QCOMPARE(project->indexOfKey("images/b/10.png"), 2);
    QCOMPARE(project->indexOfPath(pathOf(dir) / "b/../b/10.png"), 2);
  }
  QVERIFY(treeOf(pathOf(dir)) == before);
}

void ProjectOpenTest::findsItselfFromAnywhere() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "x.png");
  {
    const auto project = *Project::open(pathOf(dir));
    QVERIFY(project->setAnnotation(0, labelled()));
    QVERIFY(project->flush());
  }
  for (const auto* from : {"", "intarsia", "intarsia/project.json"}) {
    QVERIFY(Project::exists(pathOf(dir) / from));
    const auto project = Project::open(pathOf(dir) / from);
    QVERIFY2(project.has_value(), project ? "" : project.error().message().c_str());
    QCOMPARE((*project)->folder(), pathOf(dir));
    QVERIFY((*project)->images().size() == 1 && (*project)->images()[0].labelled);
  }
}

void ProjectOpenTest::singleImage() {
  QTemporaryDir dir;
  const auto deep = pathOf(dir) / "shots/day 1/x.png";
  writePicture(deep);
  writePicture(pathOf(dir) / "shots/day 1/y.png");
  {
    const auto project = *Project::open(deep);
    QCOMPARE(project->folder(), deep.parent_path());
    QCOMPARE(project->images().size(), size_t(2));
    QVERIFY(project->indexOfPath(deep) >= 0);
  }
  {
    const auto above = *Project::open(pathOf(dir));
    QVERIFY(above->setAnnotation(0, labelled()));
    QVERIFY(above->flush());
  }
  const auto project = *Project::open(deep);  // the project above holds it
  QCOMPARE(project->folder(), pathOf(dir));
  QCOMPARE(project->indexOfPath(deep), 0);
  writeText(pathOf(dir) / "no.png", "not a picture");
  QVERIFY(!Project::open(pathOf(dir) / "no.png"));
}

void ProjectOpenTest::oddNames() {
  QTemporaryDir dir;
  std::string umlauts;
  for (int i = 0; i < 120; ++i) umlauts += "ü";
  const std::vector<std::string> names = {"latin \xE4.png", "per%cent.png",   "quote\".png",
                                          "new\nline.png",  umlauts + ".png", std::string(250, 'x') + ".png"};
  for (const auto& name : names) writePicture(pathOf(dir) / name);
  {
    const auto project = *Project::open(pathOf(dir));
    QCOMPARE(project->images().size(), names.size());
    for (int i = 0; i < int(names.size()); ++i) {
      Annotation a = labelled();
      a.base = TileMap(a.size);
      a.base.set(3, 3, uint32_t(i + 1));
      QVERIFY2(project->setAnnotation(i, a), project->images()[size_t(i)].name.c_str());
    }
    const auto saved = project->flush();
    QVERIFY2(saved.has_value(), saved ? "" : saved.error().message().c_str());
  }
  const auto project = *Project::open(pathOf(dir));
  for (const auto& name : names) {
    const int at = project->indexOfPath(pathOf(dir) / name);
    QVERIFY2(at >= 0, name.c_str());
    QVERIFY(project->images()[size_t(at)].labelled);
    QCOMPARE(project->annotation(at)->base.at(3, 3), uint32_t(at + 1));
  }
  for (const auto& name : names) fs::remove(pathOf(dir) / name);  // Qt cannot, where a name is not UTF-8
}

void ProjectOpenTest::leavesOutWhatIsNoPicture() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "a.png");
  writePicture(pathOf(dir) / ".hidden/b.png");
  writePicture(pathOf(dir) / ".c.png");
  writePicture(pathOf(dir) / "intarsia/runs/x/d.png");
  writeText(pathOf(dir) / "notes.txt", "");
  fs::create_directories(pathOf(dir) / "folder.png");
  const auto project = *Project::open(pathOf(dir));
  QCOMPARE(project->images().size(), size_t(1));
}

void ProjectOpenTest::leavesOutWhatWasExported() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "photos/x.png");
  const auto images = [&](const fs::path& folder) { return (*Project::open(folder))->images().size(); };
  EXPECT_OK(prepareExport(pathOf(dir) / "photos/out/masks", pathOf(dir) / "photos"));
  writePicture(pathOf(dir) / "photos/out/masks/color/x.png");
  QCOMPARE(images(pathOf(dir) / "photos"), size_t(1));
  QCOMPARE(images(pathOf(dir) / "photos/out/masks"), size_t(1));  // itself opened, it is a folder as any
  EXPECT_OK(prepareExport(pathOf(dir) / "photos/out/masks", pathOf(dir) / "photos"));  // once more

  // Among the images, and where some are below: they would no longer be listed, or be written over.
  writePicture(pathOf(dir) / "photos/trip/y.png");
  const auto before = treeOf(pathOf(dir));
  for (const auto* out : {"photos", "photos/trip", "photos/out/../trip"}) {
    const auto refused = prepareExport(pathOf(dir) / out, pathOf(dir) / "photos");
    QVERIFY2(!refused && refused.error().message().find("holds images") != std::string::npos, out);
    EXPECT_OK(prepareExport(pathOf(dir) / out, pathOf(dir) / "photos", true));
  }
  EXPECT_OK(prepareExport(pathOf(dir) / "elsewhere", pathOf(dir) / "photos"));
  QVERIFY(treeOf(pathOf(dir)) == before);

  // A project is found without being named; its own folder needs no mark.
  {
    const auto project = *Project::open(pathOf(dir) / "photos");
    QVERIFY(project->setAnnotation(0, labelled()) && project->flush());
  }
  EXPECT_OK(prepareExport(pathOf(dir) / "photos/later"));
  writePicture(pathOf(dir) / "photos/later/x.png");
  QCOMPARE(images(pathOf(dir) / "photos"), size_t(2));
  EXPECT_OK(prepareExport(pathOf(dir) / "photos/intarsia/exports/masks"));
  QVERIFY(!fs::exists(pathOf(dir) / "photos/intarsia/exports"));
}

void ProjectOpenTest::missingPictureStaysListed() {
  QTemporaryDir dir;
  for (const auto* name : {"a.png", "b.png", "c.png"}) writePicture(pathOf(dir) / name);
  {
    const auto project = *Project::open(pathOf(dir));
    QVERIFY(project->setAnnotation(0, labelled()));
    QVERIFY(project->flush());
  }
  fs::remove(pathOf(dir) / "a.png");
  fs::remove(pathOf(dir) / "b.png");
  const auto project = *Project::open(pathOf(dir));
  QCOMPARE(project->images().size(), size_t(2));  // labels are never forgotten; an unlabelled picture that went is gone
  QCOMPARE(project->images()[0].name, std::string("a.png"));
  QVERIFY(project->annotation(0)->shapes.size() == 1);
}

void ProjectOpenTest::firstEditGivesSplits() {
  QTemporaryDir dir;
  for (int i = 0; i < 4; ++i) writePicture(pathOf(dir) / (std::to_string(i) + ".png"));
  Annotation blank;
  blank.size = {32, 24};
  std::vector<Split> given;
  {
    const auto project = *Project::open(pathOf(dir));
    QVERIFY(project->setAnnotation(3, blank));
    QCOMPARE(int(project->images()[3].split), int(Split::none));
    QVERIFY(project->setAnnotation(2, labelled()));
    QVERIFY(project->setAnnotation(0, labelled()));
    QVERIFY(project->setAnnotation(1, labelled()));
    QCOMPARE(int(project->images()[2].split), int(Split::train));
    QCOMPARE(int(project->images()[0].split), int(Split::val));
    QVERIFY(project->setSplit(1, Split::test));
    QVERIFY(project->setAnnotation(2, blank));  // taking labels out does not redraw
    QVERIFY(project->setAnnotation(2, labelled()));
    for (const auto& image : project->images()) given.push_back(image.split);
    QVERIFY(project->flush());
  }
  const auto again = *Project::open(pathOf(dir));
  for (size_t i = 0; i < 4; ++i) QCOMPARE(int(again->images()[i].split), int(given[i]));
  QVERIFY(!again->images()[3].labelled);
}

void ProjectOpenTest::backgroundDecidesUncoveredPixels() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "a.png");
  const auto project = *Project::open(pathOf(dir));
  ClassTable classes;
  const auto first = *classes.add("thing"), second = *classes.add("ground");
  QCOMPARE(first, ClassId(1));
  QVERIFY(project->setClasses(classes));
  QVERIFY(!project->backgroundChosen());
  QVERIFY(project->setAnnotation(0, labelled()));
  QCOMPARE(project->labelMap(0)->at(20, 20), kUnlabelled);
  QCOMPARE(project->labelMap(0)->at(2, 2), uint16_t(0));
  QVERIFY(project->setBackground(second));
  QVERIFY(project->backgroundChosen());
  QCOMPARE(project->labelMap(0)->at(20, 20), uint16_t(1));
  QVERIFY(!project->setBackground(ClassId(99)));
  classes.remove(second);
  QVERIFY(project->setClasses(classes));
  QVERIFY(!project->background());
  ClassTable refilled = project->classes();
  QCOMPARE(*refilled.add("new"), ClassId(3));  // the id of the removed class is not used again
}

void ProjectOpenTest::unreadableFolders() {
  QTemporaryDir dir;
  const auto missing = Project::open(pathOf(dir) / "nowhere");
  QVERIFY(!missing && missing.error().code == ErrorCode::notFound);
  writeText(pathOf(dir) / "intarsia/project.json", "{\"intarsia\": 1,");
  const auto before = readText(pathOf(dir) / "intarsia/project.json");
  const auto broken = Project::open(pathOf(dir));
  QVERIFY(!broken && broken.error().message().find("project.json") != std::string::npos);
  QVERIFY(!Project::create(pathOf(dir)));
  QCOMPARE(readText(pathOf(dir) / "intarsia/project.json"), before);
}

void ProjectOpenTest::strayFilesOfAKilledProcessGo() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "a.png");
  {
    const auto project = *Project::open(pathOf(dir));
    QVERIFY(project->setAnnotation(0, labelled()));
    QVERIFY(project->flush());
  }
  const auto before = treeOf(pathOf(dir));
  writeText(pathOf(dir) / "intarsia/annotations/images/.intarsia-1-2.tmp", "half");
  writeText(pathOf(dir) / "intarsia/.import/intarsia/project.json", "half");
  QVERIFY(Project::open(pathOf(dir)));
  QVERIFY(treeOf(pathOf(dir)) == before);
}

INTARSIA_TEST(ProjectOpenTest)
#include "project_open_test.moc"
