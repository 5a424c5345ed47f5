// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/canvas/stroke_tool.h"

namespace intarsia {

/// A round brush that covers the pixels whose centres it passes over.
class BrushTool : public StrokeTool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::BrushTool)
 public:
  explicit BrushTool(ToolHost& host, bool erases = false);
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void release(const ToolEvent& event) override;
  void leave() override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  bool wheel(double steps, Qt::KeyboardModifiers modifiers) override;
  void paint(QPainter& painter) const override;
  std::vector<ToolOption> options() const override;
  void setOption(const QString& id, double value) override;
  double size() const { return m_size; }

 protected:
  const char* kind() const override { return "brush"; }

 private:
  void paintTo(Point image);
  void resize(double size);
  Rect ring() const;  // image pixels that the cursor's ring touches

  const bool m_erases;
  double m_size = 20;  // diameter, image pixels
  std::optional<Point> m_mouse;
};

/// The brush the other way round: takes away, and with Alt adds.
class EraserTool : public BrushTool {
 public:
  explicit EraserTool(ToolHost& host) : BrushTool(host, true) {}
};

}  // namespace intarsia
