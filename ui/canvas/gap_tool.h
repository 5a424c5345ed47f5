// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/canvas/newest_work.h"
#include "ui/canvas/tool.h"

namespace intarsia {

/// A click in an area that nobody has makes it a shape of the current class, to the borders of its neighbours; with Shift it goes to
/// the selected shape. The area shows while the mouse is over it; Esc, or letting go elsewhere, drops it.
class GapTool : public Tool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::GapTool)
 public:
  using Tool::Tool;
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void release(const ToolEvent& event) override;
  void leave() override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  void settle() override;
  bool pending() const override { return m_fillWhenFound; }
  void paint(QPainter& painter) const override;
  const Polygon& gap() const { return m_gap; }

 private:
  ShapeId extended(Qt::KeyboardModifiers modifiers) const;  // 0 = a new shape
  bool stale() const;       // the labels are others than those that the gap was found in
  void look(Point at);      // in the background
  void take(Point at, Expected<Polygon> gap);
  void fill();

  Polygon m_gap;
  Annotation m_labels;      // in which it was found
  Point m_at;               // of the mouse
  NewestWork m_work;
  ShapeId m_extend = 0;
  bool m_down = false, m_fillWhenFound = false;
  bool m_covered = false;   // there is a label below the mouse
};

}  // namespace intarsia
