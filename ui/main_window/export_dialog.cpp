// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/export_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QVBoxLayout>

#include "ui/models/qt_text.h"

namespace intarsia {

ExportDialog::ExportDialog(const AppServices& services, std::shared_ptr<const Project> project, QWidget* parent)
    : QDialog(parent), m_services(services), m_project(std::move(project)) {
  setWindowTitle(tr("Export"));
  for (const RunFolder& run : RunFolder::list(m_project->runsFolder()))
    if (run.hasBest()) m_runs.push_back(run);
  auto* form = new QFormLayout;
  const std::vector<QString> texts{tr("Label maps: PNG with class indices and the project's palette"), tr("Colour masks: PNG as they look"),
                                   tr("Predictions: the network's answer for every image"), tr("Model: safetensors and TorchScript, with an example in Python")};
  for (const QString& text : texts) {
    auto* choice = new QRadioButton(text);
    m_choices.push_back(choice);
    form->addRow(m_choices.size() == 1 ? tr("Write") : QString(), choice);
    connect(choice, &QRadioButton::toggled, this, &ExportDialog::refresh);
  }
  m_run = new QComboBox;
  for (const RunFolder& run : m_runs) m_run->addItem(toQt(run.name()));
  form->addRow(tr("Run"), m_run);
  m_folder = new QLineEdit;
  m_folder->setAccessibleName(tr("Folder to write to"));
  auto* browse = new QPushButton(tr("Folder…"));
  auto* row = new QWidget;
  auto* rowLayout = new QHBoxLayout(row);
  rowLayout->setContentsMargins(0, 0, 0, 0);
  rowLayout->addWidget(m_folder, 1);
  rowLayout->addWidget(browse);
  form->addRow(tr("To"), row);
  m_note = new QLabel;
  m_note->setWordWrap(true);
  m_note->setForegroundRole(QPalette::PlaceholderText);
  form->addRow(QString(), m_note);
  auto* box = new QDialogButtonBox(QDialogButtonBox::Cancel);
  m_export = box->addButton(tr("Export"), QDialogButtonBox::AcceptRole);
  m_export->setDefault(true);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(form);
  layout->addStretch(1);
  layout->addWidget(box);
  resize(600, 280);
  m_choices[Masks]->setEnabled(bool(m_services.exportMasks));
  m_choices[ColorMasks]->setEnabled(bool(m_services.exportMasks));
  m_choices[Predictions]->setEnabled(m_services.exportPredictions && !m_runs.empty());
  m_choices[Model]->setEnabled(m_services.exportModel && !m_runs.empty());
  m_choices[Masks]->setChecked(true);
  if (m_runs.empty()) m_note->setText(tr("Predictions and the model need a trained run: press Train first."));
  connect(browse, &QPushButton::clicked, this, [this] {
    const QString chosen = QFileDialog::getExistingDirectory(this, tr("Folder to Write To"), m_folder->text());
    if (!chosen.isEmpty()) m_folder->setText(chosen);
  });
  connect(box, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(box, &QDialogButtonBox::rejected, this, &QDialog::reject);
  refresh();
}

ExportDialog::What ExportDialog::what() const {
  for (size_t i = 0; i < m_choices.size(); ++i)
    if (m_choices[i]->isChecked()) return What(i);
  return Masks;
}

void ExportDialog::refresh() {
  if (!m_run || !m_folder) return;
  const What w = what();
  m_run->setEnabled(w == Predictions || w == Model);
  const char* names[] = {"masks", "color-masks", "predictions", "model"};
  m_folder->setText(displayName(m_project->dataFolder() / "exports" / names[w]));
}

std::filesystem::path ExportDialog::folder() const { return toPath(m_folder->text()); }

QString ExportDialog::title() const {
  switch (what()) {
    case Predictions: return tr("Exporting predictions");
    case Model: return tr("Exporting the model");
    default: return tr("Exporting masks");
  }
}

ExportDialog::Work ExportDialog::work() const {
  const What w = what();
  const RunFolder run = m_runs.empty() ? RunFolder({}) : m_runs[size_t(std::max(0, m_run->currentIndex()))];
  return [services = m_services, project = m_project, run, w, out = folder()](const Job& job) -> Expected<AppServices::Exported> {
    switch (w) {
      case Predictions: return services.exportPredictions(*project, run, false, out, job);
      case Model: return services.exportModel(run, out, job);
      default: return services.exportMasks(*project, w == ColorMasks, out, job);
    }
  };
}

}  // namespace intarsia
