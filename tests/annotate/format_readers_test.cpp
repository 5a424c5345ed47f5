// SPDX-License-Identifier: GPL-3.0-or-later
// Every reader over a small source of its format, and what its report says about oddities.
#include <QTemporaryDir>
#include <QTest>
#include <set>

#include "annotate/formats/file_list.h"
#include "annotate/formats/shape_forms.h"
#include "annotate/formats/summary.h"
#include "core/media/decode.h"
#include "tests/annotate/format_fixtures.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

const std::vector<Fixture>& all() {
  static const auto list = fixtures();
  return list;
}

std::string slurp(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool mentions(const std::vector<ReportLine>& lines, const std::string& text) {
  return std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line.reason.find(text) != std::string::npos; });
}

std::string allLines(const ImportedDataset& dataset) {
  std::string out;
  for (const auto* lines : {&dataset.report.repaired, &dataset.report.skipped, &dataset.report.notes})
    for (const auto& line : *lines) out += line.path + " | " + line.reason + "\n";
  return out;
}

}  // namespace

class FormatReadersTest : public QObject {
  Q_OBJECT
 private:
  void rows(bool textOnly) {
    QTest::addColumn<int>("index");
    for (size_t i = 0; i < all().size(); ++i)
      if (!textOnly || !all()[i].text.empty()) QTest::newRow(all()[i].name.c_str()) << int(i);
  }
  static const Fixture& fixture() {
    QFETCH(int, index);
    return all()[size_t(index)];
  }

 private slots:
  /// labelme's own export of masks beside its files does not hide them, whatever its folder's name ends in.
  void masksBesideLabelme() {
    QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    const auto it = std::ranges::find_if(all(), [](const Fixture& f) { return f.name.starts_with("labelme"); });
    QVERIFY(it != all().end());
    it->write(path);
    fs::create_directories(path / "expected_SegmentationClass");
    ClassTable classes;
    QVERIFY(classes.add("thing"));
    QVERIFY(writeLabelPng(path / "expected_SegmentationClass/a.png", LabelMap(4, 3, 0), classes));
    const auto detected = detectFormat(path);
    QVERIFY(detected && (*detected)->id() == "labelme");
  }

  void reads_data() { rows(false); }
  void reads() {
    const Fixture& f = fixture();
    QTemporaryDir folder;
    f.write(folder.path().toStdString());
    const auto detected = detectFormat(folder.path().toStdString());
    QVERIFY2(detected, detected ? "" : detected.error().message().c_str());
    QCOMPARE(std::string((*detected)->id()), f.format);
    const auto dataset = readDataset(folder.path().toStdString());
    QVERIFY2(dataset, dataset ? "" : dataset.error().message().c_str());
    QVERIFY2(dataset->report.annotations == f.annotations, allLines(*dataset).c_str());
    const auto summary = summarize(*dataset);
    QVERIFY(summary);
    double area = 0;
    int64_t annotations = 0;
    for (const auto& c : summary->classes) {
      annotations += c.annotations;
      if (c.name == "car") area += c.area;
    }
    QCOMPARE(annotations, int64_t(f.annotations));
    if (f.carArea > 0) QCOMPARE(area, f.carArea);
    for (const auto& image : dataset->images)
      if (!image.path.empty()) QCOMPARE(image.size, (Size{40, 30}));
  }

  /// A single file, where the format has one, gives the same as the folder around it.
  void readsFile_data() { rows(true); }
  void readsFile() {
    const Fixture& f = fixture();
    static const std::set<std::string> folders = {"camvid", "masks", "voc", "ade20k", "mapillary", "openimages", "coco-stuff", "flowers17"};
    if (folders.contains(f.format)) return;
    QTemporaryDir folder;
    f.write(folder.path().toStdString());
    ReadOptions options;
    options.images = folder.path().toStdString();
    const auto dataset = readDataset(fs::path(folder.path().toStdString()) / f.text, options);
    QVERIFY2(dataset, dataset ? "" : dataset.error().message().c_str());
    QCOMPARE(dataset->format, f.format);
    QCOMPARE(dataset->report.annotations, f.annotations);
  }

  void links() {
    QTemporaryDir above;
    const fs::path folder = fs::path(above.path().toStdString()) / "source";
    all()[0].write(folder);
    putPicture(fs::path(above.path().toStdString()) / "outside/b.png");
    fs::create_directory_symlink(folder, folder / "loop");
    fs::create_directory_symlink("..", folder / "up");
    fs::create_symlink("../outside/b.png", folder / "b.png");
    fs::create_directories(folder / "c.png");  // a folder named like a file
    fs::create_directories(folder / "d.json");
    put(folder / "bad\xFFname.json", slurp(folder / "a.json"));
    const auto dataset = readDataset(folder);
    QVERIFY2(dataset, dataset ? "" : dataset.error().message().c_str());
    QCOMPARE(dataset->images.size(), size_t(1));
    QCOMPARE(dataset->report.annotations, 4);  // of both files, the same picture
    QVERIFY(mentions(dataset->report.notes, "leads out of the folder"));
    fs::remove(folder / "bad\xFFname.json");  // QTemporaryDir cannot
  }

  void unknown() {
    QTemporaryDir folder;
    const auto empty = readDataset(folder.path().toStdString());
    QVERIFY(!empty);
    QVERIFY(empty.error().message().find("labelme") != std::string::npos);  // says what is known
    QVERIFY(!readDataset("/nonexistent/folder"));
    QVERIFY(!readDataset(folder.path().toStdString(), {}, "nonsense"));
    QVERIFY(!formats().empty());
    std::set<std::string> ids;
    for (const auto& format : formats()) QVERIFY(ids.insert(std::string(format->id())).second);
  }

  void images() {
    QTemporaryDir temporary;
    const fs::path folder = temporary.path().toStdString();
    for (const char* name : {"train/x.png", "val/x.png", "one/Two.JPG", "blank name.png"}) putPicture(folder / name);
    ImageIndex listed;
    listed.add(*listFiles(folder));
    const auto found = [&](const char* name) { const auto match = listed.find(name); return match.file ? match.file->name : "- " + match.problem; };
    QCOMPARE(found("train/x.png"), std::string("train/x.png"));
    QCOMPARE(found("/SegNet/CamVid/val/x.png"), std::string("val/x.png"));
    QCOMPARE(found("D:\\data\\val\\x.png"), std::string("val/x.png"));
    QCOMPARE(found("x.png"), std::string("- 2 images have this name"));
    QCOMPARE(found("two.jpg"), std::string("one/Two.JPG"));
    QCOMPARE(found("Two"), std::string("one/Two.JPG"));
    QCOMPARE(found("Two.png"), std::string("one/Two.JPG"));
    QCOMPARE(found("https://host/bucket/blank%20name.png?token=1"), std::string("blank name.png"));
    QCOMPARE(found("nowhere.png"), std::string("- not found"));
    QCOMPARE(found(".."), std::string("- no name is given"));
  }

  /// A mask of another size, a value beyond the table, a JPEG named PNG.
  void maskTrouble() {
    QTemporaryDir temporary;
    const fs::path folder = temporary.path().toStdString();
    put(folder / "classes.txt", "ground\ncar\n");
    for (const char* stem : {"a", "b", "c", "d"}) putPicture(folder / "images" / (std::string(stem) + ".png"));
    putGreyMask(folder / "masks/a.png", 1);
    putGreyMask(folder / "masks/b.png", 1, 41, 30);
    putGreyMask(folder / "masks/c.png", 9);
    put(folder / "masks/d.png", "not an image");
    const auto dataset = readDataset(folder);
    QVERIFY(dataset);
    QVERIFY2(mentions(dataset->report.skipped, "the mask is 41×30, the image is 40×30"), allLines(*dataset).c_str());
    QVERIFY2(mentions(dataset->report.repaired, "the value 9 is not in the class table; 100 pixels"), allLines(*dataset).c_str());
    QVERIFY(dataset->report.skipped.size() == 2);
    for (const auto& image : dataset->images) QCOMPARE(bool(image.mask), image.name == "images/a.png" || image.name == "images/c.png");
  }

  void rings() {
    QTemporaryDir temporary;
    const fs::path folder = temporary.path().toStdString();
    putPicture(folder / "a.png");
    put(folder / "a.json", R"({"version":"5","shapes":[{"label":" car ","points":[[0.125,0.3],[50,0.3],[50,9],[0.125,0.3]],"shape_type":"polygon"},{"label":"car","points":[[1,1],[2,2]],"shape_type":"polygon"},)"
        R"({"label":"car","points":[[1,1],[NaN,2],[3,3]],"shape_type":"polygon"},{"label":"car","points":[[1,1],[1e308,2],[3,3]],"shape_type":"polygon"},{"label":"","points":[[1,1],[9,2],[3,3]]},)"
        R"({"label":"car","points":[[1,1],[2,2]],"shape_type":"cloud"}],"imagePath":"a.png","imageHeight":31,"imageWidth":40})");
    const auto dataset = readDataset(folder);
    QVERIFY(dataset);
    QCOMPARE(dataset->images[0].shapes.size(), size_t(1));
    const Ring expected = {{0.125, 0.3}, {50, 0.3}, {50, 9}};  // neither rounded nor clipped
    QCOMPARE(dataset->images[0].shapes[0].polygon.rings[0], expected);
    QCOMPARE(dataset->classes[0].name, std::string("car"));
    QVERIFY(mentions(dataset->report.repaired, "repeated last point"));
    QVERIFY(mentions(dataset->report.repaired, "blanks around the class name"));
    QVERIFY(mentions(dataset->report.skipped, "fewer than three points"));
    QVERIFY(mentions(dataset->report.skipped, "a coordinate is not a place"));
    QVERIFY(mentions(dataset->report.skipped, "the class name is empty"));
    QVERIFY(mentions(dataset->report.skipped, "\"cloud\" is not known"));
    QVERIFY(mentions(dataset->report.notes, "is 40×31, the image is 40×30"));
    QVERIFY(mentions(dataset->report.notes, "reaches out of the image"));
    QCOMPARE(dataset->images[0].size, (Size{40, 30}));
  }

  /// A file is known by what it holds: another ending changes nothing.
  void otherEnding_data() { rows(true); }
  void otherEnding() {
    const Fixture& f = fixture();
    static const std::set<std::string> folders = {"camvid", "masks", "voc", "ade20k", "mapillary", "openimages", "coco-stuff", "yolo", "flowers17"};
    if (folders.contains(f.format)) return;
    QTemporaryDir folder;
    f.write(folder.path().toStdString());
    const fs::path file = fs::path(folder.path().toStdString()) / f.text, renamed = file.parent_path() / "labels.backup";
    fs::rename(file, renamed);
    const auto detected = detectFormat(renamed);
    QVERIFY2(detected, detected ? "" : detected.error().message().c_str());
    QCOMPARE(std::string((*detected)->id()), f.format);
    ReadOptions options;
    options.images = folder.path().toStdString();
    const auto dataset = readDataset(renamed, options);
    QVERIFY2(dataset, dataset ? "" : dataset.error().message().c_str());
  }

  /// Boxes of Open Images are not masks: the report says how many were left out.
  void openimagesBoxes() {
    QTemporaryDir folder;
    const auto it = std::ranges::find_if(all(), [](const Fixture& f) { return f.format == "openimages"; });
    it->write(folder.path().toStdString());
    put(fs::path(folder.path().toStdString()) / "annotations/train-annotations-bbox.csv", "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax\na,xclick,/m/0,1,0.1,0.2,0.1,0.2\n");
    const auto dataset = readDataset(folder.path().toStdString());
    QVERIFY(dataset);
    QVERIFY2(mentions(dataset->report.skipped, "its 1 boxes are not imported"), allLines(*dataset).c_str());
  }

  void matSplits() {
    QTemporaryDir folder;
    const auto it = std::ranges::find_if(all(), [](const Fixture& f) { return f.format == "flowers17"; });
    it->write(folder.path().toStdString());
    const auto dataset = readDataset(folder.path().toStdString());
    QVERIFY(dataset);
    QCOMPARE(dataset->images[0].split, Split::test);
    QVERIFY2(mentions(dataset->report.notes, "the first of its three splits"), allLines(*dataset).c_str());
  }

  void videoTracks() {
    QTemporaryDir folder;
    const auto it = std::ranges::find_if(all(), [](const Fixture& f) { return f.name == "cvat video"; });
    it->write(folder.path().toStdString());
    const auto dataset = readDataset(folder.path().toStdString());
    QVERIFY(dataset);
    QCOMPARE(dataset->images.size(), size_t(1));
    QCOMPARE(dataset->images[0].name, std::string("images/frame_000007.png"));
    QCOMPARE(dataset->images[0].group, std::string("drive.mp4"));
  }

  /// Members of the top level are remembered one by one: there is a limit.
  void tooManyMembers() {
    QTemporaryDir temporary;
    const fs::path file = fs::path(temporary.path().toStdString()) / "c.json";
    std::string text = R"({"images":[],"annotations":[])";
    for (int i = 0; i < 20'000; ++i) text += ",\"m" + std::to_string(i) + "\":1";
    put(file, text + "}");
    const auto dataset = readDataset(file, {}, "coco");
    QVERIFY(!dataset);
    QVERIFY2(dataset.error().message().find("c.json: it has more than 10000 members") != std::string::npos, dataset.error().message().c_str());
  }

  void cocoTrouble() {
    QTemporaryDir temporary;
    const fs::path folder = temporary.path().toStdString();
    putPicture(folder / "a.png");
    put(folder / "c.json", R"({"images":[{"id":"x","file_name":"a.png","width":40,"height":30},{"id":"x","file_name":"b.png"},{"id":900100184324001,"file_name":"c.png","width":10,"height":10}],"categories":[{"id":-3,"name":"car"},{"id":-3,"name":"twice"}],)"
        R"("annotations":[{"image_id":"x","category_id":-3,"segmentation":[[0,0,10,0,10,10,0,10],[20,20,30,20,30,30,20,30]]},{"image_id":"x","category_id":-3,"segmentation":[[0,0,10,0,10,10,0,10],[5,5,15,5,15,15,5,15]]},)"
        R"({"image_id":900100184324001,"category_id":-3,"segmentation":[],"bbox":["1","2","3","4"]},{"image_id":5,"category_id":-3,"segmentation":[[0,0,9,0,9,9]]},{"image_id":"x","category_id":8,"segmentation":[[0,0,9,0,9,9]]},)"
        R"({"image_id":"x","category_id":-3,"segmentation":{"size":[1000000000,1000000000],"counts":[5]}},{"image_id":"x","category_id":-3,"segmentation":{"size":[3,3],"counts":[5,99]}},{"image_id":"x","category_id":-3,"segmentation":{"size":[3,3],"counts":"~~~~"}},)"
        R"({"image_id":"x","category_id":-3,"segmentation":[[1,1,2,2],[0,0,9,0,9,9,4]]}]})");
    const auto dataset = readDataset(folder);
    QVERIFY(dataset);
    QVERIFY2(dataset->report.annotations == 4, allLines(*dataset).c_str());
    const auto& shapes = dataset->images[0].shapes;
    QCOMPARE(shapes[0].polygon.rings.size(), size_t(2));  // parts that lie apart stay as they are
    QCOMPARE(area(shapes[0].polygon), 200.0);
    QVERIFY(shapes[1].unite && shapes[1].polygon.rings.size() == 2);  // overlapping ones stay too, and mean their union
    QCOMPARE(area(unitedPolygon(shapes[1])), 175.0);
    QCOMPARE(pixelCount(unitedPolygon(shapes[1]), {0, 0, 40, 30}), int64_t(175));
    QCOMPARE(summarize(*dataset)->classes[0].area, 200.0 + 175 + 12 + 40.5);
    for (const char* text : {"there is no image with the id 5", "there is no category with the id 8", "another category has the id -3", "another image has the id x", "no size of an image", "fewer than three points"})
      QVERIFY2(mentions(dataset->report.skipped, text), text);
  }

};

INTARSIA_TEST(FormatReadersTest)
#include "format_readers_test.moc"
