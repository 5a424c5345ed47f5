// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/gap_tool.h"

#include "annotate/edit/borders.h"
#include "ui/canvas/shape_painter.h"

namespace intarsia {

QString GapTool::hint() const {
  if (m_fillWhenFound) return tr("Looking for the borders of this area…; Esc drops it");
  if (m_down && !m_gap.rings.empty()) return tr("Let go to fill this area; move out of it or press Esc to drop it");
  if (m_covered) return tr("There is a label here already; click where nothing is labelled");
  return tr("Click an unlabelled area between shapes to fill it with the current class; Shift gives it to the selected shape");
}

ShapeId GapTool::extended(Qt::KeyboardModifiers modifiers) const {
  if (!(modifiers & Qt::ShiftModifier) || m_host.selection().empty()) return 0;
  const Shape* shape = m_host.annotation().find(m_host.selection().back());
  return shape && !shape->locked ? shape->id : 0;
}

bool GapTool::stale() const {
  const Annotation& now = m_host.annotation();
  return m_labels.size != now.size || m_labels.shapes != now.shapes || m_labels.base.tiles() != now.base.tiles();
}

void GapTool::look(Point at) {
  m_at = at;
  if (m_work.running()) return;  // the next one follows it
  m_labels = m_host.annotation();
  m_work.start(m_host.context(), [labels = m_labels, at](const Job& job) { return gapAt(labels, at, job); },
               [this, at](Expected<Polygon> gap) { take(at, std::move(gap)); },
               m_fillWhenFound ? m_host.startTask(tr("Looking for borders")) : nullptr);
}

void GapTool::take(Point at, Expected<Polygon> gap) {
  m_gap = gap && !stale() ? std::move(*gap) : Polygon{};
  m_covered = gap && m_gap.rings.empty();
  const bool other = stale() || (m_at != at && !contains(m_gap, m_at));
  if (other)
    look(m_at);
  else if (std::exchange(m_fillWhenFound, false))
    fill();
  m_host.stateChanged();
  m_host.refresh();
}

void GapTool::move(const ToolEvent& event) {
  const Size size = m_host.annotation().size;
  const ShapeId extend = extended(event.modifiers);
  const bool changed = std::exchange(m_extend, extend) != extend;
  m_at = event.image;
  if (m_down || m_fillWhenFound || (!stale() && contains(m_gap, event.image))) {
    if (changed) m_host.refresh();
    return;
  }
  if (!std::exchange(m_gap, {}).rings.empty()) m_host.refresh();
  if (event.image.x >= 0 && event.image.y >= 0 && event.image.x < size.width && event.image.y < size.height) look(event.image);
}

void GapTool::press(const ToolEvent& event) {
  constexpr size_t kQuickPoints = 5000;
  m_down = true;
  m_fillWhenFound = false;
  m_at = event.image;
  m_extend = extended(event.modifiers);
  const Annotation& labels = m_host.annotation();
  if (stale() || !contains(m_gap, event.image)) {
    m_gap = {};
    size_t points = 0;
    for (const ShapePtr& shape : labels.shapes) points += pointCount(shape->polygon);
    if (points <= kQuickPoints && labels.base.empty()) {
      m_work.drop();
      m_labels = labels;
      take(event.image, gapAt(labels, event.image));
    } else {
      look(event.image);
    }
  }
  m_host.stateChanged();
  m_host.refresh();
}

void GapTool::release(const ToolEvent& event) {
  if (!std::exchange(m_down, false)) return;
  m_extend = extended(event.modifiers);
  if (m_gap.rings.empty()) {
    m_fillWhenFound = m_work.running();
  } else if (contains(m_gap, event.image)) {
    fill();
  } else {
    cancel();
  }
  m_host.stateChanged();
}

void GapTool::fill() {
  if (m_gap.rings.empty()) return;
  const auto go = [this, extend = m_extend, gap = std::exchange(m_gap, {})](ClassId id) {
    const MakeEdit make = [gap, extend, id](const Annotation& a, const Job& job) {
      return fillGap(a, gap, extend, id, job);
    };
    m_host.commitMade(pointsNear(m_host.annotation(), bounds(gap)), tr("fill gap"), make);
    m_host.refresh();
  };
  if (m_extend)
    go(kNoClass);
  else
    m_host.withClass(go);
}

void GapTool::leave() {
  if (!m_down && !m_fillWhenFound) cancel();
}

bool GapTool::key(int key, Qt::KeyboardModifiers) {
  if (key != Qt::Key_Escape || (!m_down && !m_fillWhenFound)) return false;
  cancel();
  return true;
}

void GapTool::settle() {
  if (!m_fillWhenFound) cancel();
}

void GapTool::cancel() {
  m_work.drop();
  m_gap = {};
  m_down = m_fillWhenFound = m_covered = false;
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
