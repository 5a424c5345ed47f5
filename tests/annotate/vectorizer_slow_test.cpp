// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <filesystem>

#include "annotate/raster/rasterizer.h"
#include "annotate/raster/vectorizer.h"
#include "core/media/decode.h"
#include "tests/support/register.h"

using namespace intarsia;

class VectorizerSlowTest : public QObject {
  Q_OBJECT
 private slots:
  /// Every CamVid mask, as polygons and back, exactly.
  void allRealMasksComeBack_data() {
    QTest::addColumn<QString>("folder");
    for (const char* name : {"trainannot", "valannot"}) QTest::newRow(name) << QStringLiteral(INTARSIA_SOURCE_DIR "/../shared/data/camvid/") + name;
  }
  void allRealMasksComeBack() {
    QFETCH(QString, folder);
    std::error_code none;
    int masks = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.toStdString(), none)) {
      if (entry.path().extension() != ".png") continue;
      const auto map = readLabelPng(entry.path());
      QVERIFY(map.has_value());
      const auto regions = vectorize(*map);
      QVERIFY(regions.has_value());
      LabelMap again(map->width(), map->height());
      for (const Region& region : *regions)
        for (const Span& s : spans(region.polygon, map->rect())) std::fill(again.row(s.y) + s.begin, again.row(s.y) + s.end, region.label);
      QVERIFY2(again == *map, entry.path().filename().c_str());
      ++masks;
    }
    if (masks == 0) QSKIP("no CamVid masks beside the source tree");
    qInfo("%d masks", masks);
  }
};

INTARSIA_TEST(VectorizerSlowTest)
#include "vectorizer_slow_test.moc"
