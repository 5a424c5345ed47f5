// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/shape_model.h"

#include <QGuiApplication>

#include "ui/models/qt_text.h"

namespace intarsia {

void ShapeModel::setAnnotation(const Annotation& annotation, const ClassTable& classes) {
  const bool sameRows = std::ranges::equal(m_shapes, annotation.shapes, {}, &Shape::id, &Shape::id);
  if (!sameRows) beginResetModel();
  m_shapes = annotation.shapes;
  m_classes = classes;
  if (!sameRows)
    endResetModel();
  else if (!m_shapes.empty())
    emit dataChanged(index(0), index(int(m_shapes.size()) - 1));
}

int ShapeModel::rowOf(ShapeId id) const {
  for (size_t i = 0; i < m_shapes.size(); ++i)
    if (m_shapes[i]->id == id) return int(m_shapes.size() - 1 - i);
  return -1;
}

QVariant ShapeModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const Shape& shape = *m_shapes[m_shapes.size() - 1 - size_t(index.row())];
  const ClassInfo* info = m_classes.find(shape.classId);
  const QString name = info ? toQt(info->name) : tr("(class is gone)");
  switch (role) {
    case Qt::DisplayRole: return tr("%1  #%2").arg(name).arg(shape.id);
    case Qt::DecorationRole: return info ? swatch(*info, 14, qGuiApp->devicePixelRatio()) : QPixmap();
    case Qt::ToolTipRole: {
      size_t points = 0;
      for (const Ring& ring : shape.polygon.rings) points += ring.size();
      return tr("%1, %2 points, %3 px²").arg(name, grouped(qint64(points)), grouped(qint64(area(shape.polygon) + 0.5)));
    }
    default: return {};
  }
}

}  // namespace intarsia
