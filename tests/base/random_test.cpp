// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"

#include <QTest>
#include <cmath>
#include <set>

#include "tests/support/register.h"

using namespace intarsia;

class RandomTest : public QObject {
  Q_OBJECT
 private slots:
  /// kat_vectors of Random123 1.14 (Salmon et al.), philox4x32 with 10 rounds.
  void knownAnswers() {
    using Block = Random::Block;
    QCOMPARE(Random::philox({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    constexpr uint32_t f = 0xffffffff;
    QCOMPARE(Random::philox({f, f, f, f}, {f, f}), (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    QCOMPARE(Random::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
             (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
  }

  void streamsDependOnTheKeyAlone() {
    Random a(42, 1, 2), b(42, 1, 2);
    for (int i = 0; i < 1000; ++i) QCOMPARE(a.next(), b.next());
    std::set<uint32_t> first;
    for (uint32_t x = 0; x < 10; ++x)
      for (uint32_t y = 0; y < 10; ++y)
        for (const uint64_t seed : {uint64_t(1), uint64_t(1) << 40}) first.insert(Random(seed, x, y).next());
    QCOMPARE(first.size(), size_t(200));
  }

  void uniformNumbers() {
    Random random(1);
    double sum = 0, squares = 0;
    constexpr int n = 200000;
    for (int i = 0; i < n; ++i) {
      const double u = random.uniform();
      QVERIFY(u >= 0 && u < 1);
      sum += u;
      squares += u * u;
    }
    QVERIFY(std::abs(sum / n - 0.5) < 0.005);
    QVERIFY(std::abs(squares / n - 1.0 / 3) < 0.005);
    const double v = random.uniform(-3, 5);
    QVERIFY(v >= -3 && v < 5);
  }

  void integersAreEven() {
    Random random(2);
    int counts[7] = {};
    for (int i = 0; i < 70000; ++i) ++counts[random.below(7)];
    for (const int c : counts) QVERIFY(std::abs(c - 10000) < 500);
    QCOMPARE(random.below(1), 0);
    QCOMPARE(random.below(0), 0);
    for (int i = 0; i < 100; ++i) QVERIFY(random.below(INT32_MAX) >= 0);
  }

  void normalNumbers() {
    double sum = 0, squares = 0, fourth = 0;
    constexpr int n = 200000;
    for (int i = 0; i < n; ++i) {
      const double v = Random::normal(3, uint64_t(i));
      QVERIFY(std::isfinite(v));
      sum += v;
      squares += v * v;
      fourth += v * v * v * v;
    }
    QVERIFY(std::abs(sum / n) < 0.01);
    QVERIFY(std::abs(squares / n - 1) < 0.02);
    QVERIFY(std::abs(fourth / n - 3) < 0.1);
    Random words(3);  // whose i-th four are the i-th block
    for (uint64_t i = 0; i < 100; ++i) {
      Random::Block block;
      for (uint32_t& word : block) word = words.next();
      QCOMPARE(Random::normal(3, i), Random::normal(block));
    }
  }
};

INTARSIA_TEST(RandomTest)
#include "random_test.moc"
