// SPDX-License-Identifier: GPL-3.0-or-later
// COCO's lists of parts mean their union. The parts stay as they are in the file; what counts pixels or draws them takes the union.
#include <QTest>
#include <nlohmann/json.hpp>

#include "annotate/formats/shape_forms.h"
#include "annotate/formats/summary.h"
#include "annotate/raster/rasterizer.h"
#include "annotate/raster/rle.h"
#include "core/base/text.h"
#include "tests/annotate/project_support.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;
using Json = nlohmann::json;

class CocoPartsTest : public QObject {
  Q_OBJECT
 private slots:
  void init();
  void coordinatesComeBack();
  void pixelsAreTheUnion_data();
  void pixelsAreTheUnion();
  void importUnites();
  void manyAreOpenedAtOnce();

 private:
  fs::path folder() const { return pathOf(*m_dir); }
  std::unique_ptr<QTemporaryDir> m_dir;
};

void CocoPartsTest::init() { m_dir = std::make_unique<QTemporaryDir>(); }

/// `count` annotations of overlapping stars in a picture.
static void write(const fs::path& folder, int count) {
  Random random(5);
  Json json{{"images", {{{"id", 1}, {"file_name", "a.png"}, {"width", 64}, {"height", 48}}}}, {"categories", {{{"id", 1}, {"name", "star"}}}}, {"annotations", Json::array()}};
  for (int i = 0; i < count; ++i) {
    Json parts = Json::array();
    for (int p = 0; p < 2 + i % 2; ++p) {
      Json ring = Json::array();
      const int points = 5 + random.below(20);
      for (int k = 0; k < points; ++k) {
        ring.push_back(std::round((32 + random.uniform(5, 25) * std::cos(6.283 * k / points)) * 100) / 100);
        ring.push_back(std::round((24 + random.uniform(5, 20) * std::sin(6.283 * k / points)) * 100) / 100);
      }
      parts.push_back(std::move(ring));
    }
    json["annotations"].push_back({{"id", i}, {"image_id", 1}, {"category_id", 1}, {"iscrowd", 0}, {"segmentation", std::move(parts)}});
  }
  writePicture(folder / "a.png", {64, 48});
  writeText(folder / "a.json", json.dump());
}

void CocoPartsTest::coordinatesComeBack() {
  write(folder() / "src", 40);
  const auto before = readDataset(folder() / "src");
  EXPECT_OK(before);
  EXPECT_OK(formatById("coco")->write(*before, folder() / "out", {}, {}));
  const auto after = readDataset(folder() / "out");
  EXPECT_OK(after);
  const auto &a = before->images[0].shapes, &b = after->images[0].shapes;
  QCOMPARE(a.size(), size_t(40));
  QCOMPARE(b.size(), size_t(40));
  for (size_t i = 0; i < a.size(); ++i) QVERIFY(a[i].polygon == b[i].polygon && a[i].unite && b[i].unite);
}

void CocoPartsTest::pixelsAreTheUnion_data() {
  QTest::addColumn<int>("rule");
  for (const int rule : {0, 1, 2, 3}) QTest::addRow("rule %d", rule) << rule;
}

void CocoPartsTest::pixelsAreTheUnion() {
  QFETCH(int, rule);
  write(folder(), 12);
  auto dataset = *readDataset(folder());
  const auto shapes = dataset.images[0].shapes;
  for (const auto& shape : shapes) {
    dataset.images[0].shapes = {shape};
    const auto map = labelMap(dataset, dataset.images[0], RasterRule(rule));
    EXPECT_OK(map);
    LabelMap expected(64, 48);  // part by part, as pycocotools merges them
    for (const auto& ring : shape.polygon.rings)
      for (const Span& s : spans({{ring}}, expected.rect(), RasterRule(rule))) std::fill(expected.row(s.y) + s.begin, expected.row(s.y) + s.end, uint16_t(0));
    QVERIFY(*map == expected);
    if (rule != 0) continue;
    // The united polygon has the same pixels but where a crossing was rounded beside a centre: none of these.
    LabelMap united(64, 48);
    for (const Span& s : spans(unitedPolygon(shape), united.rect())) std::fill(united.row(s.y) + s.begin, united.row(s.y) + s.end, uint16_t(0));
    QVERIFY(united == expected);
  }
}

void CocoPartsTest::importUnites() {
  write(folder() / "src", 6);
  const auto project = *Project::create(folder() / "p");
  const auto report = project->import(*readDataset(folder() / "src"), {});
  EXPECT_OK(report);
  QCOMPARE(report->annotations, 6);
  QCOMPARE(report->repaired.size(), size_t(1));
  QVERIFY2(report->repaired[0].reason.find("6 shapes were united") != std::string::npos, report->repaired[0].reason.c_str());
  const auto annotation = project->annotation(0);
  QCOMPARE(annotation->shapes.size(), size_t(6));  // one annotation, one shape
  // Again: nothing new.
  QCOMPARE(project->import(*readDataset(folder() / "src"), {})->annotations, 0);
}

/// No limit on how many: they are united when they are drawn, not when the file is opened.
void CocoPartsTest::manyAreOpenedAtOnce() {
  write(folder(), 3000);
  const auto dataset = readDataset(folder());
  EXPECT_OK(dataset);
  QCOMPARE(dataset->images[0].shapes.size(), size_t(3000));
  QVERIFY(dataset->report.repaired.empty() && dataset->report.skipped.empty());
}

INTARSIA_TEST(CocoPartsTest)
#include "coco_parts_test.moc"
