// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"

#include <QTest>
#include <cmath>
#include <limits>

#include "core/base/random.h"
#include "tests/support/german_locale.h"
#include "tests/support/register.h"

using namespace intarsia;

class TextTest : public QObject {
  Q_OBJECT
 private slots:
  void numbers_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("valid");
    QTest::addColumn<double>("value");
    QTest::newRow("plain") << QByteArray("12.75") << true << 12.75;
    QTest::newRow("blanks") << QByteArray(" \t12.75\r\n") << true << 12.75;
    QTest::newRow("plus") << QByteArray("+3") << true << 3.0;
    QTest::newRow("exponent") << QByteArray("-1.5e3") << true << -1500.0;
    QTest::newRow("dot first") << QByteArray(".5") << true << 0.5;
    QTest::newRow("German comma") << QByteArray("12,75") << false << 0.0;
    QTest::newRow("two signs") << QByteArray("+-3") << false << 0.0;
    QTest::newRow("rest") << QByteArray("12.75px") << false << 0.0;
    QTest::newRow("empty") << QByteArray("") << false << 0.0;
    QTest::newRow("sign only") << QByteArray("+") << false << 0.0;
    QTest::newRow("nan") << QByteArray("nan") << false << 0.0;
    QTest::newRow("infinity") << QByteArray("inf") << false << 0.0;
    QTest::newRow("overflow") << QByteArray("1e999") << false << 0.0;
    QTest::newRow("hexadecimal") << QByteArray("0x10") << false << 0.0;
  }
  void numbers() {
    QFETCH(QByteArray, text);
    QFETCH(bool, valid);
    QFETCH(double, value);
    const auto got = parseDouble(text.toStdString());
    QCOMPARE(got.has_value(), valid);
    if (valid) QCOMPARE(*got, value);
  }

  void integers() {
    QCOMPARE(parseInt(" 42 ").value(), 42);
    QCOMPARE(parseInt("-9223372036854775808").value(), std::numeric_limits<int64_t>::min());
    QVERIFY(!parseInt("9223372036854775808"));
    QVERIFY(!parseInt("1.0"));
    QVERIFY(!parseInt(""));
  }

  void numbersDoNotFollowTheLocale() {
    const test::GermanLocale german;
    if (!german.available()) QSKIP("the locale de_DE.UTF-8 cannot be had");
    QCOMPARE(parseDouble("12.75").value(), 12.75);
    QVERIFY(!parseDouble("12,75"));
    QCOMPARE(formatDouble(0.1), std::string("0.1"));
  }

  void shortestTextReadsBack() {
    Random random(7);
    for (int i = 0; i < 20000; ++i) {
      const double value = std::ldexp(random.uniform(-1, 1), random.below(200) - 100);
      QCOMPARE(parseDouble(formatDouble(value)).value(), value);
    }
    QCOMPARE(formatDouble(1.5), std::string("1.5"));
    QCOMPARE(formatDouble(100), std::string("100"));
  }

  void utf8_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("valid");
    QTest::newRow("ascii") << QByteArray("abc") << true;
    QTest::newRow("all lengths") << QByteArray("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80") << true;
    QTest::newRow("latin-1") << QByteArray("\xE4") << false;
    QTest::newRow("overlong slash") << QByteArray("\xC0\xAF") << false;
    QTest::newRow("overlong, 3 bytes") << QByteArray("\xE0\x80\xAF") << false;
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << false;
    QTest::newRow("too large") << QByteArray("\xF4\x90\x80\x80") << false;
    QTest::newRow("cut") << QByteArray("\xE2\x82") << false;
    QTest::newRow("lone tail") << QByteArray("\x80") << false;
  }
  void utf8() {
    QFETCH(QByteArray, text);
    QFETCH(bool, valid);
    QCOMPARE(validUtf8(text.toStdString()), valid);
  }

  void pathsSurviveEncoding() {
    Random random(3);
    for (int i = 0; i < 5000; ++i) {
      std::string name;
      for (int n = random.below(12); n >= 0; --n) name += char(1 + random.below(255));
      const std::string encoded = encodePath(name);
      QVERIFY(validUtf8(encoded));
      QCOMPARE(decodePath(encoded).native(), name);
      QVERIFY(validUtf8(displayPath(name)));
    }
    QCOMPARE(encodePath("Straße/50%.png"), std::string("Straße/50%25.png"));
    QCOMPARE(encodePath("a\xE4\n"), std::string("a%E4%0A"));
    QCOMPARE(decodePath("a%zz%4").native(), std::string("a%zz%4"));
    QCOMPARE(displayPath("a\xE4"), std::string("a\xEF\xBF\xBD"));
  }

  void trimming() {
    QCOMPARE(trim("  a b \n"), std::string_view("a b"));
    QCOMPARE(trim(" \t "), std::string_view());
    QCOMPARE(lower("PnG-Ä"), std::string("png-Ä"));
  }
};

INTARSIA_TEST(TextTest)
#include "text_test.moc"
