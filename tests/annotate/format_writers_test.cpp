// SPDX-License-Identifier: GPL-3.0-or-later
// What a writer writes its reader reads back: the same classes, splits and vertices, and label maps without one changed pixel.
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "annotate/formats/export_folder.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/summary.h"
#include "annotate/project/mask_export.h"
#include "core/base/subprocess.h"
#include "core/geometry/nesting.h"
#include "tests/annotate/format_fixtures.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

std::string python() {
  const char* given = std::getenv("INTARSIA_PYTHON");
  return given ? given : "/usr/bin/python3";
}

/// Polygons with fractions, a hole, an island in it, parts that lie apart, and class names that need care.
ExportedDataset polygons(const fs::path& folder) {
  ExportedDataset data;
  data.classes = {{"car", Color{0, 0, 142}}, {"A & <B> \"q\"", Color{200, 10, 10}}, {"Straße", {}}};
  for (int i = 0; i < 3; ++i) {
    ImportedImage image;
    image.name = "set/picture " + std::to_string(i) + ".png";
    image.path = folder / ("picture " + std::to_string(i) + ".png");
    putPicture(image.path, 64, 48);
    image.size = {64, 48};
    image.split = i == 0 ? Split::train : i == 1 ? Split::val : Split::test;
    image.shapes.push_back({0, {{{{1.1, 2.3}, {40.123456789, 3.7}, {33.3, 40.1}}}}});
    image.shapes.push_back({1, {{{{10, 10}, {60, 10}, {60, 45}, {10, 45}}, {{20.5, 15.25}, {50.5, 15.25}, {50.5, 40}, {20.5, 40}}, {{30, 20}, {40, 20}, {40, 30}, {30, 30}}}}});
    image.shapes.push_back({2, {{{{0.1, 40}, {8, 40.9}, {8, 47}}, {{50, 0.7}, {63.9, 0.5}, {63, 9}}}}});
    data.images.push_back(image);
  }
  return data;
}

/// Noise of three classes and unlabelled pixels, as label maps.
ExportedDataset masks(const fs::path& folder) {
  ExportedDataset data;
  data.classes = {{"ground", Color{10, 10, 10}}, {"road", Color{128, 64, 128}}, {"Void", Color{0, 0, 0}, true}};
  for (int i = 0; i < 2; ++i) {
    LabelMap map(37, 29);
    std::mt19937 random(static_cast<unsigned>(i));
    for (auto& v : map.pixels()) v = random() % 5 == 0 ? kUnlabelled : uint16_t(random() % 3);
    ImportedImage image;
    image.name = "m" + std::to_string(i) + ".png";
    image.path = folder / image.name;
    putPicture(image.path, 37, 29);
    image.size = map.size();
    image.split = i ? Split::val : Split::train;
    image.mask = [map]() -> Expected<LabelMap> { return map; };
    data.images.push_back(std::move(image));
  }
  return data;
}

const ImportedImage* imageLike(const ImportedDataset& dataset, const std::string& stem) {
  for (const auto& image : dataset.images)
    if (fs::path(image.name).stem().string().starts_with(stem)) return &image;
  return nullptr;
}

/// Same map when classes are compared by name: some formats list only classes that occur, in their own order.
bool sameMap(const ExportedDataset& a, const LabelMap& before, const ImportedDataset& b, const LabelMap& after) {
  if (before.size() != after.size()) return false;
  const auto name = [](const ImportedDataset& d, uint16_t v) {  // a class of that name stands for it in formats that need one
    return v == kUnlabelled || v >= d.classes.size() || d.classes[v].name == "unlabelled" ? std::string() : d.classes[v].name;
  };
  for (size_t i = 0; i < before.pixels().size(); ++i)
    if (name(a, before.pixels()[i]) != name(b, after.pixels()[i])) return false;
  return true;
}

}  // namespace

class FormatWritersTest : public QObject {
  Q_OBJECT
 private:
  void rows() {
    QTest::addColumn<QString>("id");
    for (const auto& format : formats())
      if (format->canWrite()) QTest::newRow(std::string(format->id()).c_str()) << QString::fromStdString(std::string(format->id()));
  }
  static std::optional<ImportedDataset> through(const ExportedDataset& data, const fs::path& folder) {
    QFETCH(QString, id);
    const Format* format = formatById(id.toStdString());
    if (const auto written = format->write(data, folder, {}, {}); !written) {
      QTest::qFail(written.error().message().c_str(), __FILE__, __LINE__);
      return std::nullopt;
    }
    const auto detected = detectFormat(folder);
    if (!detected || (*detected)->id() != format->readBy()) {
      QTest::qFail(detected ? std::string((*detected)->id()).c_str() : detected.error().message().c_str(), __FILE__, __LINE__);
      return std::nullopt;
    }
    auto read = readDataset(folder);
    if (!read) {
      QTest::qFail(read.error().message().c_str(), __FILE__, __LINE__);
      return std::nullopt;
    }
    for (const auto& line : read->report.skipped) QTest::qFail((line.path + ": " + line.reason).c_str(), __FILE__, __LINE__);
    return std::move(*read);
  }

  static void compareMaps(const ExportedDataset& data, const ImportedDataset& read) {
    const auto out = ExportFolder::open(fs::temp_directory_path(), data);
    QCOMPARE(read.images.size(), data.images.size());
    for (size_t i = 0; i < data.images.size(); ++i) {
      const ImportedImage* image = imageLike(read, out->stem(int(i)));
      QVERIFY(image);
      QVERIFY(!image->path.empty());
      QCOMPARE(image->size, data.images[i].size);
      ImportedDataset plain = read;  // uncovered pixels were unlabelled
      plain.background.reset();
      const auto before = labelMap(data, data.images[i]), after = labelMap(plain, *image);
      QVERIFY(before && after);
      QVERIFY2(sameMap(data, *before, plain, *after), image->name.c_str());
    }
  }

 private slots:
  void polygonsRoundTrip_data() { rows(); }
  void polygonsRoundTrip() {
    QTemporaryDir from, to;
    const auto data = polygons(from.path().toStdString());
    const auto read = through(data, fs::path(to.path().toStdString()));
    if (read) compareMaps(data, *read);
  }

  void masksRoundTrip_data() { rows(); }
  void masksRoundTrip() {
    QTemporaryDir from, to;
    const auto data = masks(from.path().toStdString());
    const auto read = through(data, fs::path(to.path().toStdString()));
    if (read) compareMaps(data, *read);
  }

  void splits_data() { rows(); }
  void splits() {
    QFETCH(QString, id);
    if (id == "labelme" || id == "voc-xml") QSKIP("the format has no splits");
    QTemporaryDir from, to;
    const auto data = polygons(from.path().toStdString());
    const auto read = through(data, fs::path(to.path().toStdString()));
    if (!read) return;
    for (size_t i = 0; i < 3; ++i)  // fastai has no test
      QCOMPARE(imageLike(*read, "picture " + std::to_string(i))->split, id == "camvid-fastai" && i == 2 ? Split::val : data.images[i].split);
  }

  /// Vertices survive bit for bit where the format has polygons.
  void vertices_data() { rows(); }
  void vertices() {
    QFETCH(QString, id);
    QTemporaryDir from, to;
    const auto data = polygons(from.path().toStdString());
    const auto read = through(data, fs::path(to.path().toStdString()));
    if (!read) return;
    const auto& shapes = imageLike(*read, "picture 0")->shapes;
    if (shapes.empty()) return;  // a format of masks
    const Ring& before = data.images[0].shapes[0].polygon.rings[0];
    Ring after = shapes[0].polygon.rings[0];
    if (id == "yolo")  // normalised: to within rounding
      for (size_t k = 0; k < after.size(); ++k) QVERIFY(std::abs(after[k].x - before[k].x) < 1e-12 * 64 && std::abs(after[k].y - before[k].y) < 1e-12 * 64);
    else QCOMPARE(after, before);
  }

  /// COCO → us → COCO → us: nothing moves, whatever the real file held.
  void cocoSample() {
    const fs::path sample = fs::path(INTARSIA_SOURCE_DIR) / "../shared/samples/formats/coco/val2017_instances/instances.json";
    if (!fs::exists(sample)) QSKIP("the samples are not here (../shared/samples)");
    const auto first = readDataset(sample);
    QVERIFY(first);
    QTemporaryDir to;
    QVERIFY(formatById("coco")->write(*first, to.path().toStdString(), {}, {}));
    const auto second = readDataset(fs::path(to.path().toStdString()) / "annotations/instances_default.json");
    QVERIFY(second);
    QCOMPARE(second->images.size(), first->images.size());
    for (size_t i = 0; i < first->images.size(); ++i) {
      QCOMPARE(second->images[i].shapes.size(), first->images[i].shapes.size());
      for (size_t k = 0; k < first->images[i].shapes.size(); ++k) QVERIFY(second->images[i].shapes[k].polygon == first->images[i].shapes[k].polygon);
    }
  }

  /// COCO's ids of any kind, crowds and overlapping parts are written back as they were read.
  void cocoIds() {
    QTemporaryDir from, to;
    const fs::path folder = from.path().toStdString();
    putPicture(folder / "a.png");
    putPicture(folder / "b.png");
    put(folder / "c.json", R"({"images":[{"id":"x","file_name":"a.png","width":40,"height":30},{"id":900100184324001,"file_name":"b.png","width":40,"height":30}],"categories":[{"id":90,"name":"car"},{"id":0,"name":"sky"}],)"
        R"("annotations":[{"id":5,"image_id":"x","category_id":90,"iscrowd":1,"area":25,"segmentation":{"size":[30,40],"counts":[605,5,25,20,545]}},)"
        R"({"id":6,"image_id":900100184324001,"category_id":0,"iscrowd":0,"segmentation":[[0,0,10.25,0,10,10,0,10],[5,5,15,5,15,15.125,5,15]]}]})");
    const auto dataset = readDataset(folder);
    QVERIFY(dataset);
    QVERIFY(formatById("coco")->write(*dataset, to.path().toStdString(), {}, {}));
    const auto json = nlohmann::json::parse(std::ifstream(to.path().toStdString() + "/annotations/instances_default.json"), nullptr, false);
    QVERIFY(!json.is_discarded());
    QCOMPARE(json["images"][0]["id"].get<std::string>(), std::string("x"));
    QCOMPARE(json["images"][1]["id"].get<int64_t>(), int64_t(900100184324001));
    QCOMPARE(json["categories"][0]["id"].get<int>(), 90);
    const auto& crowd = json["annotations"][0];
    QCOMPARE(crowd["image_id"].get<std::string>(), std::string("x"));
    QCOMPARE(crowd["category_id"].get<int>(), 90);
    QCOMPARE(crowd["iscrowd"].get<int>(), 1);
    QCOMPARE(crowd["area"].get<double>(), 25.0);
    QVERIFY(json["annotations"][1]["segmentation"] == nlohmann::json::parse("[[0,0,10.25,0,10,10,0,10],[5,5,15,5,15,15.125,5,15]]"));
  }

  /// Each picture's label map waits for another one to be made at the same time.
  void picturesInParallel_data() {
    QTest::addColumn<QString>("format");
    for (const char* format : {"masks", "masks-color", "masks-tiff", "voc", "camvid", "camvid-fastai", "camvid-colors", ""}) QTest::newRow(*format ? format : "export of masks") << format;
  }
  void picturesInParallel() {
    QFETCH(QString, format);
    if (std::thread::hardware_concurrency() < 2) QSKIP("there is one core");
    QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    auto data = masks(path / "in");
    std::mutex mutex;
    std::condition_variable changed;
    int inside = 0, most = 0;
    for (auto& image : data.images)
      image.mask = [&, make = image.mask]() {
        std::unique_lock lock(mutex);
        most = std::max(most, ++inside);
        changed.notify_all();
        changed.wait_for(lock, std::chrono::seconds(10), [&] { return most > 1; });
        --inside;
        return make();
      };
    if (format.isEmpty()) QVERIFY(exportMasks(data, classTable(data), path / "out", {}));
    else QVERIFY(formatById(format.toStdString())->write(data, path / "out", {}, {}));
    QVERIFY(most > 1);
  }

  void pycocotools() {
    const auto there = runProcess(python(), {"-c", "import pycocotools"});
    if (!there || there->status != 0) QSKIP("pycocotools is not here (INTARSIA_PYTHON)");
    QTemporaryDir from, to;
    auto data = polygons(from.path().toStdString());
    const auto more = masks(from.path().toStdString());
    for (const auto& image : more.images) data.images.push_back(image);
    for (auto& image : data.images) image.split = Split::none;
    QVERIFY(formatById("coco")->write(data, to.path().toStdString(), {}, {}));
    const std::string file = to.path().toStdString() + "/annotations/instances_default.json";
    const auto out = runProcess(python(), {"-c",
        "import sys,json\nfrom pycocotools.coco import COCO\nimport io,contextlib\n"
        "with contextlib.redirect_stdout(io.StringIO()): c=COCO(sys.argv[1])\n"
        "print(json.dumps([[a['image_id'],a['category_id'],int(c.annToMask(a).sum()),a['area']] for a in c.dataset['annotations']]))", file});
    QVERIFY(out);
    QVERIFY2(out->status == 0, out->err.c_str());
    const auto list = nlohmann::json::parse(out->out);
    std::map<std::pair<int, int>, double> areas, counts;
    for (const auto& row : list) areas[{row[0], row[1]}] += row[2].get<double>();
    for (size_t i = 3; i < data.images.size(); ++i) {  // pixel masks: equal to the pixel
      const auto map = data.images[i].mask();
      const auto pixels = classCounts(*map, int(data.classes.size()));
      for (int c = 0; c < 3; ++c) QCOMPARE(areas[std::pair(int(i) + 1, c + 1)], double(pixels[size_t(c)]));
    }
    for (const auto& row : list)  // polygons: pycocotools' own rule differs along the border
      QVERIFY(std::abs(row[2].get<double>() - row[3].get<double>()) <= 0.05 * row[3].get<double>() + 12);
  }

  void labelmeShapes() {
    QTemporaryDir from, to;
    const auto data = polygons(from.path().toStdString());
    QVERIFY(formatById("labelme")->write(data, to.path().toStdString(), {}, {}));
    std::ifstream stream(to.path().toStdString() + "/picture 0.json");
    const auto json = nlohmann::json::parse(stream, nullptr, false);
    QVERIFY(!json.is_discarded());
    for (const char* key : {"version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"}) QVERIFY(json.contains(key));
    QCOMPARE(json["imagePath"].get<std::string>(), std::string("picture 0.png"));
    for (const auto& shape : json["shapes"])
      for (const char* key : {"label", "points", "group_id", "shape_type", "flags"}) QVERIFY(shape.contains(key));
  }

  /// Rectangles, circles and ellipses go out as such where the format has them, and come back where they were.
  void forms_data() {
    QTest::addColumn<QString>("id");
    for (const char* id : {"labelme", "cvat"}) QTest::newRow(id) << QString(id);
  }
  void forms() {
    QFETCH(QString, id);
    QTemporaryDir from, to;
    ExportedDataset data;
    data.classes = {{"car", {}}};
    ImportedImage image;
    image.name = "a.png";
    image.path = fs::path(from.path().toStdString()) / image.name;
    putPicture(image.path, 64, 48);
    image.size = {64, 48};
    image.shapes.push_back({0, {{rectangleRing({3.25, 4.5}, {20.125, 31})}}, "rectangle"});
    image.shapes.push_back({0, {{ellipseRing({40.3, 20.7}, 11.9, 11.9)}}, "circle"});
    image.shapes.push_back({0, {{ellipseRing({40.3, 20.7}, 11.9, 5.1)}}, "ellipse"});
    image.shapes.push_back({0, {{{{1, 1}, {9.5, 1}, {9, 9}, {1, 9}}}}, "rectangle"});  // a corner was moved
    data.images.push_back(image);
    const auto read = through(data, fs::path(to.path().toStdString()));
    if (!read) return;
    const auto& shapes = read->images[0].shapes;
    QCOMPARE(shapes.size(), size_t(4));
    const std::vector<std::string> kinds = id == "labelme" ? std::vector<std::string>{"rectangle", "circle", "polygon", "polygon"} : std::vector<std::string>{"rectangle", "ellipse", "ellipse", "polygon"};
    for (size_t i = 0; i < 4; ++i) {
      QCOMPARE(shapes[i].kind, kinds[i]);
      const Ring &before = image.shapes[i].polygon.rings[0], &after = shapes[i].polygon.rings[0];
      QCOMPARE(after.size(), before.size());
      for (size_t k = 0; k < before.size(); ++k) QVERIFY(std::hypot(after[k].x - before[k].x, after[k].y - before[k].y) < 1e-9);
    }
  }

  /// Rings with bridges to their holes cover the same pixels and the same area.
  void keyholes() {
    std::mt19937 random(5);
    for (int n = 0; n < 50; ++n) {
      Polygon part{{{{0, 0}, {60, 0}, {60, 50}, {0, 50}}}};
      for (int h = 0; h < 3; ++h) {
        const double x = 3 + h * 19 + random() % 100 / 100.0, y = 5 + random() % 20;
        part.rings.push_back({{x, y}, {x + 10.3, y + 1.7}, {x + 4.4, y + 12.9}});
      }
      const Polygon one{{keyholed(part)}};
      QVERIFY(std::abs(area(one) - area(part)) < 1e-9 * area(part));
      for (int y = 0; y < 50; ++y)
        for (int x = 0; x < 60; ++x) QCOMPARE(contains(one, Point{x + 0.5, y + 0.5}), contains(part, Point{x + 0.5, y + 0.5}));
      QCOMPARE(pixelCount(one, {0, 0, 64, 64}), pixelCount(part, {0, 0, 64, 64}));
    }
  }

  void names() {
    QTemporaryDir to;
    ExportedDataset data;
    data.classes = {{"a", Color{1, 2, 3}}, {"b", Color{1, 2, 3}}, {"a", {}}};
    for (const char* name : {"../../etc/passwd", "/abs/x.png", "c:\\w\\x.jpg", "", "..", "x.jpeg", "a:b?.png"}) data.images.push_back({name});
    const auto out = ExportFolder::open(to.path().toStdString(), data);
    QVERIFY(out);
    std::set<std::string> seen;
    for (int i = 0; i < int(data.images.size()); ++i) {
      QVERIFY(!out->stem(i).empty() && out->stem(i)[0] != '.' && out->stem(i).find_first_of("/\\:") == std::string::npos);
      QVERIFY(seen.insert(out->stem(i)).second);
    }
    QCOMPARE(out->classes()[2].name, std::string("a 2"));
    QVERIFY(out->classes()[0].color != out->classes()[1].color);
  }

  void tooManyClasses() {
    ExportedDataset data;
    for (int i = 0; i < 300; ++i) data.classes.push_back({"c" + std::to_string(i)});
    QTemporaryDir to;
    for (const char* id : {"voc", "camvid", "camvid-fastai", "masks-bmp"}) QVERIFY(!formatById(id)->write(data, to.path().toStdString(), {}, {}));
    for (const char* id : {"masks", "masks-tiff", "masks-16bit", "masks-color"}) QVERIFY(formatById(id)->write(data, to.path().toStdString(), {}, {}));
  }

  /// More classes than fit into 8 bits: no value moves.
  void manyClasses_data() {
    QTest::addColumn<QString>("id");
    for (const char* id : {"masks", "masks-tiff", "masks-16bit", "coco", "labelme", "cvat", "yolo"}) QTest::newRow(id) << QString(id);
  }
  void manyClasses() {
    QTemporaryDir from, to;
    ExportedDataset data;
    for (int i = 0; i < 300; ++i) data.classes.push_back({"c" + std::to_string(i)});
    LabelMap map(40, 20);
    for (size_t i = 0; i < map.pixels().size(); ++i) map.pixels()[i] = i / 2 < 300 ? uint16_t(i / 2) : kUnlabelled;
    ImportedImage image;
    image.name = "m.png";
    image.path = fs::path(from.path().toStdString()) / image.name;
    putPicture(image.path, 40, 20);
    image.size = map.size();
    image.mask = [map]() -> Expected<LabelMap> { return map; };
    data.images.push_back(std::move(image));
    const auto read = through(data, fs::path(to.path().toStdString()));
    if (read) compareMaps(data, *read);
  }
};

INTARSIA_TEST(FormatWritersTest)
#include "format_writers_test.moc"
