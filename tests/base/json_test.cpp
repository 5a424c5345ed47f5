// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"

#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"
#include "tests/support/expect.h"
#include "tests/support/german_locale.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {
std::string nested(int levels, const char* open, const char* close) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += open;
  for (int i = 0; i < levels; ++i) text += close;
  return text;
}
}  // namespace

class JsonTest : public QObject {
  Q_OBJECT
 private slots:
  void agreesWithThePlainParser() {
    const std::string text = R"({"a":[1,-2,3.5,true,false,null,"x\u00e4",[],{}],"b":{"c":{"d":[[1],[2,[3]]]}},"a2":18446744073709551615})";
    const auto got = parseJson(text, "a.json");
    EXPECT_OK(got);
    QVERIFY(*got == nlohmann::json::parse(text));
    const auto ordered = parseOrderedJson(text, "a.json");
    EXPECT_OK(ordered);
    QCOMPARE(dumpJson(*ordered), nlohmann::ordered_json::parse(text).dump());
    for (const char* scalar : {"1", "\"x\"", "null", "true", "-1.5e3"}) QVERIFY(*parseJson(scalar) == nlohmann::json::parse(scalar));
  }

  void depth() {
    EXPECT_OK(parseJson(nested(kJsonDepth, "[", "]")));
    EXPECT_ERROR(parseJson(nested(kJsonDepth + 1, "[", "]")), ErrorCode::invalidInput);
    EXPECT_ERROR(parseJson(nested(1'000'000, "[", "]")), ErrorCode::invalidInput);
    EXPECT_ERROR(parseJson(nested(1'000'000, "{\"a\":", "}")), ErrorCode::invalidInput);
    EXPECT_ERROR(parseOrderedJson(nested(1'000'000, "[{\"a\":", "}]")), ErrorCode::invalidInput);
  }

  void errorsSayWhere() {
    const auto error = parseJson("{\n  \"a\": 1,\n  oops\n}", "labels/a.json");
    EXPECT_ERROR(error, ErrorCode::invalidInput);
    QCOMPARE(error.error().detail.path, std::string("labels/a.json"));
    QCOMPARE(error.error().detail.line, 3);
    QVERIFY2(error.error().message().starts_with("labels/a.json:3: "), error.error().message().c_str());
  }

  void refusals_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray("");
    QTest::newRow("cut") << QByteArray("{\"a\": [1, 2");
    QTest::newRow("two documents") << QByteArray("{} {}");
    QTest::newRow("comment") << QByteArray("// x\n{}");
    QTest::newRow("not a number") << QByteArray("[NaN]");
    QTest::newRow("too large") << QByteArray("[1e999]");
    QTest::newRow("latin-1") << QByteArray("[\"\xE4\"]");
    QTest::newRow("latin-1 outside") << QByteArray("[\xE4]");
    QTest::newRow("UTF-16") << QByteArray("\xFF\xFE[\0]\0", 6);
    QTest::newRow("zero bytes") << QByteArray(4, '\0');
    QTest::newRow("lone surrogate") << QByteArray("[\"\\ud800\"]");
  }
  void refusals() {
    QFETCH(QByteArray, text);
    const auto result = parseJson(text.toStdString(), "f");
    EXPECT_ERROR(result, ErrorCode::invalidInput);
    QVERIFY2(!result.error().message().empty(), "a sentence");
  }

  void byteOrderMark() { EXPECT_OK(parseJson("\xEF\xBB\xBF{}")); }

  void files() {
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("a.json").toStdString();
    EXPECT_ERROR(readJson(path), ErrorCode::notFound);
    EXPECT_OK(writeFileAtomically(path, "[1"));
    const auto broken = readJson(path);
    EXPECT_ERROR(broken, ErrorCode::invalidInput);
    QVERIFY(broken.error().message().find("a.json:1") != std::string::npos);
    EXPECT_ERROR(readJson(path, 1), ErrorCode::tooLarge);
  }

  void numbers() {
    const auto value = parseJson(R"({"d":2.5,"i":3,"whole":3.0,"text":"12.75","large":18446744073709551615,"bool":true,"half":"0.5","n":null})").value();
    QCOMPARE(jsonNumber(value["d"]).value(), 2.5);
    QCOMPARE(jsonNumber(value["text"]).value(), 12.75);
    QVERIFY(!jsonNumber(value["bool"]));
    QVERIFY(!jsonNumber(value["n"]));
    QCOMPARE(jsonInteger(value["i"]).value(), 3);
    QCOMPARE(jsonInteger(value["whole"]).value(), 3);
    QVERIFY(!jsonInteger(value["d"]));
    QVERIFY(!jsonInteger(value["large"]));
    QVERIFY(!jsonInteger(value["half"]));
    QCOMPARE(jsonString(value, "text"), std::string("12.75"));
    QCOMPARE(jsonString(value, "i", "no"), std::string("no"));
    QVERIFY(!jsonFind(value, "absent"));
    QVERIFY(!jsonFind(value["i"], "absent"));
  }

  void dumpNeverThrows() { QCOMPARE(dumpJson(nlohmann::json("a\xE4")), std::string("\"a\xEF\xBF\xBD\"")); }

  void germanLocale() {
    const test::GermanLocale german;
    if (!german.available()) QSKIP("the locale de_DE.UTF-8 cannot be had");
    const auto value = parseJson("[12.75]");
    EXPECT_OK(value);
    QCOMPARE((*value)[0].get<double>(), 12.75);
    QCOMPARE(dumpJson(nlohmann::json(0.5)), std::string("0.5"));
  }
};

INTARSIA_TEST(JsonTest)
#include "json_test.moc"
