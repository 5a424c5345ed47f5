// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/metrics/confusion_matrix.h"

#include <QTest>
#include <cmath>

#include "core/base/random.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {
ClassTable makeTable(int classes, int ignored = -1) {
  ClassTable table;
  for (int c = 0; c < classes; ++c) (void)table.add("class " + std::to_string(c), {}, c == ignored);
  return table;
}
}  // namespace

class ConfusionMatrixTest : public QObject {
  Q_OBJECT
 private slots:
  void aSmallExampleByHand() {
    // truth 0 0 0 1 1 2, predicted 0 0 1 1 1 0; class 3 is absent from both.
    ConfusionMatrix m(4);
    m.add(0, 0, 2);
    m.add(0, 1);
    m.add(1, 1, 2);
    m.add(2, 0);
    QCOMPARE(m.total(), 6);
    QCOMPARE(m.pixelAccuracy(), 4.0 / 6);
    QCOMPARE(m.iou(0).value(), 2.0 / 4);
    QCOMPARE(m.iou(1).value(), 2.0 / 3);
    QCOMPARE(m.iou(2).value(), 0.0);
    QVERIFY(!m.iou(3));
    QCOMPARE(m.meanIoU(), (2.0 / 4 + 2.0 / 3 + 0) / 3);
    QCOMPARE(m.dice(1).value(), 4.0 / 5);
    QCOMPARE(m.precision(0).value(), 2.0 / 3);
    QCOMPARE(m.recall(0).value(), 2.0 / 3);
    QVERIFY(!m.precision(2));
    QCOMPARE(m.recall(2).value(), 0.0);
  }

  void nothingCounted() {
    const ConfusionMatrix m(3);
    QCOMPARE(m.pixelAccuracy(), 0.0);
    QCOMPARE(m.meanIoU(), 0.0);
    QCOMPARE(m.meanDice(), 0.0);
    QVERIFY(!m.iou(0));
  }

  void mapsAgainstPlainCounting() {
    Random random(5);
    const int classes = 5, ignored = 2;
    const auto table = makeTable(classes, ignored);
    LabelMap truth(37, 23), predicted(37, 23);
    for (size_t i = 0; i < truth.pixels().size(); ++i) {
      const int t = random.below(classes + 1);
      truth.pixels()[i] = t == classes ? kUnlabelled : uint16_t(t);
      predicted.pixels()[i] = uint16_t(random.below(classes));
    }
    ConfusionMatrix m(classes), twice(classes);
    m.add(truth, predicted, table);
    int64_t hits = 0, total = 0;
    for (size_t i = 0; i < truth.pixels().size(); ++i) {
      const auto t = truth.pixels()[i], p = predicted.pixels()[i];
      if (t == kUnlabelled || t == ignored) continue;
      ++total;
      hits += t == p;
    }
    QCOMPARE(m.total(), total);
    QCOMPARE(m.pixelAccuracy(), double(hits) / double(total));
    for (int c = 0; c < classes; ++c) {
      const auto iou = m.iou(c), dice = m.dice(c);
      QCOMPARE(dice.value(), 2 * *iou / (1 + *iou));
    }
    twice.add(m);
    twice.add(m);
    QCOMPARE(twice.total(), 2 * total);
    QCOMPARE(twice.meanIoU(), m.meanIoU());
  }
};

INTARSIA_TEST(ConfusionMatrixTest)
#include "confusion_matrix_test.moc"
