// SPDX-License-Identifier: GPL-3.0-or-later
// Labels that are cut short or overwritten while they are read: an error that names the file.
#include <QTemporaryDir>
#include <QTest>
#include <fstream>

#include "annotate/formats/format.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

class ChangedFileTest : public QObject {
  Q_OBJECT
 private slots:
  void changes_data();
  void changes();
};

/// About 10 MB, so three windows.
static void write(const fs::path& path, const QString& format) {
  const int count = 60'000;
  std::string text = format == "coco"       ? R"({"images":[{"id":1,"file_name":"a.png","width":40,"height":30}],"categories":[{"id":1,"name":"car"}],"annotations":[)"
                     : format == "datumaro" ? R"({"categories":{"label":{"labels":[{"name":"car"}]}},"items":[)"
                                            : "[";
  for (int i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    if (i) text += ",";
    if (format == "coco") text += R"({"id":)" + n + R"(,"image_id":1,"category_id":1,"iscrowd":0,"segmentation":[[1.25,2.5,20.125,2.5,20.125,17.75,1.25,17.5]],"bbox":[1,2,19,15],"area":280})";
    else if (format == "datumaro") text += R"({"id":"p)" + n + R"(","image":{"path":"a.png","size":[30,40]},"annotations":[{"id":0,"type":"polygon","label_id":0,"points":[1.25,2.5,20.125,2.5,20.125,17.75]}]})";
    else text += R"({"id":)" + n + R"(,"data":{"image":"a.png"},"annotations":[{"result":[{"type":"polygonlabels","original_width":40,"original_height":30,"value":{"points":[[1,2],[50,2],[50,60]],"polygonlabels":["car"]}}]}]})";
  }
  std::ofstream(path, std::ios::binary) << text << (format == "label-studio" ? "]" : "]}");
}

void ChangedFileTest::changes_data() {
  QTest::addColumn<QString>("format");
  QTest::addColumn<int>("when");  // after so many reports of progress
  QTest::addColumn<bool>("cut");
  for (const char* format : {"coco", "label-studio", "datumaro"})
    for (const int when : {1, 2, 4})
      for (const bool cut : {true, false}) QTest::newRow(qPrintable(QString("%1, report %2, %3").arg(format).arg(when).arg(cut ? "cut" : "overwritten"))) << format << when << cut;
}
void ChangedFileTest::changes() {
  QFETCH(QString, format);
  QFETCH(int, when);
  QFETCH(bool, cut);
  QTemporaryDir dir;
  const fs::path path = fs::path(dir.path().toStdString()) / "labels.json";
  write(path, format);
  int reports = 0;
  const Job job({}, [&](const Progress& progress) {
    if (progress.what != "Reading annotations" || ++reports != when) return;
    if (cut) fs::resize_file(path, fs::file_size(path) / 3);
    else std::fstream(path, std::ios::binary | std::ios::in | std::ios::out) << "{\"images\": []}                 ";
  });
  const auto dataset = readDataset(path, {}, format.toStdString(), job);
  QVERIFY(reports >= when);
  EXPECT_ERROR(dataset, ErrorCode::io);
  QVERIFY2(QString::fromStdString(dataset.error().message()).contains("labels.json changed or could not be read"), dataset.error().message().c_str());
}

INTARSIA_TEST(ChangedFileTest)
#include "changed_file_test.moc"
