// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/sidecar.h"

#include <QTest>
#include <cmath>

#include "tests/annotate/project_support.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

class ProjectSidecarTest : public QObject {
  Q_OBJECT
 private slots:
  void comesBackExactly();
  void hasOneShapePerLine();
  void baseMapComesBackExactly_data();
  void baseMapComesBackExactly();
  void damagedBaseMapIsNoticed();
  void refusesWhatItDoesNotUnderstand_data();
  void refusesWhatItDoesNotUnderstand();
  void refusesWhatJsonCannotHold();
  void namesFitEveryFileSystem();
};

void ProjectSidecarTest::comesBackExactly() {
  for (uint32_t i = 0; i < 300; ++i) {
    Random random(11, i);
    Sidecar sidecar;
    sidecar.image = "a b%25.png";
    sidecar.annotation = randomAnnotation(random, false);
    QVERIFY(checkAnnotation(sidecar.annotation));
    const auto text = sidecarText(sidecar);
    const auto back = parseSidecar(text, "x.json");
    QVERIFY2(back.has_value(), back ? "" : back.error().message().c_str());
    QVERIFY(sameContent(back->annotation, sidecar.annotation));
    QCOMPARE(back->annotation.nextId, sidecar.annotation.nextId);
    QCOMPARE(back->annotation.extra, sidecar.annotation.extra);
    QCOMPARE(back->annotation.note, sidecar.annotation.note);
    QCOMPARE(back->image, sidecar.image);
    QCOMPARE(sidecarText(*back), text);  // byte for byte, so git sees no change
  }
}

void ProjectSidecarTest::hasOneShapePerLine() {
  Sidecar sidecar;
  sidecar.annotation.size = {10, 10};
  for (int i = 0; i < 5; ++i) addShape(sidecar.annotation, square(i, i, 2.5, 7));
  std::istringstream text(sidecarText(sidecar));
  int shapes = 0;
  for (std::string line; std::getline(text, line);)
    if (line.find("\"rings\"") != std::string::npos) {
      ++shapes;
      QVERIFY(line.starts_with("    {\"id\":" + std::to_string(shapes) + ",\"class\":7,\"kind\":\"polygon\""));
    }
  QCOMPARE(shapes, 5);
}

void ProjectSidecarTest::baseMapComesBackExactly_data() {
  QTest::addColumn<int>("ids");
  QTest::newRow("few") << 5;
  QTest::newRow("255, a palette") << 255;
  QTest::newRow("256, 16 bits") << 256;
  QTest::newRow("many") << 3000;
}

void ProjectSidecarTest::baseMapComesBackExactly() {
  QFETCH(int, ids);
  QTemporaryDir dir;
  Random random(3, uint32_t(ids));
  TileMap map(Size{301, 263});
  for (int i = 0; i < ids; ++i) map.set(i % 301, i / 301, 1 + uint32_t(i) * 1'000'003u);
  for (int i = 0; i < 3000; ++i)
    map.set(random.below(301), 20 + random.below(243), 1 + uint32_t(random.below(ids)) * 1'000'003u);
  const auto reference = writeBaseMap(pathOf(dir), "a.png", map, {});
  QVERIFY(reference.has_value());
  QCOMPARE(int(reference->ids.size()), ids);
  const auto back = readBaseMap(pathOf(dir), *reference, map.size());
  QVERIFY2(back.has_value(), back ? "" : back.error().message().c_str());
  QVERIFY(*back == map);
  const auto again = writeBaseMap(pathOf(dir), "a.png", map, {});
  QVERIFY(again && *again == *reference);
}

void ProjectSidecarTest::damagedBaseMapIsNoticed() {
  QTemporaryDir dir;
  TileMap one(Size{20, 20}), two(Size{20, 20});
  one.set(3, 3, 5);
  two.set(4, 3, 5);
  const auto first = writeBaseMap(pathOf(dir), "a", one, {}), second = writeBaseMap(pathOf(dir), "a", two, {});
  QVERIFY(first && second && first->file != second->file);
  fs::copy_file(pathOf(dir) / first->file, pathOf(dir) / second->file, fs::copy_options::overwrite_existing);
  QVERIFY(!readBaseMap(pathOf(dir), *second, {20, 20}));
  QVERIFY(!readBaseMap(pathOf(dir), *first, {20, 21}));
  fs::remove(pathOf(dir) / first->file);
  QVERIFY(!readBaseMap(pathOf(dir), *first, {20, 20}));
}

void ProjectSidecarTest::refusesWhatItDoesNotUnderstand_data() {
  QTest::addColumn<QByteArray>("from");
  QTest::addColumn<QByteArray>("to");
  QTest::newRow("newer") << QByteArray("\"intarsia\": 1") << QByteArray("\"intarsia\": 2");
  QTest::newRow("no version") << QByteArray("\"intarsia\": 1,") << QByteArray();
  QTest::newRow("size") << QByteArray("[32, 24]") << QByteArray("[32, -24]");
  QTest::newRow("huge size") << QByteArray("[32, 24]") << QByteArray("[99999999999999999999, 24]");
  QTest::newRow("status") << QByteArray("inWork") << QByteArray("finished");
  QTest::newRow("class") << QByteArray("\"class\":7") << QByteArray("\"class\":\"7\"");
  QTest::newRow("no class") << QByteArray("\"class\":7,") << QByteArray();
  QTest::newRow("same ids") << QByteArray("\"id\":2") << QByteArray("\"id\":1");
  QTest::newRow("point of three") << QByteArray("[1,1]") << QByteArray("[1,1,1]");
  QTest::newRow("text point") << QByteArray("[1,1]") << QByteArray("[1,\"1\"]");
  QTest::newRow("huge number") << QByteArray("[1,1]") << QByteArray("[1,1e999]");
  QTest::newRow("locked") << QByteArray("\"locked\":true") << QByteArray("\"locked\":1");
  QTest::newRow("shapes") << QByteArray("\"shapes\": [") << QByteArray("\"shape\": [");
  QTest::newRow("cut off") << QByteArray("  ]\n}") << QByteArray();
  QTest::newRow("base elsewhere") << QByteArray("\"status\"")
                                  << QByteArray("\"base\": {\"file\": \"../../x.png\", \"ids\": []}, \"status\"");
}

void ProjectSidecarTest::refusesWhatItDoesNotUnderstand() {
  QFETCH(QByteArray, from);
  QFETCH(QByteArray, to);
  Sidecar sidecar;
  sidecar.annotation.size = {32, 24};
  sidecar.annotation.status = ImageStatus::inWork;
  Shape locked = square(1, 1, 4, 7);
  locked.locked = true;
  addShape(sidecar.annotation, locked);
  addShape(sidecar.annotation, square(2, 2, 4, 7));
  auto text = QByteArray::fromStdString(sidecarText(sidecar));
  QVERIFY(parseSidecar(text.toStdString(), "x.json"));
  QVERIFY(text.contains(from));
  text.replace(text.indexOf(from), from.size(), to);
  const auto result = parseSidecar(text.toStdString(), "x.json");
  QVERIFY(!result);
  QVERIFY2(QString::fromStdString(result.error().message()).contains("x.json"), result.error().message().c_str());
}

void ProjectSidecarTest::refusesWhatJsonCannotHold() {
  Annotation a;
  QVERIFY(!checkAnnotation(a));
  a.size = {4, 4};
  QVERIFY(checkAnnotation(a));
  a.extra = "[1]";
  QVERIFY(!checkAnnotation(a));
  a.extra.clear();
  a.base = TileMap(Size{4, 5});
  QVERIFY(!checkAnnotation(a));
  a.base = {};
  addShape(a, square(NAN, 0, 1, 1));
  QVERIFY(!checkAnnotation(a));
}

void ProjectSidecarTest::namesFitEveryFileSystem() {
  QCOMPARE(sidecarFile("images/a/b.png"), fs::path("images/a/b.png.json"));
  const std::string longName(250, 'x');
  std::string umlauts;
  for (int i = 0; i < 120; ++i) umlauts += "ü";
  for (const auto& name : {longName, umlauts}) {
    const auto file = sidecarFile("images/" + name);
    QVERIFY(file.filename().native().size() < 215);
    QVERIFY(sidecarFile("images/" + name + "1") != file);
    QVERIFY(QString::fromStdString(file.native()).toStdString() == file.native());  // still UTF-8
  }
}

INTARSIA_TEST(ProjectSidecarTest)
#include "project_sidecar_test.moc"
