// SPDX-License-Identifier: GPL-3.0-or-later
// Opening, importing, exporting, and the window's few dialogs.
#include <QDesktopServices>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QSettings>
#include <QStandardPaths>
#include <QUrl>

#include "annotate/project/sample_scenes.h"
#include "core/base/text.h"
#include "ui/main_window/cheat_sheet.h"
#include "ui/main_window/command_palette.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/check_panel.h"
#include "ui/main_window/export_dialog.h"
#include "ui/main_window/finding_marker.h"
#include "ui/main_window/import_dialog.h"
#include "ui/main_window/keys_dialog.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/main_window/start_page.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {
constexpr size_t kMostRecent = 10;
const QString kRecentKey = QStringLiteral("recent");
}  // namespace

void MainWindow::open(const std::filesystem::path& path) {
  if (!m_training->running()) {
    if (m_session->saveError().isEmpty() || askToLoseEdits()) m_session->open(path);
    return;
  }
  m_messages->show({Notice::Kind::warning, tr("A network is training on this project. Stop it before another project is opened."), tr("Stop Training"),
                    [this] { m_training->stop(); }});
}

void MainWindow::chooseFolder() {
  const QString chosen = QFileDialog::getExistingDirectory(this, tr("Open a Folder of Images or a Project"), newestFolder());
  if (!chosen.isEmpty()) open(toPath(chosen));
}

void MainWindow::chooseFile() {
  const QString chosen = QFileDialog::getOpenFileName(this, tr("Open an Image or a Project File"), newestFolder(),
                                                      tr("Images and projects (*.png *.jpg *.jpeg *.tif *.tiff *.webp *.bmp *.ppm *.pgm project.json);;All files (*)"));
  if (!chosen.isEmpty()) open(toPath(chosen));
}

void MainWindow::chooseSaveAs() {
  if (!m_session->hasProject()) return;
  const QString folder = QFileDialog::getExistingDirectory(this, tr("Save the Project in a Folder"), {}, QFileDialog::ShowDirsOnly);
  if (!folder.isEmpty()) m_session->saveAs(toPath(folder));
}

void MainWindow::fillEarlier(QMenu* menu) {
  menu->clear();
  for (const auto& version : m_session->earlierVersions())
    menu->addAction(versionTime(version), m_session.get(), [this, version] { m_session->useEarlier(version); })->setEnabled(m_session->editable());
  if (menu->isEmpty()) menu->addAction(tr("No earlier version of this image's labels"))->setEnabled(false);
}

void MainWindow::openSample() {
  const auto folder = toPath(QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation)) / "intarsia" / "sample";
  std::error_code error;
  if (std::filesystem::exists(folder / "intarsia" / "project.json", error)) return open(folder);
  Task* task = m_session->startTask(tr("Drawing the sample scenes"));
  inBackground(
      this, [folder, job = task->job()] { return makeSampleProject(folder, 40, {480, 360}, 1, job); },
      [this, folder, guard = QPointer<Task>(task)](const Expected<>& made) {
        delete guard;
        if (made) return open(folder);
        if (made.error().code != ErrorCode::cancelled) m_messages->show({Notice::Kind::error, sentence(made.error()), {}, {}});
      });
}

std::vector<std::filesystem::path> MainWindow::recent() const {
  std::vector<std::filesystem::path> paths;
  for (const QString& text : QSettings().value(kRecentKey).toStringList()) paths.push_back(decodePath(text.toStdString()));
  return paths;
}

QString MainWindow::newestFolder() const {
  const auto paths = recent();
  return paths.empty() ? QString() : displayName(paths.front());
}

void MainWindow::addRecent(const std::filesystem::path& path) {
  auto paths = recent();
  std::erase(paths, path);
  paths.insert(paths.begin(), path);
  if (paths.size() > kMostRecent) paths.resize(kMostRecent);
  QStringList texts;  // settings hold no other bytes than UTF-8
  for (const auto& p : paths) texts << toQt(encodePath(p));
  QSettings().setValue(kRecentKey, texts);
  m_startPage->setRecent(paths);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

/// A picture or a folder of pictures is opened; a file of labels is imported.
void MainWindow::dropEvent(QDropEvent* event) {
  if (event->mimeData()->urls().isEmpty() || m_session->busy()) return;
  const auto path = toPath(event->mimeData()->urls().first());
  event->acceptProposedAction();
  const std::string extension = path.extension().string();
  const bool project = path.filename() == "project.json";
  if (!project && (extension == ".json" || extension == ".xml" || extension == ".ndjson")) return importFrom(path);
  // A folder may hold labels to import, or only pictures: its content decides, read on a worker.
  inBackground(
      this,
      [path] {
        std::error_code error;
        if (!std::filesystem::is_directory(path, error) || std::filesystem::exists(path / "intarsia" / "project.json", error)) return false;
        return detectFormat(path).has_value();
      },
      [this, path](bool labels) {
        if (labels)
          importFrom(path);
        else
          open(path);
      });
}

void MainWindow::showImport() { importFrom({}); }

void MainWindow::importFrom(const std::filesystem::path& source) {
  auto* dialog = new ImportDialog(*m_session, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  if (!source.empty()) dialog->setSource(source);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    if (!dialog->ready()) return;
    const auto target = dialog->target();
    m_session->import(dialog->dataset(), target, dialog->options(), dialog->background(), dialog->askedBackground(), [this](const ImportReport& report) {
      m_messages->show({report.skipped.empty() ? Notice::Kind::info : Notice::Kind::warning, reportSummary(report), tr("Show Report"),
                        [this, report] { showReport(report, this); }, [this, at = m_session->steps()] { return m_session->steps() < at; }});
    });
  });
  dialog->open();
}

void MainWindow::showExport() {
  if (!m_session->hasProject()) return;
  auto* dialog = new ExportDialog(m_services, m_session->sharedProject(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    Task* task = m_session->startTask(dialog->title());
    inBackground(
        this, [work = dialog->work(), job = task->job()] { return work(job); },
        [this, folder = dialog->folder(), guard = QPointer<Task>(task)](const Expected<AppServices::Exported>& exported) {
          delete guard;
          if (!exported) {
            if (exported.error().code != ErrorCode::cancelled) m_messages->show({Notice::Kind::error, sentence(exported.error()), {}, {}});
            return;
          }
          QString text = tr("Wrote %1 files to %2").arg(grouped(exported->files), displayName(folder));
          if (!exported->skipped.empty()) text += tr("; %1 left out: %2").arg(grouped(qint64(exported->skipped.size())), toQt(exported->skipped.front()));
          m_messages->show({exported->skipped.empty() ? Notice::Kind::info : Notice::Kind::warning, text, tr("Open Folder"),
                            [folder] { QDesktopServices::openUrl(toUrl(folder)); }});
        });
  });
  dialog->open();
}

void MainWindow::showCheck() {
  QDockWidget* dock = m_docks[4];
  dock->show();
  dock->raise();
  m_checkPanel->check();
}

void MainWindow::showFinding() {
  const ProjectImage* image = m_session->currentImage();
  if (!m_wantedFinding || !m_session->hasImage() || !image || image->key != m_wantedFinding->first) return;
  const Finding finding = m_wantedFinding->second;
  m_wantedFinding.reset();
  if (!finding.shapes.empty()) m_canvas->setTool(ToolKind::select);
  m_canvas->setSelection(finding.shapes);
  m_canvas->showRect(finding.rect);
  if (!finding.rect.empty()) m_marker->mark(finding.rect);
}

void MainWindow::showKeys() {
  if (m_cheatSheet) return m_cheatSheet->raise();
  m_cheatSheet = new CheatSheet(m_actions.registry, this);
  m_cheatSheet->setAttribute(Qt::WA_DeleteOnClose);
  m_cheatSheet->show();
}

void MainWindow::editKeys() {
  auto* dialog = new KeysDialog(m_actions.registry, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

void MainWindow::showPalette(const QString& text) {
  const auto names = [this] {
    QStringList out;
    if (m_session->hasProject())
      for (const ProjectImage& image : m_session->project().images()) out << toQt(image.name);
    return out;
  };
  auto* palette = new CommandPalette(m_actions.registry, m_session->classes(), names, this);
  connect(palette, &CommandPalette::classChosen, this, &MainWindow::chooseClass);
  connect(palette, &CommandPalette::imageChosen, m_session.get(), &Session::show);
  palette->popUp(text);
}

void MainWindow::showAbout() {
  QMessageBox::about(this, tr("About Intarsia"),
                     tr("<h3>Intarsia %1</h3><p>Labels for images, and networks trained on them.</p><p>Free software under the GNU General Public License, version 3 or later.</p>")
                         .arg(QStringLiteral(INTARSIA_VERSION)));
}

}  // namespace intarsia
