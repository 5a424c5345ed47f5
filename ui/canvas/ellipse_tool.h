// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/canvas/area_tool.h"

namespace intarsia {

/// Drag from corner to corner of the box around it, or click two corners. Ctrl makes a circle.
class EllipseTool : public AreaTool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::EllipseTool)
 public:
  using AreaTool::AreaTool;
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void release(const ToolEvent& event) override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  void paint(QPainter& painter) const override;

 private:
  void finish();

  std::optional<Point> m_from;
  Point m_to;
  QPointF m_pressed;
  AreaMode m_now = AreaMode::draw;
  bool m_asking = false;  // the ellipse is complete, its class is being asked for
};

}  // namespace intarsia
