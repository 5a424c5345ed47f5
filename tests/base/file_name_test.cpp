// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/file_name.h"

#include <QTest>
#include <set>

#include "core/base/random.h"
#include "core/base/text.h"
#include "tests/support/register.h"

using namespace intarsia;

class FileNameTest : public QObject {
  Q_OBJECT
 private slots:
  void shortNamesStay() {
    QCOMPARE(fittingName("a", ".png"), std::string("a.png"));
    const std::string longest(251, 'x');
    QCOMPARE(fittingName(longest, ".png"), longest + ".png");
  }

  /// Mixed sequences of one to four bytes, and bytes that are none.
  void longNamesFitAndStayTwo() {
    const std::vector<std::string> pieces = {"x", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    Random random(3);
    std::set<std::string> names;
    for (int round = 0; round < 2000; ++round) {
      const bool text = round % 4;
      std::string stem(200, 'a');  // the same beginning for all
      while (stem.size() < 252u + round % 60) stem += text ? pieces[random.next() % 4] : std::string(1, char(0x80 + random.below(0x80)));
      const size_t limit = round % 3 ? kLongestFileName : 210;
      const auto name = fittingName(stem, ".png", limit);
      QVERIFY2(name.size() <= limit && name.size() + 4 > limit, name.c_str());
      QVERIFY(name.ends_with(".png") && name[name.size() - 21] == '~');
      QVERIFY(validUtf8(name) || !validUtf8(stem));
      QCOMPARE(fittingName(stem, ".png", limit), name);
      names.insert(name);
    }
    QVERIFY(names.size() > 1990);  // the same stem may have been drawn twice
    QCOMPARE(fittingName(std::string(300, '\x80'), "").size(), kLongestFileName);
  }
};

INTARSIA_TEST(FileNameTest)
#include "file_name_test.moc"
