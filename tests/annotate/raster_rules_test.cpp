// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of other programs against those programs, where they are installed, on polygons written to a file.
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "annotate/raster/rasterizer.h"
#include "annotate/raster/rle.h"
#include "core/base/subprocess.h"
#include "tests/annotate/raster_reference.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

constexpr Size kSize{64, 48};

// Reads polygons (one JSON list of x, y per line), prints the mask of each as 0 and 1, row by row.
constexpr const char* kCoco = R"(
import sys, json, numpy as np
from pycocotools import mask as M
for line in open(sys.argv[1]):
    r = M.frPyObjects([json.loads(line)], 48, 64)
    print(''.join(map(str, M.decode(r)[:, :, 0].reshape(-1))))
)";
constexpr const char* kPil = R"(
import sys, json
from PIL import Image, ImageDraw
for line in open(sys.argv[1]):
    v = json.loads(line); im = Image.new('L', (64, 48), 0)
    ImageDraw.Draw(im).polygon([(v[i], v[i + 1]) for i in range(0, len(v), 2)], outline=1, fill=1)
    print(''.join(map(str, im.getdata())))
)";
constexpr const char* kOpencv = R"(
import sys, json, numpy as np, cv2
for line in open(sys.argv[1]):
    m = np.zeros((48, 64), np.uint8)
    cv2.fillPoly(m, [np.round(np.array(json.loads(line)).reshape(-1, 2)).astype(np.int32)], 1)
    print(''.join(map(str, m.reshape(-1))))
)";

/// `inside` keeps the vertices in the image: OpenCV's versions clip outlines that leave it differently.
std::vector<Polygon> polygons(bool inside) {
  std::mt19937 random(42);
  std::vector<Polygon> all;
  for (int i = 0; i < 1500; ++i) {
    const double step = std::array{1.0, 0.5, 1.0 / 64, 0.25}[size_t(i) % 4];
    Polygon polygon = randomPolygon(random, 64, 48, step, 4 + i % 20);
    Ring& ring = polygon.rings[0];
    while (ring.size() < 3) ring.push_back({double(random() % 64), double(random() % 48)});
    polygon.rings.resize(1);
    if (inside)
      for (Point& p : ring) p = {std::clamp(p.x, 0.0, 63.0), std::clamp(p.y, 0.0, 47.0)};
    all.push_back(polygon);
  }
  return all;
}

std::string maskOf(const Polygon& polygon, RasterRule rule) {
  std::string mask(size_t(kSize.width) * kSize.height, '0');
  for (const Span& s : spans(polygon, {0, 0, kSize.width, kSize.height}, rule))
    std::fill_n(mask.begin() + s.y * kSize.width + s.begin, s.end - s.begin, '1');
  return mask;
}

/// A Python in which `code` runs, of the distribution or from INTARSIA_PYTHON.
std::string pythonWith(const std::string& code) {
  for (const std::string& python : {std::string("/usr/bin/python3"), qEnvironmentVariable("INTARSIA_PYTHON").toStdString()}) {
    if (python.empty() || !std::filesystem::exists(python)) continue;
    if (const auto run = runProcess(python, {"-c", code}); run && run->status == 0) return python;
  }
  return {};
}

}  // namespace

class RasterRulesTest : public QObject {
  Q_OBJECT
 private slots:
  void equalTheirPrograms_data() {
    QTest::addColumn<int>("rule");
    QTest::addColumn<QString>("needed");
    QTest::addColumn<QString>("script");
    QTest::newRow("coco") << int(RasterRule::coco) << "import pycocotools" << kCoco;
    QTest::newRow("pil") << int(RasterRule::pil) << "import PIL; assert PIL.__version__ < '9.6'" << kPil;  // later ones differ at corners
    QTest::newRow("opencv") << int(RasterRule::opencv) << "import cv2" << kOpencv;
  }
  void equalTheirPrograms() {
    QFETCH(int, rule);
    QFETCH(QString, needed);
    QFETCH(QString, script);
    const std::string python = pythonWith(needed.toStdString());
    if (python.empty()) QSKIP(qPrintable("no Python for: " + needed + " (INTARSIA_PYTHON names one)"));
    const auto all = polygons(RasterRule(rule) == RasterRule::opencv);
    QTemporaryDir folder;
    const std::string file = folder.filePath("polygons.jsonl").toStdString();
    {
      std::ofstream out(file);
      for (const Polygon& polygon : all) {
        nlohmann::json flat = nlohmann::json::array();
        for (const Point& p : polygon.rings[0]) flat.push_back(p.x), flat.push_back(p.y);
        out << flat.dump() << "\n";
      }
    }
    const auto result = runProcess(python, {"-c", script.toStdString(), file});
    QVERIFY(result.has_value());
    QVERIFY2(result->status == 0, result->err.c_str());
    const QStringList lines = QString::fromStdString(result->out).split('\n', Qt::SkipEmptyParts);
    QCOMPARE(size_t(lines.size()), all.size());
    int different = 0, first = -1;
    for (size_t i = 0; i < all.size(); ++i)
      if (lines[qsizetype(i)].toStdString() != maskOf(all[i], RasterRule(rule)) && different++ == 0) first = int(i);
    QVERIFY2(different == 0, qPrintable(QString("%1 of %2 differ, the first is %3").arg(different).arg(all.size()).arg(first)));
  }

  void knownAreas_data() {
    QTest::addColumn<Polygon>("polygon");
    QTest::addColumn<QList<int>>("pixels");  // coco, pil, opencv
    const auto square = [](double a, double b) { return Polygon{{{{a, a}, {b, a}, {b, b}, {a, b}}}}; };
    QTest::newRow("square 10..20") << square(10, 20) << QList<int>{100, 121, 121};
    QTest::newRow("square 10.4..20.4") << square(10.4, 20.4) << QList<int>{100, 121, 121};
    QTest::newRow("partly outside") << square(-10, 20) << QList<int>{400, 441, 441};
    QTest::newRow("whole image") << Polygon{{{{0, 0}, {64, 0}, {64, 48}, {0, 48}}}} << QList<int>{3072, 3072, 3072};
    QTest::newRow("hole") << Polygon{{square(10, 40).rings[0], square(20, 30).rings[0]}} << QList<int>{800, 840, 880};
    QTest::newRow("two parts that overlap") << Polygon{{square(10, 20).rings[0], square(15, 25).rings[0]}} << QList<int>{175, 206, -1};
    QTest::newRow("enormous") << square(-1e300, 1e300) << QList<int>{3072, 3072, 3072};
  }
  void knownAreas() {
    QFETCH(Polygon, polygon);
    QFETCH(QList<int>, pixels);
    const Rect image{0, 0, kSize.width, kSize.height};
    QCOMPARE(pixelCount(polygon, image, RasterRule::coco), int64_t(pixels[0]));
    QCOMPARE(pixelCount(polygon, image, RasterRule::pil), int64_t(pixels[1]));
    if (pixels[2] >= 0) QCOMPARE(pixelCount(polygon, image, RasterRule::opencv), int64_t(pixels[2]));
  }

  void partIsCropOfWholeImage() {
    std::mt19937 random(3);
    ClassTable classes;
    (void)classes.addWithId({1, "a", {}, false});
    for (int i = 0; i < 60; ++i) {
      Annotation annotation;
      annotation.size = kSize;
      auto shape = std::make_shared<Shape>();
      shape->id = 1, shape->classId = 1;
      shape->polygon = randomPolygon(random, 64, 48, 0.25, 20);
      annotation.shapes.push_back(shape);
      for (const RasterRule rule : {RasterRule::coco, RasterRule::pil, RasterRule::opencv}) {
        const LabelMap whole = rasterize(annotation, classes, kUnlabelled, rule);
        const Rect rect{int(random() % 30), int(random() % 20), 20, 20};
        const LabelMap part = rasterize(annotation, classes, rect, kUnlabelled, rule);
        for (int y = 0; y < rect.height; ++y)
          for (int x = 0; x < rect.width; ++x) QCOMPARE(part.at(x, y), whole.at(rect.x + x, rect.y + y));
      }
    }
  }
};

INTARSIA_TEST(RasterRulesTest)
#include "raster_rules_test.moc"
