// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <ctime>
#include <nlohmann/json.hpp>

#include "annotate/project/class_map.h"
#include "annotate/project/import_report.h"
#include "tests/annotate/project_support.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;
using Kind = ClassTarget::Kind;
using Why = ClassProposal::Why;

class ClassMapTest : public QObject {
  Q_OBJECT
 private slots:
  void proposes_data();
  void proposes();
  void namesThatMeetAreNotJoined();
  void newProjectKeepsAll();
  void veryManyClasses();
  void readsFiles_data();
  void readsFiles();
  void writtenIsRead();
  void importFollowsIt();
  void certainWithoutAsking();
  void reportNamesFields();
};

static ClassTable table(const std::vector<const char*>& names) {
  ClassTable classes;
  for (const char* name : names) (void)classes.add(name);
  return classes;
}

static ImportedClass named(const char* name, bool ignore = false) { return {name, {}, ignore}; }

void ClassMapTest::proposes_data() {
  QTest::addColumn<QString>("from");
  QTest::addColumn<bool>("ignore");
  QTest::addColumn<QString>("to");  // empty = ignore
  QTest::addColumn<int>("why");
  QTest::newRow("same") << "car" << false << "car" << int(Why::sameName);
  QTest::newRow("blanks around") << "  car " << false << "car" << int(Why::sameName);
  QTest::newRow("case") << "CAR" << false << "car" << int(Why::spelling);
  QTest::newRow("underscore") << "Traffic_Light" << false << "traffic light" << int(Why::spelling);
  QTest::newRow("hyphen") << "traffic-light" << false << "traffic light" << int(Why::spelling);
  QTest::newRow("plural") << "Cars" << false << "car" << int(Why::plural);
  QTest::newRow("plural es") << "buses" << false << "buses" << int(Why::fresh);
  QTest::newRow("plural ies") << "bodies" << false << "body" << int(Why::plural);
  QTest::newRow("singular of a plural") << "tree" << false << "trees" << int(Why::plural);
  QTest::newRow("people") << "people" << false << "person" << int(Why::plural);
  QTest::newRow("ss") << "gras" << false << "gras" << int(Why::fresh);
  QTest::newRow("a letter") << "pavment" << false << "pavement" << int(Why::similar);
  QTest::newRow("short names are not similar") << "cat" << false << "cat" << int(Why::fresh);
  QTest::newRow("new") << "unicorn" << false << "unicorn" << int(Why::fresh);
  QTest::newRow("said to be ignored") << "leftovers" << true << "" << int(Why::ignored);
  QTest::newRow("Void") << "Void" << false << "" << int(Why::ignored);
  QTest::newRow("__ignore__") << "__ignore__" << false << "" << int(Why::ignored);
  QTest::newRow("255") << "255" << false << "" << int(Why::ignored);
  QTest::newRow("Unlabelled") << "Unlabelled" << false << "" << int(Why::ignored);
  QTest::newRow("other") << "other" << false << "" << int(Why::ignoredName);
  QTest::newRow("ADE20K's other") << "other" << true << "" << int(Why::ignored);
}

void ClassMapTest::proposes() {
  QFETCH(QString, from);
  QFETCH(bool, ignore);
  QFETCH(QString, to);
  QFETCH(int, why);
  const auto proposal = proposeClasses({named(from.toStdString().c_str(), ignore)},
                                       table({"car", "traffic light", "body", "trees", "person", "grass", "pavement"}))[0];
  QCOMPARE(std::string(nameOf(proposal.why)), std::string(nameOf(Why(why))));
  QCOMPARE(proposal.target.kind == Kind::ignore, to.isEmpty());
  QCOMPARE(proposal.target.name, to.toStdString());
}

void ClassMapTest::namesThatMeetAreNotJoined() {
  // Two of the source, one of the project; and the other way round.
  for (const auto& p : proposeClasses({named("Car"), named("CAR")}, table({"car"}))) QVERIFY(p.why == Why::fresh || p.why == Why::plural);
  const auto both = proposeClasses({named("car"), named("Cars")}, table({"car"}));
  QVERIFY(both[0].why == Why::sameName && both[1].why == Why::fresh);
  QVERIFY(proposeClasses({named("CAR")}, table({"car", "Car"}))[0].why == Why::fresh);
}

void ClassMapTest::newProjectKeepsAll() {
  const auto proposals = proposeClasses({named("a"), named("A"), named("other"), named("void")}, {});
  QVERIFY(proposals[0].why == Why::fresh && proposals[1].why == Why::fresh && proposals[2].why == Why::fresh);
  QVERIFY(proposals[3].target.kind == Kind::ignore);
}

void ClassMapTest::veryManyClasses() {
  std::vector<ImportedClass> source;
  ClassTable project;
  for (int i = 0; i < 60'000; ++i) source.push_back({"Class " + std::to_string(i), {}, false});
  for (int i = 0; i < 2'000; ++i) (void)project.addWithId({ClassId(i + 1), "class_" + std::to_string(i * 3), {}, false});
  const std::clock_t begun = std::clock();
  const auto proposals = proposeClasses(source, project);
  QVERIFY2(std::clock() - begun < 2 * CLOCKS_PER_SEC, "too slow");  // each with each would take minutes
  QVERIFY(proposals[3].why == Why::spelling && proposals[3].target.name == "class_3" && proposals[4].why == Why::fresh);
}

void ClassMapTest::readsFiles_data() {
  QTest::addColumn<QByteArray>("text");
  QTest::addColumn<bool>("good");
  QTest::newRow("lines") << QByteArray("# comment\r\nCars = car\n\n tree a=plant\nx = (skip)\nvoid = (ignore)\n* = (skip)") << true;
  QTest::newRow("json") << QByteArray(R"-({"Cars":"car","tree a":"plant","x":null,"void":"(ignore)","*":"(skip)"})-") << true;
  QTest::newRow("no equals sign") << QByteArray("Cars car\n") << false;
  QTest::newRow("nothing behind it") << QByteArray("Cars =\n") << false;
  QTest::newRow("a number") << QByteArray(R"({"Cars":3})") << false;
  QTest::newRow("broken json") << QByteArray(R"({"Cars":)") << false;
}

void ClassMapTest::readsFiles() {
  QFETCH(QByteArray, text);
  QFETCH(bool, good);
  QTemporaryDir dir;
  const auto file = pathOf(dir) / "map.txt";
  writeText(file, text.toStdString());
  const auto map = readClassMap(file);
  QCOMPARE(map.has_value(), good);
  if (!good) {
    QVERIFY(map.error().message().find("map.txt") != std::string::npos);
    return;
  }
  QVERIFY(*map->find("Cars") == (ClassTarget{Kind::use, "car"}));
  QVERIFY(*map->find("tree a") == (ClassTarget{Kind::use, "plant"}));
  QVERIFY(map->find("x")->kind == Kind::skip);
  QVERIFY(map->find("void")->kind == Kind::ignore);
  QVERIFY(map->find("anything")->kind == Kind::skip);
}

void ClassMapTest::writtenIsRead() {
  const std::vector<ImportedClass> source{named("Cars"), named("a = b"), named("new one"), named("void")};
  const auto proposals = proposeClasses(source, table({"car"}));
  QTemporaryDir dir;
  writeText(pathOf(dir) / "m", classMapText({source[0], source[2], source[3]}, {proposals[0], proposals[2], proposals[3]}));
  const auto map = readClassMap(pathOf(dir) / "m");
  EXPECT_OK(map);
  QVERIFY(*map->find("Cars") == proposals[0].target && *map->find("new one") == proposals[2].target && map->find("void")->kind == Kind::ignore);
}

/// A picture with four shapes of four classes and a second one with a mask of the same.
static ImportedDataset fourClasses(const fs::path& folder) {
  ImportedDataset dataset;
  dataset.format = "test";
  dataset.classes = {{"Sky", Color{1, 2, 3}}, {"roads", Color{4, 5, 6}}, {"rubbish", {}}, {"other", {}, true}};
  for (int i = 0; i < 2; ++i) {
    ImportedImage image;
    image.name = "p" + std::to_string(i) + ".png";
    image.path = folder / image.name;
    writePicture(image.path);
    image.size = {32, 24};
    if (i == 0)
      for (int c = 0; c < 4; ++c) image.shapes.push_back({c, square(c * 7, 2, 6, 0).polygon});
    else
      image.mask = []() -> Expected<LabelMap> {
        LabelMap map(32, 24);
        for (int y = 0; y < 24; ++y)
          for (int x = 0; x < 32; ++x) map.set(x, y, uint16_t(x / 8));
        return map;
      };
    dataset.images.push_back(std::move(image));
  }
  return dataset;
}

void ClassMapTest::importFollowsIt() {
  QTemporaryDir dir, data;
  const auto project = *Project::create(pathOf(dir));
  ClassTable classes;
  const auto sky = *classes.add("sky", Color{9, 9, 9}), street = *classes.add("street", Color{7, 7, 7});
  const auto nothing = *classes.add("Void", Color{0, 0, 0}, true);
  EXPECT_OK(project->setClasses(classes));
  Project::ImportOptions options;
  options.classes.named = {{"roads", {Kind::use, "street"}}, {"rubbish", {Kind::skip, {}}}};
  const auto report = project->import(fourClasses(pathOf(data)), options);
  EXPECT_OK(report);
  QCOMPARE(project->classes().size(), 3);
  QVERIFY(project->classes().find(sky)->color == (Color{9, 9, 9}));
  const auto shapes = project->annotation(0)->shapes;
  QCOMPARE(shapes.size(), size_t(3));
  QVERIFY(shapes[0]->classId == sky && shapes[1]->classId == street && shapes[2]->classId == nothing);
  const auto map = *project->labelMap(1);
  const uint16_t expected[] = {0, 1, kUnlabelled, 2};
  for (int x = 0; x < 32; ++x) QCOMPARE(map.at(x, 5), expected[x / 8]);
  QCOMPARE(report->classes.size(), size_t(4));
  QVERIFY(report->classes[0].to == "sky" && report->classes[0].why == "spelling");
  QVERIFY(report->classes[1].to == "street" && report->classes[1].why == "map");
  QVERIFY(report->classes[2].to.empty() && report->classes[3].to == "Void");
  QCOMPARE(report->notes.size(), size_t(2));  // what was left out, per picture
}

void ClassMapTest::certainWithoutAsking() {
  QTemporaryDir dir, data;
  const auto project = *Project::create(pathOf(dir));
  ClassTable classes;
  (void)classes.add("sky", Color{9, 9, 9});
  (void)classes.add("road", Color{7, 7, 7});
  EXPECT_OK(project->setClasses(classes));
  const auto report = project->import(fourClasses(pathOf(data)), {});
  EXPECT_OK(report);
  // Spelling is certain; a plural is only proposed, so it is a class of its own, in its own colour, and the report says so.
  const auto& now = project->classes();
  QCOMPARE(now.size(), 5);
  QVERIFY(now[*now.indexOfName("roads")].color == (Color{4, 5, 6}));
  QVERIFY(now[*now.indexOfName("other")].ignore);
  QCOMPARE(report->notes.size(), size_t(1));
  QVERIFY(report->notes[0].path == "roads" && report->notes[0].reason.find("road") != std::string::npos);
}

void ClassMapTest::reportNamesFields() {
  ImportReport report;
  report.images = 1;
  report.annotations = 2;
  report.classes = {{"a", "b", "map"}, {"c", "", "map"}};
  report.imported = {{"x.png", 2}};
  report.repaired = {{"x.json", "shapes[3].points: closed", "shapes[3].points"}};
  report.skipped = {{"x.json", "shapes[4]: nothing", "shapes[4]"}, {"y.json", "broken"}};
  const auto json = nlohmann::json::parse(importReportJson(report));
  QVERIFY(json["images"] == 1 && json["annotations"] == 2);
  QVERIFY(json["classes"][0]["to"] == "b" && json["classes"][1]["to"].is_null());
  QCOMPARE(json["files"].size(), size_t(3));
  QVERIFY(json["files"][0]["path"] == "x.png" && json["files"][0]["imported"] == 2);
  QVERIFY(json["files"][1]["repaired"][0]["field"] == "shapes[3].points" && json["files"][1]["repaired"][0]["reason"] == "closed");
  QVERIFY(json["files"][1]["skipped"][0]["field"] == "shapes[4]");
  QVERIFY(json["files"][2]["skipped"][0]["reason"] == "broken" && !json["files"][2]["skipped"][0].contains("field"));
}

INTARSIA_TEST(ClassMapTest)
#include "class_map_test.moc"
