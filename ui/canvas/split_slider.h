// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPainter>
#include <QSize>

namespace intarsia {

/// Up to two upright lines over the view: left of the first the plain image, then the labels, right of the second the prediction.
/// The canvas gives it its mouse; places are shares of the width, so that they survive a resize.
class SplitSlider {
 public:
  static constexpr double kReach = 7;  // logical pixels to either side of a line

  bool enabled() const { return m_enabled; }
  void setEnabled(bool on) { m_enabled = on; }
  /// Without a prediction there is one line.
  void setLines(int count) { m_lines = count; }
  double place(int line, double width) const { return line < m_lines ? m_at[line] * width : width; }

  /// The line below the mouse, the knob's side first; −1 = none.
  int lineAt(double x, double width) const;
  bool dragging() const { return m_dragged >= 0; }
  bool press(double x, double width);
  void move(double x, double width);
  void release() { m_dragged = -1; }

  /// `top`: where the captions may begin.
  void paint(QPainter& painter, QSize view, double top) const;

 private:
  bool m_enabled = false;
  int m_lines = 1, m_dragged = -1;
  double m_at[2] = {1 / 3.0, 2 / 3.0};
};

}  // namespace intarsia
