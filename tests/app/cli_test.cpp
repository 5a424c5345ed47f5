// SPDX-License-Identifier: GPL-3.0-or-later
// The built program, as people and scripts call it.
#include <QTest>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "annotate/raster/rasterizer.h"
#include "core/base/subprocess.h"
#include "core/media/encode.h"
#include "tests/annotate/project_support.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "train/api/run_folder.h"
#include "train/api/shard.h"

using namespace intarsia;
using namespace intarsia::test;
using Json = nlohmann::json;

class CliTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase();
  void exitStatus();
  void sampleAndInfo();
  void infoOfPlainPictures();
  void guideListsTheFormats();
  void importReport();
  void importWithAMap();
  void importThatFailsLeavesNothing();
  void masks();
  void exportsAmongTheImages();
  void supersampledMasks();
  void convertsAndComesBack();
  void vectorizes();
  void anyMask_data();
  void anyMask();
  void checks();
  void checksAProject();
  void pack();
  void trainNeedsAnEngine();
  void trainHandsOverTheRun();
  void interruptIsPassedOn();
  void badInput_data();
  void badInput();

 private:
  struct Result {
    int status = -1;
    std::string out, err;
    Json json() const { return Json::parse(out, nullptr, false); }
  };
  Result run(std::vector<std::string> arguments, const char* engine = "/nonexistent");
  fs::path m_program;
};

void CliTest::initTestCase() {
  const char* bin = std::getenv("INTARSIA_BIN");
  m_program = fs::path(bin ? bin : INTARSIA_BINARY_DIR "/bin") / "intarsia-cli";
  if (!fs::exists(m_program)) QSKIP("intarsia-cli is not built");
}

CliTest::Result CliTest::run(std::vector<std::string> arguments, const char* engine) {
  qputenv("INTARSIA_ENGINE", engine);
  const auto output = runProcess(m_program, arguments, std::chrono::seconds(60));
  if (!output) return {-1, {}, output.error().message()};
  return {output->signal ? -output->signal : output->status, output->out, output->err};
}

void CliTest::exitStatus() {
  QCOMPARE(run({"--help"}).status, 0);
  QCOMPARE(run({"--version"}).status, 0);
  QCOMPARE(run({}).status, 2);
  QCOMPARE(run({"nonsense"}).status, 2);
  QCOMPARE(run({"info"}).status, 2);
  QCOMPARE(run({"info", "x", "--rule", "magic"}).status, 2);
  QCOMPARE(run({"export", "x", "--what", "everything", "--out", "y"}).status, 2);
  QCOMPARE(run({"info", "/nonexistent"}).status, 1);
  const auto formats = run({"formats", "--json"});
  QCOMPARE(formats.status, 0);
  QVERIFY(formats.json()["formats"].size() >= 5);
}

void CliTest::sampleAndInfo() {
  QTemporaryDir dir;
  const auto sample = pathOf(dir) / "sample";
  QCOMPARE(run({"sample", sample.native(), "--count", "6", "--size", "120x90"}).status, 0);
  QCOMPARE(run({"sample", sample.native()}).status, 1);  // not over an existing one
  const auto info = run({"info", sample.native(), "--json", "--list"});
  QCOMPARE(info.status, 0);
  const auto json = info.json();
  QVERIFY(json["format"] == "intarsia");
  QVERIFY(json["images"] == 6);
  QCOMPARE(json["classes"].size(), size_t(8));
  QVERIFY(json["classes"][0]["name"] == "background");
  QCOMPARE(json["items"].size(), json["annotations"].get<size_t>());
  int64_t pixels = 0, annotations = 0;
  std::map<std::string, double> areas;
  for (const auto& item : json["items"]) {
    areas[item["class"]] += item["area"].get<double>();
    QVERIFY(item["points"].get<int>() >= 3 && item["pixels"].is_number_integer() && item["kind"] == "polygon" &&
            item["image"].is_string());
  }
  for (const auto& c : json["classes"]) {
    pixels += c["pixels"].get<int64_t>();
    annotations += c["annotations"].get<int64_t>();
    QVERIFY(std::abs(c["area"].get<double>() - areas[c["name"]]) < 1e-6);
  }
  QCOMPARE(pixels, int64_t(6) * 120 * 90);
  QCOMPARE(annotations, json["annotations"].get<int64_t>());
  QVERIFY(json["skipped"].empty() && json["repaired"].empty());
  QVERIFY(info.err.find('{') == std::string::npos);  // progress only
}

void CliTest::infoOfPlainPictures() {
  QTemporaryDir dir;
  for (int i = 0; i < 3; ++i) writePicture(pathOf(dir) / (std::to_string(i) + ".png"));
  const auto before = treeOf(pathOf(dir));
  const auto json = run({"info", pathOf(dir).native(), "--json", "--format", "images"}).json();
  QVERIFY(json["format"] == "images");
  QVERIFY(json["images"] == 3);
  QVERIFY(json["annotations"] == 0);
  QVERIFY(treeOf(pathOf(dir)) == before);
}

/// The table in the user's guide is what the program says of itself.
void CliTest::guideListsTheFormats() {
  const auto table = run({"formats", "--markdown"});
  QCOMPARE(table.status, 0);
  const auto guide = readText(fs::path(INTARSIA_SOURCE_DIR) / "docs/USER-GUIDE.md");
  QVERIFY2(guide.find("\n" + table.out) != std::string::npos, "put what `intarsia-cli formats --markdown` prints into docs/USER-GUIDE.md");
}

/// Two labelme files: one good, one broken.
static void writeLabelme(const fs::path& folder) {
  writePicture(folder / "a.png", {40, 30});
  writeText(folder / "a.json", R"({"version":"5.0","flags":{},"shapes":[
    {"label":"cat","points":[[0,0],[10,0],[10,10],[0,10]],"group_id":null,"shape_type":"polygon","flags":{}},
    {"label":"dog","points":[[20,20],[30,20],[30,25]],"group_id":null,"shape_type":"polygon","flags":{}}],
    "imagePath":"a.png","imageData":null,"imageHeight":30,"imageWidth":40})");
  writeText(folder / "b.json", R"({"version":"5.0","shapes":[)");
}

void CliTest::importReport() {
  QTemporaryDir dir;
  writeLabelme(pathOf(dir) / "src");
  const auto project = (pathOf(dir) / "project").native();
  const auto result = run({"import", (pathOf(dir) / "src").native(), "--project", project, "--json"});
  QVERIFY2(result.status == 0, result.err.c_str());
  const auto json = result.json();
  QVERIFY(json["format"] == "labelme");
  QVERIFY(json["images"] == 1);
  QVERIFY(json["annotations"] == 2);
  QVERIFY(json["classes"][0]["name"] == "cat");
  QVERIFY(json["classes"][0]["area"] == 100.0);
  QCOMPARE(json["skipped"].size(), size_t(1));
  QVERIFY(json["skipped"][0]["path"].get<std::string>().find("b.json") != std::string::npos);
  const auto info = run({"info", project, "--json"}).json();
  QVERIFY(info["annotations"] == 2);
  QVERIFY(info["classes"] == json["classes"]);
  // The same through `info` of the source.
  const auto source = run({"info", (pathOf(dir) / "src").native(), "--json"}).json();
  QVERIFY(source["classes"] == json["classes"]);
  QVERIFY(source["skipped"] == json["skipped"]);
}

void CliTest::importWithAMap() {
  QTemporaryDir dir;
  writeLabelme(pathOf(dir) / "src");
  const auto source = (pathOf(dir) / "src").native(), project = (pathOf(dir) / "project").native();
  const auto map = pathOf(dir) / "map.txt", report = pathOf(dir) / "report.json";
  writeText(map, "cat = feline\ndog = (skip)\nunicorn = horse\n");
  const auto result = run({"import", source, "--project", project, "--map", map.native(), "--report", report.native()});
  QVERIFY2(result.status == 0, result.err.c_str());
  const auto info = run({"info", project, "--json"}).json();
  QVERIFY2(info["annotations"] == 1 && info["classes"].size() == 1 && info["classes"][0]["name"] == "feline", info.dump().c_str());
  const auto written = Json::parse(readText(report));
  QVERIFY(written["images"] == 1 && written["classes"][1]["to"].is_null());
  std::map<std::string, Json> files;
  for (const auto& file : written["files"]) files[file["path"]] = file;
  QVERIFY(files["unicorn"]["notes"].size() == 1);
  QVERIFY2(files["a.png"]["imported"] == 1 && files["b.json"]["skipped"].size() == 1, written.dump().c_str());
  // What is proposed for a project that has "feline" and "dogs"; nothing comes in.
  const auto before = treeOf(project);
  QCOMPARE(run({"import", source, "--project", project, "--write-map", map.native()}).status, 0);
  QVERIFY(treeOf(project) == before);
  QVERIFY(readText(map).find("dog = dog\n") != std::string::npos);
  // Nothing comes in from a map that cannot be read, and nothing changes.
  writeText(map, "cat feline\n");
  const auto wrong = run({"import", source, "--project", project, "--map", map.native()});
  QVERIFY(wrong.status == 1 && wrong.err.find("line 1") != std::string::npos);
  QVERIFY(treeOf(project) == before);
}

void CliTest::importThatFailsLeavesNothing() {
  QTemporaryDir dir;
  writeText(pathOf(dir) / "src/b.json", R"({"version":"5.0","shapes":[)");
  writePicture(pathOf(dir) / "there/own.png");
  const auto before = treeOf(pathOf(dir));
  for (const auto* project : {"absent", "there"})
    for (const auto* source : {"src", "nowhere"}) {
      const auto result =
          run({"import", (pathOf(dir) / source).native(), "--project", (pathOf(dir) / project).native()});
      QCOMPARE(result.status, 1);
      QVERIFY(!result.err.empty());
      QVERIFY(treeOf(pathOf(dir)) == before);
    }
}

void CliTest::masks() {
  QTemporaryDir dir;
  writeLabelme(pathOf(dir) / "src");
  const auto out = pathOf(dir) / "out";
  QCOMPARE(run({"rasterize", (pathOf(dir) / "src").native(), "--out", out.native()}).status, 0);
  const auto mask = decodeMask(out / "a.png");
  EXPECT_OK(mask);
  QVERIFY(mask->kind == RawMask::Kind::indexed && mask->size == (Size{40, 30}));
  QCOMPARE(mask->values[5 * 40 + 5], uint16_t(0));
  QCOMPARE(mask->values[21 * 40 + 29], uint16_t(1));
  QCOMPARE(mask->values[15 * 40 + 15], uint16_t(255));
  const auto project = (pathOf(dir) / "project").native();
  QCOMPARE(run({"import", (pathOf(dir) / "src").native(), "--project", project, "--background", "dog"}).status, 0);
  const auto exported = pathOf(dir) / "exported";
  const auto result = run({"export", project, "--what", "masks", "--out", exported.native(), "--color", "--json"});
  QVERIFY2(result.status == 0, result.err.c_str());
  QVERIFY(result.json()["images"] == 1);
  QCOMPARE(readLabelPng(exported / "a.png")->at(15, 15), uint16_t(1));  // uncovered pixels are dogs now
  EXPECT_OK(decodeImage(exported / "color/a.png"));
  const auto classes = Json::parse(readText(exported / "classes.json"));
  QVERIFY(classes["classes"][1]["name"] == "dog");
}

void CliTest::exportsAmongTheImages() {
  QTemporaryDir dir;
  const auto sample = pathOf(dir) / "sample";
  QCOMPARE(run({"sample", sample.native(), "--count", "3", "--size", "60x45"}).status, 0);
  const auto images = [&] { return run({"info", sample.native(), "--json"}).json()["images"].get<int>(); };
  const auto to = [&](const char* name) { return (sample / name).native(); };
  for (int round = 0; round < 2; ++round) {
    QCOMPARE(run({"export", sample.native(), "--what", "masks", "--color", "--out", to("masks")}).status, 0);
    QCOMPARE(run({"rasterize", sample.native(), "--out", to("deep/er")}).status, 0);
    QCOMPARE(run({"convert", sample.native(), "--to", "voc", "--out", to("voc")}).status, 0);
    QVERIFY(fs::exists(sample / "masks/color/scene-001.png") && fs::exists(sample / "voc/JPEGImages/scene-001.jpg"));
    QCOMPARE(images(), 3);
  }
  QVERIFY(run({"info", to("voc"), "--json"}).json()["images"] == 3);
  // labelme's files belong beside the pictures; others do not
  QCOMPARE(run({"convert", sample.native(), "--to", "labelme", "--out", sample.native()}).status, 0);
  QVERIFY(fs::exists(sample / "scene-001.json"));
  const auto before = treeOf(sample);
  for (const auto& command : {std::vector<std::string>{"export", sample.native(), "--what", "masks"},
                              {"rasterize", sample.native()},
                              {"convert", sample.native(), "--to", "coco"},
                              {"predict", "model", to("scene-001.jpg")}}) {
    auto all = command;
    all.insert(all.end(), {"--out", sample.native()});
    const auto refused = run(all);
    QCOMPARE(refused.status, 1);
    QVERIFY2(refused.err.find("holds images of the project") != std::string::npos, refused.err.c_str());
  }
  QVERIFY(treeOf(sample) == before);
  QCOMPARE(images(), 3);

  // Without a project: no mask in the place of a picture.
  writeLabelme(pathOf(dir) / "src");
  const auto source = treeOf(pathOf(dir) / "src");
  const auto refused = run({"rasterize", (pathOf(dir) / "src").native(), "--out", (pathOf(dir) / "src").native()});
  QCOMPARE(refused.status, 1);
  QVERIFY2(refused.err.find("one of the pictures") != std::string::npos, refused.err.c_str());
  QVERIFY(treeOf(pathOf(dir) / "src") == source);
}

void CliTest::supersampledMasks() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "src/a.png", {4, 3});
  writeText(pathOf(dir) / "src/a.json", R"({"version":"5.0","flags":{},"shapes":[
    {"label":"cat","points":[[0,0],[1.75,0],[1.75,3],[0,3]],"group_id":null,"shape_type":"polygon","flags":{}}],
    "imagePath":"a.png","imageData":null,"imageHeight":3,"imageWidth":4})");
  const auto out = pathOf(dir) / "out";
  QCOMPARE(run({"rasterize", (pathOf(dir) / "src").native(), "--out", out.native(), "--supersample", "4", "--color"}).status, 0);
  const auto map = readLabelPng(out / "a.png");
  EXPECT_OK(map);
  QVERIFY(map->at(1, 1) == 0 && map->at(2, 1) == kUnlabelled);
  const auto color = decodeImage(out / "color/a.png");
  const auto whole = color->row(1)[0], part = color->row(1)[3];
  QVERIFY(whole > 0);
  QCOMPARE(int(part), (whole * 3 + 2) / 4);  // three of four columns of samples
  QCOMPARE(run({"rasterize", (pathOf(dir) / "src").native(), "--out", out.native(), "--supersample", "99"}).status, 2);
  // Which class lies on top is a choice.
  writePicture(pathOf(dir) / "two/a.png", {4, 3});
  writeText(pathOf(dir) / "two/labels.txt", "cat\ndog\n");
  writeText(pathOf(dir) / "two/a.json", R"({"version":"5.0","flags":{},"shapes":[
    {"label":"dog","points":[[0,0],[4,0],[4,3],[0,3]],"group_id":null,"shape_type":"polygon","flags":{}},
    {"label":"cat","points":[[0,0],[2,0],[2,3],[0,3]],"group_id":null,"shape_type":"polygon","flags":{}}],
    "imagePath":"a.png","imageData":null,"imageHeight":3,"imageWidth":4})");
  for (const char* order : {"shapes", "classes"}) {
    const auto there = pathOf(dir) / order;
    QCOMPARE(run({"rasterize", (pathOf(dir) / "two").native(), "--out", there.native(), "--order", order}).status, 0);
    const auto two = readLabelPng(there / "a.png");
    const auto classes = Json::parse(readText(there / "classes.json"))["classes"];
    QVERIFY(classes[0]["name"] == "cat" && classes[1]["name"] == "dog");
    QCOMPARE(two->at(0, 0), uint16_t(std::string(order) == "classes"));
    QCOMPARE(two->at(3, 0), uint16_t(1));
  }
}

void CliTest::convertsAndComesBack() {
  QTemporaryDir dir;
  const auto sample = (pathOf(dir) / "sample").native();
  QCOMPARE(run({"sample", sample, "--count", "3", "--size", "120x90"}).status, 0);
  const Json before = run({"info", sample, "--json"}).json();
  for (const std::string format : {"coco", "labelme", "cvat", "masks"}) {
    const auto out = (pathOf(dir) / format).native();
    const auto result = run({"convert", sample, "--to", format, "--out", out, "--json"});
    QVERIFY2(result.status == 0, result.err.c_str());
    QVERIFY(result.json()["images"] == 3);
    const Json after = run({"info", out, "--json"}).json();
    QVERIFY2(after["format"] == format, after.dump().c_str());
    QVERIFY(after["images"] == 3);
    std::map<std::string, int64_t> pixels;  // the label maps are the same, whatever the order of classes
    for (const auto& c : after["classes"]) pixels[c["name"]] = c["pixels"];
    for (const auto& c : before["classes"])
      if (format == "masks" || c["name"] != "background")  // uncovered pixels have no class in the others
        QVERIFY2(pixels[c["name"]] == c["pixels"], (format + " " + c.dump() + after.dump()).c_str());
  }
  const auto wrong = run({"convert", sample, "--to", "ade20k", "--out", (pathOf(dir) / "x").native()});
  QCOMPARE(wrong.status, 2);
  QVERIFY2(wrong.err.find("labelme") != std::string::npos, wrong.err.c_str());
}

/// The label map that the regions of a mask make.
static LabelMap painted(const Json& mask) {
  LabelMap map(mask["size"][0].get<int>(), mask["size"][1].get<int>());
  for (const auto& region : mask["regions"]) {
    Polygon polygon;
    for (const auto& points : region["rings"]) {
      Ring ring;
      for (const auto& point : points) ring.push_back({point[0], point[1]});
      polygon.rings.push_back(ring);
    }
    for (const Span& span : spans(polygon, map.rect()))
      std::fill(map.row(span.y) + span.begin, map.row(span.y) + span.end, region["label"].get<uint16_t>());
  }
  return map;
}

void CliTest::vectorizes() {
  QTemporaryDir dir;
  const auto sample = (pathOf(dir) / "sample").native(), out = (pathOf(dir) / "masks").native();
  QCOMPARE(run({"sample", sample, "--count", "1", "--size", "120x90"}).status, 0);
  QCOMPARE(run({"rasterize", sample, "--out", out}).status, 0);
  fs::path mask;
  for (const auto& entry : fs::directory_iterator(out))
    if (entry.path().extension() == ".png") mask = entry.path();
  const auto file = pathOf(dir) / "regions.json";
  const auto result = run({"vectorize", mask.native(), "--out", file.native(), "--json"});
  QVERIFY2(result.status == 0, result.err.c_str());
  QVERIFY(painted(Json::parse(readText(file))["masks"][0]) == readLabelPng(mask).value());
  const auto wrong = run({"vectorize", mask.native(), file.native(), "--out", (pathOf(dir) / "none.json").native()});
  QVERIFY(wrong.status != 0 && !fs::exists(pathOf(dir) / "none.json"));
  QVERIFY2(wrong.err.find("regions.json") != std::string::npos, wrong.err.c_str());
}

/// Whatever a mask is stored as: the values 0 to 3, or what stands for them.
void CliTest::anyMask_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<QString>("kind");
  QTest::addColumn<QString>("table");
  const char* const named = "background 0 0 0\nroad 128 64 128\ncar 0 0 142\ntree 107 142 35\n";
  QTest::newRow("PNG, palette") << "m.png" << "indexed" << "";
  QTest::newRow("PNG, palette, names") << "m.png" << "indexed" << "background\nroad\ncar\ntree\n";
  QTest::newRow("PNG, palette of the table's colours in another order") << "m.png" << "shuffled" << named;
  QTest::newRow("PNG, grey") << "m.png" << "grey" << "";
  QTest::newRow("PNG, spread greys") << "m.png" << "spread" << "";
  QTest::newRow("PNG, spread greys, names") << "m.png" << "spread" << "background\nroad\ncar\ntree\n";
  QTest::newRow("PNG, grey, table of values") << "m.png" << "tens" << "index,name\n0,background\n10,road\n20,car\n30,tree\n";
  QTest::newRow("PNG, 16 bits") << "m.png" << "grey16" << "";
  QTest::newRow("PNG, colours") << "m.png" << "color" << named;
  QTest::newRow("TIFF") << "m.tif" << "grey" << "";
  QTest::newRow("TIFF, 16 bits") << "m.tif" << "grey16" << "background\nroad\ncar\ntree\n";
  QTest::newRow("TIFF, colours") << "m.tif" << "color" << named;
  QTest::newRow("BMP, palette") << "m.bmp" << "indexed" << "";
  QTest::newRow("BMP, colours") << "m.bmp" << "color" << named;
  QTest::newRow("a PNG that is called TIFF") << "m.tif" << "png" << "";
  for (const int bits : {1, 2, 4}) QTest::newRow(qPrintable(QString("PNG, palette, %1 bits").arg(bits))) << "m.png" << QString("pil%1").arg(bits) << "";
}

void CliTest::anyMask() {
  QFETCH(QString, name);
  QFETCH(QString, kind);
  QFETCH(QString, table);
  QTemporaryDir dir;
  const auto data = pathOf(dir) / "data", mask = data / "masks" / name.toStdString(), out = pathOf(dir) / "regions.json", classes = pathOf(dir) / "table.txt";
  const int most = kind == "pil1" ? 2 : 4;
  writePicture(data / "images/m.png", {40, 30});
  fs::create_directories(data / "masks");
  LabelMap map(40, 30);
  for (int y = 0; y < 30; ++y)
    for (int x = 0; x < 40; ++x) map.set(x, y, uint16_t((x / 7 + y / 5 * 3) % most));
  const std::vector<Color> colors{{0, 0, 0}, {128, 64, 128}, {0, 0, 142}, {107, 142, 35}};
  const bool wide = kind == "grey16", color = kind == "color";
  Image image{40, 30, color ? 3 : 1, wide ? 16 : 8, std::vector<uint8_t>(size_t(1200 * (color ? 3 : wide ? 2 : 1)))};
  for (size_t i = 0; i < 1200; ++i) {
    const uint16_t v = map.pixels()[i];
    const Color c = colors[v];
    if (wide) std::memcpy(image.bytes.data() + 2 * i, &v, 2);
    else if (color) std::ranges::copy(std::initializer_list<uint8_t>{c.r, c.g, c.b}, image.bytes.begin() + ptrdiff_t(3 * i));
    else image.bytes[i] = uint8_t(kind == "spread" ? v * 85 : kind == "tens" ? v * 10 : kind == "shuffled" ? 3 - v : v);
  }
  std::vector<Color> palette;
  if (kind == "indexed" || kind == "png") palette = colors;
  if (kind == "shuffled") palette.assign(colors.rbegin(), colors.rend());
  if (kind.startsWith("pil")) {
    std::string numbers;
    for (const uint16_t v : map.pixels()) numbers += char('0' + v);
    const auto drawn = runProcess(kPython, {"-c", "import sys; from PIL import Image; i = Image.new('P', (40, 30)); i.putdata([int(c) for c in sys.argv[2]]); i.putpalette([0, 0, 0, 9, 9, 9, 200, 0, 0, 0, 200, 0]); i.save(sys.argv[1], bits=int(sys.argv[3]))", mask.native(), numbers, kind.mid(3).toStdString()});
    if (!drawn || drawn->status != 0) QSKIP("python3-pil is not installed");
    QCOMPARE(probeImage(mask)->bits, kind.mid(3).toInt());
  } else {
    const auto bytes = kind != "png" && name.endsWith("tif") ? encodeTiff(image, palette) : name.endsWith("bmp") ? encodeBmp(image, palette) : encodePng(image, palette);
    EXPECT_OK(bytes);
    writeText(mask, *bytes);
  }
  std::vector<std::string> how{"vectorize", mask.native(), "--out", out.native()}, take{"import", data.native(), "--project", (pathOf(dir) / "p").native(), "--json"};
  if (!table.isEmpty()) {
    writeText(classes, table.toStdString());
    for (auto* arguments : {&how, &take}) arguments->insert(arguments->end(), {"--classes", classes.native()});
  }
  const auto result = run(how);
  QVERIFY2(result.status == 0, result.err.c_str());
  const Json found = Json::parse(readText(out));
  QVERIFY(painted(found["masks"][0]) == map);
  if (!table.isEmpty()) QCOMPARE(found["classes"][2]["name"].get<std::string>(), std::string("car"));
  if (table == "" && !palette.empty()) QCOMPARE(found["classes"][2]["color"].get<std::string>(), std::string("#00008e"));
  const auto taken = run(take);
  QVERIFY2(taken.status == 0, taken.err.c_str());
  const Json imported = taken.json();
  QCOMPARE(imported["classes"].size(), size_t(most));
  for (size_t c = 0; c < size_t(most); ++c) {
    QCOMPARE(imported["classes"][c]["pixels"].get<int64_t>(), int64_t(std::ranges::count(map.pixels(), uint16_t(c))));
    QVERIFY(imported["classes"][c]["name"] == found["classes"][c]["name"]);
  }
}

void CliTest::checks() {
  QTemporaryDir dir;
  writeLabelme(pathOf(dir) / "src");
  const auto result = run({"check", (pathOf(dir) / "src").native(), "--json"});
  QVERIFY2(result.status == 0, result.err.c_str());
  const Json found = result.json();
  QVERIFY2(found["images"].size() == 1 && found["totals"]["unlabelled"] == 1, found.dump().c_str());
  QVERIFY(found["images"][0]["findings"].size() >= 1 && found["images"][0]["findings"][0]["rect"].size() == 4);
}

void CliTest::checksAProject() {
  QTemporaryDir dir;
  const auto folder = pathOf(dir);
  writePicture(folder / "a.png", {40, 30});
  writePicture(folder / "b.png", {40, 30});
  {
    const auto project = *Project::open(folder);
    ClassTable classes;
    const auto one = *classes.add("one"), two = *classes.add("two");
    EXPECT_OK(project->setClasses(classes));
    Annotation a;
    a.size = {40, 30};
    addShape(a, square(0, 0, 20, one));
    addShape(a, square(10, 10, 20, two));
    Shape bow;  // crosses itself, and leaves the picture
    bow.classId = two;
    bow.polygon.rings = {{{30, 2}, {45, 12}, {45, 2}, {30, 12}}};
    addShape(a, bow);
    EXPECT_OK(project->setAnnotation(0, a));
    Annotation full;
    full.size = {40, 30};
    full.base = TileMap(full.size);
    std::vector<ClassId> row(40, one);
    for (int y = 0; y < 30; ++y) full.base.write({0, y, 40, 1}, row.data());
    EXPECT_OK(project->setAnnotation(1, full));
    EXPECT_OK(project->flush());
  }
  const auto result = run({"check", folder.native(), "--json"});
  QVERIFY2(result.status == 0, result.err.c_str());
  const Json json = result.json();
  QVERIFY(json["checked"] == 2 && json["clean"] == 1);
  for (const char* kind : {"gap", "overlap", "sliver", "outOfImage", "selfIntersection", "degenerate", "unlabelled"})
    QVERIFY2(json["totals"].contains(kind), kind);
  QVERIFY2(json["totals"]["overlap"] == 1 && json["totals"]["outOfImage"] == 1 && json["totals"]["selfIntersection"] == 1 &&
               json["totals"]["unlabelled"] == 1, result.out.c_str());
  const double share = json["images"][0]["unlabelledShare"];
  QVERIFY(share > 0.2 && share < 0.5 && json["images"][1]["unlabelledShare"] == 0.0);
  QVERIFY(std::abs(json["unlabelledShare"].get<double>() - share / 2) < 1e-12);
  const Json overlap = json["images"][0]["findings"][0];
  QVERIFY2(overlap["kind"] == "gap" || (overlap["pixels"] == 100 && overlap["rect"] == Json({10, 10, 10, 10}) && overlap["shapes"] == Json({1, 2})),
           overlap.dump().c_str());
}

void CliTest::pack() {
  QTemporaryDir dir;
  const auto sample = (pathOf(dir) / "sample").native();
  QCOMPARE(run({"sample", sample, "--count", "6", "--size", "120x90"}).status, 0);
  const auto result = run({"pack", sample, "--size", "60x45", "--out", (pathOf(dir) / "p.shard").native(), "--json"});
  QVERIFY2(result.status == 0, result.err.c_str());
  QVERIFY(result.json()["images"] == 6);
  const auto shard = ShardReader::open(pathOf(dir) / "p.shard");
  EXPECT_OK(shard);
  const auto& entries = (*shard)->manifest().entries;
  QCOMPARE(entries.size(), size_t(6));
  for (const auto& entry : entries) {
    QVERIFY(entry.imageSize == (Size{60, 45}));
    QVERIFY(entry.labelSize == (entry.split == Split::train ? Size{60, 45} : Size{120, 90}));
  }
  const auto project = *Project::open(sample, {}, Project::Access::readOnly);
  for (int i = 0; i < 6; ++i)
    if (entries[size_t(i)].split != Split::train) QVERIFY((*shard)->sample(i)->labels == *project->labelMap(i));
  QCOMPARE(run({"pack", sample, "--size", "60", "--out", "x"}).status, 2);
}

void CliTest::trainNeedsAnEngine() {
  QTemporaryDir dir;
  const auto sample = (pathOf(dir) / "sample").native();
  QCOMPARE(run({"sample", sample, "--count", "3", "--size", "60x45"}).status, 0);
  for (const auto& command : {std::vector<std::string>{"train", sample, "--epochs", "1"},
                              {"doctor"},
                              {"networks"},
                              {"predict", sample, sample + "/scene-001.jpg", "--out", sample + "/out"}}) {
    const auto result = run(command);
    QCOMPARE(result.status, 1);
    QVERIFY2(result.err.find("INTARSIA_ENGINE") != std::string::npos, result.err.c_str());
  }
  QVERIFY(!fs::exists(fs::path(sample) / "intarsia/runs"));
}

/// An engine that notes how it was called.
static fs::path writeEngine(const fs::path& folder, const std::string& body) {
  const auto path = folder / "engine.sh";
  writeText(path, "#!/bin/sh\n" + body);
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

void CliTest::trainHandsOverTheRun() {
  QTemporaryDir dir;
  const auto sample = (pathOf(dir) / "sample").native();
  QCOMPARE(run({"sample", sample, "--count", "5", "--size", "60x45"}).status, 0);
  const auto engine = writeEngine(pathOf(dir), "echo \"$@\" > " + (pathOf(dir) / "called").native() +
                                                   "\necho epoch 1 >&2\necho '{\"ok\": true}'\nexit ${STATUS:-0}\n");
  const auto result = run({"train", sample, "--run", "one", "--epochs", "3", "--set", "size=64x32", "--set",
                           "network=unet", "--seed", "7", "--device", "cpu", "--json"},
                          engine.c_str());
  QVERIFY2(result.status == 0, result.err.c_str());
  QVERIFY(result.json()["ok"] == true);
  QVERIFY(result.err.find("epoch 1") != std::string::npos);
  const auto folder = fs::path(sample) / "intarsia/runs/one";
  QCOMPARE(readText(pathOf(dir) / "called"), "train " + folder.native() + " --json\n");
  const auto snapshot = RunFolder(folder).snapshot();
  EXPECT_OK(snapshot);
  QCOMPARE(snapshot->samples.size(), size_t(5));
  const auto& recipe = snapshot->recipe;
  QVERIFY(recipe.epochs == 3 && recipe.minutes == 0 && recipe.size == (Size{64, 32}) && recipe.network == "unet" &&
          recipe.seed == 7 && recipe.device == "cpu");
  QCOMPARE(run({"find-lr", sample, "--json"}, engine.c_str()).status, 0);  // in a run that goes with the test
  QVERIFY(readText(pathOf(dir) / "called").starts_with("find-lr " + folder.parent_path().native() + "/find-lr-"));
  QCOMPARE(std::distance(fs::directory_iterator(folder.parent_path()), {}), 2);  // one, .labels
  QCOMPARE(run({"train", sample, "--run", "flowers", "--recipe", "deeplabv3-flowers"}, engine.c_str()).status, 0);
  QCOMPARE(RunFolder(folder.parent_path() / "flowers").snapshot()->recipe.network, std::string("deeplabv3_resnet101"));
  const auto recipes = run({"recipes", "--json"}).json();
  QVERIFY(recipes["presets"].size() >= 5 && recipes["fields"].size() > 50);
  QCOMPARE(run({"train", sample, "--run", "one", "--epochs", "3"}, engine.c_str()).status, 1);  // exists
  QCOMPARE(run({"train", sample, "--minutes", "1", "--epochs", "3"}, engine.c_str()).status, 2);
  QCOMPARE(run({"train", sample, "--set", "learnigRate=3"}, engine.c_str()).status, 2);
  QCOMPARE(run({"evaluate", sample, "--run", "one", "--split", "val", "--json"}, engine.c_str()).status, 0);
  QCOMPARE(readText(pathOf(dir) / "called"), "evaluate " + folder.native() + " --split val --json\n");
  QCOMPARE(run({"evaluate", sample, "--run", "two"}, engine.c_str()).status, 1);
  QCOMPARE(run({"pack", sample, "--out", (pathOf(dir) / "s.shard").native()}).status, 0);
  QCOMPARE(
      run({"train", (pathOf(dir) / "s.shard").native(), "--run", (pathOf(dir) / "packed").native(), "--epochs", "1"},
          engine.c_str())
          .status,
      0);
  QCOMPARE(RunFolder(pathOf(dir) / "packed").snapshot()->shards.size(), size_t(1));
  qputenv("STATUS", "1");
  QCOMPARE(run({"doctor"}, engine.c_str()).status, 1);
  qunsetenv("STATUS");
  QVERIFY(run({"doctor"}, writeEngine(pathOf(dir), "kill -9 $$\n").c_str()).err.find("signal 9") != std::string::npos);
}

void CliTest::interruptIsPassedOn() {
  QTemporaryDir dir;
  const auto sample = (pathOf(dir) / "sample").native();
  QCOMPARE(run({"sample", sample, "--count", "5", "--size", "60x45"}).status, 0);
  const auto engine = writeEngine(pathOf(dir),
                                  "trap 'echo kept >&2; exit 0' INT\necho ready >&2\ni=0\nwhile [ $i -lt 200 ]; do "
                                  "sleep 0.1; i=$((i+1)); done\nexit 3\n");
  qputenv("INTARSIA_ENGINE", engine.c_str());
  auto process = Subprocess::start(m_program, {"train", sample, "--run", "x", "--epochs", "1"});
  EXPECT_OK(process);
  std::string said;
  char buffer[512];
  while (said.find("ready") == std::string::npos) {
    const auto n = ::read(process->errorFd(), buffer, sizeof buffer);
    if (n <= 0) break;
    said.append(buffer, size_t(n));
  }
  process->signal(SIGINT);
  const auto exit = process->wait(std::chrono::seconds(15));
  for (ssize_t n; (n = ::read(process->errorFd(), buffer, sizeof buffer)) > 0;) said.append(buffer, size_t(n));
  QVERIFY(exit.has_value());
  QVERIFY2(exit->status == 0 && exit->signal == 0, said.c_str());
  QVERIFY2(said.find("kept") != std::string::npos, said.c_str());
}

void CliTest::badInput_data() {
  QTest::addColumn<QStringList>("arguments");
  QTest::addColumn<QString>("says");
  QTest::newRow("empty folder") << QStringList{"info", "@/empty"} << "empty";
  QTest::newRow("broken JSON") << QStringList{"info", "@/broken.json"} << "broken.json";
  QTest::newRow("broken project") << QStringList{"info", "@/project"} << "project.json";
  QTest::newRow("train nothing") << QStringList{"train", "@/pictures", "--epochs", "1"} << "is labelled yet";
  QTest::newRow("train no image") << QStringList{"train", "@/empty", "--epochs", "1"} << "There is no image";
  QTest::newRow("masks of nothing") << QStringList{"export", "@/pictures", "--what", "masks", "--out", "@/m"}
                                    << "no labelled picture";
  QTest::newRow("model of nothing") << QStringList{"export", "@/pictures", "--what", "model", "--out", "@/m"}
                                    << "no trained run";
  QTest::newRow("no such format") << QStringList{"info", "@/pictures", "--format", "magic"} << "magic";
}

void CliTest::badInput() {
  QFETCH(QStringList, arguments);
  QFETCH(QString, says);
  QTemporaryDir dir;
  fs::create_directories(pathOf(dir) / "empty");
  writeText(pathOf(dir) / "broken.json", "{\"shapes\": [");
  writeText(pathOf(dir) / "project/intarsia/project.json", "{");
  writePicture(pathOf(dir) / "pictures/a.png");
  std::vector<std::string> words;
  for (auto& argument : arguments) words.push_back(argument.replace("@", dir.path()).toStdString());
  const auto engine = writeEngine(pathOf(dir), "exit 0\n");
  const auto result = run(words, engine.c_str());
  QVERIFY2(result.status == 1, result.err.c_str());
  QVERIFY2(QString::fromStdString(result.err).contains(says), result.err.c_str());
  QCOMPARE(std::count(result.err.begin(), result.err.end(), '\n'), 1);  // one sentence
}

INTARSIA_TEST(CliTest)
#include "cli_test.moc"
