// SPDX-License-Identifier: GPL-3.0-or-later
// The dialog of all training settings and its presets, the chart of learning rates, Finish Soon.
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <cmath>

#include "annotate/project/sample_scenes.h"
#include "app/window/window_services.h"
#include "tests/support/register.h"
#include "train/api/recipe_fields.h"
#include "train/api/recipe_presets.h"
#include "ui/charts/rate_dialog.h"
#include "ui/main_window/main_window.h"
#include "ui/panels/recipe_dialog.h"
#include "ui/panels/train_panel.h"

using namespace intarsia;

namespace {

template <typename Widget>
Widget* named(QWidget& parent, const QString& name) {
  for (auto* widget : parent.findChildren<Widget*>())
    if (widget->accessibleName() == name) return widget;
  return nullptr;
}

void choosePreset(RecipeDialog& dialog, const std::string& id) {
  auto* presets = named<QComboBox>(dialog, QStringLiteral("Preset"));
  presets->setCurrentIndex(presets->findData(QString::fromStdString(id)));
  emit presets->activated(presets->currentIndex());
}

/// The fields in which two recipes differ.
QStringList differing(const Recipe& a, const Recipe& b) {
  QStringList out;
  for (const RecipeField& field : recipeFields()) {
    const std::string name(field.name);
    if (a.get(name) != b.get(name)) out << QString::fromStdString(name + ": " + a.get(name) + ", " + b.get(name));
  }
  return out;
}

/// Falls until 0.1, then rises.
RateCurve curve() {
  RateCurve c;
  for (int i = 0; i < 100; ++i) {
    const double x = -7 + 8 * i / 99.0;
    c.rates.push_back(std::pow(10, x));
    c.losses.push_back(x < -1 ? 2 - 1 / (1 + std::exp(-3 * (x + 3))) : 1 + (x + 1) * (x + 1));
  }
  return c;
}

}  // namespace

class TrainSettingsTest : public QObject {
  Q_OBJECT
 private slots:
  void presetsGoThroughDialogAndPanel_data();
  void presetsGoThroughDialogAndPanel();
  void everyFieldIsShownAndComesBack_data();
  void everyFieldIsShownAndComesBack();
  void wrongValuesAreNamed();
  void oneBudgetOnly();
  void rateIsChosenFromTheChart();
  void rateTestAndFinishSoonInTheWindow();
};

void TrainSettingsTest::presetsGoThroughDialogAndPanel_data() {
  QTest::addColumn<QString>("preset");
  for (const RecipePreset& preset : recipePresets()) QTest::newRow(preset.id.c_str()) << QString::fromStdString(preset.id);
}

void TrainSettingsTest::presetsGoThroughDialogAndPanel() {
  QFETCH(QString, preset);
  const Recipe wanted = findPreset(preset.toStdString())->recipe;
  Recipe before;
  before.minutes = 10;
  before.classWeights = "median";
  RecipeDialog dialog(before, {QStringLiteral("unet")});
  choosePreset(dialog, preset.toStdString());
  dialog.accept();
  QCOMPARE(dialog.result(), int(QDialog::Accepted));
  QCOMPARE(differing(dialog.recipe(), wanted), QStringList());
  QAction action;
  TrainPanel panel(&action, &action, &action, &action);
  panel.setRecipe(dialog.recipe());
  const auto recipe = panel.recipe();
  QVERIFY2(recipe, recipe ? "" : recipe.error().message().c_str());
  QCOMPARE(differing(*recipe, wanted), QStringList());
}

void TrainSettingsTest::everyFieldIsShownAndComesBack_data() {
  QTest::addColumn<QString>("field");
  QTest::addColumn<QString>("value");    // not the default
  QTest::addColumn<QString>("refused");  // empty: the field's widget allows nothing wrong
  QTest::addColumn<QString>("range");    // what the sentence must say of it
  const std::map<std::string_view, std::pair<const char*, const char*>> texts{
      {"network", {"unet", "No Network"}}, {"decoder", {"256,128,64,32,16", "1,2"}}, {"initialWeights", {"resnet18", ""}}, {"freeze", {"encoder.*", "a/b"}}, {"layerGroups", {"encoder; decoder", "<>"}},
      {"stages", {"share=1 scale=0.5; share=2", "share=0"}}, {"classWeights", {"median", "1,x"}}, {"device", {"cuda:1", "gpu"}}};
  using Kind = RecipeField::Kind;
  for (const RecipeField& field : recipeFields()) {
    const std::string before = Recipe().get(field.name);
    std::string value, refused, range;
    if (field.kind == Kind::flag) value = before == "true" ? "false" : "true";
    if (field.kind == Kind::choice) value = field.choices[before == field.choices[0] ? 1 : 0];
    if (field.kind == Kind::size) value = "320x240", refused = "8x8", range = "auto or WIDTHxHEIGHT";
    if (field.kind == Kind::number || field.kind == Kind::integer) {
      for (const double share : {0.01, 0.02}) {
        const double there = field.low + share * (std::min(field.high, 100.0) - field.low);
        value = (field.kind == Kind::integer ? QString::number(int(field.low) + int(share * 100)) : QString::number(there, 'g', 6)).toStdString();
        if (QString::fromStdString(value).toDouble() != QString::fromStdString(before).toDouble()) break;
      }
      if (field.name == "scaleMax") value = "3";  // not below scaleMin
      refused = "-5";
      range = "a number from " + QString::number(field.low, 'g', 6).toStdString();
    }
    if (field.kind == Kind::text) value = texts.at(field.name).first, refused = texts.at(field.name).second;
    QTest::newRow(std::string(field.name).c_str()) << QString::fromUtf8(field.name.data(), qsizetype(field.name.size())) << QString::fromStdString(value)
                                                   << QString::fromStdString(refused) << QString::fromStdString(range);
  }
}

void TrainSettingsTest::everyFieldIsShownAndComesBack() {
  QFETCH(QString, field);
  QFETCH(QString, value);
  QFETCH(QString, refused);
  QFETCH(QString, range);
  const std::string name = field.toStdString();
  Recipe plain, changed;
  plain.minutes = 5;
  changed = plain;
  const auto set = changed.set(name + "=" + value.toStdString());
  QVERIFY2(set, set ? "" : set.error().message().c_str());
  QVERIFY(changed.get(name) != plain.get(name));
  const auto editorOf = [](RecipeDialog& dialog, const std::string& of) -> QWidget* {
    for (const RecipeField& f : recipeFields())
      if (f.name == of) return named<QWidget>(dialog, QString::fromUtf8(f.title.data(), qsizetype(f.title.size())));
    return nullptr;
  };
  const auto write = [](QWidget* editor, const QString& text) {
    if (auto* check = qobject_cast<QCheckBox*>(editor)) check->setChecked(text == QStringLiteral("true"));
    else if (auto* combo = qobject_cast<QComboBox*>(editor)) combo->setCurrentText(text);
    else qobject_cast<QLineEdit*>(editor)->setText(text);
  };
  const auto read = [](const QWidget* editor) {
    if (const auto* check = qobject_cast<const QCheckBox*>(editor)) return QString(check->isChecked() ? "true" : "false");
    if (const auto* combo = qobject_cast<const QComboBox*>(editor)) return combo->currentText();
    return qobject_cast<const QLineEdit*>(editor)->text();
  };
  RecipeDialog shown(changed, {});
  QVERIFY(editorOf(shown, name));
  QCOMPARE(read(editorOf(shown, name)), QString::fromStdString(changed.get(name)));

  RecipeDialog dialog(plain, {});
  dialog.show();
  if (!refused.isEmpty()) {
    write(editorOf(dialog, name), refused);
    dialog.accept();
    QVERIFY(dialog.isVisible());
    QString said;
    for (const auto* label : dialog.findChildren<QLabel*>())
      if (label->isVisible() && label->text().contains(field) && label->text().contains(refused)) said = label->text();
    QVERIFY2(said.contains(QStringLiteral("must be ") + range), qPrintable(said));
  }
  if (name == "epochs" || name == "steps") write(editorOf(dialog, "minutes"), QStringLiteral("0"));
  write(editorOf(dialog, name), value);
  dialog.accept();
  QCOMPARE(dialog.result(), int(QDialog::Accepted));
  QCOMPARE(differing(dialog.recipe(), changed), QStringList());
}

void TrainSettingsTest::wrongValuesAreNamed() {
  Recipe recipe;
  recipe.epochs = 5;
  RecipeDialog dialog(recipe, {});
  dialog.show();
  QString title;
  for (const RecipeField& field : recipeFields())
    if (field.name == "batch") title = QString::fromUtf8(field.title.data(), qsizetype(field.title.size()));
  auto* batch = named<QLineEdit>(dialog, title);
  QVERIFY(batch);
  batch->setText(QStringLiteral("many"));
  dialog.accept();
  QVERIFY(dialog.isVisible());
  bool said = false;
  for (const auto* label : dialog.findChildren<QLabel*>()) said |= label->isVisible() && label->text().contains(QLatin1String("many"));
  QVERIFY(said);
  batch->setText(QStringLiteral("3"));
  dialog.accept();
  QVERIFY(!dialog.isVisible());
  QCOMPARE(dialog.recipe().batch, 3);
}

void TrainSettingsTest::oneBudgetOnly() {
  Recipe recipe;
  recipe.epochs = 5;
  RecipeDialog dialog(recipe, {});
  dialog.show();
  for (const RecipeField& field : recipeFields())
    if (field.name == "minutes") named<QLineEdit>(dialog, QString::fromUtf8(field.title.data(), qsizetype(field.title.size())))->setText(QStringLiteral("2,5"));
  dialog.accept();
  QVERIFY(dialog.isVisible());
}

void TrainSettingsTest::rateIsChosenFromTheChart() {
  const auto suggestions = curve().suggestions();
  QVERIFY(suggestions);
  RateDialog dialog(curve());
  QCOMPARE(dialog.rate(), suggestions->valley);
  for (auto* button : dialog.findChildren<QPushButton*>())
    if (button->text().startsWith(QLatin1String("Steep"))) button->click();
  QCOMPARE(dialog.rate(), suggestions->steep);
}

void TrainSettingsTest::rateTestAndFinishSoonInTheWindow() {
  const QByteArray engine = qgetenv("INTARSIA_ENGINE");
  const auto restore = qScopeGuard([&] { qputenv("INTARSIA_ENGINE", engine), qunsetenv("INTARSIA_FAKE_EPOCHS"); });
  qputenv("INTARSIA_ENGINE", qEnvironmentVariable("INTARSIA_BIN", QStringLiteral(INTARSIA_BINARY_DIR) + QStringLiteral("/bin")).toUtf8() + "/fake_engine");
  qputenv("INTARSIA_FAKE_EPOCHS", "100000");
  QTemporaryDir folder;
  const std::filesystem::path sample = std::filesystem::path(folder.path().toStdString()) / "sample";
  QVERIFY(makeSampleProject(sample, 3, {96, 64}).has_value());
  AppServices services = windowServices();
  services.findRate = [](Project&, const Recipe&, const std::filesystem::path&, const Job&) -> Expected<RateCurve> { return curve(); };
  MainWindow w(services);
  w.show();
  QToolButton* find = nullptr;
  for (auto* button : w.trainPanel().findChildren<QToolButton*>())
    if (button->text() == QStringLiteral("Find…")) find = button;
  QVERIFY(find);
  w.open(sample);
  QTRY_VERIFY_WITH_TIMEOUT(w.session().hasImage() && w.training().hasEngine() && find->isEnabled(), 60'000);
  find->click();
  QTRY_VERIFY_WITH_TIMEOUT(w.findChild<RateDialog*>(), 20'000);
  w.findChild<RateDialog*>()->accept();
  QVERIFY(std::abs(w.trainPanel().recipe()->learningRate / curve().suggestions()->valley - 1) < 0.01);
  QCOMPARE(w.training().phase(), TrainPhase::idle);

  w.trainPanel().setBudget(50, true);
  QVERIFY(!w.actions().decay->isEnabled());
  w.actions().train->trigger();
  QTRY_VERIFY_WITH_TIMEOUT(w.training().phase() == TrainPhase::training && w.training().run()->hasBest(), 60'000);
  QVERIFY(w.actions().decay->isEnabled() && !find->isEnabled());
  w.actions().decay->trigger();
  QTRY_COMPARE_WITH_TIMEOUT(w.training().phase(), TrainPhase::idle, 20'000);
  QVERIFY(w.training().run()->status() && w.training().run()->status()->phase == "finished");
}

INTARSIA_TEST(TrainSettingsTest)
#include "train_settings_test.moc"
