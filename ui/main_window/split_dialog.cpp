// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/split_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/models/background.h"
#include "ui/models/qt_text.h"

namespace intarsia {

SplitDialog::SplitDialog(std::vector<ProjectImage> images, QWidget* parent)
    : QDialog(parent), m_images(std::make_shared<const std::vector<ProjectImage>>(std::move(images))) {
  setWindowTitle(tr("Divide into Splits"));
  m_by = new QComboBox;
  m_by->addItem(tr("Videos: frames whose names count up"), int(SplitWish::By::video));
  m_by->addItem(tr("Folders"), int(SplitWish::By::folder));
  m_by->addItem(tr("Nothing: each image by itself"), int(SplitWish::By::image));
  const auto share = [this](double value, const QString& name) {
    auto* box = new QDoubleSpinBox;
    box->setRange(0, 95);
    box->setDecimals(0);
    box->setSingleStep(5);
    box->setSuffix(tr(" %"));
    box->setValue(value);
    box->setAccessibleName(name);
    connect(box, &QDoubleSpinBox::valueChanged, this, &SplitDialog::compute);
    return box;
  };
  m_val = share(20, tr("Validation"));
  m_test = share(0, tr("Test"));
  m_seed = new QSpinBox;
  m_seed->setRange(1, 1'000'000);
  m_seed->setToolTip(tr("The same seed divides the same images alike"));
  m_result = new QLabel;
  m_result->setWordWrap(true);
  m_result->setMinimumHeight(4 * fontMetrics().height());
  m_result->setAlignment(Qt::AlignTop);
  auto* note = new QLabel(tr("Neighbouring frames of a video look alike: when some are trained on and others measured, the figures flatter. Figures of networks trained before "
                             "cannot be compared with later ones."));
  note->setWordWrap(true);
  note->setForegroundRole(QPalette::PlaceholderText);
  auto* form = new QFormLayout;
  form->addRow(tr("What stays together"), m_by);
  form->addRow(tr("Validation"), m_val);
  form->addRow(tr("Test"), m_test);
  form->addRow(tr("Seed"), m_seed);
  form->addRow(m_result);
  form->addRow(note);
  auto* box = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  m_ok = box->button(QDialogButtonBox::Ok);
  m_ok->setText(tr("Divide"));
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(form);
  layout->addWidget(box);
  resize(520, sizeHint().height());
  connect(m_by, &QComboBox::currentIndexChanged, this, &SplitDialog::compute);
  connect(m_seed, &QSpinBox::valueChanged, this, &SplitDialog::compute);
  connect(box, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(box, &QDialogButtonBox::rejected, this, &QDialog::reject);
  compute();
}

void SplitDialog::compute() {
  m_ok->setEnabled(false);
  const SplitWish wish{SplitWish::By(m_by->currentData().toInt()), m_val->value() / 100, m_test->value() / 100, uint64_t(m_seed->value())};
  inBackground(this, [images = m_images, wish] { return planSplit(*images, wish); },
               [this, serial = ++m_serial](const Expected<SplitPlan>& plan) {
                 if (serial == m_serial) showPlan(plan);
               });
}

void SplitDialog::showPlan(const Expected<SplitPlan>& plan) {
  if (!plan) return m_result->setText(sentence(plan.error()));
  m_plan = *plan;
  QStringList lines, counts;
  for (const auto& [split, images, groups] : countSplits(m_plan, *m_images)) {
    if (images == 0) continue;
    const QString name = toQt(std::string(splitName(split)));
    counts << tr("%1 %2").arg(name, grouped(images));
    lines << (m_by->currentData().toInt() == int(SplitWish::By::image) ? tr("%1: %2 images").arg(name, grouped(images))
                                                                       : tr("%1: %2 images in %3 groups").arg(name, grouped(images), grouped(qint64(groups.size()))));
  }
  m_summary = counts.join(QStringLiteral(", "));
  m_result->setText(lines.join(QLatin1Char('\n')));
  m_ok->setEnabled(true);
}

}  // namespace intarsia
