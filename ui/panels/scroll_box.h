// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QScrollArea>

namespace intarsia {

/// Holds a widget that is scrolled where its parts find no room, so that it does not set the window's least size.
class ScrollBox : public QScrollArea {
 public:
  explicit ScrollBox(QWidget* content, QWidget* parent = nullptr) : QScrollArea(parent) {
    setWidget(content);
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::NoFocus);
  }
  QSize sizeHint() const override { return widget()->sizeHint(); }
  QSize minimumSizeHint() const override { return {8 * fontMetrics().averageCharWidth(), 2 * fontMetrics().height()}; }
};

}  // namespace intarsia
