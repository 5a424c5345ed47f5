// SPDX-License-Identifier: GPL-3.0-or-later
// Default colours under the three common colour-vision deficiencies: simulated by Machado, Oliveira and Fernandes 2009 (severity 1,
// matrices on linear RGB), compared by CIEDE2000 (Sharma, Wu and Dalal 2005, whose test pairs check the formula). Of the first 12
// the closest two are 10.9 apart (orange and pink, tritanopia); 20.9 for normal sight.
#include <QTest>
#include <array>
#include <cmath>
#include <numbers>

#include "core/base/class_table.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;

constexpr Matrix kNormal{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
constexpr Matrix kProtan{{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}};
constexpr Matrix kDeutan{{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}};
constexpr Matrix kTritan{{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}};
constexpr Matrix kXyz{{{0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041}}};

Vector times(const Matrix& m, const Vector& v) {
  Vector out{};
  for (size_t i = 0; i < 3; ++i)
    for (size_t k = 0; k < 3; ++k) out[i] += m[i][k] * v[k];
  return out;
}

Vector labOf(Color color, const Matrix& sight) {
  const auto linear = [](uint8_t byte) {
    const double c = byte / 255.0;
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  Vector seen = times(sight, {linear(color.r), linear(color.g), linear(color.b)});
  for (double& c : seen) c = std::clamp(c, 0.0, 1.0);
  const Vector xyz = times(kXyz, seen), white{0.95047, 1, 1.08883};
  Vector f{};
  for (size_t i = 0; i < 3; ++i) {
    const double t = xyz[i] / white[i];
    f[i] = t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116;
  }
  return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

double ciede2000(const Vector& p, const Vector& q) {
  constexpr double degree = std::numbers::pi / 180;
  const double meanChroma = (std::hypot(p[1], p[2]) + std::hypot(q[1], q[2])) / 2;
  const double seventh = std::pow(meanChroma, 7), g = 0.5 * (1 - std::sqrt(seventh / (seventh + std::pow(25, 7))));
  const double a1 = p[1] * (1 + g), a2 = q[1] * (1 + g);
  const double c1 = std::hypot(a1, p[2]), c2 = std::hypot(a2, q[2]);
  const auto hue = [&](double a, double b) {
    if (a == 0 && b == 0) return 0.0;
    const double h = std::atan2(b, a) / degree;
    return h < 0 ? h + 360 : h;
  };
  const double h1 = hue(a1, p[2]), h2 = hue(a2, q[2]);
  double turn = c1 * c2 == 0 ? 0 : h2 - h1, mean = h1 + h2;
  if (c1 * c2 != 0) {
    if (turn > 180) turn -= 360;
    if (turn < -180) turn += 360;
    mean = std::abs(h1 - h2) <= 180 ? (h1 + h2) / 2 : h1 + h2 < 360 ? (h1 + h2 + 360) / 2 : (h1 + h2 - 360) / 2;
  }
  const double dl = q[0] - p[0], dc = c2 - c1, dh = 2 * std::sqrt(c1 * c2) * std::sin(turn / 2 * degree);
  const double l = (p[0] + q[0]) / 2, c = (c1 + c2) / 2;
  const double t = 1 - 0.17 * std::cos((mean - 30) * degree) + 0.24 * std::cos(2 * mean * degree) + 0.32 * std::cos((3 * mean + 6) * degree) -
                   0.2 * std::cos((4 * mean - 63) * degree);
  const double sl = 1 + 0.015 * (l - 50) * (l - 50) / std::sqrt(20 + (l - 50) * (l - 50)), sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
  const double c7 = std::pow(c, 7);
  const double rt = -2 * std::sqrt(c7 / (c7 + std::pow(25, 7))) * std::sin(60 * std::exp(-std::pow((mean - 275) / 25, 2)) * degree);
  return std::sqrt(std::pow(dl / sl, 2) + std::pow(dc / sc, 2) + std::pow(dh / sh, 2) + rt * dc / sc * dh / sh);
}

}  // namespace

class ClassColorsTest : public QObject {
  Q_OBJECT
 private slots:
  void theFormulaIsRight();
  void theFirstTwelveDiffer_data();
  void theFirstTwelveDiffer();
};

void ClassColorsTest::theFormulaIsRight() {
  // Pairs 1, 7, 17, 25 and 34 of Sharma, Wu and Dalal's table 1.
  const auto near = [](const Vector& a, const Vector& b, double wanted) { return std::abs(ciede2000(a, b) - wanted) < 5e-5; };
  QVERIFY(near({50, 2.6772, -79.7751}, {50, 0, -82.7485}, 2.0425));
  QVERIFY(near({50, 0, 0}, {50, -1, 2}, 2.3669));
  QVERIFY(near({50, 2.5, 0}, {73, 25, -18}, 27.1492));
  QVERIFY(near({60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}, 1.2644));
  QVERIFY(near({2.0776, 0.0795, -1.1350}, {0.9033, -0.0636, -0.5514}, 0.9082));
}

void ClassColorsTest::theFirstTwelveDiffer_data() {
  QTest::addColumn<int>("sight");
  QTest::addColumn<double>("least");
  QTest::newRow("normal") << 0 << 20.0;
  QTest::newRow("protanopia") << 1 << 10.0;
  QTest::newRow("deuteranopia") << 2 << 10.0;
  QTest::newRow("tritanopia") << 3 << 10.0;
}

void ClassColorsTest::theFirstTwelveDiffer() {
  QFETCH(int, sight);
  QFETCH(double, least);
  const Matrix matrix = std::array{kNormal, kProtan, kDeutan, kTritan}[size_t(sight)];
  double closest = 1e9;
  for (int i = 0; i < 12; ++i)
    for (int k = 0; k < i; ++k) closest = std::min(closest, ciede2000(labOf(ClassTable::defaultColor(i), matrix), labOf(ClassTable::defaultColor(k), matrix)));
  qInfo("the closest two are %.1f apart", closest);
  QVERIFY(closest >= least);
}

INTARSIA_TEST(ClassColorsTest)
#include "class_colors_test.moc"
