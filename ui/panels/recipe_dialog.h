// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <map>
#include <string>

#include "train/api/recipe.h"
#include "ui/panels/augment_preview.h"

class QComboBox;
class QFormLayout;
class QLabel;

namespace intarsia {

struct RecipeField;

/// Every field of a recipe, on a page per group; made from recipeFields(). Presets, and files to load and save.
class RecipeDialog : public QDialog {
  Q_OBJECT
 public:
  RecipeDialog(const Recipe& recipe, const QStringList& networks, QWidget* parent = nullptr, AugmentPreview::Source sample = {});
  Recipe recipe() const { return m_recipe; }  // after OK
  void accept() override;

 private:
  void addPreview(QFormLayout& form, AugmentPreview::Source sample);
  QWidget* editorFor(const RecipeField& field, const QStringList& networks);
  QWidget* withWeightsButton(QWidget* editor);
  void fill(const Recipe& recipe);
  QString text(const std::string& name) const;
  /// What the fields say, or which of them is wrong.
  Expected<Recipe> read() const;
  void load();
  void save();
  void complain(const Error& error);

  Recipe m_recipe;
  std::map<std::string, QWidget*> m_editors;  // by field
  QComboBox* m_preset;
  QLabel *m_about, *m_error;
  AugmentPreview* m_preview = nullptr;  // where there is a sample to show
};

}  // namespace intarsia
