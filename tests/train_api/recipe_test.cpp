// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/recipe.h"

#include <QTest>
#include <nlohmann/json.hpp>

#include "tests/support/register.h"

using namespace intarsia;

class RecipeTest : public QObject {
  Q_OBJECT
 private slots:
  void jsonKeepsEveryField();
  void setChangesOneField();
  void settingABudgetReplacesTheOther();
  void wrongInput_data();
  void wrongInput();
  void wrongFiles();
  void exactlyOneBudget();
};

void RecipeTest::jsonKeepsEveryField() {
  Recipe recipe;
  recipe.network = "unet";
  recipe.size = {480, 360};
  recipe.epochs = 7;
  recipe.learningRate = 0.0123456789012345;
  recipe.seed = 18446744073709551615ull;
  recipe.flip = false;
  recipe.device = "cuda:3";
  const auto back = Recipe::fromJson(recipe.toJson());
  QVERIFY2(back, back ? "" : back.error().message().c_str());
  QVERIFY(*back == recipe);
  QVERIFY(*Recipe::fromJson("{}") == Recipe{});
}

void RecipeTest::setChangesOneField() {
  Recipe recipe;
  QVERIFY(recipe.set("size=240x180"));
  QCOMPARE(recipe.size.width, 240);
  QCOMPARE(recipe.size.height, 180);
  QVERIFY(recipe.set("size=auto"));
  QVERIFY(recipe.size.empty());
  QVERIFY(recipe.set(" learningRate = 1e-3 "));
  QCOMPARE(recipe.learningRate, 1e-3);
  QVERIFY(recipe.set("flip=off"));
  QVERIFY(!recipe.flip);
}

void RecipeTest::settingABudgetReplacesTheOther() {
  Recipe recipe;
  QVERIFY(recipe.set("minutes=5"));
  QVERIFY(recipe.set("epochs=3"));
  QCOMPARE(recipe.minutes, 0.0);
  QCOMPARE(recipe.epochs, 3);
  QVERIFY(recipe.check());
}

void RecipeTest::wrongInput_data() {
  QTest::addColumn<QByteArray>("assignment");
  QTest::addColumn<QByteArray>("named");
  for (const char* text : {"batch=0", "batch=1.5", "batch=", "learningRate=nan", "learningRate=0,1", "flip=maybe", "size=10x10", "size=480",
                           "size=-480x360", "device=gpu", "device=cuda:-1", "precision=fp8", "loss=dice?", "seed=-1",
                           "depth=99999999999999", "network=../../etc", "scaleMin=0"})
    QTest::newRow(text) << QByteArray(text) << QByteArray(text).split('=')[0];
  QTest::newRow("unknown") << QByteArray("colour=red") << QByteArray("colour");
  QTest::newRow("no equals sign") << QByteArray("batch") << QByteArray("key=value");
}

void RecipeTest::wrongInput() {
  QFETCH(QByteArray, assignment);
  QFETCH(QByteArray, named);
  Recipe recipe;
  const auto result = recipe.set(assignment.toStdString());
  QVERIFY(!result);
  QVERIFY2(result.error().message().find(named.toStdString()) != std::string::npos, result.error().message().c_str());
  QVERIFY(recipe == Recipe{});
}

void RecipeTest::wrongFiles() {
  for (const char* bad : {R"({"batch": "8"})", R"({"batch": 0})", R"({"unknown": 1})", "[]", "{", R"({"size": [480, 360]})", R"({"flip": 1})"}) {
    const auto parsed = Recipe::fromJson(bad, "r.json");
    QVERIFY2(!parsed, bad);
    QVERIFY2(parsed.error().message().find("r.json") != std::string::npos, parsed.error().message().c_str());
  }
}

void RecipeTest::exactlyOneBudget() {
  Recipe recipe;
  QVERIFY(!recipe.check());
  recipe.minutes = 1;
  QVERIFY(recipe.check());
  recipe.steps = 10;
  QVERIFY(!recipe.check());
}

INTARSIA_TEST(RecipeTest)
#include "recipe_test.moc"
