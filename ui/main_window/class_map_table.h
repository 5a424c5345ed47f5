// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTableWidget>
#include <optional>

#include "annotate/project/class_map.h"

class QComboBox;

namespace intarsia {

/// Which class of a source becomes which class of the project: a row each, with a choice that begins with what is proposed.
class ClassMapTable : public QTableWidget {
  Q_OBJECT
 public:
  explicit ClassMapTable(QWidget* parent = nullptr);
  void setClasses(const ImportedDataset& dataset, const ClassTable& project);
  ClassMap classMap() const;
  /// The colour that labels of each class of the source get; none = they are left out.
  std::vector<std::optional<Color>> colors() const;
  void choose(int row, const ClassTarget& target);

 signals:
  void changed();

 private:
  QComboBox* choices(const ImportedClass& from, const ClassProposal& proposal);
  ClassTarget target(int row) const;

  std::vector<ImportedClass> m_source;
  ClassTable m_project;
  std::vector<QComboBox*> m_choices;
};

}  // namespace intarsia
