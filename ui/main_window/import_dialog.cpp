// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/import_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QTabWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <set>

#include "annotate/project/import_report.h"
#include "annotate/project/project_file.h"
#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "ui/main_window/class_map_table.h"
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
  QString classes;
  for (const auto& c : report.classes)
    if (c.from != c.to)
      classes += c.to.empty() ? ImportDialog::tr("  %1 was left out\n").arg(toQt(c.from)) : ImportDialog::tr("  %1 became %2\n").arg(toQt(c.from), toQt(c.to));
  if (!classes.isEmpty()) classes = ImportDialog::tr("Classes") + QLatin1Char('\n') + classes + QLatin1Char('\n');
  return classes + lines(ImportDialog::tr("Skipped"), report.skipped) + lines(ImportDialog::tr("Repaired"), report.repaired) +
         lines(ImportDialog::tr("Good to know"), report.notes);
}

size_t missingImages(const ImportedDataset& dataset) {
  return size_t(std::ranges::count_if(dataset.images, [](const ImportedImage& image) { return image.path.empty() && !image.embedded; }));
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
  auto* save = box->addButton(ImportDialog::tr("Save as JSON…"), QDialogButtonBox::ActionRole);
  QObject::connect(box, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  QObject::connect(save, &QPushButton::clicked, dialog, [dialog, report] {
    const QString path = QFileDialog::getSaveFileName(dialog, ImportDialog::tr("Save the Report"), QStringLiteral("import-report.json"));
    if (path.isEmpty()) return;
    if (const auto saved = writeFileAtomically(toPath(path), importReportJson(report)); !saved)
      QMessageBox::warning(dialog, dialog->windowTitle(), sentence(saved.error()));
  });
  layout->addWidget(box);
  dialog->resize(720, 420);
  dialog->show();
}

ImportDialog::ImportDialog(Session& session, QWidget* parent) : QDialog(parent), m_session(session) {
  setWindowTitle(tr("Import Labels"));
  m_summary = new QLabel(tr("Choose what to import: a folder or file with labels. Its format is recognised by its content."));
  m_summary->setWordWrap(true);
  m_progress = new QProgressBar;
  m_progress->setTextVisible(false);
  m_stop = new QPushButton(tr("Stop"));
  auto* progress = row(m_progress, {m_stop});
  for (QWidget* w : {static_cast<QWidget*>(m_progress), static_cast<QWidget*>(m_stop)}) w->hide();
  m_classes = new ClassMapTable;
  m_preview = new LabelPreview;
  m_details = new QPlainTextEdit;
  m_details->setReadOnly(true);
  m_details->setLineWrapMode(QPlainTextEdit::NoWrap);
  m_details->setAccessibleName(tr("What was found"));
  auto* classesPage = new QWidget;
  auto* page = new QVBoxLayout(classesPage);
  page->addWidget(m_classes, 3);
  page->addWidget(m_preview, 2);
  m_tabs = new QTabWidget;
  m_tabs->addTab(classesPage, tr("Classes"));
  m_tabs->addTab(m_details, tr("Report"));
  auto* box = new QDialogButtonBox(QDialogButtonBox::Cancel);
  m_import = box->addButton(tr("Import"), QDialogButtonBox::AcceptRole);
  m_import->setEnabled(false);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(sourceRows());
  layout->addWidget(m_summary);
  layout->addWidget(progress);
  layout->addWidget(m_tabs, 1);
  layout->addWidget(targetRows());
  layout->addWidget(box);
  resize(860, 760);

  connect(m_stop, &QPushButton::clicked, this, [this] {
    if (m_task) m_task->cancel();
  });
  connect(m_classes, &ClassMapTable::changed, this, [this] { m_preview->setColors(m_classes->colors()); });
  connect(box, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(box, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

ImportDialog::~ImportDialog() = default;

QWidget* ImportDialog::sourceRows() {
  m_path = new QLineEdit;
  m_path->setPlaceholderText(tr("Folder or file with labels"));
  m_path->setAccessibleName(tr("Labels"));
  auto* folder = new QPushButton(tr("Folder…"));
  auto* file = new QPushButton(tr("File…"));
  m_imagesPath = new QLineEdit;
  m_imagesPath->setPlaceholderText(tr("Only if they are not beside the labels"));
  m_imagesPath->setAccessibleName(tr("Images"));
  auto* images = new QPushButton(tr("Folder…"));
  m_format = new QComboBox;
  m_format->addItem(tr("Recognised by the content"), QString());
  for (const auto& format : formats()) m_format->addItem(toQt(std::string(format->name())), toQt(std::string(format->id())));
  m_flip = new QCheckBox(tr("y counts from the bottom"));
  m_flip->setToolTip(tr("Labelbox exports made before 15 October 2018"));
  m_fromOne = new QCheckBox(tr("pixels count from 1"));
  m_fromOne->setToolTip(tr("PASCAL VOC XML of tools that count as the data set itself does, which is known"));
  m_classesPath = new QLineEdit;
  m_classesPath->setPlaceholderText(tr("Only of masks without a table beside them: names, values or colours"));
  m_classesPath->setAccessibleName(tr("Classes of masks"));
  auto* classes = new QPushButton(tr("File…"));
  auto* rows = new QWidget;
  auto* form = new QFormLayout(rows);
  form->setContentsMargins(0, 0, 0, 0);
  form->addRow(tr("Labels"), row(m_path, {folder, file}));
  form->addRow(tr("Images"), row(m_imagesPath, {images}));
  auto* line = row(m_format, {});
  line->layout()->addWidget(m_flip);
  line->layout()->addWidget(m_fromOne);
  form->addRow(tr("Classes"), row(m_classesPath, {classes}));
  form->addRow(tr("Format"), line);

  connect(folder, &QPushButton::clicked, this, [this] { browse(true); });
  connect(file, &QPushButton::clicked, this, [this] { browse(false); });
  connect(m_path, &QLineEdit::editingFinished, this, [this] {
    if (toPath(m_path->text()) != m_source) setSource(toPath(m_path->text()));
  });
  const auto setImages = [this](const QString& path) {
    if (toPath(path) == m_images) return;
    m_images = toPath(path);
    read();
  };
  connect(m_imagesPath, &QLineEdit::editingFinished, this, [this, setImages] { setImages(m_imagesPath->text()); });
  connect(images, &QPushButton::clicked, this, [this, setImages] {
    const QString chosen = QFileDialog::getExistingDirectory(this, tr("Folder of the Images"), m_path->text());
    if (chosen.isEmpty()) return;
    m_imagesPath->setText(chosen);
    setImages(chosen);
  });
  const auto setClasses = [this](const QString& path) {
    if (toPath(path) == m_classFile) return;
    m_classFile = toPath(path);
    read();
  };
  connect(m_classesPath, &QLineEdit::editingFinished, this, [this, setClasses] { setClasses(m_classesPath->text()); });
  connect(classes, &QPushButton::clicked, this, [this, setClasses] {
    const QString chosen = QFileDialog::getOpenFileName(this, tr("File of Classes"), m_path->text());
    if (chosen.isEmpty()) return;
    m_classesPath->setText(chosen);
    setClasses(chosen);
  });
  connect(m_format, &QComboBox::currentIndexChanged, this, &ImportDialog::read);
  for (QCheckBox* box : {m_flip, m_fromOne}) connect(box, &QCheckBox::toggled, this, &ImportDialog::read);
  return rows;
}

QWidget* ImportDialog::targetRows() {
  const bool open = m_session.hasProject();
  m_intoOpen = new QRadioButton(open ? tr("into the open project (%1)").arg(displayName(m_session.project().folder().filename())) : tr("into the open project"));
  m_intoOpen->setEnabled(open && m_session.editable());
  m_intoNew = new QRadioButton(tr("into a project in this folder:"));
  (m_intoOpen->isEnabled() ? m_intoOpen : m_intoNew)->setChecked(true);
  m_folder = new QLineEdit;
  m_folder->setAccessibleName(tr("Folder of the project"));
  auto* chooseFolder = new QPushButton(tr("Folder…"));
  m_copy = new QCheckBox(tr("Copy the pictures into the project"));
  m_uncovered = new QComboBox;
  m_uncovered->setToolTip(tr("What pixels mean that no label covers. Ignored pixels enter neither loss nor metric."));
  auto* rows = new QWidget;
  auto* form = new QFormLayout(rows);
  form->setContentsMargins(0, 0, 0, 0);
  form->addRow(tr("Import"), m_intoOpen);
  auto* into = new QWidget;
  auto* line = new QHBoxLayout(into);
  line->setContentsMargins(0, 0, 0, 0);
  line->addWidget(m_intoNew);
  line->addWidget(m_folder, 1);
  line->addWidget(chooseFolder);
  form->addRow(QString(), into);
  form->addRow(QString(), m_copy);
  form->addRow(tr("Uncovered pixels"), m_uncovered);
  connect(chooseFolder, &QPushButton::clicked, this, [this] {
    const QString chosen = QFileDialog::getExistingDirectory(this, tr("Folder of the Project"), m_folder->text());
    if (!chosen.isEmpty()) m_folder->setText(chosen);
    m_intoNew->setChecked(true);
    showClasses();
  });
  connect(m_intoNew, &QRadioButton::toggled, this, &ImportDialog::showClasses);
  connect(m_folder, &QLineEdit::editingFinished, this, &ImportDialog::showClasses);
  return rows;
}

void ImportDialog::browse(bool folder) {
  const QString chosen = folder ? QFileDialog::getExistingDirectory(this, tr("Folder with Labels"), m_path->text())
                                : QFileDialog::getOpenFileName(this, tr("File with Labels"), m_path->text(), tr("Labels (*.json *.xml *.ndjson *.csv *.yaml);;All files (*)"));
  if (!chosen.isEmpty()) setSource(toPath(chosen));
}

void ImportDialog::setSource(const std::filesystem::path& source) {
  m_source = source;
  m_path->setText(pathText(source));
  std::error_code error;
  const auto folder = std::filesystem::is_directory(source, error) ? source : source.parent_path();
  m_folder->setText(pathText(folder));
  read();
}

/// Pictures that are not beside the labels may be open already.
void ImportDialog::lookInProject(Found& found, const Project& project, const std::function<Expected<ImportedDataset>(const ReadOptions&)>& read, ReadOptions options) {
  if (!found.dataset || missingImages(*found.dataset) == 0) return;
  std::set<std::filesystem::path> known;
  for (const ProjectImage& image : project.imagesNow()) known.insert(image.path);
  for (const ImportedImage& image : found.dataset->images) known.insert(image.path);
  options.images = project.folder();
  auto again = read(options);
  if (!again) {
    if (again.error().code == ErrorCode::cancelled) found.dataset = std::move(again);
    return;
  }
  for (ImportedImage& image : again->images)  // masks and answers of the project are no pictures
    if (!known.contains(image.path)) image.path.clear();
  found.inProject = missingImages(*again) < missingImages(*found.dataset);
  if (found.inProject) found.dataset = std::move(again);
}

void ImportDialog::read() {
  if (m_source.empty()) return;
  m_dataset.reset();
  m_import->setEnabled(false);
  m_details->clear();
  m_classes->setRowCount(0);
  m_preview->setText({});
  m_summary->setText(tr("Reading…"));
  m_progress->setRange(0, 0);
  m_progress->show();
  m_stop->show();
  m_task = std::make_unique<Task>(tr("Reading"));
  connect(m_task.get(), &Task::progressed, this, [this](qint64 done, qint64 total) {
    m_progress->setRange(0, total > 0 ? 1000 : 0);
    if (total > 0) m_progress->setValue(int(done * 1000 / total));
  });
  inBackground(
      this,
      [source = m_source, options = ReadOptions{m_images, m_flip->isChecked(), m_classFile, m_fromOne->isChecked()},
       project = m_session.sharedProject(), id = m_format->currentData().toString().toStdString(), job = m_task->job()] {
        auto found = std::make_shared<Found>(Found{readDataset(source, options, id, job), {}, false});
        if (options.images.empty() && project) lookInProject(*found, *project, [&](const ReadOptions& there) { return readDataset(source, there, id, job); }, options);
        if (found->dataset) found->previews = makePreviews(*found->dataset, 3, {}, job);
        return found;
      },
      [this, serial = ++m_serial](const std::shared_ptr<Found>& found) {
        if (serial == m_serial) show(*found);
      });
}

void ImportDialog::show(Found& found) {
  m_progress->hide();
  m_stop->hide();
  if (!found.dataset) {
    m_summary->setText(found.dataset.error().code == ErrorCode::cancelled ? tr("Reading was stopped.") : sentence(found.dataset.error()));
    return;
  }
  m_dataset = std::make_shared<ImportedDataset>(std::move(*found.dataset));
  const Format* format = formatById(m_dataset->format);
  size_t shapes = 0, masks = 0;
  const size_t missing = missingImages(*m_dataset);
  for (const ImportedImage& image : m_dataset->images) {
    shapes += image.shapes.size();
    masks += image.mask ? 1 : 0;
  }
  QString text = tr("%1: %2 images, %3 classes").arg(format ? toQt(std::string(format->name())) : toQt(m_dataset->format),
                                                       grouped(qint64(m_dataset->images.size())), grouped(qint64(m_dataset->classes.size())));
  if (shapes) text += tr(", %1 shapes").arg(grouped(qint64(shapes)));
  if (masks) text += tr(", %1 masks").arg(grouped(qint64(masks)));
  text += QLatin1Char('.');
  if (found.inProject) text += tr(" Their pictures were found in the open project.");
  if (missing) text += tr(" %1 images were not found: say where they are.").arg(grouped(qint64(missing)));
  m_summary->setText(text);
  const ImportReport& report = m_dataset->report;
  m_details->setPlainText(reportText(report));
  m_tabs->setTabText(1, tr("Report (%1)").arg(grouped(qint64(report.skipped.size() + report.repaired.size() + report.notes.size()))));
  m_uncovered->clear();
  m_uncovered->addItem(tr("are ignored (neither loss nor metric)"));
  for (const ImportedClass& c : m_dataset->classes) m_uncovered->addItem(tr("count as %1").arg(toQt(c.name)), toQt(c.name));
  m_uncovered->setCurrentIndex(m_dataset->background ? *m_dataset->background + 1 : 0);
  if (found.previews.empty()) m_preview->setText(tr("No labelled picture can be shown."));
  else m_preview->setPreviews(std::move(found.previews));
  showClasses();
  m_import->setEnabled(!m_dataset->images.empty());
  m_import->setDefault(true);
}

/// The classes of the project that the labels go into; of another folder's project they are read from its file.
void ImportDialog::showClasses() {
  m_uncovered->setEnabled(askedBackground());
  if (!m_dataset) return;
  if (!m_intoNew->isChecked()) return m_classes->setClasses(*m_dataset, m_session.classes());
  inBackground(
      this,
      [folder = target()] {
        const auto text = readFile(folder / "intarsia" / "project.json");
        auto file = text ? parseProjectFile(*text, folder, displayPath(folder)) : Expected<ProjectFile>(ProjectFile{});
        return file ? std::move(file->classes) : ClassTable{};
      },
      [this, serial = m_serial](const ClassTable& classes) {
        if (serial == m_serial && m_dataset && m_intoNew->isChecked()) m_classes->setClasses(*m_dataset, classes);
      });
}

std::filesystem::path ImportDialog::target() const { return m_intoNew->isChecked() ? toPath(m_folder->text()) : std::filesystem::path(); }

Project::ImportOptions ImportDialog::options() const { return {m_classes->classMap(), m_copy->isChecked()}; }

bool ImportDialog::askedBackground() const {
  return m_intoNew->isChecked() || !m_session.hasProject() || !m_session.project().backgroundChosen();
}

std::optional<std::string> ImportDialog::background() const {
  const QString name = m_uncovered->currentData().toString();
  return name.isEmpty() ? std::nullopt : std::optional(name.toStdString());
}

}  // namespace intarsia
