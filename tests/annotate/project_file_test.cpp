// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/project_file.h"

#include <QTest>

#include "tests/annotate/project_support.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

class ProjectFileTest : public QObject {
  Q_OBJECT
 private slots:
  void keepsWhatItDoesNotKnow();
  void neverReusesAnId();
  void refusesDamage_data();
  void refusesDamage();
  void splitRuleIsFixed();
  void groupsStayWhole();
  void sharesAreFourToOne();
  void sortsNaturally();
};

static const char* kText = R"({
  "intarsia": 1,
  "classes": [
    {"id":3,"name":"road","color":"#804080","shortcut":"r"},
    {"id":1,"name":"void","color":"#000000","ignore":true}
  ],
  "nextClassId": 9,
  "roots": [
    {"name":"images","path":".","owner":"me"},
    {"name":"far","path":"/somewhere/else","scan":false}
  ],
  "settings": {"background":3,"backgroundChosen":true,"seed":5,"theme":"dark"},
  "later":{"a":[1,2]},
  "images": [
    {"key":"images/a.png","split":"train","status":"checked","stars":3},
    {"key":"images/b%FF.png","split":"val","group":"g 1","blank":true}
  ]
}
)";

void ProjectFileTest::keepsWhatItDoesNotKnow() {
  const auto file = parseProjectFile(kText, "/data/set", "project.json");
  QVERIFY2(file.has_value(), file ? "" : file.error().message().c_str());
  QCOMPARE(file->roots[0].path, fs::path("/data/set"));
  QCOMPARE(file->roots[1].path, fs::path("/somewhere/else"));
  QVERIFY(file->background == ClassId(3) && file->backgroundChosen && !file->newer);
  QCOMPARE(int(file->images.at("images/a.png").status), int(ImageStatus::checked));
  QCOMPARE(QString::fromStdString(projectFileText(*file, "/data/set")), QString(kText));
  // Moved with its folder.
  const auto moved = parseProjectFile(kText, "/other", "project.json");
  QCOMPARE(moved->roots[0].path, fs::path("/other"));
}

void ProjectFileTest::neverReusesAnId() {
  auto file = parseProjectFile(kText, "/d", "p");
  QCOMPARE(*file->classes.add("new"), ClassId(9));
  file->classes.remove(9);
  const auto again = parseProjectFile(projectFileText(*file, "/d"), "/d", "p");
  auto classes = again->classes;
  QCOMPARE(*classes.add("newer"), ClassId(10));
}

void ProjectFileTest::refusesDamage_data() {
  QTest::addColumn<QByteArray>("from");
  QTest::addColumn<QByteArray>("to");
  QTest::newRow("not ours") << QByteArray("\"intarsia\": 1,") << QByteArray();
  QTest::newRow("class without id") << QByteArray("\"id\":3,") << QByteArray();
  QTest::newRow("same class id") << QByteArray("\"id\":3") << QByteArray("\"id\":1");
  QTest::newRow("colour") << QByteArray("#804080") << QByteArray("mauve");
  QTest::newRow("key that climbs") << QByteArray("images/a.png") << QByteArray("images/../../etc/x");
  QTest::newRow("absolute key") << QByteArray("images/a.png") << QByteArray("/etc/x");
  QTest::newRow("root that climbs") << QByteArray("\"name\":\"far\"") << QByteArray("\"name\":\"..\"");
  QTest::newRow("split") << QByteArray("\"split\":\"val\"") << QByteArray("\"split\":\"validation\"");
  QTest::newRow("list") << QByteArray("\"images\": [") << QByteArray("\"images\": 3, \"x\": [");
  QTest::newRow("cut off") << QByteArray("  ]\n}\n") << QByteArray();
}

void ProjectFileTest::refusesDamage() {
  QFETCH(QByteArray, from);
  QFETCH(QByteArray, to);
  QByteArray text(kText);
  QVERIFY(text.contains(from));
  text.replace(text.lastIndexOf(from), from.size(), to);
  const auto file = parseProjectFile(text.toStdString(), "/d", "project.json");
  QVERIFY(!file);
  QVERIFY2(file.error().message().find("project.json") != std::string::npos, file.error().message().c_str());
}

void ProjectFileTest::splitRuleIsFixed() {
  ProjectFile file;
  SplitRule rule(file);
  std::string drawn;
  for (int i = 0; i < 40; ++i) {
    const auto split = rule.draw("images/scene-" + std::to_string(i) + ".png", {});
    rule.add({}, split);
    drawn += split == Split::train ? 't' : 'v';
  }
  // Written down once: a change would redraw what people have measured on.
  QCOMPARE(drawn.substr(0, 2), std::string("tv"));
  QCOMPARE(QString::fromStdString(drawn), QString("tvttvvttvttttttttttvttttvtttttttttvttttv"));
}

void ProjectFileTest::groupsStayWhole() {
  ProjectFile file;
  SplitRule rule(file);
  std::map<std::string, Split> seen;
  for (int i = 0; i < 300; ++i) {
    const std::string group = "video " + std::to_string(i % 17);
    const auto split = rule.draw("images/" + std::to_string(i), group);
    rule.add(group, split);
    QCOMPARE(int(seen.try_emplace(group, split).first->second), int(split));
  }
  // What a source says about one of a group holds for the others.
  file.images["images/x"] = {Split::test, "walk"};
  QCOMPARE(int(SplitRule(file).draw("images/y", "walk")), int(Split::test));
}

void ProjectFileTest::sharesAreFourToOne() {
  ProjectFile file;
  file.images["images/1"].split = Split::train;
  file.images["images/2"].split = Split::val;
  const SplitRule rule(file);
  int val = 0;
  for (int i = 0; i < 20000; ++i) val += rule.draw("images/" + std::to_string(i) + ".jpg", {}) == Split::val;
  QVERIFY2(val > 3800 && val < 4200, std::to_string(val).c_str());
}

void ProjectFileTest::sortsNaturally() {
  std::vector<std::string> names = {
      "b", "a10", "a2", "a1/z", "a1", "a01", "A", "a2b", "a10000000000000000000000000001", "a-1", "a/1"};
  std::sort(names.begin(), names.end(), naturalLess);
  const auto at = [&](const char* name) { return std::find(names.begin(), names.end(), name) - names.begin(); };
  QVERIFY(at("a1") < at("a2") && at("a2") < at("a10") && at("a10") < at("b") && at("a/1") < at("a-1"));
  QVERIFY(at("a10") < at("a10000000000000000000000000001"));
  for (const auto& a : names)  // a strict order: sort needs one
    for (const auto& b : names) {
      QVERIFY(!(naturalLess(a, b) && naturalLess(b, a)));
      QVERIFY(a == b || naturalLess(a, b) || naturalLess(b, a));
      for (const auto& c : names) QVERIFY(!(naturalLess(a, b) && naturalLess(b, c)) || naturalLess(a, c));
    }
}

INTARSIA_TEST(ProjectFileTest)
#include "project_file_test.moc"
