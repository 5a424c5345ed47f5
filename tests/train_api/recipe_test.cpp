// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/recipe.h"

#include <QTest>
#include <nlohmann/json.hpp>

#include "tests/support/register.h"
#include "train/api/recipe_fields.h"
#include "train/api/recipe_presets.h"

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
  void stages();
  void everyFieldCanBeShown();
  void presets();
  void patterns();
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
                           "depth=99999999999999", "stages=share=0", "stages=scale=2", "stages=often", "classWeights=some", "classWeights=1,-1", "classWeights=0,0", "decoder=1,2", "decoder=256,128,64,32,2", "decoder=256,128,64,32,16.5", "freeze=$(x)", "momentum=1", "optimizer=lion", "schedule=cosine", "rateSpread=0.5", "blur=11", "network=../../etc", "scaleMin=0"})
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

void RecipeTest::stages() {
  Recipe recipe;
  QCOMPARE(recipe.stageList()->size(), size_t(1));
  QVERIFY(recipe.stageList()->front().frozen && recipe.stageList()->front().scale == 1);
  QVERIFY(recipe.set("stages=share=10 scale=0.5 rate=2e-3 frozen; share=12, spread=100, warmup=0.8;"));
  const auto list = *recipe.stageList();
  QCOMPARE(list.size(), size_t(2));
  QCOMPARE(list[0].share, 10.0);
  QCOMPARE(list[0].scale, 0.5);
  QVERIFY(list[0].frozen && list[0].rate == 2e-3 && list[0].warmup == -1);
  QVERIFY(!list[1].frozen && list[1].spread == 100 && list[1].warmup == 0.8);
  QVERIFY(Recipe::fromJson(recipe.toJson())->stages == recipe.stages);
}

void RecipeTest::everyFieldCanBeShown() {
  const Recipe recipe;
  const auto json = nlohmann::json::parse(recipe.toJson());
  QCOMPARE(recipeFields().size(), json.size());
  for (const auto& field : recipeFields()) {
    const std::string name(field.name);
    QVERIFY2(json.contains(name), name.c_str());
    QVERIFY(!field.title.empty() && field.tip.size() > 5 && !field.group.empty());
    Recipe same;
    QVERIFY2(same.set(name + "=" + recipe.get(field.name)), name.c_str());
    QVERIFY2(same == recipe, name.c_str());
    const bool number = field.kind == RecipeField::Kind::number || field.kind == RecipeField::Kind::integer;
    if (!number) continue;
    QVERIFY(field.low < field.high);
    QVERIFY2(!same.set(name + "=-1e300"), name.c_str());
  }
  QVERIFY(recipe.get("nothing").empty());
}

void RecipeTest::presets() {
  QVERIFY(recipePresets().size() >= 5);
  QCOMPARE(recipePresets().front().id, std::string("default"));
  for (const auto& preset : recipePresets()) {
    QVERIFY2(preset.recipe.check(), preset.id.c_str());
    QVERIFY(!preset.title.empty() && !preset.about.empty());
  }
  Recipe ours;
  ours.minutes = 10;
  QVERIFY(findPreset("default")->recipe == ours);
  QCOMPARE(findPreset("fastai-camvid")->recipe.stageList()->size(), size_t(4));
  QVERIFY(!findPreset("nothing"));
}

void RecipeTest::patterns() {
  QVERIFY(matchesPatterns("encoder.layer1.0.conv1.weight", "encoder.*"));
  QVERIFY(matchesPatterns("encoder.layer1.0.bn1.weight", "x.* *.bn1.*"));
  QVERIFY(!matchesPatterns("decoder.blocks.0", "encoder.*, head*"));
  QVERIFY(matchesPatterns("outc.conv.bias", "outc.conv.bias"));
  QVERIFY(!matchesPatterns("outc", ""));
}

INTARSIA_TEST(RecipeTest)
#include "recipe_test.moc"
