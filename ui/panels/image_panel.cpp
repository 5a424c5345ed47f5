// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/image_panel.h"

#include <QLabel>
#include <QListView>
#include <QVBoxLayout>

#include "ui/models/image_index.h"
#include "ui/models/image_list_model.h"
#include "ui/models/qt_text.h"
#include "ui/panels/image_delegate.h"
#include "ui/panels/search_edit.h"

namespace intarsia {

ImagePanel::ImagePanel(const ImageIndex& index, QWidget* parent) : QWidget(parent), m_index(index), m_model(new ImageListModel(index, this)) {
  m_view = new QListView(this);
  m_view->setModel(m_model);
  m_view->setItemDelegate(new ImageDelegate(m_view));
  m_view->setUniformItemSizes(true);
  m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
  m_view->setFrameShape(QFrame::NoFrame);
  m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  m_view->setContextMenuPolicy(Qt::CustomContextMenu);
  m_view->setAccessibleName(tr("Images"));
  m_text = new SearchEdit(this);
  m_text->setPlaceholderText(tr("Search, e.g. class:tree"));
  m_text->setAccessibleName(tr("Search images"));
  m_count = new QLabel(this);
  m_count->setForegroundRole(QPalette::PlaceholderText);
  m_count->setContentsMargins(8, 0, 8, 4);
  m_count->setWordWrap(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  auto* top = new QVBoxLayout;
  top->setContentsMargins(4, 4, 4, 0);
  top->addWidget(m_text);
  layout->addLayout(top);
  layout->addWidget(m_view, 1);
  layout->addWidget(m_count);
  connect(m_text, &QLineEdit::textChanged, this, &ImagePanel::search);
  connect(m_text, &QLineEdit::returnPressed, this, [this] {
    if (m_model->rowCount() > 0) emit chosen(m_model->imageAt(std::max(0, m_model->rowOf(m_current))));
  });
  connect(&index, &ImageIndex::added, this, [this] {
    m_quiet = true;
    m_model->factsChanged();
    m_quiet = false;
    showCount();
  });
  connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& now) {
    if (!m_quiet && now.isValid()) emit chosen(m_model->imageAt(now.row()));
  });
  connect(m_view, &QWidget::customContextMenuRequested, this, [this](QPoint at) {
    if (m_view->indexAt(at).isValid()) emit menuWanted(m_view->viewport()->mapToGlobal(at));
  });
  showCount();
}

void ImagePanel::setImages(ImageList images) {
  m_quiet = true;
  m_current = -1;
  m_model->setImages(std::move(images));
  m_quiet = false;
  showCount();
}

void ImagePanel::updateImage(int image) {
  m_quiet = true;  // the current row may vanish; the open image stays
  m_model->updateImage(image);
  m_quiet = false;
  showCount();
}

void ImagePanel::setClasses(const ClassTable& classes) {
  if (m_classes == classes) return;
  m_classes = classes;
  m_text->setKeys(ImageQuery::keys(classes));
  if (!m_text->text().isEmpty()) search();
}

void ImagePanel::search() {
  m_quiet = true;
  m_model->setQuery(ImageQuery::parse(m_text->text(), m_classes));
  m_quiet = false;
  setCurrent(m_current);
  showCount();
}

void ImagePanel::setSearch(const QString& text) { m_text->setText(text); }

void ImagePanel::focusSearch() {
  m_text->setFocus(Qt::ShortcutFocusReason);
  m_text->selectAll();
}

void ImagePanel::setCurrent(int image) {
  m_current = image;
  const int row = m_model->rowOf(image);
  if (row >= 0 && m_view->currentIndex().row() == row && m_view->selectionModel()->isSelected(m_model->index(row))) return;
  m_quiet = true;
  if (row >= 0) {
    // By itself the view would add to the selection while Ctrl is held, as for undo.
    m_view->selectionModel()->setCurrentIndex(m_model->index(row), QItemSelectionModel::ClearAndSelect);
    m_view->scrollTo(m_model->index(row));
  } else {
    m_view->selectionModel()->clear();
  }
  m_quiet = false;
}

std::vector<int> ImagePanel::selected() const {
  std::vector<int> images;
  for (const QItemSelectionRange& range : m_view->selectionModel()->selection())
    for (int row = range.top(); row <= range.bottom(); ++row) images.push_back(m_model->imageAt(row));
  std::ranges::sort(images);
  return images;
}

int ImagePanel::neighbour(int image, int step) const {
  const int row = m_model->rowOf(image), last = m_model->rowCount() - 1;
  // An image that the search hides: on to the first of those after it, back to the last of those before it.
  const int from = row >= 0 ? row : m_model->rowsBefore(image) - (step > 0 ? 1 : 0);
  const int to = std::clamp(from + step, 0, std::max(0, last));
  if (last < 0 || (step > 0 ? to <= from : to >= from)) return -1;
  return m_model->imageAt(to);
}

void ImagePanel::showCount() {
  const int all = m_model->images(), shown = m_model->rowCount();
  QString text = all == 0       ? tr("No images yet")
                 : shown == all ? all == 1 ? tr("1 image") : tr("%1 images").arg(grouped(all))
                                : tr("%1 of %2 images").arg(grouped(shown), grouped(all));
  if (m_model->query().needsFacts() && !m_index.complete())
    text += tr(" · reading labels, %1").arg(percent(double(m_index.known()) / std::max(1, m_index.size()), 0));
  if (shown == 0 && m_model->query().needsScores() && m_index.complete() && !m_index.scored())
    text += QLatin1Char('\n') + tr("No image has a score yet: they come from the validation of a run");
  if (const QString problem = m_model->query().problem(); !problem.isEmpty()) text += QLatin1Char('\n') + problem;
  m_count->setText(text);
}

}  // namespace intarsia
