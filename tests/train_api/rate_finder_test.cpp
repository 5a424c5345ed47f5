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
    QTest::addColumn<double>("secondsPerStep");
    for (int seed = 0; seed < 6; ++seed) QTest::addRow("curve %d", seed) << seed << 0.3 * seed << (seed != 5) << 0.1;
    for (const double seconds : {1.0, 1.2, 5.0}) QTest::addRow("in a minute, %g s a step", seconds) << 1 << 0.3 << true << seconds;
  }
  void suggestionsAreFastais() {
    QFETCH(int, seed);
    QFETCH(double, noise);
    QFETCH(bool, falls);
    QFETCH(double, secondsPerStep);
    Random random{uint64_t(seed)};
    RateTest test(60);
    RateCurve curve;
    for (int step = 0;; ++step) {
      const double position = std::log10(test.rate());  // -7 … 1
      const double loss = 2.5 - (falls ? 2 / (1 + std::exp(-3 * (position + 3))) : 0) + std::exp(2.5 * (position + 0.5)) + noise * random.uniform();
      if (!test.add(loss, curve, secondsPerStep * (step + 1))) break;
    }
    QVERIFY(curve.losses.size() > 30 && curve.losses.size() <= 101);
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
    QVERIFY(back->losses == curve.losses && back->rates == curve.rates && back->steps == curve.steps);
  }

  void ratesAreFastais() {
    RateTest test;
    RateCurve curve;
    while (test.add(1, curve)) {}
    QCOMPARE(curve.rates.size(), 101u);
    for (int i = 0; i <= 100; ++i) QVERIFY(std::abs(curve.rates[size_t(i)] / (1e-7 * std::pow(10 / 1e-7, i / 100.0)) - 1) < 1e-12);
    QCOMPARE(curve.steps, 100);
  }

  /// Within the limit as long as 40 steps fit, all of the range, nearly even steps; a machine that becomes slow is noticed.
  void keepsToItsLimit() {
    struct Case {
      double seconds, later;
      size_t fewest, most;
      double until;
    };
    for (const Case c : {Case{0.5, 0.5, 101, 101, 51}, {1, 1, 57, 63, 62}, {0.5, 2, 40, 75, 75}, {4, 4, 40, 42, 170}}) {
      RateTest test(60);
      RateCurve curve;
      double now = 0;
      for (bool more = true; more;) more = test.add(1, curve, now += curve.rates.size() < 20 ? c.seconds : c.later);
      QVERIFY2(curve.rates.size() >= c.fewest && curve.rates.size() <= c.most && now <= c.until, qPrintable(QStringLiteral("%1 steps, %2 s").arg(curve.rates.size()).arg(now)));
      QVERIFY(std::abs(curve.rates.front() / 1e-7 - 1) < 1e-9 && std::abs(curve.rates.back() / 10 - 1) < 1e-9);
      QCOMPARE(curve.steps + 1, int(curve.rates.size()));
      if (c.seconds != c.later) continue;
      for (size_t i = 4; i < curve.rates.size(); ++i) QVERIFY(std::abs(std::log(curve.rates[i] / curve.rates[i - 1]) / std::log(curve.rates[4] / curve.rates[3]) - 1) < 0.15);
    }
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
