// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

class QDialogButtonBox;
class QDoubleSpinBox;
class QLabel;
class QSlider;

namespace intarsia {

/// One number, and what becomes of the shapes with it shown in the view. OK keeps it, Cancel takes it back.
class PreviewDialog : public QDialog {
  Q_OBJECT
 public:
  PreviewDialog(const QString& title, const QString& label, double value, double maximum, QWidget* parent);
  double value() const;
  /// What it means is being found out: OK waits for the result.
  void setWorking();
  void setResult(const QString& sentence);

 signals:
  void changed(double value);

 private:
  QDoubleSpinBox* m_box;
  QSlider* m_slider;
  QLabel* m_result;
  QDialogButtonBox* m_buttons;
};

}  // namespace intarsia
