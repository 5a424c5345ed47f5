// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/sample_scenes.h"

#include <QTest>
#include <set>

#include "annotate/raster/rasterizer.h"
#include "tests/annotate/project_support.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

class SampleScenesTest : public QObject {
  Q_OBJECT
 private slots:
  void areTheSameEverywhere();
  void coverThePicture();
  void labelsAreWhatWasPainted();
  void makeAProject();
};

static LabelMap labelsOf(const Scene& scene) {
  LabelMap map(scene.image.width, scene.image.height);
  for (const auto& shape : scene.shapes)
    for (const auto& span : spans(shape.polygon, map.rect()))
      for (int x = span.begin; x < span.end; ++x) map.set(x, span.y, uint16_t(shape.classIndex));
  return map;
}

void SampleScenesTest::areTheSameEverywhere() {
  const auto scene = makeScene(1, 3, {240, 180});
  std::string shapes;
  for (const auto& shape : scene.shapes)
    for (const auto& ring : shape.polygon.rings)
      for (const auto& p : ring) shapes += std::to_string(int(p.x * 4)) + "," + std::to_string(int(p.y * 4)) + ";";
  // Taken down once; another machine or compiler must find the same.
  QCOMPARE(QString::fromStdString(contentHash(shapes)), QString("7d00597434eed42aed6d5ee3466eb997"));
  QCOMPARE(QString::fromStdString(contentHash(std::as_bytes(std::span(scene.image.bytes)))),
           QString("3c56835eafc14ee38d84fcec353c6aa8"));
  QVERIFY(makeScene(2, 3, {240, 180}).image.bytes != scene.image.bytes);
  QVERIFY(makeScene(1, 4, {240, 180}).image.bytes != scene.image.bytes);
}

void SampleScenesTest::coverThePicture() {
  std::vector<int64_t> counts(9);
  for (int i = 0; i < 12; ++i) {
    const auto scene = makeScene(1, i, {240, 180});
    const auto map = labelsOf(scene);
    const auto found = classCounts(map, 8);
    QCOMPARE(found[8], int64_t(0));  // every pixel has a label
    for (size_t c = 0; c < 9; ++c) counts[c] += found[c];
    for (const auto& shape : scene.shapes)
      for (const auto& ring : shape.polygon.rings) {
        QVERIFY(ring.size() >= 3);
        for (const auto& p : ring) QVERIFY(p.x >= 0 && p.x <= 240 && p.y >= 0 && p.y <= 180);
      }
  }
  for (size_t c = 0; c < 8; ++c)
    QVERIFY2(counts[c] > 12 * 240 * 180 / 200, sceneClasses()[c].name.c_str());  // none below half a percent
}

/// Sky and road differ in colour where the labels say so: the picture is drawn by the same rule.
void SampleScenesTest::labelsAreWhatWasPainted() {
  const auto scene = makeScene(1, 0, {480, 360});
  const auto map = labelsOf(scene);
  double blue[2] = {0, 0};
  int64_t count[2] = {0, 0};
  for (int y = 0; y < 360; ++y)
    for (int x = 0; x < 480; ++x) {
      const int which = map.at(x, y) == 5 ? 0 : map.at(x, y) == 1 ? 1 : -1;
      if (which < 0) continue;
      blue[which] += scene.image.row(y)[x * 3 + 2];
      ++count[which];
    }
  QVERIFY(count[0] > 1000 && count[1] > 1000);
  QVERIFY(blue[0] / double(count[0]) > blue[1] / double(count[1]) + 60);
}

void SampleScenesTest::makeAProject() {
  QTemporaryDir dir;
  const auto folder = pathOf(dir) / "sample";
  const auto made = makeSampleProject(folder, 10, {120, 90}, 1);
  QVERIFY2(made.has_value(), made ? "" : made.error().message().c_str());
  const auto project = *Project::open(folder);
  QCOMPARE(project->images().size(), size_t(10));
  QCOMPARE(project->classes().size(), 8);
  QVERIFY(project->background() == project->classes()[0].id);
  int val = 0;
  for (int i = 0; i < 10; ++i) {
    val += project->images()[size_t(i)].split == Split::val;
    QVERIFY(*project->labelMap(i) == labelsOf(makeScene(1, i, {120, 90})));
  }
  QCOMPARE(val, 2);
  QVERIFY(!makeSampleProject(folder, 10, {120, 90}, 1));  // never over a project
}

INTARSIA_TEST(SampleScenesTest)
#include "sample_scenes_test.moc"
