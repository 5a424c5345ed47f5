// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>

#include "annotate/assist/superpixels.h"
#include "ui/canvas/newest_work.h"
#include "ui/canvas/stroke_tool.h"

namespace intarsia {

/// Cuts what is in view into small areas of like colour, in the background; dragging over them paints them whole.
class SuperpixelTool : public StrokeTool {
  Q_DECLARE_TR_FUNCTIONS(intarsia::SuperpixelTool)
 public:
  explicit SuperpixelTool(ToolHost& host) : StrokeTool(host, AreaMode::add) {}
  QString hint() const override;
  void press(const ToolEvent& event) override;
  void move(const ToolEvent& event) override;
  void release(const ToolEvent& event) override;
  void leave() override;
  bool key(int key, Qt::KeyboardModifiers modifiers) override;
  bool wheel(double steps, Qt::KeyboardModifiers modifiers) override;
  void cancel() override;
  void settle() override;
  void paint(QPainter& painter) const override;
  std::vector<ToolOption> options() const override;
  void setOption(const QString& id, double value) override;
  bool ready() const { return m_cut != nullptr && !m_work.running(); }

 protected:
  const char* kind() const override { return "superpixels"; }

 private:
  /// Segments of a part of the image, at a level of its pyramid.
  struct Cut {
    PyramidPtr image;
    int level = 0;
    Rect part;                // image pixels
    double side = 0, compactness = 0;
    Superpixels segments;     // of `part` at the level
    QImage borders;           // one pixel per segment pixel
    int factor() const { return 1 << level; }
  };
  using CutPtr = std::shared_ptr<const Cut>;

  void look();                // starts a new cut where the one that is there does not fit the view
  Cut wanted() const;
  static Expected<CutPtr> make(Cut wanted, const Job& job);
  int segmentAt(Point image) const;
  std::vector<Span> spansOf(int segment) const;
  void sweep(Point to);       // paints the segments from the last place to this one
  void resize(double side);

  double m_side = 20, m_compactness = 10;
  bool m_showBorders = true;
  CutPtr m_cut;
  Cut m_asked;                // what the work that runs cuts
  NewestWork m_work;
  Point m_at;
  int m_hover = -1;
};

}  // namespace intarsia
