// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/import_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QVBoxLayout>

#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

QString lines(const QString& title, const std::vector<ReportLine>& list) {
  if (list.empty()) return {};
  constexpr size_t kMost = 2000;
  QString out = QStringLiteral("%1 (%2)\n").arg(title).arg(list.size());
  for (size_t i = 0; i < std::min(list.size(), kMost); ++i)
    out += QStringLiteral("  %1: %2\n").arg(toQt(list[i].path), toQt(list[i].reason));
  if (list.size() > kMost) out += QStringLiteral("  …\n");
  return out + QLatin1Char('\n');
}

QString reportText(const ImportReport& report) {
  return lines(ImportDialog::tr("Skipped"), report.skipped) + lines(ImportDialog::tr("Repaired"), report.repaired) +
         lines(ImportDialog::tr("Good to know"), report.notes);
}

QWidget* row(QWidget* field, std::initializer_list<QPushButton*> buttons) {
  auto* out = new QWidget;
  auto* layout = new QHBoxLayout(out);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(field, 1);
  for (QPushButton* b : buttons) layout->addWidget(b);
  return out;
}

}  // namespace

QString reportSummary(const ImportReport& report) {
  QString text = ImportDialog::tr("Imported %1 images with %2 labels").arg(grouped(report.images), grouped(report.annotations));
  if (!report.repaired.empty()) text += ImportDialog::tr(", %1 repaired").arg(grouped(qint64(report.repaired.size())));
  if (!report.skipped.empty()) text += ImportDialog::tr(", %1 skipped").arg(grouped(qint64(report.skipped.size())));
  return text + QLatin1Char('.');
}

void showReport(const ImportReport& report, QWidget* parent) {
  auto* dialog = new QDialog(parent);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(ImportDialog::tr("What the import did"));
  auto* layout = new QVBoxLayout(dialog);
  layout->addWidget(new QLabel(reportSummary(report)));
  auto* text = new QPlainTextEdit(reportText(report));
  text->setReadOnly(true);
  text->setLineWrapMode(QPlainTextEdit::NoWrap);
  text->setAccessibleName(ImportDialog::tr("Report"));
  layout->addWidget(text);
  auto* box = new QDialogButtonBox(QDialogButtonBox::Close);
  QObject::connect(box, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  layout->addWidget(box);
  dialog->resize(720, 420);
  dialog->show();
}

ImportDialog::ImportDialog(Session& session, QWidget* parent) : QDialog(parent), m_session(session) {
  setWindowTitle(tr("Import Labels"));
  m_path = new QLineEdit;
  m_path->setPlaceholderText(tr("Folder or file with labels"));
  m_path->setAccessibleName(tr("Labels"));
  auto* folder = new QPushButton(tr("Folder…"));
  auto* file = new QPushButton(tr("File…"));
  m_imagesPath = new QLineEdit;
  m_imagesPath->setPlaceholderText(tr("Only if they are not beside the labels"));
  m_imagesPath->setAccessibleName(tr("Images"));
  auto* images = new QPushButton(tr("Folder…"));
  m_summary = new QLabel(tr("Choose what to import: mask folders (CamVid, fastai), labelme, COCO, VOC XML or Labelbox."));
  m_summary->setWordWrap(true);
  m_details = new QPlainTextEdit;
  m_details->setReadOnly(true);
  m_details->setLineWrapMode(QPlainTextEdit::NoWrap);
  m_details->setAccessibleName(tr("What was found"));
  m_intoOpen = new QRadioButton(session.hasProject() ? tr("into the open project (%1)").arg(displayName(session.project().folder().filename()))
                                                     : tr("into the open project"));
  m_intoOpen->setEnabled(session.hasProject() && session.editable());
  m_intoNew = new QRadioButton(tr("into a project in this folder:"));
  (m_intoOpen->isEnabled() ? m_intoOpen : m_intoNew)->setChecked(true);
  m_folder = new QLineEdit;
  m_folder->setAccessibleName(tr("Folder of the project"));
  auto* chooseFolder = new QPushButton(tr("Folder…"));
  m_uncovered = new QComboBox;
  m_uncovered->setToolTip(tr("What pixels mean that no label covers. Ignored pixels enter neither loss nor metric."));

  auto* form = new QFormLayout;
  form->addRow(tr("Labels"), row(m_path, {folder, file}));
  form->addRow(tr("Images"), row(m_imagesPath, {images}));
  form->addRow(QString(), m_summary);
  form->addRow(QString(), m_details);
  form->addRow(tr("Import"), m_intoOpen);
  form->addRow(QString(), m_intoNew);
  form->addRow(QString(), row(m_folder, {chooseFolder}));
  form->addRow(tr("Uncovered pixels"), m_uncovered);
  m_uncoveredRow = m_uncovered;
  auto* box = new QDialogButtonBox(QDialogButtonBox::Cancel);
  m_import = box->addButton(tr("Import"), QDialogButtonBox::AcceptRole);
  m_import->setEnabled(false);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(form);
  layout->addWidget(box);
  resize(720, 520);

  connect(folder, &QPushButton::clicked, this, [this] { browse(true); });
  connect(file, &QPushButton::clicked, this, [this] { browse(false); });
  connect(m_path, &QLineEdit::editingFinished, this, [this] {
    if (toPath(m_path->text()) != m_source) setSource(toPath(m_path->text()));
  });
  connect(m_imagesPath, &QLineEdit::editingFinished, this, [this] {
    if (toPath(m_imagesPath->text()) != m_images) {
      m_images = toPath(m_imagesPath->text());
      read();
    }
  });
  connect(images, &QPushButton::clicked, this, [this] {
    const QString chosen = QFileDialog::getExistingDirectory(this, tr("Folder of the Images"), m_path->text());
    if (chosen.isEmpty()) return;
    m_imagesPath->setText(chosen);
    m_images = toPath(chosen);
    read();
  });
  connect(chooseFolder, &QPushButton::clicked, this, [this] {
    const QString chosen = QFileDialog::getExistingDirectory(this, tr("Folder of the Project"), m_folder->text());
    if (!chosen.isEmpty()) m_folder->setText(chosen);
    m_intoNew->setChecked(true);
  });
  connect(m_intoNew, &QRadioButton::toggled, m_uncovered, [this] { m_uncoveredRow->setEnabled(askedBackground()); });
  connect(box, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(box, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

ImportDialog::~ImportDialog() = default;

void ImportDialog::browse(bool folder) {
  const QString chosen = folder ? QFileDialog::getExistingDirectory(this, tr("Folder with Labels"), m_path->text())
                                : QFileDialog::getOpenFileName(this, tr("File with Labels"), m_path->text(), tr("Labels (*.json *.xml *.ndjson);;All files (*)"));
  if (!chosen.isEmpty()) setSource(toPath(chosen));
}

void ImportDialog::setSource(const std::filesystem::path& source) {
  m_source = source;
  m_path->setText(displayName(source));
  std::error_code error;
  const auto folder = std::filesystem::is_directory(source, error) ? source : source.parent_path();
  m_folder->setText(displayName(folder));
  read();
}

void ImportDialog::read() {
  if (m_source.empty()) return;
  m_dataset.reset();
  m_import->setEnabled(false);
  m_details->clear();
  m_summary->setText(tr("Reading…"));
  m_task = std::make_unique<Task>(tr("Reading"));
  inBackground(
      this,
      [source = m_source, options = ReadOptions{m_images}, job = m_task->job()] {
        return std::make_shared<Expected<ImportedDataset>>(readDataset(source, options, {}, job));
      },
      [this, serial = ++m_serial](const std::shared_ptr<Expected<ImportedDataset>>& result) {
        if (serial == m_serial) show(*result);
      });
}

void ImportDialog::show(const Expected<ImportedDataset>& result) {
  if (!result) {
    m_summary->setText(sentence(result.error()));
    return;
  }
  m_dataset = std::make_shared<ImportedDataset>(*result);
  const Format* format = formatById(result->format);
  size_t shapes = 0, masks = 0, missing = 0;
  for (const ImportedImage& image : result->images) {
    shapes += image.shapes.size();
    masks += image.mask ? 1 : 0;
    missing += image.path.empty() ? 1 : 0;
  }
  QString text = tr("%1: %2 images, %3 classes").arg(format ? QString::fromUtf8(format->name().data(), qsizetype(format->name().size())) : toQt(result->format),
                                                       grouped(qint64(result->images.size())), grouped(qint64(result->classes.size())));
  if (shapes) text += tr(", %1 shapes").arg(grouped(qint64(shapes)));
  if (masks) text += tr(", %1 masks").arg(grouped(qint64(masks)));
  text += QLatin1Char('.');
  if (missing) text += tr(" %1 images were not found: say where they are.").arg(grouped(qint64(missing)));
  m_summary->setText(text);
  QStringList names;
  for (const ImportedClass& c : result->classes) names << toQt(c.name);
  m_details->setPlainText(tr("Classes: %1\n\n").arg(names.join(QStringLiteral(", "))) + reportText(result->report));
  m_uncovered->clear();
  m_uncovered->addItem(tr("are ignored (neither loss nor metric)"));
  for (const ImportedClass& c : result->classes) m_uncovered->addItem(tr("count as %1").arg(toQt(c.name)), toQt(c.name));
  m_uncovered->setCurrentIndex(result->background ? *result->background + 1 : 0);
  m_uncoveredRow->setEnabled(askedBackground());
  m_import->setEnabled(!result->images.empty());
  m_import->setDefault(true);
}

std::filesystem::path ImportDialog::target() const { return m_intoNew->isChecked() ? toPath(m_folder->text()) : std::filesystem::path(); }

bool ImportDialog::askedBackground() const {
  return m_intoNew->isChecked() || !m_session.hasProject() || !m_session.project().backgroundChosen();
}

std::optional<std::string> ImportDialog::background() const {
  const QString name = m_uncovered->currentData().toString();
  return name.isEmpty() ? std::nullopt : std::optional(name.toStdString());
}

}  // namespace intarsia
