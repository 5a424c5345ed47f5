// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/rate_finder.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/json.h"
#include "core/base/random.h"
#include "core/base/subprocess.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;

class RateFinderTest : public QObject {
  Q_OBJECT
 private slots:
  /// Curves as they occur: flat, falling, exploding, with noise; some stop early, one never falls.
  void suggestionsAreFastais_data() {
    QTest::addColumn<int>("seed");
    QTest::addColumn<double>("noise");
    QTest::addColumn<bool>("falls");
    for (int seed = 0; seed < 6; ++seed) QTest::addRow("curve %d", seed) << seed << 0.3 * seed << (seed != 5);
  }
  void suggestionsAreFastais() {
    QFETCH(int, seed);
    QFETCH(double, noise);
    QFETCH(bool, falls);
    Random random{uint64_t(seed)};
    RateTest test;
    RateCurve curve;
    for (int step = 0;; ++step) {
      const double position = std::log10(RateTest::rateAt(step));  // -7 … 1
      const double loss = 2.5 - (falls ? 2 / (1 + std::exp(-3 * (position + 3))) : 0) + std::exp(2.5 * (position + 0.5)) + noise * random.uniform();
      if (!test.add(loss, curve)) break;
    }
    QVERIFY(curve.losses.size() > 50 && curve.losses.size() <= 101);
    QTemporaryDir dir;
    const std::string file = (dir.path() + "/curve.json").toStdString();
    std::ofstream(file) << curve.toJson();
    const auto python = runProcess(test::kPython, {INTARSIA_SOURCE_DIR "/tests/train_api/rate_finder_reference.py", file});
    if (!python || python->err.find("No module") != std::string::npos) QSKIP("python3-numpy is not installed");
    QVERIFY2(python->status == 0, python->err.c_str());
    const auto expected = parseJson(python->out);
    EXPECT_OK(expected);
    const auto ours = curve.suggestions();
    QVERIFY(ours);
    const auto same = [&](const char* name, double value) { return std::abs((*expected)[name].get<double>() / value - 1) < 1e-9; };
    QVERIFY2(same("valley", ours->valley) && same("slide", ours->slide) && same("minimum", ours->minimum) && same("steep", ours->steep),
             (python->out + curve.toJson().substr(curve.toJson().find("suggestions"))).c_str());
    const auto back = RateCurve::fromJson(curve.toJson(), "curve.json");
    EXPECT_OK(back);
    QVERIFY(back->losses == curve.losses && back->rates == curve.rates);
  }

  void ratesAreFastais() {
    QCOMPARE(RateTest::rateAt(0), 1e-7);
    QVERIFY(std::abs(RateTest::rateAt(50) - 1e-3) < 1e-12);
    QVERIFY(std::abs(RateTest::rateAt(100) - 10) < 1e-9);
  }

  void stopsWhereItDiverges() {
    RateTest test;
    RateCurve curve;
    int n = 1;
    while (test.add(n < 40 ? 1 : 1e4, curve)) ++n;
    QCOMPARE(n, 40);
    RateTest broken;
    RateCurve short_;
    QVERIFY(!broken.add(NAN, short_));
    QVERIFY(!short_.suggestions());
  }

  void wrongFiles() {
    for (const char* bad : {"", "[]", "{}", R"({"rates": [1], "losses": []})", R"({"rates": 1, "losses": 2})"}) QVERIFY(!RateCurve::fromJson(bad, "x.json"));
  }
};

INTARSIA_TEST(RateFinderTest)
#include "rate_finder_test.moc"
