// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/shape_panel.h"

#include <QLabel>
#include <QListView>
#include <QVBoxLayout>

#include "ui/models/shape_model.h"

namespace intarsia {

ShapePanel::ShapePanel(QWidget* parent) : QWidget(parent), m_model(new ShapeModel(this)) {
  m_view = new QListView(this);
  m_view->setModel(m_model);
  m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
  m_view->setUniformItemSizes(true);
  m_view->setFrameShape(QFrame::NoFrame);
  m_view->setAccessibleName(tr("Shapes"));
  m_empty = new QLabel(tr("No shapes. Press P and click around an area."), this);
  m_empty->setForegroundRole(QPalette::PlaceholderText);
  m_empty->setWordWrap(true);
  m_empty->setContentsMargins(8, 8, 8, 8);
  m_empty->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_empty, 1);
  layout->addWidget(m_view, 1);
  m_view->hide();
  connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
    if (m_quiet) return;
    std::vector<ShapeId> ids;
    for (const QModelIndex& at : m_view->selectionModel()->selectedIndexes()) ids.push_back(m_model->idAt(at.row()));
    emit selected(ids);
  });
}

void ShapePanel::setAnnotation(const Annotation& annotation, const ClassTable& classes) {
  m_quiet = true;
  m_model->setAnnotation(annotation, classes);
  m_quiet = false;
  m_view->setVisible(!annotation.shapes.empty());
  m_empty->setVisible(annotation.shapes.empty());
  m_empty->setText(annotation.base.empty() ? tr("No shapes. Press P and click around an area.")
                                           : tr("This image's labels are a mask. Shapes that you draw lie over it."));
}

void ShapePanel::setSelection(const std::vector<ShapeId>& ids) {
  m_quiet = true;
  QItemSelection selection;
  QModelIndex last;
  for (ShapeId id : ids)
    if (const int row = m_model->rowOf(id); row >= 0) {
      last = m_model->index(row);
      selection.select(last, last);
    }
  m_view->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
  if (last.isValid()) m_view->scrollTo(last);
  m_quiet = false;
}

}  // namespace intarsia
