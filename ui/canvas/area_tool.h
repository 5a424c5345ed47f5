// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/assist/area_edit.h"
#include "ui/canvas/tool.h"

namespace intarsia {

/// What tools that make an area have in common: whether it becomes a new shape or more or less of the selected one, shape or
/// pixels, and one commit per gesture. Shift held when a gesture begins adds, Alt or E held subtracts.
class AreaTool : public Tool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::AreaTool)
 public:
  using Tool::Tool;
  std::vector<ToolOption> options() const override;
  void setOption(const QString& id, double value) override;
  bool subtracts() const override { return true; }

 protected:
  AreaMode modeFor(Qt::KeyboardModifiers modifiers) const;
  /// With class and selection as they are now: what is computed in the background later goes there.
  AreaWish wish(AreaMode mode, const char* kind) const;
  /// Commits the area, at once or once its class is known; `done` follows the commit. Cancelling the question calls nothing.
  void commitArea(Polygon area, const AreaWish& wish, const QString& name, std::function<void()> done = {});
  /// Selects what the last commit made, so that the next gesture can add to it.
  void selectNew(ShapeId nextIdBefore);
  QColor modeColor(AreaMode mode) const;
  static QString modeHint();
  ToolOption modeOption() const;
  ToolOption targetOption() const;
  ToolOption simplifyOption() const;
  /// With no gesture under way Esc drops the selection first; the next one is the canvas's.
  bool dropSelection(int key);

  /// What was handed over for a commit is not this gesture's any more: its `done` will not come.
  void newGesture() { ++m_gesture; }
  /// Whether an area could be committed now, without a question. Says that it is, as nobody has asked for it by this tool.
  bool settles(AreaMode mode);

  AreaMode m_mode = AreaMode::draw;            // without a modifier
  AreaTarget m_target = AreaTarget::automatic;
  double m_simplify = 0;                       // pixels; of outlines that follow pixels

 private:
  int m_gesture = 0;
};

}  // namespace intarsia
