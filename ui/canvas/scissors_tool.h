// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPointer>

#include "annotate/assist/live_wire.h"
#include "ui/models/background.h"
#include "ui/canvas/area_tool.h"

namespace intarsia {

/// Clicks around an area; between them the border follows the edges of the picture. The way is shown while the mouse moves.
/// Enter, a double click or a click on the first point closes; Backspace takes the last point back.
class ScissorsTool : public AreaTool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::ScissorsTool)
 public:
  explicit ScissorsTool(ToolHost& host);
  ~ScissorsTool() override;
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void doubleClick(const ToolEvent& event) override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  void settle() override;
  bool pending() const override { return m_closing && !m_asking; }
  bool canUndo() const override { return !m_anchors.empty(); }
  void undo() override;
  void paint(QPainter& painter) const override;
  std::vector<ToolOption> options() const override;
  /// Points clicked; and whether all ways between them are known.
  size_t anchors() const { return m_anchors.size(); }
  bool ready() const;

 private:
  /// Where ways from an anchor are known: a part of the image at a level of its pyramid.
  struct Field {
    std::shared_ptr<const LiveWire> wire;  // null = it could not be made: straight lines
    Rect part;
    int level = 0;
    int factor() const { return 1 << level; }
  };
  struct Anchor {
    Point at;
    std::optional<Field> field;  // none = still being made
    Ring way;                    // from here to the next anchor, without both ends
    std::shared_ptr<std::stop_source> stop;
    QPointer<Task> task;
  };

  static void stop(const Anchor& anchor);
  Point withinImage(Point p) const;
  void addAnchor(Point at);
  void takeField(const std::shared_ptr<std::stop_source>& stop, Field field);
  Ring wayTo(const Anchor& from, Point to) const;
  void setWay(size_t anchor);
  bool onFirst(QPointF screen) const;
  void finish();
  void commitRing();
  Ring ring() const;

  std::vector<Anchor> m_anchors;
  Point m_mouse;
  QPointF m_screen;
  AreaMode m_now = AreaMode::draw;
  AreaWish m_wish;         // as it was when the border was closed
  bool m_closing = false;  // complete; commits when the last way is known
  bool m_asking = false;   // handed over for the commit
};

}  // namespace intarsia
