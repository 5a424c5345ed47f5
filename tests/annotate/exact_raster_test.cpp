// SPDX-License-Identifier: GPL-3.0-or-later
// Any doubles against fractions in Python: neighbours of pixel centres by one bit, tiny and enormous numbers among them.
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "annotate/raster/rasterizer.h"
#include "core/base/subprocess.h"
#include "core/geometry/orientation.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {

constexpr int kSize = 10;

constexpr const char* kReference = R"(
import sys
from fractions import Fraction as F
half = F(1, 2)
for line in open(sys.argv[1]):
    v = [F(float.fromhex(t)) for t in line.split()]
    p = list(zip(v[::2], v[1::2]))
    out = ''
    for y in range(10):
        for x in range(10):
            inside, cx, cy = False, x + half, y + half
            for (ax, ay), (bx, by) in zip(p, p[1:] + p[:1]):
                if (ay <= cy) != (by <= cy) and ax + (cy - ay) * (bx - ax) / (by - ay) <= cx:
                    inside = not inside
            out += '01'[inside]
    print(out)
)";

std::vector<Ring> rings() {
  std::mt19937_64 random(17);
  const auto coordinate = [&](int kind) {
    const double centre = double(random() % 12) - 1 + 0.5;
    switch (kind == 7 ? int(random() % 7) : kind) {
      case 0: return centre;
      case 1: return std::nextafter(centre, random() % 2 ? -1e9 : 1e9);
      case 2: return centre + std::ldexp(double(int(random() % 5)) - 2, -int(random() % 60));
      case 3: return double(random() % 1200) / 100;
      case 4: return std::ldexp(double(int64_t(random())), int(random() % 2000) - 1000 - 63);
      case 5: return std::ldexp(double(int(random() % 3)) - 1, -1060 + int(random() % 40));
      default: return (random() % 2 ? 1 : -1) * std::ldexp(1.0, 1023 - int(random() % 30));
    }
  };
  std::vector<Ring> all;
  for (int i = 0; i < 240; ++i) {
    Ring ring;
    for (size_t k = 3 + random() % 4; k > 0; --k) ring.push_back({coordinate(i % 8), coordinate(random() % 3 ? i % 8 : 0)});
    all.push_back(ring);
  }
  // Long edges that pass a centre exactly, or miss it by the last bit of an end.
  for (int i = 0; i < 80; ++i) {
    const double x = double(random() % 8) + 0.5, y = double(random() % 8) + 0.5, dx = double(int(random() % 2001) - 1000), dy = double(1 + random() % 1000);
    Point a{x - dx, y - dy}, b{x + 3 * dx, y + 3 * dy};
    if (i % 3 == 1) a.x = std::nextafter(a.x, 1e9);
    if (i % 3 == 2) b.y = std::nextafter(b.y, -1e9);
    all.push_back({a, b, {-1e5, b.y}, {-1e5, a.y}});
  }
  return all;
}

}  // namespace

class ExactRasterTest : public QObject {
  Q_OBJECT
 private slots:
  void anyDoublesEqualFractions() {
    const char* python = "/usr/bin/python3";
    if (!std::filesystem::exists(python)) QSKIP("no /usr/bin/python3");
    const auto all = rings();
    QTemporaryDir folder;
    const std::string file = folder.filePath("rings").toStdString();
    {
      std::ofstream out(file);
      out << std::hexfloat;
      for (const Ring& ring : all) {
        for (const Point& p : ring) out << p.x << ' ' << p.y << ' ';
        out << '\n';
      }
    }
    const auto result = runProcess(python, {"-c", kReference, file});
    QVERIFY(result.has_value());
    QVERIFY2(result->status == 0, result->err.c_str());
    const QStringList lines = QString::fromStdString(result->out).split('\n', Qt::SkipEmptyParts);
    QCOMPARE(size_t(lines.size()), all.size());
    for (size_t i = 0; i < all.size(); ++i) {
      QByteArray mask(kSize * kSize, '0');
      for (const Span& s : spans({{all[i]}}, {0, 0, kSize, kSize}))
        for (int x = s.begin; x < s.end; ++x) mask[s.y * kSize + x] = '1';
      QVERIFY2(lines[qsizetype(i)] == QString(mask), qPrintable(QString("ring %1").arg(i)));
    }
  }

  void orientationIsExact() {
    const double tiny = std::ldexp(1.0, -1074), huge = std::ldexp(1.0, 1023);
    QCOMPARE(orientation({0, 0}, {1, 1}, {2, 2}), 0);
    QCOMPARE(orientation({0, 0}, {1, 0}, {0, 1}), 1);
    QCOMPARE(orientation({0, 0}, {0, 1}, {1, 0}), -1);
    QCOMPARE(orientation({0, 0}, {tiny, tiny}, {3 * tiny, 3 * tiny}), 0);
    QCOMPARE(orientation({0, 0}, {tiny, tiny}, {3 * tiny, 4 * tiny}), 1);
    QCOMPARE(orientation({-huge, -huge}, {huge, huge}, {0, tiny}), 1);
    QCOMPARE(orientation({-huge, -huge}, {huge, huge}, {tiny, 0}), -1);
    QCOMPARE(orientation({-huge, -huge}, {huge, huge}, {tiny, tiny}), 0);
    QCOMPARE(orientation({12, 12}, {24, 24}, {0.5, std::nextafter(0.5, 1.0)}), 1);
    QCOMPARE(orientation({12, 12}, {24, 24}, {0.5, std::nextafter(0.5, 0.0)}), -1);
  }
};

INTARSIA_TEST(ExactRasterTest)
#include "exact_raster_test.moc"
