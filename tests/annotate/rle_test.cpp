// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/rle.h"

#include <QTest>
#include <random>

#include "tests/support/register.h"

using namespace intarsia;

class RleTest : public QObject {
  Q_OBJECT
 private slots:
  void masksComeBack() {
    std::mt19937 random(1);
    for (int i = 0; i < 500; ++i) {
      const Size size{1 + int(random() % 30), 1 + int(random() % 30)};
      std::vector<uint8_t> mask(size_t(size.width) * size_t(size.height));
      const unsigned density = 1 + random() % 8;
      for (auto& v : mask) v = random() % density == 0;
      const Rle rle = encodeRle(mask, size);
      QVERIFY(checkRle(rle).has_value());
      QCOMPARE(rleArea(rle), int64_t(std::count(mask.begin(), mask.end(), 1)));
      QVERIFY(decodeRle(rle).value() == mask);
      QVERIFY(rleFromText(rleToText(rle.counts)).value() == rle.counts);
      const Rect box = rleBounds(rle);
      Rect expected;
      for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
          if (mask[size_t(y) * size.width + x]) expected = expected.united({x, y, 1, 1});
      QVERIFY(box == expected);
      if (box.empty()) continue;
      const auto part = decodeRle(rle, box).value();
      for (int y = 0; y < box.height; ++y)
        for (int x = 0; x < box.width; ++x) QCOMPARE(part[size_t(y) * box.width + x], mask[size_t(box.y + y) * size.width + box.x + x]);
    }
  }
  void knownText() {
    // pycocotools: encode of a 5 × 4 mask with the middle 3 × 2 set
    const std::vector<uint32_t> counts = {5, 2, 2, 2, 2, 2, 5};
    QVERIFY(rleFromText("5220003").value() == counts);
    QCOMPARE(rleToText(counts), std::string("5220003"));
    const std::vector<uint32_t> large = {0, 4294967295u, 0, 1, 4294967295u};
    QVERIFY(rleFromText(rleToText(large)).value() == large);
  }
  void wrongTextIsAnError_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("ends within a number") << QByteArray("5P");
    QTest::newRow("space") << QByteArray("5 2");
    QTest::newRow("beyond o") << QByteArray("5\x7f");
    QTest::newRow("not ASCII") << QByteArray("5\xff");
    QTest::newRow("too long") << QByteArray("PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP0");
    QTest::newRow("negative") << QByteArray("N");
  }
  void wrongTextIsAnError() {
    QFETCH(QByteArray, text);
    const auto counts = rleFromText(std::string_view(text.constData(), size_t(text.size())));
    QVERIFY(!counts.has_value());
    QVERIFY(!counts.error().message().empty());
  }
  void runsThatDoNotFit() {
    QVERIFY(!checkRle({{4, 4}, {5, 20}}).has_value());
    QVERIFY(!checkRle({{4, 4}, {5}}).has_value());
    QVERIFY(!checkRle({{-4, -4}, {16}}).has_value());
    QVERIFY(!decodeRle({{4, 4}, {5, 4294967295u}}).has_value());
    QVERIFY(!decodeRle({{4, 4}, {0, 16}}, {2, 2, 4, 4}).has_value());
    QVERIFY(decodeRle({{0, 0}, {}}).has_value());
    QVERIFY(checkRle({{1 << 30, 1 << 30}, {}}).has_value() == false);
  }
};

INTARSIA_TEST(RleTest)
#include "rle_test.moc"
