// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/export_dialog.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "annotate/project/export_place.h"
#include "annotate/project/project_dataset.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

using Exported = AppServices::Exported;

QWidget* inRow(std::initializer_list<QWidget*> widgets) {
  auto* out = new QWidget;
  auto* layout = new QHBoxLayout(out);
  layout->setContentsMargins(0, 0, 0, 0);
  for (QWidget* w : widgets) layout->addWidget(w);
  return out;
}

std::unexpected<Error> nothingLabelled() {
  return fail(ErrorCode::notFound, INTARSIA_TEXT("No image has labels yet, so there was nothing to export"));
}

Expected<Exported> writeMaskFiles(const std::shared_ptr<const Project>& project, const MaskExport& how, const std::filesystem::path& out, const Job& job) {
  INTARSIA_TRY(const auto dataset, datasetOf(project, job));
  INTARSIA_CHECK(prepareExport(out, project->folder()));
  INTARSIA_TRY(const auto written, exportMasks(dataset, project->classesNow(), out, how, job));
  if (written.files.empty() && written.skipped.empty()) return nothingLabelled();
  Exported exported{int(written.files.size()), {}};
  for (const auto& line : written.skipped) exported.skipped.push_back(line.path + ": " + line.reason);
  return exported;
}

Expected<Exported> writeFormat(const std::shared_ptr<const Project>& project, const std::string& id, const std::filesystem::path& out, const Job& job) {
  INTARSIA_TRY(auto dataset, datasetOf(project, job));
  std::erase_if(dataset.images, [](const auto& image) { return !image.mask && image.shapes.empty() && image.size.empty(); });
  if (dataset.images.empty()) return nothingLabelled();
  INTARSIA_CHECK(prepareExport(out, project->folder(), besidePictures(id)));
  INTARSIA_CHECK(formatById(id)->write(dataset, out, {}, job));
  Exported exported{int(dataset.images.size()), {}};
  for (const auto& line : dataset.report.skipped) exported.skipped.push_back(line.path + ": " + line.reason);
  return exported;
}

}  // namespace

ExportDialog::ExportDialog(const AppServices& services, std::shared_ptr<const Project> project, QWidget* parent)
    : QDialog(parent), m_services(services), m_project(std::move(project)) {
  setWindowTitle(tr("Export"));
  for (const RunFolder& run : RunFolder::list(m_project->runsFolder()))
    if (run.hasBest()) m_runs.push_back(run);
  auto* form = new QFormLayout;
  addChoices(*form);
  m_folder = new QLineEdit;
  m_folder->setAccessibleName(tr("Folder to write to"));
  auto* browse = new QPushButton(tr("Folder…"));
  form->addRow(tr("To"), inRow({m_folder, browse}));
  m_note = new QLabel;
  m_note->setWordWrap(true);
  m_note->setForegroundRole(QPalette::PlaceholderText);
  form->addRow(QString(), m_note);
  m_preview = new LabelPreview;
  auto* box = new QDialogButtonBox(QDialogButtonBox::Cancel);
  m_export = box->addButton(tr("Export"), QDialogButtonBox::AcceptRole);
  m_export->setDefault(true);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(form);
  layout->addWidget(m_preview, 1);
  layout->addWidget(box);
  resize(680, 560);
  m_choices[Predictions]->setEnabled(m_services.exportPredictions && !m_runs.empty());
  m_choices[Model]->setEnabled(m_services.exportModel && !m_runs.empty());
  if (m_runs.empty()) m_note->setText(tr("Predictions and the model need a trained run: press Train first."));
  connect(browse, &QPushButton::clicked, this, [this] {
    const QString chosen = QFileDialog::getExistingDirectory(this, tr("Folder to Write To"), m_folder->text());
    if (!chosen.isEmpty()) m_folder->setText(chosen);
  });
  connect(box, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(box, &QDialogButtonBox::rejected, this, &QDialog::reject);
  m_choices[Masks]->setChecked(true);
}

void ExportDialog::addChoices(QFormLayout& form) {
  m_format = new QComboBox;
  for (const auto& format : formats())
    if (format->canWrite()) m_format->addItem(toQt(std::string(format->name())), toQt(std::string(format->id())));
  m_rule = new QComboBox;
  const std::pair<const char*, QString> rules[] = {{"centre", tr("Pixel centres: a border belongs to one side")},
                                                   {"coco", tr("as pycocotools")},
                                                   {"pil", tr("as Pillow: labelme, Cityscapes")},
                                                   {"opencv", tr("as cv::fillPoly: Supervisely, Labelbox")}};
  for (const auto& [id, text] : rules) m_rule->addItem(text, QLatin1String(id));
  m_supersample = new QSpinBox;
  m_supersample->setRange(1, kMaxSupersample);
  m_supersample->setPrefix(tr("Samples: "));
  m_supersample->setSuffix(QStringLiteral("²"));
  m_supersample->setToolTip(tr("Samples a pixel. Label maps get the class of most, colours their mean: smooth edges."));
  m_classOrder = new QCheckBox(tr("Later classes on top"));
  m_classOrder->setToolTip(tr("Where shapes overlap, the order of the classes decides, not that of the shapes"));
  m_run = new QComboBox;
  for (const RunFolder& run : m_runs) m_run->addItem(toQt(run.name()));
  const std::vector<QString> texts{tr("Label maps: PNG with class indices and the project's palette"), tr("Colour masks: PNG as they look"),
                                   tr("Labels in the format of"), tr("Predictions: the network's answer for every image"),
                                   tr("Model: safetensors and TorchScript, with an example in Python")};
  auto* group = new QButtonGroup(this);  // one of them sits in a row of its own
  for (const QString& text : texts) {
    auto* choice = new QRadioButton(text);
    m_choices.push_back(choice);
    form.addRow(m_choices.size() == 1 ? tr("Write") : QString(), m_choices.size() == Labels + 1 ? inRow({choice, m_format}) : choice);
    group->addButton(choice);
    connect(choice, &QRadioButton::toggled, this, &ExportDialog::refresh);
  }
  form.addRow(tr("A polygon covers"), inRow({m_rule, m_supersample, m_classOrder}));
  form.addRow(tr("Run"), m_run);
  connect(m_format, &QComboBox::currentIndexChanged, this, [this] {
    m_choices[Labels]->setChecked(true);
    refresh();
  });
  connect(m_rule, &QComboBox::currentIndexChanged, this, &ExportDialog::preview);
  connect(m_supersample, &QSpinBox::valueChanged, this, &ExportDialog::preview);
  connect(m_classOrder, &QCheckBox::toggled, this, &ExportDialog::preview);
}

ExportDialog::What ExportDialog::what() const {
  for (size_t i = 0; i < m_choices.size(); ++i)
    if (m_choices[i]->isChecked()) return What(i);
  return Masks;
}

void ExportDialog::choose(What what, const std::string& format) {
  m_choices[size_t(what)]->setChecked(true);
  if (const int index = m_format->findData(toQt(format)); index >= 0) m_format->setCurrentIndex(index);
}

MaskExport ExportDialog::masks() const {
  return {RasterRule(m_rule->currentIndex()), m_supersample->value(), what() != ColorMasks, what() == ColorMasks, m_classOrder->isChecked()};
}

void ExportDialog::refresh() {
  if (!m_folder) return;
  const What w = what();
  m_run->setEnabled(w == Predictions || w == Model);
  m_rule->setEnabled(w == Masks || w == ColorMasks);
  m_supersample->setEnabled(w == Masks || w == ColorMasks);
  m_classOrder->setEnabled(w == Masks || w == ColorMasks);
  const std::string format = m_format->currentData().toString().toStdString();
  const std::string names[] = {"masks", "color-masks", format, "predictions", "model"};
  m_folder->setText(pathText(m_project->dataFolder() / "exports" / names[w]));
  preview();
}

void ExportDialog::preview() {
  m_task = std::make_unique<Task>(tr("Preview"));
  inBackground(
      this,
      [project = m_project, how = masks(), job = m_task->job()] {
        const auto dataset = datasetOf(project, job, 3);
        return dataset ? makePreviews(*dataset, 3, how, job) : std::vector<Preview>();
      },
      [this, serial = ++m_serial](std::vector<Preview> previews) {
        if (serial != m_serial) return;
        std::vector<std::optional<Color>> colors;
        for (const ClassInfo& c : m_project->classesNow()) colors.emplace_back(c.color);
        if (previews.empty()) return m_preview->setText(tr("No image has labels yet."));
        m_preview->setPreviews(std::move(previews));
        m_preview->setColors(std::move(colors), true);
      });
}

std::filesystem::path ExportDialog::folder() const { return toPath(m_folder->text()); }

QString ExportDialog::title() const {
  switch (what()) {
    case Predictions: return tr("Exporting predictions");
    case Model: return tr("Exporting the model");
    case Labels: return tr("Exporting labels");
    default: return tr("Exporting masks");
  }
}

ExportDialog::Work ExportDialog::work() const {
  const What w = what();
  const RunFolder run = m_runs.empty() ? RunFolder({}) : m_runs[size_t(std::max(0, m_run->currentIndex()))];
  return [services = m_services, project = m_project, run, w, how = masks(), format = m_format->currentData().toString().toStdString(),
          out = folder()](const Job& job) -> Expected<Exported> {
    switch (w) {
      case Predictions: return services.exportPredictions(*project, run, out, job);
      case Model: return services.exportModel(run, out, job);
      case Labels: return writeFormat(project, format, out, job);
      default: return writeMaskFiles(project, how, out, job);
    }
  };
}

}  // namespace intarsia
