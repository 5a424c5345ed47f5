// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <unordered_map>

#include "annotate/model/annotation.h"

namespace intarsia {

/// The shapes of the open image that a filter leaves, the topmost first. Rows can be dragged; who owns the labels moves them.
class ShapeModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Name, Hidden, Locked, Columns };
  using QAbstractTableModel::QAbstractTableModel;
  void setAnnotation(const Annotation& annotation, const ClassTable& classes);
  /// Words that must all be found in class name, note, kind or "#number"; `class:`, `note:`, `group:`, `locked:` and `hidden:` look there
  /// alone; "-" turns one round.
  void setFilter(const QString& text);
  const Shape& shape(int row) const { return *m_shapes[m_rows[size_t(row)]]; }
  ShapeId idAt(int row) const { return shape(row).id; }
  int rowOf(ShapeId id) const;  // -1 if absent or filtered out
  int shapes() const { return int(m_shapes.size()); }
  int hiddenShapes() const;

  int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : int(m_rows.size()); }
  int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : int(Columns); }
  QVariant data(const QModelIndex& index, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
  QStringList mimeTypes() const override;
  QMimeData* mimeData(const QModelIndexList& indexes) const override;
  bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent) override;

 signals:
  /// These shapes are to lie just above `above` (0 = below all).
  void dropped(const std::vector<intarsia::ShapeId>& ids, intarsia::ShapeId above);

 private:
  struct Term {
    QString key, value;
    bool negated = false;
  };
  bool accepts(const Shape& shape) const;
  std::vector<size_t> filtered() const;
  QString className(const Shape& shape) const;

  std::vector<ShapePtr> m_shapes;  // painter's order
  ClassTable m_classes;
  std::vector<Term> m_terms;
  std::vector<size_t> m_rows;      // places in m_shapes, the topmost first
  std::unordered_map<ShapeId, int> m_rowOf;
};

}  // namespace intarsia
