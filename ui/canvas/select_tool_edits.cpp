// SPDX-License-Identifier: GPL-3.0-or-later
// Points that come and go, and the keys of the select tool.
#include <algorithm>

#include "annotate/edit/borders.h"
#include "ui/canvas/select_tool.h"

namespace intarsia {

void SelectTool::insertVertex(const EdgeHit& edge) {
  // A neighbour that has the same border gets the vertex too.
  const ShapeId id = edge.edge.shape;
  const MakeEdit make = [id, edge = edge.edge, at = edge.point](const Annotation& a, const Job& job) {
    return shareBorders(intarsia::insertVertex(a, edge, at), {&id, 1}, job);
  };
  m_hoverEdge.reset();
  m_vertices.clear();
  m_host.commitMade(pointsNear(m_host.annotation(), boundsOf(m_host.annotation(), {&id, 1})), tr("insert point"), make);
}

void SelectTool::removeVertices(std::vector<VertexRef> vertices) {
  std::vector<VertexRef> all;
  for (const VertexRef& ref : vertices)
    if (const auto p = place(ref))
      for (const VertexRef& one : m_hits.verticesAt(m_host.annotation(), *p))
        if (std::ranges::find(all, one) == all.end()) all.push_back(one);
  m_hover.reset();
  m_vertices.clear();
  m_host.commitMade(0, vertices.size() > 1 ? tr("delete points") : tr("delete point"),
                    [all](const Annotation& a, const Job&) -> Expected<Edit> { return deleteVertices(a, all); });
}

bool SelectTool::nudge(int key, Qt::KeyboardModifiers modifiers) {
  const double step = modifiers & Qt::ShiftModifier ? 10 : 1;
  const double dx = key == Qt::Key_Left ? -step : key == Qt::Key_Right ? step : 0, dy = key == Qt::Key_Up ? -step : key == Qt::Key_Down ? step : 0;
  const Annotation& annotation = m_host.annotation();
  Edit edit{annotation, {}};
  if (!m_vertices.empty()) {
    std::vector<Point> done;
    for (const VertexRef& ref : m_vertices) {
      const auto from = place(ref);
      if (!from || std::ranges::find(done, *from) != done.end()) continue;
      done.push_back(*from);
      Edit next = moveVertices(edit.after, m_hits.verticesAt(annotation, *from), clamped({from->x + dx, from->y + dy}, annotation.size));
      edit = {std::move(next.after), edit.dirty.united(next.dirty)};
    }
    if (!edit.dirty.empty()) m_host.commitMerging(std::move(edit.after), edit.dirty, tr("nudge points"), QStringLiteral("nudge points"));
    return true;
  }
  edit = moveShapes(annotation, m_host.selection(), dx, dy);
  if (!edit.dirty.empty()) m_host.commitMerging(std::move(edit.after), edit.dirty, tr("nudge shapes"), QStringLiteral("nudge shapes"));
  return true;
}

bool SelectTool::wants(int key, Qt::KeyboardModifiers modifiers) const {
  const bool arrow = key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Up || key == Qt::Key_Down;
  if (arrow) return !m_host.selection().empty() && !(modifiers & ~(Qt::ShiftModifier | Qt::KeypadModifier));
  return (key == Qt::Key_Delete || key == Qt::Key_Backspace) && !modifiers && !m_vertices.empty();
}

bool SelectTool::key(int key, Qt::KeyboardModifiers modifiers) {
  if (key == Qt::Key_Escape && (m_drag != Drag::none || !m_vertices.empty())) {
    cancel();
    m_host.stateChanged();
    return true;
  }
  if (m_drag != Drag::none) return false;
  if (key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Up || key == Qt::Key_Down)
    return !m_host.selection().empty() && nudge(key, modifiers);
  if (key == Qt::Key_Delete && !m_vertices.empty()) {
    removeVertices(m_vertices);
    return true;
  }
  if (key != Qt::Key_Backspace) return false;
  const std::vector<VertexRef> chosen = m_vertices.empty() && m_hover ? std::vector{*m_hover} : m_vertices;
  if (chosen.empty() || !movable(chosen.front().shape)) return false;
  removeVertices(chosen);
  return true;
}

void SelectTool::cancel() {
  m_drag = Drag::none;
  m_edge.reset();
  m_vertices.clear();
  m_snap.reset();
  m_hover.reset();
  m_hoverEdge.reset();
  m_host.refresh();
}

}  // namespace intarsia
