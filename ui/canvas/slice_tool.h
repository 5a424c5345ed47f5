// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/edit/snap.h"
#include "ui/canvas/tool.h"

namespace intarsia {

/// A line cuts shapes in two: dragged, or set by clicks and finished by Enter or a double click. It cuts the selected shapes, or all
/// that it crosses where none is selected; its points snap to vertices and edges. Esc drops it.
class SliceTool : public Tool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::SliceTool)
 public:
  using Tool::Tool;
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void release(const ToolEvent& event) override;
  void doubleClick(const ToolEvent& event) override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  bool canUndo() const override { return !m_line.empty(); }
  void undo() override;
  void paint(QPainter& painter) const override;
  std::vector<ToolOption> options() const override { return {snapOption()}; }
  void setOption(const QString& id, double value) override { setBorderOption(id, value); }

 private:
  void aim(const ToolEvent& event);
  void finish();

  HitTester m_hits;
  Ring m_line;
  Point m_to;
  std::optional<Snap> m_snap;
  QPointF m_pressed;
  bool m_down = false;
  bool m_missed = false;  // the last line divided nothing
};

}  // namespace intarsia
