// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/canvas/tool.h"

namespace intarsia {

/// Clicks set points. Enter, a double click or a click on the first point finishes; Backspace and undo take the last point back,
/// redo returns it; Esc drops the polygon.
class PolygonTool : public Tool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::PolygonTool)
 public:
  using Tool::Tool;
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void doubleClick(const ToolEvent& event) override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  bool canUndo() const override { return !m_points.empty(); }
  bool canRedo() const override { return !m_undone.empty(); }
  void undo() override;
  void redo() override;
  void paint(QPainter& painter) const override;
  const Ring& points() const { return m_points; }

 private:
  bool onFirst(QPointF screen) const;
  void finish();

  Ring m_points;
  std::vector<Point> m_undone;  // points taken back, the last one first to return
  QPointF m_mouse;
};

}  // namespace intarsia
