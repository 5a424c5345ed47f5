// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/shape_panel.h"

#include <QHeaderView>
#include <QLabel>
#include <QTreeView>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/models/qt_text.h"
#include "ui/models/shape_model.h"
#include "ui/panels/search_edit.h"

namespace intarsia {
namespace {

QList<ImageQuery::Key> filterKeys(const ClassTable& classes) {
  const QStringList yesNo{QStringLiteral("yes"), QStringLiteral("no")};
  return {{QStringLiteral("class:"), ShapePanel::tr("name of the class"), ImageQuery::keys(classes).first().values},
          {QStringLiteral("locked:"), ShapePanel::tr("locked shapes"), yesNo},
          {QStringLiteral("hidden:"), ShapePanel::tr("hidden shapes"), yesNo},
          {QStringLiteral("note:"), ShapePanel::tr("words of the note"), {}},
          {QStringLiteral("group:"), ShapePanel::tr("number of the group"), {}}};
}

}  // namespace

ShapePanel::ShapePanel(QWidget* parent) : QWidget(parent), m_model(new ShapeModel(this)) {
  m_filter = new SearchEdit(this);
  m_filter->setPlaceholderText(tr("Filter: class, note, locked:yes"));
  m_filter->setAccessibleName(tr("Filter shapes"));
  m_view = new QTreeView(this);
  m_view->setModel(m_model);
  m_view->setRootIsDecorated(false);
  m_view->setUniformRowHeights(true);
  m_view->setHeaderHidden(true);
  m_view->setIconSize({16, 16});
  m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
  m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_view->setAllColumnsShowFocus(true);
  m_view->setDragDropMode(QAbstractItemView::InternalMove);
  m_view->setDropIndicatorShown(true);
  m_view->setFrameShape(QFrame::NoFrame);
  m_view->setContextMenuPolicy(Qt::CustomContextMenu);
  m_view->setAccessibleName(tr("Shapes"));
  QHeaderView* header = m_view->header();
  header->setStretchLastSection(false);
  header->setMinimumSectionSize(20);
  m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_view->setTextElideMode(Qt::ElideMiddle);
  header->setSectionResizeMode(QHeaderView::Fixed);
  header->setSectionResizeMode(ShapeModel::Name, QHeaderView::Stretch);
  header->resizeSection(ShapeModel::Hidden, 26);
  header->resizeSection(ShapeModel::Locked, 26);
  m_empty = new QLabel(this);
  m_empty->setForegroundRole(QPalette::PlaceholderText);
  m_empty->setWordWrap(true);
  m_empty->setContentsMargins(8, 8, 8, 8);
  m_empty->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  m_count = new QLabel(this);
  m_count->setForegroundRole(QPalette::PlaceholderText);
  m_count->setContentsMargins(8, 0, 8, 4);
  auto* top = new QVBoxLayout;
  top->setContentsMargins(4, 4, 4, 0);
  top->addWidget(m_filter);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addLayout(top);
  layout->addWidget(m_empty, 1);
  layout->addWidget(m_view, 1);
  layout->addWidget(m_count);
  setAnnotation({}, {});
  connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
    m_quiet = true;
    m_model->setFilter(text);
    m_quiet = false;
    setSelection(std::vector(m_selection));
    showCount();
  });
  connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
    if (!m_quiet) emit selected(m_selection = selectedIds());
  });
  connect(m_view, &QTreeView::clicked, this, &ShapePanel::toggle);
  connect(m_view, &QTreeView::doubleClicked, this, [this](const QModelIndex& at) {
    if (at.column() == ShapeModel::Name && m_editable) emit classWanted();
  });
  connect(m_view, &QWidget::customContextMenuRequested, this, [this](QPoint at) {
    if (m_view->indexAt(at).isValid()) emit menuWanted(m_view->viewport()->mapToGlobal(at));
  });
  connect(m_model, &ShapeModel::dropped, this, [this](const std::vector<ShapeId>& ids, ShapeId above) {
    if (m_editable) emit placeWanted(ids, above);
  });
}

void ShapePanel::setAnnotation(const Annotation& annotation, const ClassTable& classes) {
  m_quiet = true;
  m_model->setAnnotation(annotation, classes);
  m_filter->setKeys(filterKeys(classes));
  m_quiet = false;
  const bool any = !annotation.shapes.empty();
  m_view->setVisible(any);
  m_filter->setVisible(any);
  m_count->setVisible(any);
  m_empty->setVisible(!any);
  m_empty->setText(annotation.size.empty()   ? QString()  // there is no image
                   : annotation.base.empty() ? tr("No shapes. Press P and click around an area.")
                                             : tr("This image's labels are a mask. Shapes that you draw lie over it."));
  showCount();
}

/// In runs of rows: thousands of single ones would take seconds.
void ShapePanel::setSelection(const std::vector<ShapeId>& ids) {
  m_selection = ids;
  std::vector<int> rows;
  for (ShapeId id : ids)
    if (const int row = m_model->rowOf(id); row >= 0) rows.push_back(row);
  std::ranges::sort(rows);
  QItemSelection selection;
  for (size_t i = 0, j = 0; i < rows.size(); i = j) {
    for (j = i + 1; j < rows.size() && rows[j] == rows[j - 1] + 1;) ++j;
    selection.append(QItemSelectionRange(m_model->index(rows[i], 0), m_model->index(rows[j - 1], ShapeModel::Columns - 1)));
  }
  m_quiet = true;
  m_view->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
  if (!rows.empty()) {
    const QModelIndex first = m_model->index(rows.front(), 0);
    m_view->selectionModel()->setCurrentIndex(first, QItemSelectionModel::NoUpdate);
    m_view->scrollTo(first);
  }
  m_quiet = false;
}

std::vector<ShapeId> ShapePanel::selectedIds() const {
  std::vector<int> rows;
  for (const QItemSelectionRange& range : m_view->selectionModel()->selection())
    for (int row = range.top(); row <= range.bottom(); ++row) rows.push_back(row);
  std::ranges::sort(rows);
  std::vector<ShapeId> ids;
  for (int row : rows) ids.push_back(m_model->idAt(row));
  return ids;
}

void ShapePanel::toggle(const QModelIndex& at) {
  if (!m_editable || at.column() == ShapeModel::Name) return;
  const Shape& shape = m_model->shape(at.row());
  const std::vector<ShapeId> ids = selectedIds();
  const std::vector<ShapeId> all = std::ranges::find(ids, shape.id) != ids.end() ? ids : std::vector{shape.id};
  if (at.column() == ShapeModel::Hidden)
    emit hideWanted(all, !shape.hidden);
  else
    emit lockWanted(all, !shape.locked);
}

ShapeId ShapePanel::neighbour(const std::vector<ShapeId>& from, int step) const {
  const int count = m_model->rowCount();
  if (count == 0) return 0;
  int row = step > 0 ? -1 : count;
  for (ShapeId id : from)
    if (const int at = m_model->rowOf(id); at >= 0) row = step > 0 ? std::max(row, at) : std::min(row, at);
  row += step;
  return m_model->idAt((row % count + count) % count);  // round the end
}

void ShapePanel::setFilter(const QString& text) { m_filter->setText(text); }

void ShapePanel::focusFilter() {
  m_filter->setFocus(Qt::ShortcutFocusReason);
  m_filter->selectAll();
}

void ShapePanel::showCount() {
  const int all = m_model->shapes(), shown = m_model->rowCount(), hidden = m_model->hiddenShapes();
  QString text = shown == all ? all == 1 ? tr("1 shape") : tr("%1 shapes").arg(grouped(all)) : tr("%1 of %2 shapes").arg(grouped(shown), grouped(all));
  if (hidden > 0) text += tr(" · %1 hidden").arg(grouped(hidden));
  m_count->setText(text);
}

}  // namespace intarsia
