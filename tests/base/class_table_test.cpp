// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/class_table.h"

#include <QTest>
#include <array>
#include <cmath>
#include <set>

#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;

Vector times(const Matrix& m, const Vector& v) {
  Vector out{};
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = 0; j < 3; ++j) out[i] += m[i][j] * v[j];
  return out;
}

Vector linear(Color c) {
  Vector v{c.r / 255.0, c.g / 255.0, c.b / 255.0};
  for (double& x : v) x = x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
  return v;
}

/// Ottosson's OKLab (2020): distances follow what people see.
Vector oklab(Vector rgb) {
  for (double& x : rgb) x = std::clamp(x, 0.0, 1.0);
  Vector lms = times({{{0.4122214708, 0.5363325363, 0.0514459929}, {0.2119034982, 0.6806995451, 0.1073969566}, {0.0883024619, 0.2817188376, 0.6299787005}}}, rgb);
  for (double& x : lms) x = std::cbrt(x);
  return times({{{0.2104542553, 0.7936177850, -0.0040720468}, {1.9779984951, -2.4285922050, 0.4505937099}, {0.0259040371, 0.7827717662, -0.8086757660}}}, lms);
}

/// Machado, Oliveira and Fernandes 2009, severity 1: normal sight, protanopia, deuteranopia, tritanopia.
const std::array<Matrix, 4> kSights = {{
    {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
    {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}},
    {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}},
    {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}},
}};

double distance(Color a, Color b, const Matrix& sight) {
  const Vector u = oklab(times(sight, linear(a))), v = oklab(times(sight, linear(b)));
  return std::hypot(u[0] - v[0], u[1] - v[1], u[2] - v[2]);
}

}  // namespace

class ClassTableTest : public QObject {
  Q_OBJECT
 private slots:
  void idsAreStableAndNeverUsedAgain() {
    ClassTable table;
    const auto road = table.add("road"), tree = table.add(" tree ");
    EXPECT_OK(tree);
    QCOMPARE(*road, ClassId(1));
    QCOMPARE(table.indexOf(*tree).value(), 1);
    QCOMPARE(table[1].name, std::string("tree"));
    table.move(1, 0);
    QCOMPARE(table.indexOf(*tree).value(), 0);
    table.remove(*tree);
    QVERIFY(!table.find(*tree));
    QCOMPARE(*table.add("sky"), ClassId(3));
    EXPECT_OK(table.addWithId({10, "car", {}, true}));
    QCOMPARE(table.nextId(), ClassId(11));
    ClassTable read;
    read.reserveIds(table.nextId());
    QCOMPARE(*read.add("new"), ClassId(11));
  }

  void refusals() {
    ClassTable table;
    EXPECT_OK(table.add("road"));
    EXPECT_ERROR(table.add(" road"), ErrorCode::invalidInput);
    EXPECT_ERROR(table.add("  "), ErrorCode::invalidInput);
    EXPECT_ERROR(table.add("\xE4"), ErrorCode::invalidInput);
    EXPECT_ERROR(table.addWithId({1, "other", {}, false}), ErrorCode::invalidInput);
    EXPECT_ERROR(table.addWithId({0, "none", {}, false}), ErrorCode::invalidInput);
    const auto tree = table.add("tree");
    EXPECT_ERROR(table.rename(*tree, "road"), ErrorCode::invalidInput);
    EXPECT_OK(table.rename(*tree, "tree"));
    EXPECT_OK(table.rename(*tree, "bush"));
    EXPECT_ERROR(table.rename(99, "x"), ErrorCode::notFound);
    QCOMPARE(table.size(), 2);
  }

  void moving() {
    ClassTable table;
    for (const char* name : {"a", "b", "c", "d"}) EXPECT_OK(table.add(name));
    const auto order = [&] {
      std::string text;
      for (const auto& info : table) text += info.name;
      return text;
    };
    table.move(0, 2);
    QCOMPARE(order(), std::string("bcad"));
    table.move(3, 0);
    QCOMPARE(order(), std::string("dbca"));
    table.move(1, 1);
    table.move(-1, 2);
    table.move(0, 9);
    QCOMPARE(order(), std::string("dbca"));
  }

  void colors() {
    QCOMPARE(Color::fromHex("#E69f00").value(), (Color{0xE6, 0x9F, 0}));
    QCOMPARE((Color{0xE6, 0x9F, 0}).hex(), std::string("#e69f00"));
    for (const char* bad : {"", "#", "E69F00", "#E69F0", "#E69F000", "#GG0000"}) QVERIFY(!Color::fromHex(bad));
    ClassTable table;
    EXPECT_OK(table.add("taken", ClassTable::defaultColor(1)));
    EXPECT_OK(table.add("first"));
    EXPECT_OK(table.add("second"));
    QCOMPARE(table[1].color, ClassTable::defaultColor(0));
    QCOMPARE(table[2].color, ClassTable::defaultColor(2));
  }

  /// 0.02 is about the smallest difference that is seen side by side; the bounds leave twice as much and more.
  void defaultColorsDiffer_data() {
    QTest::addColumn<int>("classes");
    QTest::addColumn<double>("least");
    QTest::newRow("8") << 8 << 0.075;
    QTest::newRow("20") << 20 << 0.075;
    QTest::newRow("32") << 32 << 0.05;
  }
  void defaultColorsDiffer() {
    QFETCH(int, classes);
    QFETCH(double, least);
    for (const auto& sight : kSights)
      for (int i = 0; i < classes; ++i) {
        QVERIFY(distance(ClassTable::defaultColor(i), {}, sight) > 0.2);  // unlabelled is black
        for (int j = 0; j < i; ++j)
          QVERIFY2(distance(ClassTable::defaultColor(i), ClassTable::defaultColor(j), sight) > least,
                   (ClassTable::defaultColor(i).hex() + " and " + ClassTable::defaultColor(j).hex()).c_str());
      }
  }

  void thereIsNoEndOfColors() {
    std::set<std::string> seen;
    for (int i = 0; i < 300; ++i) seen.insert(ClassTable::defaultColor(i).hex());
    QVERIFY(seen.size() > 290);
    (void)ClassTable::defaultColor(-5);
    (void)ClassTable::defaultColor(65000);
  }
};

INTARSIA_TEST(ClassTableTest)
#include "class_table_test.moc"
