// SPDX-License-Identifier: GPL-3.0-or-later
// Reads every real sample there is and compares with what the reference readers of each format said about it.
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "annotate/formats/summary.h"
#include "tests/support/register.h"

using namespace intarsia;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

const fs::path kSamples = fs::path(INTARSIA_SOURCE_DIR) / "../shared/samples";

const Json& expected() {
  static const Json json = [] {
    std::ifstream stream(kSamples / "expected.json");
    return stream ? Json::parse(stream) : Json::object();
  }();
  return json;
}

std::vector<const ImportedShape*> shapesOf(const ImportedDataset& dataset) {
  std::vector<const ImportedShape*> shapes;
  for (const auto& image : dataset.images)
    for (const auto& shape : image.shapes) shapes.push_back(&shape);
  return shapes;
}

double areaOf(const ImportedShape& shape) { return shape.area ? *shape.area : area(shape.polygon); }

bool near(double a, double b, double tolerance = 1e-3) { return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b)); }

}  // namespace

class FormatSamplesTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    if (expected().empty()) QSKIP("the samples are not here (../shared/samples)");
  }

  void coco_data() { addRows({"coco", "coco results list"}); }
  void coco() {
    const auto [dataset, want] = load();
    if (!dataset) return;
    QCOMPARE(dataset->report.annotations, want["n_annotations"].get<int>());
    std::map<std::string, double> sums;  // by class
    for (const auto& image : dataset->images)
      for (const auto& shape : image.shapes) {
        if (shape.kind == "rectangle") continue;
        const Rect all{0, 0, image.size.width, image.size.height};
        sums[dataset->classes[size_t(shape.classIndex)].name] += shape.kind == "rle" ? *shape.area : double(pixelCount(shape.polygon, all, RasterRule::coco));
      }
    for (const auto& [id, pixels] : want["sum_area_px_by_category"].items()) {
      const auto& categories = want["categories"];
      const std::string name = id == "None" ? "object" : categories.contains(id) ? categories[id].get<std::string>() : "category " + id;
      QVERIFY2(near(sums[name], pixels.get<double>(), 2e-3), qPrintable(QString("%1: %2 for %3").arg(name.c_str()).arg(sums[name]).arg(pixels.get<double>())));
    }
  }

  void labelme_data() { addRows({"labelme"}); }
  void labelme() {
    const auto [dataset, want] = load();
    if (!dataset) return;
    const auto shapes = shapesOf(*dataset);
    QCOMPARE(shapes.size(), want["n_shapes"].get<size_t>());
    const auto& image = dataset->images[0];
    QCOMPARE(image.size.width, want["image_size"][0].get<int>());
    QCOMPARE(image.size.height, want["image_size"][1].get<int>());
    for (size_t i = 0; i < shapes.size(); ++i) {
      const auto& shape = want["shapes"][i];
      QCOMPARE(dataset->classes[size_t(shapes[i]->classIndex)].name, shape["label"].get<std::string>());
      QCOMPARE(shapes[i]->kind, shape["type"].get<std::string>());
      const double pixels = double(pixelCount(shapes[i]->polygon, {0, 0, image.size.width, image.size.height}, RasterRule::pil));
      if (shape["type"] == "polygon") QVERIFY(std::abs(pixels - shape["area_px_PIL"].get<double>()) <= 1);
      if (shape["type"] == "mask") QCOMPARE(areaOf(*shapes[i]), shape["area_px_PIL"].get<double>());
      if (shape["type"] == "polygon") QCOMPARE(shapes[i]->polygon.rings[0].size(), shape["n_points"].get<size_t>());
    }
  }

  void labelbox_data() { addRows({"labelbox"}); }
  void labelbox() {
    const auto [dataset, want] = load();
    if (!dataset) return;
    const auto shapes = shapesOf(*dataset);
    size_t at = 0;
    for (const auto& object : want["objects"]) {
      if (!object.contains("shoelace") || object["shoelace"].is_null()) continue;
      while (at < shapes.size() && shapes[at]->kind != "polygon") ++at;
      QVERIFY(at < shapes.size());
      QVERIFY2(near(areaOf(*shapes[at]), object["shoelace"].get<double>()), qPrintable(QString("%1, not %2").arg(areaOf(*shapes[at])).arg(object["shoelace"].get<double>())));
      QCOMPARE(dataset->classes[size_t(shapes[at]->classIndex)].name, object["class"].get<std::string>());
      ++at;
    }
  }

  void vocXml_data() { addRows({"voc xml"}); }
  void vocXml() {
    const auto [dataset, want] = load();
    if (!dataset) return;
    const auto shapes = shapesOf(*dataset);
    QCOMPARE(shapes.size(), want["n_objects"].get<size_t>());
    for (size_t i = 0; i < shapes.size(); ++i) {
      const auto& object = want["objects"][i];
      QCOMPARE(dataset->classes[size_t(shapes[i]->classIndex)].name, object["name"].get<std::string>());
      if (object["kind"] == "polygon") QVERIFY(near(areaOf(*shapes[i]), object["shoelace"].get<double>()));
      if (object["kind"] == "bndbox") {
        const auto& box = object["bndbox"];
        QCOMPARE(areaOf(*shapes[i]), (box[2].get<double>() - box[0].get<double>()) * (box[3].get<double>() - box[1].get<double>()));
      }
    }
  }

  void mitLabelme_data() { addRows({"LabelMe MIT xml"}); }
  void mitLabelme() {
    const auto [dataset, want] = load();
    if (!dataset) return;
    std::map<std::string, int> found;
    for (const ImportedShape* shape : shapesOf(*dataset)) ++found[dataset->classes[size_t(shape->classIndex)].name];
    // Opened alone the XML has no masks beside it: what needs one is told.
    int missing = 0;
    for (const auto& [name, count] : want["objects"].items()) missing += count.get<int>() - found[name];
    QCOMPARE(missing, int(dataset->report.skipped.size()));
    const auto folder = readDataset(kSamples / "formats/labelme_mit_xml/datumaro");
    QVERIFY(folder);
    found.clear();
    for (const ImportedShape* shape : shapesOf(*folder)) ++found[folder->classes[size_t(shape->classIndex)].name];
    for (const auto& [name, count] : want["objects"].items()) QCOMPARE(found[name], count.get<int>());
  }

  void mapillary_data() { addRows({"mapillary polygons"}); }
  void mapillary() {
    const QString key = fetch();
    if (expected().empty()) QSKIP("the samples are not here (../shared/samples)");
    const Json& want = expected()[key.toStdString()];
    // Only what the polygons say: labels and instances are left out.
    QTemporaryDir folder;
    const fs::path from = kSamples / "formats/mapillary", to = folder.path().toStdString();
    fs::create_directories(to / "val/v2.0");
    fs::copy(from / "config_v2.0.json", to / "config_v2.0.json");
    fs::copy(from / "val/images", to / "val/images", fs::copy_options::recursive);
    fs::copy(from / "val/v2.0/polygons", to / "val/v2.0/polygons", fs::copy_options::recursive);
    const auto dataset = readDataset(to);
    QVERIFY2(dataset, dataset ? "" : dataset.error().message().c_str());
    const std::string stem = fs::path(key.toStdString()).stem().string();
    for (const auto& image : dataset->images) {
      if (fs::path(image.name).stem() != stem) continue;
      std::map<std::string, int> found;
      for (const auto& shape : image.shapes) ++found[dataset->classes[size_t(shape.classIndex)].name];
      for (const auto& [name, count] : want["objects"].items()) QCOMPARE(found[name], count.get<int>());
    }
  }

  void cvat_data() { addRows({"cvat"}); }
  void cvat() {
    const auto [dataset, want] = load();
    if (!dataset) return;
    QCOMPARE(dataset->images.size(), want["n_images"].get<size_t>());
    for (size_t i = 0; i < want["labels"].size(); ++i) QCOMPARE(dataset->classes[i].name, want["labels"][i].get<std::string>());
    for (size_t i = 0; i < want["images"].size(); ++i) {
      const auto& image = dataset->images[i];
      QCOMPARE(image.size, (Size{want["images"][i]["size"][0], want["images"][i]["size"][1]}));
      size_t shapes = 0;
      for (const auto& [kind, count] : want["images"][i]["shapes"].items())
        if ((kind.starts_with("box") || kind.starts_with("ellipse") || kind.starts_with("mask") || kind.starts_with("polygon")) && !kind.ends_with(":")) shapes += count.get<size_t>();
      QCOMPARE(image.shapes.size(), shapes);
      for (const auto& detail : want["images"][i]["detail"]) {
        const bool mask = detail.contains("mask");
        const double area = detail[mask ? "area_px" : "shoelace"].get<double>();
        if (!mask && detail["polygon"] == "") continue;
        QVERIFY(std::any_of(image.shapes.begin(), image.shapes.end(), [&](const auto& s) { return s.kind == (mask ? "mask" : "polygon") && near(areaOf(s), area); }));
      }
    }
  }

  void yolo_data() { addRows({"yolo txt"}); }
  void yolo() {
    const QString key = fetch();
    const Json& want = expected()[key.toStdString()];
    const fs::path file = kSamples / "formats" / key.toStdString();
    ReadOptions options;
    options.images = file.parent_path().filename() == "labels" ? file.parent_path().parent_path() : file.parent_path().parent_path().parent_path();
    const auto dataset = readDataset(file, options, "yolo");
    QVERIFY(dataset);
    const auto shapes = shapesOf(*dataset);
    QCOMPARE(shapes.size(), want["image_size"].is_null() ? 0 : want["rows"].size());
    for (size_t i = 0; i < shapes.size(); ++i) {
      QCOMPARE(shapes[i]->kind, std::string(want["rows"][i]["kind"] == "box" ? "rectangle" : "polygon"));
      if (shapes[i]->kind == "polygon") QVERIFY(near(areaOf(*shapes[i]), want["rows"][i]["shoelace_px"].get<double>()));
    }
  }

  void supervisely_data() { addRows({"supervisely"}); }
  void supervisely() {
    const auto [dataset, want] = load();
    if (!dataset) return;
    const auto shapes = shapesOf(*dataset);
    QCOMPARE(shapes.size(), want["objects"].size());
    for (size_t i = 0; i < shapes.size(); ++i) {
      const auto& object = want["objects"][i];
      QCOMPARE(dataset->classes[size_t(shapes[i]->classIndex)].name, object["class"].get<std::string>());
      if (object["kind"] == "polygon") QVERIFY(near(areaOf(*shapes[i]), object["shoelace"].get<double>()));
      if (object["kind"] == "bitmap") QCOMPARE(areaOf(*shapes[i]), object["area_px"].get<double>());
      if (object["kind"] == "bitmap") QCOMPARE(pixelCount(shapes[i]->polygon, {0, 0, 4000, 4000}), object["area_px"].get<int64_t>());
    }
  }

  void via_data() { addRows({"via"}); }
  void via() {
    const auto [dataset, want] = load();
    if (!dataset) return;
    for (const auto& image : dataset->images) {
      const auto& regions = want["images"][image.name];
      QCOMPARE(image.shapes.size(), regions.size());
      for (size_t i = 0; i < regions.size(); ++i) QVERIFY(near(areaOf(image.shapes[i]), regions[i]["shoelace"].get<double>()));
    }
  }

  void datumaro_data() { addRows({"datumaro"}); }
  void datumaro() {
    const auto [dataset, want] = load();
    if (!dataset) return;
    QCOMPARE(dataset->images.size(), want["n_items"].get<size_t>());
    const auto shapes = shapesOf(*dataset);
    QCOMPARE(shapes.size(), want["areas"].size());
    for (size_t i = 0; i < shapes.size(); ++i) QVERIFY(near(areaOf(*shapes[i]), want["areas"][i][want["areas"][i].contains("shoelace") ? "shoelace" : "area_px"].get<double>()));
  }

  void labelStudio_data() { addRows({"label studio"}); }
  void labelStudio() {
    const auto [dataset, want] = load();
    if (!dataset) return;
    QCOMPARE(dataset->images.size(), want["n_tasks"].get<size_t>());
    const auto shapes = shapesOf(*dataset);
    size_t at = 0;
    for (const auto& result : want["results"]) {
      if (result["cancelled"].get<bool>()) continue;
      QVERIFY(at < shapes.size());
      QCOMPARE(dataset->classes[size_t(shapes[at]->classIndex)].name, result["label"][0].get<std::string>());
      if (result.contains("shoelace_px")) QVERIFY(near(areaOf(*shapes[at]), result["shoelace_px"].get<double>()));
      if (result.contains("rect_px")) QVERIFY(near(areaOf(*shapes[at]), result["rect_px"][2].get<double>() * result["rect_px"][3].get<double>()));
      if (result.contains("alpha_gt0_px")) QCOMPARE(areaOf(*shapes[at]), result["alpha_gt0_px"].get<double>());
      ++at;
    }
    QCOMPARE(at, shapes.size());
  }

  void panoptic_data() { addRows({"coco panoptic"}); }
  void panoptic() {
    const auto [dataset, want] = load();
    if (!dataset) return;
    const auto summary = summarize(*dataset);
    QVERIFY(summary);
    std::map<std::string, int64_t> pixels;
    size_t segments = 0;
    for (const auto& [png, content] : want["pngs"].items()) {
      segments += content["segments_in_json"].get<size_t>();
      for (const auto& [id, count] : content["category_px"].items()) pixels[want["categories"][id].get<std::string>()] += count.get<int64_t>();
    }
    QCOMPARE(shapesOf(*dataset).size(), segments);
    for (const auto& c : summary->classes) {
      QCOMPARE(c.pixels, pixels[c.name]);
      QCOMPARE(c.area, double(pixels[c.name]));
    }
  }

  /// The polygons, filled as the reference does, give the reference's label map to the pixel.
  void cityscapes_data() { addRows({"cityscapes polygons"}); }
  void cityscapes() {
    const auto [dataset, want] = load();
    if (!dataset) return;
    const auto map = labelMap(*dataset, dataset->images[0], RasterRule::pil);
    QVERIFY(map);
    const auto counts = classCounts(*map, int(dataset->classes.size()));
    for (size_t i = 0; i < counts.size(); ++i) {
      const std::string id = std::to_string(i);
      const int64_t pixels = want["labelIds_px_PIL"].contains(id) ? want["labelIds_px_PIL"][id].get<int64_t>() : 0;
      QVERIFY2(std::abs(counts[i] - pixels) <= 2, qPrintable(QString("%1: %2 for %3").arg(i).arg(counts[i]).arg(pixels)));
    }
  }

  /// Grey and palette masks alone, one class per value.
  void masks_data() {
    QTest::addColumn<QString>("key");
    for (const auto& [key, want] : expected().items())
      if (want.contains("counts") && want["format"] == "PNG" && key.find("anoptic") == std::string::npos && key.find("labelme_mit") == std::string::npos &&
          key.find("openimages") == std::string::npos && key.find("flowers") == std::string::npos && key.find("brush") == std::string::npos && want["mode"] != "1" && key.find("camvid/constr") == std::string::npos)
        QTest::newRow(key.c_str()) << QString::fromStdString(key);
  }
  void masks() {
    QFETCH(QString, key);
    const Json& want = expected()[key.toStdString()];
    const auto dataset = readDataset(kSamples / "formats" / key.toStdString(), {}, "masks");
    QVERIFY2(dataset, dataset ? "" : dataset.error().message().c_str());
    const auto map = dataset->images[0].mask();
    QVERIFY(map);
    const auto counts = classCounts(*map, int(dataset->classes.size()));
    const bool spread = key.contains("spread") || key.contains("single") || key.contains("feat_row");
    for (const auto& [value, pixels] : want["counts"].items()) {
      size_t index = size_t(std::stoi(value));
      if (key.contains("spread")) index /= 85;
      else if (spread) index /= 255;
      else if (index == 255) index = counts.size() - 1;  // unlabelled
      QCOMPARE(counts[index], pixels.get<int64_t>());
    }
  }

 private:
  static void addRows(std::initializer_list<std::string> formats) {
    QTest::addColumn<QString>("key");
    for (const auto& [key, want] : expected().items())
      if (want.is_object() && want.contains("format") && std::find(formats.begin(), formats.end(), want["format"]) != formats.end())
        QTest::newRow(key.c_str()) << QString::fromStdString(key);
    if (expected().empty()) QTest::newRow("none") << QString();
  }

  std::pair<std::optional<ImportedDataset>, Json> load() {
    const QString key = fetch();
    auto dataset = readDataset(kSamples / "formats" / key.toStdString());
    if (!dataset) {
      QTest::qFail(dataset.error().message().c_str(), __FILE__, __LINE__);
      return {};
    }
    return {std::move(*dataset), expected()[key.toStdString()]};
  }
  static QString fetch() {
    QFETCH(QString, key);
    return key;
  }
};

INTARSIA_TEST(FormatSamplesTest)
#include "format_samples_test.moc"
