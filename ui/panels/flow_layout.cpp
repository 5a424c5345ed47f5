// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/flow_layout.h"

#include <QWidget>
#include <algorithm>

namespace intarsia {

FlowLayout::~FlowLayout() {
  for (QLayoutItem* item : m_items) delete item;
}

QLayoutItem* FlowLayout::takeAt(int index) {
  QLayoutItem* item = itemAt(index);
  if (item) m_items.erase(m_items.begin() + index);
  return item;
}

QSize FlowLayout::sizeHint() const {
  QSize size(0, 0);
  for (const QLayoutItem* item : m_items) {
    const QSize hint = item->sizeHint();
    size = {size.width() + hint.width() + (size.isEmpty() ? 0 : spacing()), std::max(size.height(), hint.height())};
  }
  return size;
}

QSize FlowLayout::minimumSize() const {
  QSize size(0, 0);
  for (const QLayoutItem* item : m_items) size = size.expandedTo(item->minimumSize());
  return size;
}

void FlowLayout::setGeometry(const QRect& rect) {
  QLayout::setGeometry(rect);
  arrange(rect, true);
}

/// The height that it takes.
int FlowLayout::arrange(const QRect& rect, bool move) const {
  int y = rect.y();
  for (size_t begin = 0, end; begin < m_items.size(); begin = end) {
    int width = 0, height = 0;
    for (end = begin; end < m_items.size(); ++end) {
      const QSize hint = m_items[end]->sizeHint();
      const int with = width + hint.width() + (end > begin ? spacing() : 0);
      if (end > begin && with > rect.width()) break;
      width = with;
      height = std::max(height, hint.height());
    }
    if (begin > 0) y += spacing() / 2;
    int x = rect.x();
    for (size_t i = begin; move && i < end; ++i) {
      const QSize hint = m_items[i]->sizeHint();
      const int w = std::min(hint.width(), rect.width());
      const int h = m_items[i]->widget() && m_items[i]->widget()->layout() ? height : hint.height();
      m_items[i]->setGeometry({x, y + height - h, w, h});
      x += w + spacing();
    }
    y += height;
  }
  return y - rect.y();
}

}  // namespace intarsia
