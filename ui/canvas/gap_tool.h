// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/canvas/tool.h"

namespace intarsia {

/// A click in an area that nobody has makes it a shape of the current class, to the borders of its neighbours; with Shift it goes to
/// the selected shape. The area shows while the button is down; Esc, or letting go elsewhere, drops it.
class GapTool : public Tool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::GapTool)
 public:
  using Tool::Tool;
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void release(const ToolEvent& event) override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  void paint(QPainter& painter) const override;

 private:
  ShapeId extended(Qt::KeyboardModifiers modifiers) const;  // 0 = a new shape

  Polygon m_gap;
  ShapeId m_extend = 0;
  bool m_covered = false;  // the last press met something that has a label
};

}  // namespace intarsia
