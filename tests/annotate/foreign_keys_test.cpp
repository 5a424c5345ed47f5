// SPDX-License-Identifier: GPL-3.0-or-later
// What a source says besides geometry and what we have no name for comes back out of a project, in the format that said it; and
// PASCAL VOC's way to count pixels.
#include <QTest>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "annotate/formats/foreign_keys.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/project/project_dataset.h"
#include "tests/annotate/project_support.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;
using Json = nlohmann::json;

class ForeignKeysTest : public QObject {
  Q_OBJECT
 private slots:
  void init() { m_dir = std::make_unique<QTemporaryDir>(); }
  void cocoComesBack();
  void idsStayUnique();
  void labelmeComesBack();
  void cvatComesBack();
  void vocCounts_data();
  void vocCounts();

 private:
  Json throughProject(const char* format, const std::string& text, const std::string& written);
  std::unique_ptr<QTemporaryDir> m_dir;
};

namespace {

/// By its id.
const Json& withId(const Json& list, const Json& id) {
  static const Json none;
  for (const auto& item : list)
    if (item["id"] == id) return item;
  return none;
}

}  // namespace

void ForeignKeysTest::cocoComesBack() {
  Json source = Json::parse(R"({"info":{},"licenses":[],
    "images":[{"id":900100184324,"file_name":"a.png","width":64,"height":48,"license":3,"coco_url":"http://x/a.png"},{"id":"second","file_name":"b.png","width":64,"height":48},
               {"id":77,"file_name":"c.png","width":64,"height":48,"license":1}],
    "categories":[{"id":90,"name":"car","supercategory":"vehicle","color":"#00008e"},{"id":7,"name":"tree","supercategory":"","color":"#6b8e23","keypoints":["top"]}],
    "annotations":[
      {"id":12345678901234567,"image_id":900100184324,"category_id":90,"iscrowd":0,"segmentation":[[1.1,2.3,40.123456789,3.7,33.3,40.1]],"attributes":{"occluded":true,"words":["a","b"]},"score":0.5},
      {"id":3,"image_id":900100184324,"category_id":7,"iscrowd":0,"segmentation":[[1,1,30,1,30,30,1,30],[20.5,20.5,45,20.5,45,45,20.5,45.25]]},
      {"id":4,"image_id":900100184324,"category_id":7,"iscrowd":0,"segmentation":[[2,40,12,40,12,47],[50,2,60,2,60,12.5]],"deep":[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]},
      {"id":"text","image_id":"second","category_id":90,"iscrowd":1,"segmentation":{"size":[48,64],"counts":[100,20,28,20,28,20,2856]}},
      {"id":8,"image_id":"second","category_id":7,"iscrowd":1,"segmentation":[[5,5,15,5,15,15,5,15]]}]})");
  const Json back = throughProject("coco", source.dump(), "annotations/instances_default.json");
  QCOMPARE(back["annotations"].size(), size_t(5));
  for (const auto& want : source["annotations"]) {
    const Json& got = withId(back["annotations"], want["id"]);
    QVERIFY2(got.is_object(), want["id"].dump().c_str());
    for (const auto& [key, value] : want.items()) {
      if (key == "segmentation" && value.is_object()) continue;
      if (key == "deep") QCOMPARE(got[key].get<std::string>(), value.dump());  // as a text: files of a project are not that deep
      else QVERIFY2(got[key] == value, (key + ": " + got[key].dump() + " for " + value.dump()).c_str());
    }
  }
  // Runs are written compressed: the mask is the same.
  const Json crowd = withId(back["annotations"], "text");
  QCOMPARE(crowd["area"].get<double>(), 60.0);
  QVERIFY2(crowd["bbox"] == Json::parse("[2,4,3,20]"), crowd["bbox"].dump().c_str());
  for (const char* list : {"images", "categories"})
    for (const auto& want : source[list]) {
      const Json& got = withId(back[list], want["id"]);
      for (const auto& [key, value] : want.items()) QVERIFY2(got[key] == value, (key + ": " + got[key].dump() + " for " + value.dump()).c_str());
    }
}

/// An id that is there twice (a shape was copied) stays with the first; labels that are new get numbers that are free.
void ForeignKeysTest::idsStayUnique() {
  const fs::path folder = pathOf(*m_dir);
  writePicture(folder / "src/a.png", {64, 48});
  ExportedDataset data;
  data.classes = {{"car", Color{1, 2, 3}}};
  ImportedImage image;
  image.name = "a.png";
  image.path = folder / "src/a.png";
  image.size = {64, 48};
  for (const char* extra : {R"({"coco":{"id":1}})", "", R"({"coco":{"id":1}})", R"({"coco":{"id":2}})", "{broken"})
    image.shapes.push_back({.classIndex = 0, .polygon = {{{{1, 1}, {9, 1}, {9, 9}}}}, .extra = extra});
  data.images.push_back(image);
  EXPECT_OK(formatById("coco")->write(data, folder / "out", {}, {}));
  const Json json = Json::parse(readText(folder / "out/annotations/instances_default.json"));
  std::vector<int> ids;
  for (const auto& item : json["annotations"]) ids.push_back(item["id"]);
  QCOMPARE(ids, (std::vector<int>{1, 3, 4, 2, 5}));
}

void ForeignKeysTest::labelmeComesBack() {
  const Json source = Json::parse(R"({"version":"5.5.0","flags":{"night":true,"rain":false},"imagePath":"a.png","imageData":null,"imageHeight":48,"imageWidth":64,"reviewer":"Ann","shapes":[
      {"label":"car","points":[[1.25,2.5],[40.123456789,3.5],[33.5,40.0]],"group_id":17,"description":"the red one","shape_type":"polygon","flags":{"occluded":true},"mask":null,"score":0.75},
    {"label":"car","points":[[5,6],[20,30]],"group_id":null,"description":"","shape_type":"rectangle","flags":{},"mask":null,"attributes":{"a":"b"}}]})");
  Json back = throughProject("labelme", source.dump(), "a.json");
  for (const auto& [key, value] : source.items()) QVERIFY2(back[key] == value, (key + ": " + back[key].dump() + " for " + value.dump()).c_str());
}

void ForeignKeysTest::cvatComesBack() {
  const auto folder = pathOf(*m_dir);
  const std::string shape = R"(<polygon label="car" source="auto" occluded="1" points="1.5,2;40.25,3;33,40.125" z_order="0" group_id="4"><attribute name="colour">red &amp; blue</attribute><attribute name="wheels">4</attribute></polygon>)";
  throughProject("cvat", R"(<annotations><version>1.1</version><meta><task><labels><label><name>car</name></label></labels></task></meta><image id="0" name="a.png" width="64" height="48">)" + shape + "</image></annotations>",
                 "annotations.xml");
  const std::string text = readText(folder / "out/annotations.xml");
  QVERIFY2(text.find(shape) != std::string::npos, text.c_str());
}

/// The devkit counts pixels from 1 and its boxes hold their last ones; everybody else writes corners.
void ForeignKeysTest::vocCounts_data() {
  QTest::addColumn<QString>("source");
  QTest::addColumn<bool>("fromOne");
  QTest::addColumn<QString>("box");
  QTest::addColumn<QString>("want");
  QTest::newRow("devkit") << "The VOC2007 Database" << false << "1 1 64 48" << "0 0 64 48";
  QTest::newRow("devkit, fractions") << "The VOC2012 Database" << false << "45.75 10 46.5 11" << "44.75 9 46.5 11";
  QTest::newRow("devkit, one pixel") << "The VOC2012 Database" << false << "3 4 3 4" << "2 3 3 4";
  QTest::newRow("the devkit's name kept by a tool that counts from 0") << "The VOC2012 Database" << false << "0 5 10 15" << "0 5 10 15";
  QTest::newRow("others") << "Unknown" << false << "1 1 64 48" << "1 1 64 48";
  QTest::newRow("no source") << "" << false << "1 2 3 4" << "1 2 3 4";
  QTest::newRow("asked for") << "Unknown" << true << "1 1 64 48" << "0 0 64 48";
}
void ForeignKeysTest::vocCounts() {
  QFETCH(QString, source);
  QFETCH(bool, fromOne);
  QFETCH(QString, box);
  QFETCH(QString, want);
  const fs::path folder = pathOf(*m_dir);
  writePicture(folder / "src/JPEGImages/a.png", {64, 48});
  const auto at = box.split(' ');
  writeText(folder / "src/Annotations/a.xml", QString("<annotation><filename>a.png</filename><source><database>%1</database></source><size><width>64</width><height>48</height><depth>3</depth></size><object><name>car</name><pose>Left</pose>"
                                                     "<truncated>1</truncated><difficult>0</difficult><bndbox><xmin>%2</xmin><ymin>%3</ymin><xmax>%4</xmax><ymax>%5</ymax></bndbox></object></annotation>")
                                                  .arg(source, at[0], at[1], at[2], at[3]).toStdString());
  const auto first = readDataset(folder / "src", {.fromOne = fromOne}, "voc-xml");
  EXPECT_OK(first);
  const auto boundsOf = [](const ImportedDataset& data) {
    const Bounds b = bounds(data.images[0].shapes[0].polygon);
    return QString("%1 %2 %3 %4").arg(b.left).arg(b.top).arg(b.right).arg(b.bottom);
  };
  QCOMPARE(boundsOf(*first), want);
  // What is written is read back the same, once and again.
  auto data = *first;
  for (const char* out : {"one", "two"}) {
    EXPECT_OK(formatById("voc-xml")->write(data, folder / out, {}, {}));
    auto again = readDataset(folder / out, {}, "voc-xml");
    EXPECT_OK(again);
    QCOMPARE(boundsOf(*again), want);
    QVERIFY(readText(folder / out / "Annotations/a.xml").find("<pose>Left</pose><truncated>1</truncated>") != std::string::npos);
    data = std::move(*again);
  }
}

/// Source → project → opened again → written: the written file, parsed if it is JSON.
Json ForeignKeysTest::throughProject(const char* format, const std::string& text, const std::string& written) {
  const fs::path folder = pathOf(*m_dir);
  for (const char* name : {"a.png", "b.png", "c.png"})
    if (text.find(name) != std::string::npos) writePicture(folder / "src" / name, {64, 48});
  writeText(folder / "src" / (text[0] == '<' ? "labels.xml" : "a.json"), text);
  const auto dataset = readDataset(folder / "src", {}, format);
  if (!dataset || !dataset->report.skipped.empty()) return QTest::qFail(dataset ? dataset->report.skipped[0].reason.c_str() : dataset.error().message().c_str(), __FILE__, __LINE__), Json();
  {
    const auto project = Project::create(folder / "p");
    if (!project || !(*project)->import(*dataset, {})) return QTest::qFail("the import failed", __FILE__, __LINE__), Json();
  }
  std::shared_ptr<const Project> project = std::move(*Project::open(folder / "p"));
  auto out = datasetOf(project, {});
  if (out)
    for (auto& image : out->images) image.split = Split::none;  // one file
  if (text.find("c.png") != std::string::npos) {
    const auto empty = std::ranges::find(project->images(), "c.png", [](const ProjectImage& image) { return image.path.filename().string(); });
    if (empty == project->images().end() || empty->labelled || empty->status != ImageStatus::unlabelled) return QTest::qFail("the image without labels is not as it was", __FILE__, __LINE__), Json();
  }
  if (!out || !formatById(format)->write(*out, folder / "out", {}, {})) return QTest::qFail("the export failed", __FILE__, __LINE__), Json();
  return Json::parse(readText(folder / "out" / written), nullptr, false);
}

INTARSIA_TEST(ForeignKeysTest)
#include "foreign_keys_test.moc"
