// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QLayout>
#include <vector>

namespace intarsia {

/// Items in a row that goes on below where there is no room; those of a row stand on one line. It owns its items.
class FlowLayout : public QLayout {
 public:
  using QLayout::QLayout;
  ~FlowLayout() override;
  void addItem(QLayoutItem* item) override { m_items.push_back(item); }
  int count() const override { return int(m_items.size()); }
  QLayoutItem* itemAt(int index) const override { return index >= 0 && index < count() ? m_items[size_t(index)] : nullptr; }
  QLayoutItem* takeAt(int index) override;
  Qt::Orientations expandingDirections() const override { return {}; }
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override { return arrange({0, 0, width, 0}, false); }
  QSize sizeHint() const override;     // all in one row
  QSize minimumSize() const override;  // the widest alone
  void setGeometry(const QRect& rect) override;

 private:
  int arrange(const QRect& rect, bool move) const;
  std::vector<QLayoutItem*> m_items;
};

}  // namespace intarsia
