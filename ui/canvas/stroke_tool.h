// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/assist/tile_mask.h"
#include "ui/canvas/area_tool.h"

namespace intarsia {

/// A tool that paints pixels while the button is down. They are kept and shown exactly; the stroke becomes one commit on release.
class StrokeTool : public AreaTool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::StrokeTool)
 public:
  StrokeTool(ToolHost& host, AreaMode mode);
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  void settle() override;
  bool canUndo() const override { return painting(); }
  void undo() override { cancel(); }
  void setOption(const QString& id, double value) override;
  const TileMask& stroke() const { return m_stroke; }

 protected:
  void begin(const ToolEvent& event);
  void add(std::span<const Span> spans) { m_host.refresh(m_stroke.add(spans)); }
  void finish();
  virtual const char* kind() const = 0;  // of a new shape
  bool painting() const { return m_painting && !m_asking; }
  void paintStroke(QPainter& painter) const;
  QColor strokeColor() const;
  ToolOption joinOption() const;

  AreaMode m_now;

 private:
  TileMask m_stroke;
  bool m_painting = false;
  bool m_asking = false;  // the stroke is complete, its class is being asked for
  bool m_join = true;
};

}  // namespace intarsia
