// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/edit/snap.h"
#include "ui/canvas/area_tool.h"

namespace intarsia {

/// Clicks set points, a drag draws by hand. Points snap to vertices and edges of other shapes and to the image's border; between two
/// clicks on the same border the polygon follows it (Tab: the other way round, straight, back). Shift keeps to multiples of 45°.
/// Enter, a double click or a click on the first point finishes; undo takes back the last click or stroke, Backspace the last
/// point, redo returns it; Esc drops the polygon. What is held at the first point says whether it adds or takes away.
class PolygonTool : public AreaTool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::PolygonTool)
 public:
  explicit PolygonTool(ToolHost& host) : AreaTool(host) { m_target = AreaTarget::shape; }
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void release(const ToolEvent& event) override;
  void doubleClick(const ToolEvent& event) override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  bool wants(int key, Qt::KeyboardModifiers modifiers) const override;
  void cancel() override;
  void settle() override;
  bool canUndo() const override { return !m_points.empty(); }
  bool canRedo() const override { return !m_undone.empty(); }
  void undo() override;
  void redo() override;
  void paint(QPainter& painter) const override;
  std::vector<ToolOption> options() const override;
  void setOption(const QString& id, double value) override;
  const Ring& points() const { return m_points; }
  AreaMode now() const { return m_now; }

 private:
  enum class Follow { shorter, longer, straight };
  /// Where the next point would go, and the border on the way there.
  struct Aim {
    Point point;
    std::optional<Snap::Kind> snap;
    bool closes = false;  // on the first point
    bool onBorder = false;  // there is a border to follow
    Ring way;
  };

  Aim aimFor(const ToolEvent& event);
  Ring wayTo(Point to, bool& onBorder) const;
  bool onFirst(QPointF screen) const;
  void add(Ring points);
  void takeBack(size_t count);
  void changed();
  void finish();
  void clear();

  HitTester m_hits;
  Ring m_points;
  std::vector<size_t> m_gestures;  // how many points each click or stroke has set
  std::vector<Ring> m_undone;      // taken back, the last one first to return
  Follow m_follow = Follow::shorter;
  Aim m_aim;
  ToolEvent m_mouse;
  bool m_down = false;
  Ring m_stroke;                   // being drawn by hand
  AreaMode m_now = AreaMode::draw;
  bool m_finished = false;         // handed over for the commit: the points are shown until it is made
};

}  // namespace intarsia
