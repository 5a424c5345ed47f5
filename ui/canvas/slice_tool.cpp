// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/slice_tool.h"

#include <QPainterPath>
#include <cmath>

#include "annotate/edit/borders.h"
#include "ui/canvas/shape_painter.h"

namespace intarsia {
namespace {
constexpr double kDragDistance = 6;  // logical pixels
}

QString SliceTool::hint() const {
  if (m_line.empty()) return m_missed ? tr("That line divided no shape: it must begin and end outside of it or on its border")
                                      : tr("Drag a line through shapes to cut them, or click its points; the selected shapes alone, if there are any");
  return tr("Click the next point; Enter or a double click cuts, Backspace takes a point back, Esc drops the line");
}

void SliceTool::aim(const ToolEvent& event) {
  m_to = event.image;
  m_snap.reset();
  if (!(event.modifiers & Qt::ControlModifier)) m_snap = snapTo(m_hits, m_host.annotation(), m_to, snapDistance());
  if (m_snap && m_snap->kind == Snap::Kind::imageBorder) m_snap.reset();
  if (m_snap) m_to = m_snap->point;
  m_host.refresh();
}

void SliceTool::press(const ToolEvent& event) {
  aim(event);
  m_pressed = event.screen;
  m_down = true;
  m_missed = false;
  if (m_line.empty() || m_line.back() != m_to) m_line.push_back(m_to);
  m_host.stateChanged();
}

void SliceTool::move(const ToolEvent& event) { aim(event); }

void SliceTool::release(const ToolEvent& event) {
  if (!std::exchange(m_down, false)) return;
  aim(event);
  if (m_line.size() != 1 || std::hypot(event.screen.x() - m_pressed.x(), event.screen.y() - m_pressed.y()) < kDragDistance) return;
  m_line.push_back(m_to);
  finish();
}

void SliceTool::doubleClick(const ToolEvent&) { finish(); }

bool SliceTool::key(int key, Qt::KeyboardModifiers) {
  if (m_line.empty()) return false;
  if (key == Qt::Key_Return || key == Qt::Key_Enter)
    finish();
  else if (key == Qt::Key_Backspace)
    undo();
  else if (key == Qt::Key_Escape)
    cancel();
  else
    return false;
  return true;
}

void SliceTool::undo() {
  if (!m_line.empty()) m_line.pop_back();
  m_down = false;
  m_host.stateChanged();
  m_host.refresh();
}

void SliceTool::cancel() {
  m_line.clear();
  m_snap.reset();
  m_down = m_missed = false;
  m_host.stateChanged();
  m_host.refresh();
}

void SliceTool::finish() {
  if (m_line.size() < 2) return;
  const size_t points = pointsNear(m_host.annotation(), bounds({{m_line}}));
  const MakeEdit make = [ids = m_host.selection(), line = std::exchange(m_line, {})](const Annotation& a, const Job& job) {
    return sliceShapes(a, ids, line, job);
  };
  m_host.commitMade(points, tr("slice"), make, [this](Made made) { m_missed = made == Made::nothing; });
  m_host.stateChanged();
  m_host.refresh();
}

void SliceTool::paint(QPainter& painter) const {
  const ViewTransform& view = m_host.view();
  if (!m_line.empty()) {
    QPainterPath path(view.toScreen(m_line.front()));
    for (size_t i = 1; i < m_line.size(); ++i) path.lineTo(view.toScreen(m_line[i]));
    path.lineTo(view.toScreen(m_to));
    paintOutline(painter, path, QColor(255, 90, 80), 2);
    for (const Point p : m_line) paintVertex(painter, view.toScreen(p), QColor(255, 90, 80), false);
  }
  if (m_snap) paintSnap(painter, view.toScreen(m_to), m_snap->kind == Snap::Kind::vertex);
}

}  // namespace intarsia
