// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/canvas/area_tool.h"

namespace intarsia {

/// Drag from corner to corner, or click two corners. Ctrl makes both sides equal.
class BoxTool : public AreaTool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::BoxTool)
 public:
  using AreaTool::AreaTool;
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void release(const ToolEvent& event) override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  void paint(QPainter& painter) const override;

 protected:
  virtual const char* kind() const = 0;
  virtual QString name(AreaMode mode) const = 0;
  virtual Ring ring(Point from, Point to) const = 0;
  virtual Point corner(Point p) const { return p; }

 private:
  void finish();

  std::optional<Point> m_from;
  Point m_to;
  QPointF m_pressed;
  AreaMode m_now = AreaMode::draw;
  bool m_asking = false;  // complete: its class is being asked for, or it is being committed
};

/// Its edges lie on whole pixels.
class RectangleTool : public BoxTool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::RectangleTool)
 public:
  explicit RectangleTool(ToolHost& host) : BoxTool(host) { m_target = AreaTarget::shape; }

 protected:
  const char* kind() const override { return "rectangle"; }
  QString name(AreaMode mode) const override { return mode == AreaMode::subtract ? tr("cut rectangle") : tr("draw rectangle"); }
  Ring ring(Point from, Point to) const override;
  Point corner(Point p) const override;
};

class EllipseTool : public BoxTool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::EllipseTool)
 public:
  using BoxTool::BoxTool;

 protected:
  const char* kind() const override { return "ellipse"; }
  QString name(AreaMode mode) const override { return mode == AreaMode::subtract ? tr("cut ellipse") : tr("draw ellipse"); }
  Ring ring(Point from, Point to) const override { return ellipseRing(from, to); }
};

}  // namespace intarsia
