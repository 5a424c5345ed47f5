// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QFrame>

#include "ui/canvas/tone_curve.h"

class QCheckBox;
class QLabel;
class QSlider;
class QToolButton;

namespace intarsia {

/// Brightness, contrast and gamma of the view, in a corner of the canvas.
class AdjustPanel : public QFrame {
  Q_OBJECT
 public:
  explicit AdjustPanel(QWidget* canvas);
  void setAdjustments(const Adjustments& adjustments);
  /// 16-bit pictures are always stretched.
  void setDeep(bool deep);

 signals:
  void changed(const intarsia::Adjustments& adjustments);
  void closed();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void showEvent(QShowEvent*) override;

 private:
  struct Row {
    QSlider* slider;
    QLabel* value;
  };
  Row addRow(const QString& text, int low, int high, int row);
  void read();
  void showValues();
  void place();
  Adjustments m_adjustments;
  Row m_brightness, m_contrast, m_gamma;
  QCheckBox* m_stretch;
  QToolButton* m_reset;
  bool m_deep = false;
};

}  // namespace intarsia
