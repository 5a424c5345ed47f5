// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <set>

#include "core/base/class_table.h"

namespace intarsia {

/// The legend: digit key, swatch and name, share of the open image's pixels, visibility (check state of the last column).
class ClassModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Key, Name, Share, Visible, Columns };
  using QAbstractTableModel::QAbstractTableModel;

  void setClasses(const ClassTable& classes);
  /// Pixels per class index, the unlabelled ones last; empty = no image is open.
  void setCounts(std::vector<int64_t> counts);
  const ClassTable& classes() const { return m_classes; }
  std::vector<ClassId> hidden() const { return {m_hidden.begin(), m_hidden.end()}; }
  void setVisible(ClassId id, bool visible);
  bool isVisible(ClassId id) const { return !m_hidden.contains(id); }
  /// Swatches show the canvas's patterns.
  void setHatching(bool on);

  int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : m_classes.size(); }
  int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : int(Columns); }
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
  QStringList mimeTypes() const override;
  QMimeData* mimeData(const QModelIndexList& indexes) const override;
  bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent) override;

 signals:
  void renamed(intarsia::ClassId id, const QString& name);
  void hiddenChanged();
  /// The class of row `from` is to stand in row `to`.
  void moveWanted(int from, int to);

 private:
  ClassTable m_classes;
  std::vector<int64_t> m_counts;
  int64_t m_total = 0;
  std::set<ClassId> m_hidden;
  bool m_hatching = false;
};

}  // namespace intarsia
