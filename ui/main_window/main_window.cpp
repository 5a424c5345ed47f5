// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/main_window.h"

#include <QCloseEvent>
#include <QDockWidget>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QScreen>
#include <QSettings>
#include <QSlider>
#include <QStackedWidget>
#include <QTimer>
#include <QToolBar>

#include "ui/canvas/canvas_view.h"
#include "ui/main_window/change_preview.h"
#include "ui/main_window/message_bar.h"
#include "ui/main_window/start_page.h"
#include "ui/main_window/task_bar.h"
#include "ui/panels/adjust_panel.h"
#include "ui/models/image_index.h"
#include "ui/models/qt_text.h"
#include "ui/models/short_text.h"
#include "ui/panels/class_panel.h"
#include "ui/panels/image_panel.h"
#include "ui/panels/shape_panel.h"
#include "ui/panels/train_panel.h"

namespace intarsia {
namespace {
constexpr int kStateVersion = 1;
}

MainWindow::MainWindow(AppServices services) : m_services(std::move(services)), m_actions(this) {
  m_session = std::make_unique<Session>();
  m_training = std::make_unique<Training>(m_services, *m_session);
  askToEndTraining = [this] {
    QMessageBox box(QMessageBox::Question, tr("Training is running"),
                    tr("The network is still training. End it and close? Its best and last state are kept, and the next start offers to go on."),
                    QMessageBox::NoButton, this);
    QPushButton* end = box.addButton(tr("End and Close"), QMessageBox::AcceptRole);
    QPushButton* stay = box.addButton(tr("Keep Training"), QMessageBox::RejectRole);
    box.setDefaultButton(stay);
    box.exec();
    return box.clickedButton() == end;
  };
  askToLoseEdits = [this] {
    QMessageBox box(QMessageBox::Warning, tr("The last changes are not saved"),
                    m_session->saveError().isEmpty() ? tr("They are still being written. If the project is closed now, they may be lost.")
                                                     : tr("%1. If the project is closed now, the last changes are lost.").arg(m_session->saveError()),
                    QMessageBox::NoButton, this);
    QPushButton* lose = box.addButton(tr("Close and Lose Them"), QMessageBox::DestructiveRole);
    QPushButton* stay = box.addButton(QMessageBox::Cancel);
    box.setDefaultButton(stay);
    box.exec();
    return box.clickedButton() == lose;
  };
  setWindowTitle(tr("Intarsia"));
  setWindowIcon(QIcon(QStringLiteral(":/intarsia/icons/intarsia.svg")));
  setAcceptDrops(true);
  setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
  buildLayout();
  buildToolBar();
  buildMenus();
  buildStatusBar();
  m_said.setSingleShot(true);
  connect(&m_said, &QTimer::timeout, this, &MainWindow::showHint);
  connectSession();
  connectCanvas();
  connectTraining();
  connectActions();
  connectView();
  connectBorders();
  connectImages();
  connectShapes();
  connectClasses();
  constexpr QSize kWanted{1280, 860}, kFrame{8, 40};
  constexpr int kLowHeight = 600;  // below it the image needs the room of the panel under it
  resize(kWanted.boundedTo(screen()->availableSize() - kFrame));
  const int letter = fontMetrics().averageCharWidth(), most = width() * 2 / 9;
  resizeDocks({m_docks[0], m_docks[1]}, {std::min(most, std::max(240, 30 * letter)), std::min(most, std::max(250, 32 * letter))},
              Qt::Horizontal);
  resizeDocks({m_docks[3]}, {kIdleTrainHeight}, Qt::Vertical);
  if (height() < kLowHeight) m_docks[3]->hide();
  resizeDocks({m_docks[1], m_docks[2]}, {280, 230}, Qt::Vertical);  // a dozen classes to be seen
  QSettings settings;
  restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
  restoreState(settings.value(QStringLiteral("window/state")).toByteArray(), kStateVersion);
  // Qt may put back bars of one row in another order.
  auto *drawing = findChild<QToolBar*>(QStringLiteral("drawing")), *rest = findChild<QToolBar*>(QStringLiteral("tools"));
  if (toolBarArea(drawing) == Qt::TopToolBarArea) insertToolBar(rest, drawing);
  m_startPage->setRecent(recent());
  connect(m_startPage, &StartPage::recentChosen, this, &MainWindow::open);
  showClasses();
  showSaved();
  showHint();
  updateActions();
}

MainWindow::~MainWindow() {
  // The canvas points into the session.
  m_canvas->setImage(nullptr);
  for (QObject* sender : {static_cast<QObject*>(m_session.get()), static_cast<QObject*>(m_training.get())}) sender->disconnect(this);
  m_training.reset();
  m_session.reset();
}

void MainWindow::showEvent(QShowEvent* event) {
  QMainWindow::showEvent(event);
  if (std::exchange(m_shownOnce, true)) return;
  // Nothing heavy before the first paint.
  QTimer::singleShot(0, this, [this] { m_training->findEngines(); });
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (m_preview->settle([this] { close(); })) return event->ignore();
  if (m_session->making() || (m_session->editable() && m_canvas->settleTools([this] { close(); }))) {
    if (m_session->making()) QTimer::singleShot(50, this, [this] { close(); });
    return event->ignore();
  }
  if (!m_session->saved() && m_session->saveError().isEmpty() && !closeUnsaved()) return event->ignore();
  if (!m_session->saveError().isEmpty() && !m_ending && !askToLoseEdits()) return event->ignore();
  if (m_training->running() && !m_closing) {
    event->ignore();
    if (!m_ending && !askToEndTraining()) return;
    m_closing = true;
    setEnabled(false);
    m_hint->setText(tr("Ending the training; its best and last state are kept…"));
    m_training->shutDown([this] { close(); });
    return;
  }
  QSettings settings;
  if (m_actions.hidePanels->isChecked()) m_actions.hidePanels->setChecked(false);
  settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
  settings.setValue(QStringLiteral("window/state"), saveState(kStateVersion));
  settings.setValue(QStringLiteral("view/labels"), m_labelSlider->value());
  settings.setValue(QStringLiteral("view/prediction"), m_predictionSlider->value());
  event->accept();
  if (m_ending) QCoreApplication::exit();  // a dialog that is open ends, too
}

/// The last edits may take long to save, or be the first that cannot be: closing goes on after them, unless it is cancelled in the
/// status bar. Whoever closes once more meanwhile is asked: true = do not wait.
bool MainWindow::closeUnsaved() {
  if (m_savingToClose) {
    if (m_ending) return false;
    delete m_savingToClose;  // its end would close the window below the question
    return askToLoseEdits();
  }
  m_savingToClose = m_session->startTask(tr("Saving before closing"));
  m_session->flush([this, task = m_savingToClose] {
    const bool stay = !task || task->cancelled();
    delete task;
    if (!stay) close();
  });
  return false;
}

void MainWindow::end() {
  m_ending = true;
  close();
}

// ---- what is shown ---------------------------------------------------------------------------------------------------

void MainWindow::showImage() {
  m_stack->setCurrentIndex(m_session->hasProject() || m_session->busy() ? 1 : 0);
  const ProjectImage* image = m_session->currentImage();
  m_preview->forget();
  if (m_session->hasImage()) {
    m_canvas->setLabels(nullptr);
    m_canvas->setPrediction(nullptr, 0);
    m_canvas->setImage(m_session->pyramid());
    m_canvas->setAnnotation(m_session->annotation());
    m_canvas->setLabels(&m_session->labels());
    m_trainPanel->setImageSize(m_session->pyramid()->size());
    m_adjust->setDeep(m_session->pyramid()->bits() == 16);
  } else {
    m_canvas->setImage(nullptr);
    m_canvas->setEmptyText(m_session->busy()       ? tr("Importing…")
                           : !m_session->hasProject() ? QString()
                           : image                 ? tr("This image cannot be shown.")
                                                   : tr("There is no image in this folder.\nDrop images or a folder here, or import labels with their images."));
  }
  m_canvas->setEditable(m_session->editable());
  m_shapePanel->setAnnotation(m_session->annotation(), m_session->classes());
  m_classPanel->setCounts(m_session->counts());
  if (image) m_imagePanel->setCurrent(m_session->current());
  if (m_session->hasImage())
    for (int step : {1, -1}) m_session->prefetch(m_imagePanel->neighbour(m_session->current(), step));
  const QString name = image ? QString::fromStdString(image->name) : QString();
  const QString folder = m_session->hasProject() ? QString::fromStdString(m_session->project().folder().filename().string()) : QString();
  setWindowTitle(name.isEmpty() ? folder.isEmpty() ? tr("Intarsia") : tr("%1 – Intarsia").arg(folder) : tr("%1 – %2 – Intarsia").arg(name, folder));
  showZoom();
  showHint();
  showToolOptions();
  updateActions();
}

void MainWindow::showClasses() {
  const ClassTable& table = m_session->classes();
  m_canvas->setClasses(table);
  m_classPanel->setClasses(table);
  m_imagePanel->setClasses(table);
  m_canvas->setCurrentClass(m_classPanel->currentClass());
  m_shapePanel->setAnnotation(m_session->annotation(), table);
  m_classPanel->setEditable(m_session->editable());
  uint16_t uncovered = kUnlabelled;
  if (m_session->hasProject()) uncovered = m_session->project().uncoveredIndex();
  m_canvas->setUncovered(uncovered);
  m_classPanel->setUncoveredText(!m_session->hasProject()       ? QString()
                                 : uncovered < table.size()     ? tr("Uncovered pixels count as %1.").arg(shortText(toQt(table[uncovered].name), 24))
                                                                : tr("Uncovered pixels are ignored."));
  for (size_t i = 0; i < m_actions.classes.size(); ++i) {
    QAction* action = m_actions.classes[i];
    const bool exists = int(i) < table.size();
    action->setText(exists ? QString::fromStdString(table[int(i)].name) : tr("Class %1").arg(i + 1));
    action->setVisible(exists);
  }
  updateActions();
}

void MainWindow::sayForAMoment(const QString& what) {
  constexpr int kMs = 5000;
  m_hint->setText(what);
  m_hint->setToolTip(what);
  m_said.start(kMs);
}

void MainWindow::showHint() {
  if (m_said.isActive()) return;
  QString hint;
  if (m_session->hasImage())
    hint = m_preview->active()        ? m_preview->hint()
           : m_canvas->exactMask()    ? tr("The exact mask: what is trained on and exported; dark pixels are unlabelled. M returns to the labels.")
           : !m_session->editable()   ? tr("This project can only be viewed.")
                                      : m_canvas->tool().hint();
  m_hint->setText(hint);
  m_hint->setToolTip(hint);
}

void MainWindow::showSaved() {
  if (!m_session->hasProject()) return m_saved->clear();
  if (m_session->project().access() == Project::Access::readOnly) return m_saved->setText(tr("Read-only"));
  if (!m_session->saveError().isEmpty())
    m_saved->setText(tr("Not saved!"));
  else
    m_saved->setText(m_session->saved() ? tr("Saved ✓") : tr("Saving…"));
  m_saved->setToolTip(m_session->saveError());
}

void MainWindow::showZoom() {
  m_zoom->setText(m_session->hasImage() ? tr("%1\u202f%").arg(qRound(m_canvas->transform().scale() * devicePixelRatioF() * 100)) : QString());
}

}  // namespace intarsia
