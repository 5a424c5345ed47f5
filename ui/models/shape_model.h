// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractListModel>

#include "annotate/model/annotation.h"

namespace intarsia {

/// The shapes of the open image, the topmost first.
class ShapeModel : public QAbstractListModel {
  Q_OBJECT
 public:
  using QAbstractListModel::QAbstractListModel;
  void setAnnotation(const Annotation& annotation, const ClassTable& classes);
  ShapeId idAt(int row) const { return m_shapes[m_shapes.size() - 1 - size_t(row)]->id; }
  int rowOf(ShapeId id) const;  // -1 if absent

  int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : int(m_shapes.size()); }
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  std::vector<ShapePtr> m_shapes;  // painter's order
  ClassTable m_classes;
};

}  // namespace intarsia
