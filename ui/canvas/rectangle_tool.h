// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/canvas/tool.h"

namespace intarsia {

/// Drag from corner to corner, or click two corners; Shift makes a square. Edges lie on whole pixels.
class RectangleTool : public Tool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::RectangleTool)
 public:
  using Tool::Tool;
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void release(const ToolEvent& event) override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  void paint(QPainter& painter) const override;
  std::vector<ToolOption> options() const override { return {overlapOption()}; }
  void setOption(const QString& id, double value) override { setBorderOption(id, value); }

 private:
  Ring ring() const;
  void finish();

  std::optional<Point> m_from;
  Point m_to;
  QPointF m_pressed;
  bool m_asking = false;  // the rectangle is complete, its class is being asked for
};

}  // namespace intarsia
