// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/adjust_panel.h"

#include <QCheckBox>
#include <QEvent>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QSlider>
#include <QToolButton>
#include <cmath>
#include <numbers>

#include "ui/canvas/view_guides.h"
#include "ui/main_window/icons.h"

namespace intarsia {
namespace {
constexpr double kGammaSteps = 100 / std::numbers::ln2 / 2;  // slider units per unit of ln(gamma): 100 = gamma 4
int gammaToSlider(double gamma) { return int(std::lround(std::log(gamma) * kGammaSteps)); }
double sliderToGamma(int value) { return std::exp(value / kGammaSteps); }
}  // namespace

AdjustPanel::AdjustPanel(QWidget* canvas) : QFrame(canvas) {
  setFrameShape(QFrame::StyledPanel);
  setAutoFillBackground(true);
  setCursor(Qt::ArrowCursor);
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(12, 8, 8, 10);
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(4);
  auto* title = new QLabel(tr("View only: the image is not changed"));
  title->setForegroundRole(QPalette::PlaceholderText);
  auto* close = new QToolButton;
  close->setIcon(lineIcon(QStringLiteral("close")));
  close->setAutoRaise(true);
  close->setAccessibleName(tr("Close"));
  connect(close, &QToolButton::clicked, this, &AdjustPanel::closed);
  grid->addWidget(title, 0, 0, 1, 2);
  grid->addWidget(close, 0, 2, Qt::AlignRight);
  m_brightness = addRow(tr("Brightness"), -100, 100, 1);
  m_contrast = addRow(tr("Contrast"), -100, 100, 2);
  m_gamma = addRow(tr("Gamma"), -100, 100, 3);
  m_stretch = new QCheckBox(tr("Stretch to the image's range"));
  m_reset = new QToolButton;
  m_reset->setText(tr("Reset"));
  grid->addWidget(m_stretch, 4, 0, 1, 2);
  grid->addWidget(m_reset, 4, 2, Qt::AlignRight);
  connect(m_stretch, &QCheckBox::clicked, this, &AdjustPanel::read);
  connect(m_reset, &QToolButton::clicked, this, [this] { emit changed({}); });
  canvas->installEventFilter(this);
  showValues();
  hide();
}

AdjustPanel::Row AdjustPanel::addRow(const QString& text, int low, int high, int row) {
  auto* grid = static_cast<QGridLayout*>(layout());
  auto* label = new QLabel(text);
  Row out{new QSlider(Qt::Horizontal), new QLabel};
  out.slider->setRange(low, high);
  out.slider->setMinimumWidth(fontMetrics().averageCharWidth() * 24);
  out.slider->setAccessibleName(text);
  label->setBuddy(out.slider);
  out.value->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("−100\u202f%")));
  out.value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  grid->addWidget(label, row, 0);
  grid->addWidget(out.slider, row, 1);
  grid->addWidget(out.value, row, 2);
  connect(out.slider, &QSlider::valueChanged, this, &AdjustPanel::read);
  return out;
}

void AdjustPanel::read() {
  m_adjustments.brightness = m_brightness.slider->value();
  m_adjustments.contrast = m_contrast.slider->value();
  m_adjustments.gamma = m_gamma.slider->value() == gammaToSlider(m_adjustments.gamma) ? m_adjustments.gamma : sliderToGamma(m_gamma.slider->value());
  if (!m_deep) m_adjustments.stretch = m_stretch->isChecked();
  showValues();
  emit changed(m_adjustments);
}

void AdjustPanel::setAdjustments(const Adjustments& adjustments) {
  m_adjustments = adjustments;
  const std::pair<QSlider*, int> values[] = {{m_brightness.slider, adjustments.brightness}, {m_contrast.slider, adjustments.contrast}, {m_gamma.slider, gammaToSlider(adjustments.gamma)}};
  for (const auto& [slider, value] : values) {
    const QSignalBlocker quiet(slider);
    slider->setValue(value);
  }
  showValues();
}

void AdjustPanel::setDeep(bool deep) {
  m_deep = deep;
  showValues();
}

void AdjustPanel::showValues() {
  const auto percent = [](int v) { return QLocale().toString(v) + QStringLiteral("\u202f%"); };
  m_brightness.value->setText(percent(m_adjustments.brightness));
  m_contrast.value->setText(percent(m_adjustments.contrast));
  m_gamma.value->setText(QLocale().toString(m_adjustments.gamma, 'f', 2));
  m_stretch->setChecked(m_deep || m_adjustments.stretch);
  m_stretch->setEnabled(!m_deep);
  m_stretch->setToolTip(m_deep ? tr("Pictures of 16 bits are always shown over their own range") : QString());
  m_reset->setEnabled(!m_adjustments.neutral());
}

bool AdjustPanel::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize && isVisible()) place();
  return QFrame::eventFilter(watched, event);
}

void AdjustPanel::showEvent(QShowEvent* event) {
  place();
  QFrame::showEvent(event);
}

void AdjustPanel::place() {
  adjustSize();
  constexpr int kMargin = 8;  // and the ruler stays free
  move(std::max(0, parentWidget()->width() - width() - kMargin), kMargin + kRulerThickness);
  raise();
}

}  // namespace intarsia
