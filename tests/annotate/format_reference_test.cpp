// SPDX-License-Identifier: GPL-3.0-or-later
// What our writers wrote, opened by the programs that the formats belong to (tests/with-reference fetches them): they see the
// same classes, the same pixels where the format stores pixels, and the same vertices where it stores polygons.
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "annotate/formats/coco_segmentation.h"
#include "annotate/formats/export_folder.h"
#include "annotate/formats/summary.h"
#include "core/base/subprocess.h"
#include "tests/annotate/format_fixtures.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;
using Json = nlohmann::json;

namespace {

std::string python() {
  const char* given = std::getenv("INTARSIA_PYTHON");
  return given ? given : "/usr/bin/python3";
}

/// Blocks and noise of three classes and unlabelled pixels; a polygon of fractions over none of them.
ExportedDataset sample(const fs::path& folder, bool masks) {
  ExportedDataset data;
  data.classes = {{"ground", Color{0, 0, 0}}, {"road", Color{128, 64, 128}}, {"car", Color{0, 0, 142}}};
  for (int i = 0; i < 3; ++i) {
    ImportedImage image;
    image.name = "p" + std::to_string(i) + ".png";
    image.path = folder / image.name;
    putPicture(image.path, 47, 38);
    image.size = {47, 38};
    image.split = i == 0 ? Split::train : i == 1 ? Split::val : Split::test;
    if (masks) {
      LabelMap map(47, 38);
      std::mt19937 random(static_cast<unsigned>(i));
      for (int y = 0; y < 38; ++y)
        for (int x = 0; x < 47; ++x) map.set(x, y, x < 20 ? uint16_t((x / 7 + y / 9) % 3) : random() % 4 == 0 ? kUnlabelled : uint16_t(random() % 3));
      image.mask = [map]() -> Expected<LabelMap> { return map; };
    } else {
      image.shapes.push_back({1, {{{{1.25, 2.5}, {40.125, 3.75}, {33.5, 30.0625}, {7, 21}}}}});
      image.shapes.push_back({2, {{{{5, 6}, {20, 6}, {20, 30}, {5, 30}}, {{8, 9}, {17, 9}, {17, 25}, {8, 25}}}}});
    }
    data.images.push_back(std::move(image));
  }
  return data;
}

}  // namespace

class FormatReferenceTest : public QObject {
  Q_OBJECT
 private:
  static void rows() {
    QTest::addColumn<QString>("id");
    for (const auto& format : formats())
      if (format->canWrite()) QTest::newRow(std::string(format->id()).c_str()) << QString::fromStdString(std::string(format->id()));
  }
  /// What the reference reader saw; nothing when it is not installed or failed.
  static std::optional<Json> seen(const ExportedDataset& data, const fs::path& folder) {
    QFETCH(QString, id);
    if (const auto written = formatById(id.toStdString())->write(data, folder, {}, {}); !written) {
      QTest::qFail(written.error().message().c_str(), __FILE__, __LINE__);
      return std::nullopt;
    }
    const std::string script = INTARSIA_SOURCE_DIR "/tests/annotate/reference_readers.py";
    const auto out = runProcess(python(), {script, id.toStdString(), folder.string()});
    if (!out || out->status != 0) {
      QTest::qFail(out ? out->err.c_str() : out.error().message().c_str(), __FILE__, __LINE__);
      return std::nullopt;
    }
    const size_t line = out->out.rfind('\n', out->out.size() - 2);
    const std::string answer = line == std::string::npos ? out->out : out->out.substr(line + 1);
    if (answer.starts_with("missing")) {
      QTest::qSkip((id.toStdString() + ": " + answer).c_str(), __FILE__, __LINE__);
      return std::nullopt;
    }
    return Json::parse(answer);
  }

 private slots:
  void initTestCase() {
    const auto there = runProcess(python(), {"-c", "import numpy, PIL"});
    if (!there || there->status != 0) QSKIP("numpy and Pillow are not here");
  }

  void masks_data() { rows(); }
  void masks() {
    QFETCH(QString, id);
    QTemporaryDir from, to;
    const auto data = sample(from.path().toStdString(), true);
    const auto found = seen(data, to.path().toStdString());
    if (!found) return;
    static const std::set<QString> outlines = {"yolo", "voc-xml"};  // their readers paint the border of a polygon too
    for (const auto& image : data.images) {
      const std::string stem = fs::path(image.name).stem().string();
      QVERIFY2((*found)["images"].contains(stem), stem.c_str());
      const auto counts = classCounts(*image.mask(), 3);
      for (size_t c = 0; c < 3; ++c) {
        const int64_t pixels = (*found)["images"][stem].value(data.classes[c].name, int64_t(0));
        if (outlines.contains(id)) QVERIFY(pixels > 0);
        else QCOMPARE(pixels, counts[c]);
      }
    }
  }

  void polygons_data() { rows(); }
  void polygons() {
    QTemporaryDir from, to;
    const auto data = sample(from.path().toStdString(), false);
    const auto found = seen(data, to.path().toStdString());
    if (!found) return;
    static const std::set<QString> exact = {"coco", "labelme", "cvat", "cityscapes"};
    QFETCH(QString, id);
    for (const auto& image : data.images) {
      const std::string stem = fs::path(image.name).stem().string();
      QVERIFY2((*found)["images"].contains(stem), stem.c_str());
      QVERIFY((*found)["images"][stem].size() >= 2);  // both classes
      if (!exact.contains(id)) continue;
      const Ring& ring = image.shapes[0].polygon.rings[0];
      const Json& points = (*found)["points"][stem];
      QCOMPARE(points.size(), ring.size());
      for (size_t k = 0; k < ring.size(); ++k) {  // datumaro keeps two decimals
        const double tolerance = id == "cvat" ? 0.0051 : 0;
        QVERIFY(std::abs(points[k][0].get<double>() - ring[k].x) <= tolerance && std::abs(points[k][1].get<double>() - ring[k].y) <= tolerance);
      }
    }
  }

  /// Run-length masks of all samples: their areas are pycocotools', annotation by annotation.
  void cocoAreas() {
    const fs::path samples = fs::path(INTARSIA_SOURCE_DIR) / "../shared/samples/formats";
    if (!fs::exists(samples)) QSKIP("the samples are not here (../shared/samples)");
    const auto out = runProcess(python(), {"-c", R"(
import glob, json, sys
try: from pycocotools import mask
except ImportError: sys.exit(print('missing'))
def area(s, size):
    if isinstance(s, dict):
        return int(mask.area(mask.frPyObjects(s, *s['size']) if isinstance(s['counts'], list) else s))
    return None
out = {}
for path in glob.glob(sys.argv[1] + '/**/*.json', recursive=True):
    try: data = json.load(open(path, encoding='utf-8-sig'))
    except Exception: continue
    found = data.get('annotations') if isinstance(data, dict) else data
    if not isinstance(found, list): continue
    rles = [a['segmentation'] for a in found if isinstance(a, dict) and isinstance(a.get('segmentation'), dict)]
    if rles: out[path] = [area(s, None) for s in rles]
print(json.dumps(out)))", samples.string()});
    QVERIFY(out);
    QVERIFY2(out->status == 0, out->err.c_str());
    if (out->out.starts_with("missing")) QSKIP("pycocotools is not here (INTARSIA_PYTHON)");
    const Json all = Json::parse(out->out);
    QVERIFY(!all.empty());
    int64_t compared = 0;
    for (const auto& [path, areas] : all.items()) {
      const auto dataset = readDataset(fs::path(path), {}, "coco");
      QVERIFY2(dataset, path.c_str());
      std::multiset<int64_t> ours, theirs;
      for (const auto& image : dataset->images)
        for (const auto& shape : image.shapes)
          if (shape.kind == "rle") {
            ours.insert(int64_t(*shape.area));
            QCOMPARE(pixelCount(shape.polygon, {0, 0, 100000, 100000}), int64_t(*shape.area));  // the outline holds the same pixels
          }
      for (const auto& area : areas)
        if (area.get<int64_t>() > 0) theirs.insert(area.get<int64_t>());
      QVERIFY2(ours == theirs, path.c_str());
      compared += int64_t(theirs.size());
    }
    qInfo("%lld run-length masks in %zu files have pycocotools' areas", static_cast<long long>(compared), all.size());
  }

  /// COCO → us → COCO: every coordinate of every polygon of the samples, in the JSON itself.
  void cocoCoordinates() {
    const fs::path samples = fs::path(INTARSIA_SOURCE_DIR) / "../shared/samples/formats";
    if (!fs::exists(samples)) QSKIP("the samples are not here (../shared/samples)");
    int64_t numbers = 0;
    for (const char* name : {"coco/val2017_instances/instances.json", "coco/labelme2coco/annotations.json", "coco/datumaro_toy/annotations/instances_val.json"}) {
      const Json before = Json::parse(std::ifstream(samples / name));
      const auto dataset = readDataset(samples / name);
      QVERIFY2(dataset, name);
      QTemporaryDir to;
      QVERIFY(formatById("coco")->write(*dataset, to.path().toStdString(), {}, {}));
      const auto polygonsOf = [](const Json& json) {  // (image, category) → lists of polygons in their order
        std::map<std::pair<std::string, std::string>, std::vector<Json>> found;
        for (const auto& a : json["annotations"])
          if (a["segmentation"].is_array() && !a["segmentation"].empty()) found[{a["image_id"].dump(), a["category_id"].dump()}].push_back(a["segmentation"]);
        return found;
      };
      Json after;
      after["annotations"] = Json::array();
      for (const auto& file : fs::directory_iterator(to.path().toStdString() + "/annotations")) {
        const Json one = Json::parse(std::ifstream(file.path()));
        for (const auto& a : one["annotations"]) after["annotations"].push_back(a);
      }
      auto written = polygonsOf(after);
      for (const auto& [key, polygons] : polygonsOf(before)) {
        QVERIFY2(written.contains(key), (key.first + " " + key.second).c_str());
        QCOMPARE(written[key].size(), polygons.size());
        for (size_t i = 0; i < polygons.size(); ++i) {
          QVERIFY2(written[key][i] == polygons[i], (written[key][i].dump() + "\n" + polygons[i].dump()).substr(0, 4000).c_str());
          for (const auto& ring : polygons[i]) numbers += int64_t(ring.size());
        }
      }
    }
    qInfo("%lld coordinates are the same", static_cast<long long>(numbers));
  }
};

INTARSIA_TEST(FormatReferenceTest)
#include "format_reference_test.moc"
