// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/edit/hit_test.h"
#include "ui/canvas/tool.h"

namespace intarsia {

/// Selects shapes (Shift for several), moves them and their vertices, inserts a vertex (double click or Alt+click on an edge),
/// deletes one (Alt+Shift+click or Backspace) or whole shapes (Delete). A drag commits once, on release.
class SelectTool : public Tool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::SelectTool)
 public:
  using Tool::Tool;
  QString hint() const override;
  Qt::CursorShape cursor() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void release(const ToolEvent& event) override;
  void doubleClick(const ToolEvent& event) override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  void paint(QPainter& painter) const override;
  bool paints(ShapeId id) const override;

 private:
  std::optional<VertexRef> vertexAt(Point p);  // of a selected shape
  std::optional<EdgeHit> edgeAt(Point p);      // of a selected shape
  std::optional<ShapeId> shapeAt(Point p);           // topmost
  bool movable(ShapeId id) const;
  void insertVertex(const EdgeHit& edge);
  void removeVertex(const VertexRef& vertex);

  HitTester m_hits;
  enum class Drag { none, pending, shapes, vertex };
  Drag m_drag = Drag::none;
  QPointF m_pressed;
  Point m_from, m_to;                // image; of the drag
  std::optional<VertexRef> m_vertex;    // picked
  std::optional<VertexRef> m_hover;
  std::optional<EdgeHit> m_hoverEdge;
};

}  // namespace intarsia
