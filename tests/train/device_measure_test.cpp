// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/torch.h>

#include <QTest>

#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "tests/train/synthetic.h"
#include "train/infer/device_measure.h"
#include "train/infer/torch_model.h"
#include "train/loop/evaluator.h"

using namespace intarsia;
using namespace intarsia::test;

class DeviceMeasureTest : public QObject {
  Q_OBJECT
 private slots:
  void countsWhatTheHostCounts_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::newRow("at its own size") << 64 << 48;
    QTest::newRow("reduced") << 41 << 30;
  }
  void countsWhatTheHostCounts() {
    QFETCH(int, width);
    QFETCH(int, height);
    const SyntheticSource source(0, 11);
    ModelInfo info;
    info.network = "unet";
    info.baseWidth = 6;
    info.depth = 2;
    info.classes = source.classes();
    info.size = {width, height};
    torch::manual_seed(5);
    const auto model = makeTorchModel(info, *makeNetwork(info), "cpu", false);
    QVERIFY(!model->measurement());
    const auto measurement = model->measurement(true);
    Evaluator evaluator(source, Split::val, info.size);
    const auto host = evaluator.run(*model, 2);
    const auto device = evaluator.run(*model, 2, {}, {}, nullptr, measurement.get());
    EXPECT_OK(host);
    EXPECT_OK(device);
    QCOMPARE(device->images, 11);
    QCOMPARE(device->confusion.total(), host->confusion.total());
    QVERIFY2(std::abs(device->loss - host->loss) < 1e-4 * host->loss,
             std::to_string(device->loss - host->loss).c_str());
    int64_t off = 0;  // pixels between two classes by a rounding
    for (int t = 0; t < 4; ++t)
      for (int p = 0; p < 4; ++p) off += std::abs(device->confusion.at(t, p) - host->confusion.at(t, p));
    QVERIFY2(off * 1000 <= host->confusion.total(), std::to_string(off).c_str());
    for (int t = 0; t < 4; ++t) QCOMPARE(device->confusion.at(t, 3), 0);  // marked ignore: never an answer
  }

  void leavesLargePicturesToTheHost() {
    ModelInfo info;
    for (int c = 0; c < 100; ++c) (void)info.classes.add("class " + std::to_string(c));
    const DeviceMeasure sums(info, torch::kCPU);
    QVERIFY(sums.takes(LabelMap(1600, 1600)) && !sums.takes(LabelMap(2000, 2000)));
  }
};

INTARSIA_TEST(DeviceMeasureTest)
#include "device_measure_test.moc"
