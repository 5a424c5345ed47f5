// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <functional>

class QDoubleSpinBox;
class QLabel;
class QSlider;

namespace intarsia {

/// One number, and what becomes of the shapes with it shown at once in the view. OK keeps it, Cancel takes it back.
class PreviewDialog : public QDialog {
  Q_OBJECT
 public:
  /// `show` applies the number to the view and says in a sentence what it means.
  PreviewDialog(const QString& title, const QString& label, double value, double maximum, std::function<QString(double)> show, QWidget* parent);
  double value() const;

 private:
  QDoubleSpinBox* m_box;
  QSlider* m_slider;
  QLabel* m_result;
};

}  // namespace intarsia
