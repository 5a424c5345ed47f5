// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/preview_dialog.h"

#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QVBoxLayout>

namespace intarsia {

PreviewDialog::PreviewDialog(const QString& title, const QString& label, double value, double maximum, QWidget* parent) : QDialog(parent) {
  setWindowTitle(title);
  m_box = new QDoubleSpinBox;
  m_box->setDecimals(2);
  m_box->setRange(0, maximum);
  m_box->setSingleStep(0.25);
  m_box->setSuffix(tr(" px"));
  m_box->setValue(value);
  m_box->setAccessibleName(label);
  m_slider = new QSlider(Qt::Horizontal);
  m_slider->setRange(0, int(maximum * 20));
  m_slider->setValue(int(value * 20));
  m_slider->setMinimumWidth(220);
  m_slider->setAccessibleName(label);
  m_result = new QLabel;
  auto* row = new QHBoxLayout;
  row->addWidget(new QLabel(label));
  row->addWidget(m_slider, 1);
  row->addWidget(m_box);
  m_buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(row);
  layout->addWidget(m_result);
  layout->addWidget(m_buttons);
  connect(m_buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(m_slider, &QSlider::valueChanged, this, [this](int v) {
    if (int(m_box->value() * 20) != v) m_box->setValue(v / 20.0);
  });
  connect(m_box, &QDoubleSpinBox::valueChanged, this, [this](double v) {
    m_slider->setValue(int(v * 20));
    emit changed(v);
  });
}

void PreviewDialog::setWorking() {
  m_buttons->button(QDialogButtonBox::Ok)->setEnabled(false);
  if (m_result->text().isEmpty()) m_result->setText(tr("Working…"));
}

void PreviewDialog::setResult(const QString& sentence) {
  m_buttons->button(QDialogButtonBox::Ok)->setEnabled(true);
  m_result->setText(sentence);
}

double PreviewDialog::value() const { return m_box->value(); }

}  // namespace intarsia
