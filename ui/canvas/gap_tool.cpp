// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/gap_tool.h"

#include "annotate/edit/borders.h"
#include "ui/canvas/shape_painter.h"

namespace intarsia {

QString GapTool::hint() const {
  if (!m_gap.rings.empty()) return tr("Let go to fill this area; move out of it or press Esc to drop it");
  if (m_covered) return tr("There is a label already; click where nothing is labelled");
  return tr("Click an unlabelled area between shapes to fill it with the current class; Shift gives it to the selected shape");
}

ShapeId GapTool::extended(Qt::KeyboardModifiers modifiers) const {
  if (!(modifiers & Qt::ShiftModifier) || m_host.selection().empty()) return 0;
  const Shape* shape = m_host.annotation().find(m_host.selection().back());
  return shape && !shape->locked ? shape->id : 0;
}

void GapTool::press(const ToolEvent& event) {
  auto gap = gapAt(m_host.annotation(), event.image);
  m_gap = gap ? std::move(*gap) : Polygon{};
  m_covered = m_gap.rings.empty();
  m_extend = extended(event.modifiers);
  m_host.stateChanged();
  m_host.refresh();
}

void GapTool::release(const ToolEvent& event) {
  if (m_gap.rings.empty()) return;
  if (!contains(m_gap, event.image)) return cancel();
  const auto fill = [this, extend = extended(event.modifiers), gap = m_gap](ClassId id) {
    m_gap = {};
    if (const auto edit = fillGap(m_host.annotation(), gap, extend, id)) m_host.commit(edit->after, edit->dirty, tr("fill gap"));
    m_host.stateChanged();
    m_host.refresh();
  };
  if (extended(event.modifiers))
    fill(kNoClass);
  else
    m_host.withClass(fill);
}

bool GapTool::key(int key, Qt::KeyboardModifiers) {
  if (key != Qt::Key_Escape || m_gap.rings.empty()) return false;
  cancel();
  return true;
}

void GapTool::cancel() {
  m_gap = {};
  m_covered = false;
  m_host.stateChanged();
  m_host.refresh();
}

void GapTool::paint(QPainter& painter) const {
  if (m_gap.rings.empty()) return;
  const Shape* shape = m_extend ? m_host.annotation().find(m_extend) : nullptr;
  QColor color = m_host.classColor(shape ? shape->classId : m_host.currentClass());
  const QPainterPath path = outline(m_gap, m_host.view());
  paintOutline(painter, path, color, 2.2);
  color.setAlpha(110);
  painter.fillPath(path, color);
}

}  // namespace intarsia
