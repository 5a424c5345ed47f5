// SPDX-License-Identifier: GPL-3.0-or-later
// A photograph that lies on its side or is mirrored (EXIF orientations 1 to 8): what is seen, drawn on, written, packed and trained on
// is one and the same picture. Its quarters have colours that tell.
#include <QTest>
#include <array>
#include <cstring>

#include "annotate/project/mask_export.h"
#include "annotate/project/project_dataset.h"
#include "app/window/window_services.h"
#include "app/wiring/prepare_run.h"
#include "core/base/subprocess.h"
#include "core/media/decode.h"
#include "tests/annotate/project_support.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "train/api/safetensors.h"
#include "train/api/shard.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/main_window.h"
#include "ui/models/image_index.h"
#include "ui/models/image_list_model.h"
#include "ui/panels/class_panel.h"
#include "ui/panels/image_panel.h"

using namespace intarsia;
using namespace intarsia::test;

class ExifTest : public QObject {
  Q_OBJECT
 private slots:
  void agreesInViewMaskAndExport_data();
  void agreesInViewMaskAndExport();
  void agreesInTraining();
};

namespace {

constexpr Size kShown{96, 64};
constexpr std::array<std::array<uint8_t, 3>, 4> kColors = {{{230, 20, 20}, {20, 200, 20}, {20, 20, 230}, {230, 230, 20}}};  // by quarter, row by row

int quarter(int x, int y) { return (y >= kShown.height / 2) * 2 + (x >= kShown.width / 2); }

/// Where the table of the EXIF standard puts a stored pixel: it names the sides at which the stored first row and column are seen.
Point shownAt(int orientation, int row, int column) {
  const int right = kShown.width - 1, bottom = kShown.height - 1;
  switch (orientation) {
    case 2: return {double(right - column), double(row)};           // top, right
    case 3: return {double(right - column), double(bottom - row)};  // bottom, right
    case 4: return {double(column), double(bottom - row)};          // bottom, left
    case 5: return {double(row), double(column)};                   // left, top
    case 6: return {double(right - row), double(column)};           // right, top
    case 7: return {double(right - row), double(bottom - column)};  // right, bottom
    case 8: return {double(row), double(bottom - column)};          // left, bottom
    default: return {double(column), double(row)};                  // top, left
  }
}

/// A JPEG whose pixels are stored so that the orientation in its header makes the picture upright.
void writePhotograph(const fs::path& path, int orientation) {
  const bool turned = orientation >= 5;
  Image stored{turned ? kShown.height : kShown.width, turned ? kShown.width : kShown.height, 3, 8, {}};
  stored.bytes.resize(stored.rowBytes() * size_t(stored.height));
  for (int row = 0; row < stored.height; ++row)
    for (int column = 0; column < stored.width; ++column) {
      const Point p = shownAt(orientation, row, column);
      std::memcpy(stored.row(row) + 3 * column, kColors[size_t(quarter(int(p.x), int(p.y)))].data(), 3);
    }
  if (!writeJpeg(path, stored, 98)) qFatal("cannot write a picture");
  std::string bytes = readText(path);
  const std::string tiff = std::string("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18) + char(orientation) + std::string("\0\0\0\0\0\0\0", 7);
  const std::string body = std::string("Exif\0\0", 6) + tiff;
  const size_t length = body.size() + 2;
  bytes.insert(2, "\xFF\xE1" + std::string{char(length >> 8), char(length & 255)} + body);
  writeText(path, bytes);
}

int nearestColor(int r, int g, int b) {
  int best = 0, distance = 1 << 30;
  for (int i = 0; i < 4; ++i) {
    const int dr = r - kColors[size_t(i)][0], dg = g - kColors[size_t(i)][1], db = b - kColors[size_t(i)][2];
    if (const int d = dr * dr + dg * dg + db * db; d < distance) distance = d, best = i;
  }
  return best;
}

ClassTable fourClasses() {
  ClassTable classes;
  for (const char* name : {"red", "green", "blue", "yellow"}) (void)classes.add(name);
  return classes;
}

}  // namespace

void ExifTest::agreesInViewMaskAndExport_data() {
  QTest::addColumn<int>("orientation");
  for (int i = 1; i <= 8; ++i) QTest::newRow(std::to_string(i).c_str()) << i;
}

void ExifTest::agreesInViewMaskAndExport() {
  QFETCH(int, orientation);
  QTemporaryDir dir;
  writePhotograph(pathOf(dir) / "a.jpg", orientation);
  QCOMPARE(probeImage(pathOf(dir) / "a.jpg")->orientation, orientation);
  MainWindow w(windowServices());
  w.resize(1000, 760);
  w.show();
  w.open(pathOf(dir));
  QTRY_VERIFY_WITH_TIMEOUT(w.session().hasImage() && w.index().complete(), 20'000);
  CanvasView& canvas = w.canvas();
  QCOMPARE(w.session().pyramid()->size(), kShown);
  w.session().editClasses(fourClasses(), QStringLiteral("classes"));

  // Seen: the pixel of each quarter's middle on the canvas, and in the thumbnail.
  const auto screen = [&](double x, double y) { return canvas.transform().toScreen(Point{x, y}).toPoint(); };
  const QImage seen = canvas.grab().toImage();
  auto& list = w.imagePanel().model();
  QPixmap thumbnail;
  QTRY_VERIFY_WITH_TIMEOUT(!(thumbnail = list.data(list.index(0), ImageListModel::ThumbnailRole).value<QPixmap>()).isNull(), 10'000);
  const QImage small = thumbnail.toImage();
  QVERIFY(small.width() > small.height());
  for (int q = 0; q < 4; ++q) {
    const double x = kShown.width * (q % 2 ? 0.75 : 0.25), y = kShown.height * (q / 2 ? 0.75 : 0.25);
    const QColor on = seen.pixelColor(screen(x, y)), in = small.pixelColor(int(x / kShown.width * small.width()), int(y / kShown.height * small.height()));
    QCOMPARE(nearestColor(on.red(), on.green(), on.blue()), q);
    QCOMPARE(nearestColor(in.red(), in.green(), in.blue()), q);
  }

  // Drawn by the mouse: a rectangle around each quarter, in its class.
  for (int q = 0; q < 4; ++q) {
    w.classPanel().setCurrentClass(w.session().classes()[q].id);
    canvas.setTool(ToolKind::rectangle);
    const int x = q % 2 ? kShown.width / 2 : 0, y = q / 2 ? kShown.height / 2 : 0;
    for (const QPoint at : {screen(x, y), screen(x + kShown.width / 2, y + kShown.height / 2)}) {
      QTest::mouseMove(&canvas, at);
      QTest::mouseClick(&canvas, Qt::LeftButton, {}, at);
    }
  }
  QCOMPARE(w.session().annotation().shapes.size(), size_t(4));
  const LabelMap& labels = w.session().labels();
  QCOMPARE(labels.size(), kShown);
  int wrong = 0;
  for (int y = 0; y < kShown.height; ++y)
    for (int x = 0; x < kShown.width; ++x) wrong += labels.at(x, y) != quarter(x, y);
  QVERIFY2(wrong <= 2 * (kShown.width + kShown.height), std::to_string(wrong).c_str());  // the mouse's pixels are coarser than the picture's
  w.actions().exactMask->trigger();
  const QImage mask = canvas.grab().toImage();
  for (int q = 0; q < 4; ++q) {
    const Color wanted = w.session().classes()[q].color;
    QCOMPARE(mask.pixel(screen(kShown.width * (q % 2 ? 0.75 : 0.25), kShown.height * (q / 2 ? 0.75 : 0.25))), qRgb(wanted.r, wanted.g, wanted.b));
  }

  // Written: label maps, and pictures beside labels in another format, which are turned upright.
  QTRY_VERIFY_WITH_TIMEOUT(w.session().saved(), 10'000);
  const auto data = datasetOf(w.session().sharedProject());
  EXPECT_OK(data);
  QTemporaryDir out;
  const auto written = exportMasks(*data, w.session().classes(), pathOf(out) / "masks", {});
  EXPECT_OK(written);
  QVERIFY(*readLabelPng(written->files.at(0)) == labels);
  for (const auto* id : {"coco", "labelme", "yolo", "masks", "camvid"}) {
    EXPECT_OK(formatById(id)->write(*data, pathOf(out) / id, {}, {}));
    const auto read = readDataset(pathOf(out) / id);
    EXPECT_OK(read);
    const auto picture = decodeImage(read->images.at(0).path, {.applyOrientation = false});  // for programs that do not look at EXIF
    EXPECT_OK(picture);
    QCOMPARE(picture->size(), kShown);
    for (int q = 0; q < 4; ++q) {
      const uint8_t* p = picture->row(kShown.height / 4 + (q / 2) * kShown.height / 2) + 3 * (kShown.width / 4 + (q % 2) * kShown.width / 2);
      QCOMPARE(nearestColor(p[0], p[1], p[2]), q);
    }
  }
}

/// All eight at once: the shard's bytes, and the very batches that the network is trained on.
void ExifTest::agreesInTraining() {
  const fs::path bin = qEnvironmentVariable("INTARSIA_BIN", QStringLiteral(INTARSIA_BINARY_DIR) + QStringLiteral("/bin")).toStdString();
  QTemporaryDir dir;
  for (int i = 1; i <= 8; ++i) writePhotograph(pathOf(dir) / (std::to_string(i) + ".jpg"), i);
  auto project = *Project::open(pathOf(dir));
  EXPECT_OK(project->setClasses(fourClasses()));
  for (int i = 0; i < 8; ++i) {
    Annotation a;
    a.size = kShown;
    for (int q = 0; q < 4; ++q) {
      Shape shape;
      shape.classId = ClassId(q + 1);
      const double x = q % 2 ? kShown.width / 2 : 0, y = q / 2 ? kShown.height / 2 : 0;
      shape.polygon.rings = {{{x, y}, {x + kShown.width / 2, y}, {x + kShown.width / 2, y + kShown.height / 2}, {x, y + kShown.height / 2}}};
      addShape(a, shape);
    }
    EXPECT_OK(project->setAnnotation(i, a));
  }
  EXPECT_OK(project->flush());
  if (!fs::exists(bin / "intarsia-cli")) QSKIP("intarsia-cli was not built");
  const auto packed = runProcess(bin / "intarsia-cli", {"pack", dir.path().toStdString(), "--out", (pathOf(dir) / "all.shard").native()});
  EXPECT_OK(packed);
  QVERIFY2(packed->status == 0, packed->err.c_str());
  const auto shard = ShardReader::open(pathOf(dir) / "all.shard");
  EXPECT_OK(shard);
  QCOMPARE((*shard)->manifest().entries.size(), size_t(8));
  for (int i = 0; i < 8; ++i) {
    QCOMPARE((*shard)->manifest().entries[size_t(i)].imageSize, kShown);
    const auto pixels = (*shard)->imageBytes(i), labels = (*shard)->labelBytes(i);
    for (int at = 0; at < kShown.width * kShown.height; ++at) {
      const int q = quarter(at % kShown.width, at / kShown.width);
      QCOMPARE(int(labels[size_t(at)]), q);
      const auto* p = &pixels[size_t(at) * 3];
      QCOMPARE(nearestColor(int(p[0]), int(p[1]), int(p[2])), q);
    }
  }

  const fs::path engine = qEnvironmentVariable("INTARSIA_ENGINE").toStdString();
  if (!engine.native().ends_with("intarsia-engine")) QSKIP("the engine was not built");
  Recipe recipe;
  recipe.network = "unet";
  recipe.baseWidth = 4;
  recipe.depth = 2;
  recipe.size = kShown;
  recipe.batch = 4;
  recipe.epochs = 3;
  recipe.precision = "fp32";
  recipe.augmentProbability = 0;  // flips stay: they turn both
  for (int i = 0; i < 8; ++i) EXPECT_OK(project->setSplit(i, i == 3 ? Split::val : Split::train));
  std::vector<std::string> notes;
  const auto run = prepareRun(*project, "first", recipe, notes, {});
  EXPECT_OK(run);
  const auto dump = pathOf(dir) / "dump.safetensors";
  const auto trained = runProcess(engine, {"train", run->path().native(), "--dump", dump.native()}, std::chrono::minutes(4));
  EXPECT_OK(trained);
  QVERIFY2(trained->status == 0, trained->err.c_str());
  const auto file = SafetensorsFile::open(dump);
  EXPECT_OK(file);
  int batches = 0;
  for (const auto& tensor : file->header().tensors) {
    if (!tensor.name.starts_with("images.")) continue;
    const auto* target = file->header().find("targets." + tensor.name.substr(7));
    QVERIFY(target && tensor.dtype == "F32" && tensor.shape.size() == 4);
    std::vector<float> images(tensor.bytes() / 4);
    std::vector<std::byte> targets(target->bytes());
    EXPECT_OK(file->read(tensor, std::as_writable_bytes(std::span(images))));
    EXPECT_OK(file->read(*target, targets));
    const size_t n = size_t(tensor.shape[0]), plane = size_t(tensor.shape[2] * tensor.shape[3]), width = targets.size() / (n * plane);
    size_t agree = 0;
    for (size_t k = 0; k < n; ++k)
      for (size_t at = 0; at < plane; ++at) {
        // Normalised: the colours are told apart by which channels are high.
        const float r = images[(k * 3) * plane + at], g = images[(k * 3 + 1) * plane + at], b = images[(k * 3 + 2) * plane + at];
        const int q = r > 0 ? (g > 0 ? 3 : 0) : g > 0 ? 1 : b > 0 ? 2 : -1;
        agree += q == int(targets[(k * plane + at) * width]);
      }
    QVERIFY2(double(agree) > 0.97 * double(n * plane), std::to_string(double(agree) / double(n * plane)).c_str());  // but for the quarters' edges
    ++batches;
  }
  QVERIFY2(batches >= 3, std::to_string(batches).c_str());

  // The answer lies as the picture is seen.
  const auto out = pathOf(dir) / "answers";
  const auto answered = windowServices().exportPredictions(*project, *run, out, {});
  EXPECT_OK(answered);
  QCOMPARE(answered->files, 8);
  for (int i = 1; i <= 8; ++i) QCOMPARE(readLabelPng(out / (std::to_string(i) + ".png"))->size(), kShown);
}

INTARSIA_TEST(ExifTest)
#include "exif_slow_test.moc"
