// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/assist/tile_mask.h"
#include "ui/canvas/area_tool.h"
#include "ui/canvas/newest_work.h"

namespace intarsia {

/// Drag a box around a thing: it is separated from its background in the background. Strokes then say what belongs to it, with Alt
/// or E held what does not. Enter or a double click accepts.
class GrabCutTool : public AreaTool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::GrabCutTool)
 public:
  explicit GrabCutTool(ToolHost& host);
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void release(const ToolEvent& event) override;
  void doubleClick(const ToolEvent& event) override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  void settle() override;
  bool pending() const override { return m_acceptWhenFound; }
  bool canUndo() const override { return m_state == State::shown || m_state == State::marking; }
  void undo() override;
  void paint(QPainter& painter) const override;
  std::vector<ToolOption> options() const override;
  bool ready() const { return m_state == State::shown && !m_work.running(); }

 private:
  struct Found {
    std::shared_ptr<const TileMask> pixels;
    Polygon area;
  };
  struct Mark {
    bool background;
    std::vector<Point> points;  // image
    double size;                // image pixels
  };
  void look();
  void accept();
  void take();
  double markSize() const { return std::max(1.0, 12 / m_host.view().scale()); }

  enum class State { idle, boxing, shown, marking, asking } m_state = State::idle;
  Point m_from, m_to;
  AreaMode m_now = AreaMode::draw;
  std::vector<Mark> m_marks;
  NewestWork m_work;
  bool m_acceptWhenFound = false;
  AreaWish m_wish;  // as it was when it was accepted
  QString m_failure;
  std::optional<Found> m_found;
};

}  // namespace intarsia
