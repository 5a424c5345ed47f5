// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/split_slider.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "ui/canvas/view_guides.h"

namespace intarsia {

int SplitSlider::lineAt(double x, double width) const {
  if (!m_enabled) return -1;
  int best = -1;
  for (int i = 0; i < m_lines; ++i)
    if (const double d = std::abs(x - place(i, width)); d <= kReach && (best < 0 || d < std::abs(x - place(best, width)))) best = i;
  return best;
}

bool SplitSlider::press(double x, double width) {
  m_dragged = lineAt(x, width);
  return m_dragged >= 0;
}

void SplitSlider::move(double x, double width) {
  if (m_dragged < 0 || width <= 0) return;
  const double at = std::clamp(x / width, 0.0, 1.0);
  m_at[m_dragged] = at;
  // One line pushes the other: their order stays.
  if (m_dragged == 0) m_at[1] = std::max(m_at[1], at);
  if (m_dragged == 1) m_at[0] = std::min(m_at[0], at);
}

void SplitSlider::paint(QPainter& painter, QSize view, double top) const {
  if (!m_enabled) return;
  const auto tr = [](const char* text) { return QCoreApplication::translate("intarsia::SplitSlider", text); };
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const QString names[] = {tr("image"), tr("labels"), tr("prediction")};
  for (int i = 0; i <= m_lines; ++i) {
    const double left = i ? place(i - 1, view.width()) : 0, right = place(i, view.width());
    const QSizeF caption = captionSize(painter, names[i]);
    if (right - left > caption.width() + 16) paintCaption(painter, {(left + right - caption.width()) / 2, top}, names[i]);
  }
  for (int i = 0; i < m_lines; ++i) {
    const double x = std::round(place(i, view.width()));
    painter.fillRect(QRectF(x - 2, 0, 4, view.height()), QColor(0, 0, 0, 110));
    painter.fillRect(QRectF(x - 1, 0, 2, view.height()), Qt::white);
    const QPointF knob(x, view.height() / 2.0);
    painter.setPen(QPen(QColor(0, 0, 0, 140), 1));
    painter.setBrush(Qt::white);
    painter.drawEllipse(knob, 11, 11);
    painter.setPen(QPen(QColor(60, 60, 60), 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    for (int side : {-1, 1})
      painter.drawPolyline(QPolygonF{knob + QPointF(side * 3, -4), knob + QPointF(side * 7, 0), knob + QPointF(side * 3, 4)});
  }
  painter.restore();
}

}  // namespace intarsia
