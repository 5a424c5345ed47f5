// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>

#include "annotate/edit/snap.h"
#include "ui/canvas/painted_once.h"
#include "ui/canvas/tool.h"

namespace intarsia {

/// Selects shapes (click, Shift for several, a box around them) and vertices (Shift+click, Ctrl and a box), moves them by dragging
/// or by the arrow keys, inserts a vertex (double click or Alt+click on an edge), deletes vertices (Alt+Shift+click, Backspace,
/// Delete). A vertex that several shapes share moves in all of them; Alt held moves only the selected shape's. While it is dragged
/// it snaps to other vertices and edges and stays common with them. A drag commits once, on release.
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
  bool wants(int key, Qt::KeyboardModifiers modifiers) const override;
  void cancel() override;
  void paint(QPainter& painter) const override;
  bool paints(ShapeId id) const override;
  std::vector<ToolOption> options() const override { return {snapOption()}; }
  void setOption(const QString& id, double value) override { setBorderOption(id, value); }
  const std::vector<VertexRef>& vertices() const { return m_vertices; }

 private:
  enum class Drag { none, pending, shapes, vertex, edge, box };
  std::optional<VertexHit> vertexAt(Point p);  // of a selected shape
  std::optional<EdgeHit> edgeAt(Point p);      // of a selected shape
  std::optional<ShapeId> shapeAt(Point p);     // topmost
  bool movable(ShapeId id) const;
  std::optional<Point> place(const VertexRef& vertex) const;
  static Point clamped(Point p, Size size) {
    return {std::clamp(p.x, 0.0, double(size.width)), std::clamp(p.y, 0.0, double(size.height))};
  }
  void pressVertex(const VertexHit& hit, const ToolEvent& event);
  void dragVertex(const ToolEvent& event);
  void paintDragged(QPainter& painter) const;
  void paintMoving(QPainter& painter, const QRectF& visible) const;
  bool draggable(const EdgeHit& edge) const;
  void dragEdge(const ToolEvent& event);
  void dropEdge();
  /// Both edges of a point that moves: from the one before it, by where it was and will be, to the one after it.
  void paintEdges(QPainter& painter, Point before, Point was, Point after, const QColor& color) const;
  Rect dragRect() const;
  void dropVertex();
  void selectInBox(bool vertices, bool more);
  bool nudge(int key, Qt::KeyboardModifiers modifiers);
  void insertVertex(const EdgeHit& edge);
  void removeVertices(std::vector<VertexRef> vertices);

  HitTester m_hits;
  Drag m_drag = Drag::none;
  QPointF m_pressed;
  Point m_from, m_to;                 // image; of the drag
  std::optional<Snap> m_snap;         // where the vertex goes
  std::vector<VertexRef> m_vertices;  // selected
  std::vector<VertexRef> m_moving;    // all that move with the one being dragged
  Rect m_painted;                     // while a vertex is dragged, by its last frame
  struct Resting {                    // what stays while vertices are dragged
    ViewTransform view;
    QRectF visible;
    std::vector<ShapePtr> shapes;
    std::vector<QColor> colors;
    std::vector<VertexRef> moving;
    bool operator==(const Resting&) const = default;
  };
  mutable PaintedOnce<Resting> m_resting;
  std::optional<VertexRef> m_hover;
  std::optional<EdgeHit> m_hoverEdge;
  std::optional<EdgeHit> m_edge;      // pressed: dragging it inserts a vertex
};

}  // namespace intarsia
