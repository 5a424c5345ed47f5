// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/assist/tile_mask.h"
#include "ui/canvas/area_tool.h"
#include "ui/canvas/newest_work.h"

namespace intarsia {

/// Press on a colour; dragging right or up tolerates more, left or down less; release takes the area that is shown.
class WandTool : public AreaTool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::WandTool)
 public:
  explicit WandTool(ToolHost& host);
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void release(const ToolEvent& event) override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  void settle() override;
  bool pending() const override { return m_state == State::released; }
  bool canUndo() const override { return m_state != State::idle; }
  void undo() override { cancel(); }
  void paint(QPainter& painter) const override;
  std::vector<ToolOption> options() const override;
  void setOption(const QString& id, double value) override;
  int tolerance() const { return m_tolerance; }

 private:
  struct Found {
    std::shared_ptr<const TileMask> pixels;
    Polygon area;
  };
  void look();
  void accept();

  int m_tolerance = 20;
  bool m_contiguous = true, m_fillHoles = true;
  enum class State { idle, dragging, released, asking } m_state = State::idle;
  Point m_seed;
  QPointF m_pressed;
  int m_from = 0;  // tolerance when pressed
  AreaMode m_now = AreaMode::draw;
  AreaWish m_wish;  // as it was on release
  NewestWork m_work;
  std::optional<Found> m_found;
};

}  // namespace intarsia
