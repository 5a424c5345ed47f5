// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/recipe_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QTabWidget>
#include <QVBoxLayout>

#include "core/base/atomic_file.h"
#include "train/api/recipe_fields.h"
#include "train/api/recipe_presets.h"
#include "ui/models/qt_text.h"
#include "ui/panels/weights_dialog.h"

namespace intarsia {
namespace {

QString toQtView(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

/// The tooltip, with the range of a number and the name for the command line.
QString tipOf(const RecipeField& field) {
  QString tip = RecipeDialog::tr(field.tip.data());
  if (field.kind == RecipeField::Kind::number || field.kind == RecipeField::Kind::integer)
    tip += RecipeDialog::tr("\nFrom %1 to %2").arg(field.low).arg(field.high);
  return tip + RecipeDialog::tr("\nIn files and on the command line: %1").arg(toQtView(field.name));
}

}  // namespace

RecipeDialog::RecipeDialog(const Recipe& recipe, const QStringList& networks, QWidget* parent, AugmentPreview::Source sample) : QDialog(parent), m_recipe(recipe) {
  setWindowTitle(tr("All Settings of the Training"));
  m_preset = new QComboBox;
  m_preset->addItem(tr("Choose a preset…"));
  for (const RecipePreset& preset : recipePresets()) m_preset->addItem(toQt(preset.title), toQt(preset.id));
  m_preset->setAccessibleName(tr("Preset"));
  auto* load = new QPushButton(tr("Load…"));
  auto* save = new QPushButton(tr("Save As…"));
  auto* top = new QHBoxLayout;
  top->addWidget(m_preset, 1);
  top->addWidget(load);
  top->addWidget(save);
  m_about = new QLabel;
  m_about->setWordWrap(true);
  m_about->setForegroundRole(QPalette::PlaceholderText);

  auto* pages = new QTabWidget;
  QFormLayout* form = nullptr;
  std::string_view group;
  for (const RecipeField& field : recipeFields()) {
    if (field.group != group) {
      group = field.group;
      auto* page = new QWidget;
      form = new QFormLayout(page);
      form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
      auto* scroll = new QScrollArea;
      scroll->setWidgetResizable(true);
      scroll->setFrameShape(QFrame::NoFrame);
      scroll->setWidget(page);
      pages->addTab(scroll, tr(group.data()));
      if (field.name == "augmentProbability" && sample) addPreview(*form, std::move(sample));
    }
    QWidget* editor = editorFor(field, networks);
    editor->setToolTip(tipOf(field));
    editor->setAccessibleName(tr(field.title.data()));
    auto* label = new QLabel(tr(field.title.data()));
    label->setToolTip(tipOf(field));
    label->setBuddy(editor);
    form->addRow(label, field.name == "initialWeights" ? withWeightsButton(editor) : editor);
    m_editors.emplace(std::string(field.name), editor);
  }
  m_error = new QLabel;
  m_error->setWordWrap(true);
  m_error->setVisible(false);
  auto* box = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(top);
  layout->addWidget(m_about);
  layout->addWidget(pages, 1);
  layout->addWidget(m_error);
  layout->addWidget(box);
  resize(680, 620);
  connect(box, &QDialogButtonBox::accepted, this, &RecipeDialog::accept);
  connect(box, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(load, &QPushButton::clicked, this, &RecipeDialog::load);
  connect(save, &QPushButton::clicked, this, &RecipeDialog::save);
  connect(m_preset, &QComboBox::activated, this, [this] {
    const RecipePreset* preset = findPreset(m_preset->currentData().toString().toStdString());
    m_about->setText(preset ? toQt(preset->about) : QString());
    if (preset) fill(preset->recipe);
  });
  fill(recipe);
  if (!m_preview) return;
  const auto changed = [this] {
    if (const auto now = read()) m_preview->setRecipe(*now);
  };
  for (const auto& [name, editor] : m_editors) {
    if (auto* check = qobject_cast<QCheckBox*>(editor)) connect(check, &QCheckBox::toggled, this, changed);
    else if (auto* combo = qobject_cast<QComboBox*>(editor)) connect(combo, &QComboBox::currentTextChanged, this, changed);
    else connect(qobject_cast<QLineEdit*>(editor), &QLineEdit::textChanged, this, changed);
  }
  m_preview->setRecipe(recipe);
}

QWidget* RecipeDialog::editorFor(const RecipeField& field, const QStringList& networks) {
  if (field.kind == RecipeField::Kind::flag) return new QCheckBox;
  if (field.kind == RecipeField::Kind::choice || field.name == "network") {
    auto* combo = new QComboBox;
    for (const auto choice : field.choices) combo->addItem(toQtView(choice));
    if (field.name == "network") {
      combo->setEditable(true);
      combo->addItems(networks);
    }
    return combo;
  }
  auto* line = new QLineEdit;
  if (field.kind == RecipeField::Kind::number || field.kind == RecipeField::Kind::integer || field.kind == RecipeField::Kind::size)
    line->setMaximumWidth(fontMetrics().averageCharWidth() * 24);
  return line;
}

/// Follows every change of a field.
void RecipeDialog::addPreview(QFormLayout& form, AugmentPreview::Source sample) {
  m_preview = new AugmentPreview(std::move(sample));
  form.addRow(m_preview);
}

QWidget* RecipeDialog::withWeightsButton(QWidget* editor) {
  auto* button = new QPushButton(tr("Pretrained…"));
  button->setAutoDefault(false);
  button->setToolTip(tr("Published weights for this network, fetched when you ask for it, or a file of your own"));
  auto* row = new QWidget;
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(editor, 1);
  layout->addWidget(button);
  connect(button, &QPushButton::clicked, this, [this] {
    auto* dialog = new WeightsDialog(text("network").toStdString(), text("initialWeights").toStdString(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] { qobject_cast<QLineEdit*>(m_editors.at("initialWeights"))->setText(toQt(dialog->weights())); });
    dialog->open();
  });
  return row;
}

void RecipeDialog::fill(const Recipe& recipe) {
  for (const auto& [name, editor] : m_editors) {
    const QString value = toQt(recipe.get(name));
    if (auto* check = qobject_cast<QCheckBox*>(editor)) check->setChecked(value == QLatin1String("true"));
    else if (auto* combo = qobject_cast<QComboBox*>(editor)) combo->setCurrentText(value);
    else qobject_cast<QLineEdit*>(editor)->setText(value);
  }
}

QString RecipeDialog::text(const std::string& name) const {
  QWidget* editor = m_editors.at(name);
  if (const auto* check = qobject_cast<QCheckBox*>(editor)) return check->isChecked() ? QStringLiteral("true") : QStringLiteral("false");
  if (const auto* combo = qobject_cast<QComboBox*>(editor)) return combo->currentText();
  return qobject_cast<QLineEdit*>(editor)->text();
}

Expected<Recipe> RecipeDialog::read() const {
  Recipe recipe;
  std::vector<std::string> budgets;  // last, so that two of them stay two
  for (const RecipeField& field : recipeFields()) {
    const std::string name(field.name);
    QString value = text(name).trimmed();
    if (field.kind == RecipeField::Kind::number) value.replace(QLatin1Char(','), QLatin1Char('.'));
    INTARSIA_CHECK(recipe.set(name + "=" + value.toStdString()));
    if ((name == "minutes" && recipe.minutes > 0) || (name == "epochs" && recipe.epochs > 0) || (name == "steps" && recipe.steps > 0)) budgets.push_back(name);
  }
  if (budgets.size() > 1)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Only one of minutes, epochs and steps can be the budget; put the others to 0"));
  INTARSIA_CHECK(recipe.check());
  return recipe;
}

void RecipeDialog::complain(const Error& error) {
  m_error->setText(sentence(error));
  m_error->setVisible(true);
}

void RecipeDialog::accept() {
  const auto recipe = read();
  if (!recipe) return complain(recipe.error());
  m_recipe = *recipe;
  QDialog::accept();
}

void RecipeDialog::load() {
  const QString file = QFileDialog::getOpenFileName(this, tr("Load Settings"), {}, tr("Settings (*.json)"));
  if (file.isEmpty()) return;
  const auto text = readFile(toPath(file), size_t(1) << 20);
  if (!text) return complain(text.error());
  const auto recipe = Recipe::fromJson(*text, file.toStdString());
  if (!recipe) return complain(recipe.error());
  m_error->setVisible(false);
  fill(*recipe);
}

void RecipeDialog::save() {
  const auto recipe = read();
  if (!recipe) return complain(recipe.error());
  const QString file = QFileDialog::getSaveFileName(this, tr("Save Settings"), QStringLiteral("recipe.json"), tr("Settings (*.json)"));
  if (file.isEmpty()) return;
  if (const auto written = writeFileAtomically(toPath(file), recipe->toJson()); !written) complain(written.error());
}

}  // namespace intarsia
