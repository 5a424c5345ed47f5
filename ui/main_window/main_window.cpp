// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/main_window.h"

#include <QCloseEvent>
#include <QDockWidget>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/canvas/canvas_view.h"
#include "ui/main_window/appearance.h"
#include "ui/main_window/icons.h"
#include "ui/main_window/message_bar.h"
#include "ui/main_window/start_page.h"
#include "ui/main_window/task_bar.h"
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
  setWindowTitle(tr("Intarsia"));
  setWindowIcon(QIcon(QStringLiteral(":/intarsia/icons/intarsia.svg")));
  setAcceptDrops(true);
  setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
  buildLayout();
  buildToolBar();
  buildMenus();
  buildStatusBar();
  connectSession();
  connectCanvas();
  connectTraining();
  connectActions();
  resize(1280, 860);
  resizeDocks({m_docks[0], m_docks[1]}, {240, 250}, Qt::Horizontal);
  resizeDocks({m_docks[3]}, {250}, Qt::Vertical);
  QSettings settings;
  restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
  restoreState(settings.value(QStringLiteral("window/state")).toByteArray(), kStateVersion);
  m_startPage->setRecent(recent());
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

void MainWindow::buildLayout() {
  m_canvas = new CanvasView(this);
  m_messages = new MessageBar(this);
  m_startPage = new StartPage(m_actions.openFolder, m_actions.openSample, m_actions.import, this);
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(m_startPage);
  m_stack->addWidget(m_canvas);
  auto* centre = new QWidget(this);
  auto* column = new QVBoxLayout(centre);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(m_messages);
  column->addWidget(m_stack, 1);
  setCentralWidget(centre);

  m_imagePanel = new ImagePanel;
  m_classPanel = new ClassPanel;
  m_shapePanel = new ShapePanel;
  m_trainPanel = new TrainPanel(m_actions.train, m_actions.pause, m_actions.stop);
  addPanel(tr("Images"), QStringLiteral("images"), m_imagePanel, Qt::LeftDockWidgetArea);
  addPanel(tr("Classes"), QStringLiteral("classes"), m_classPanel, Qt::RightDockWidgetArea);
  addPanel(tr("Shapes"), QStringLiteral("shapes"), m_shapePanel, Qt::RightDockWidgetArea);
  addPanel(tr("Train"), QStringLiteral("train"), m_trainPanel, Qt::BottomDockWidgetArea);
}

QDockWidget* MainWindow::addPanel(const QString& title, const QString& name, QWidget* panel, Qt::DockWidgetArea area) {
  auto* dock = new QDockWidget(title, this);
  dock->setObjectName(name);
  dock->setWidget(panel);
  addDockWidget(area, dock);
  m_docks << dock;
  return dock;
}

void MainWindow::buildToolBar() {
  auto* bar = addToolBar(tr("Tools"));
  bar->setObjectName(QStringLiteral("tools"));
  bar->setIconSize({22, 22});
  bar->setMovable(false);
  bar->addAction(m_actions.openFolder);
  bar->addSeparator();
  bar->addActions({m_actions.select, m_actions.polygon, m_actions.rectangle});
  bar->addSeparator();
  bar->addActions({m_actions.undo, m_actions.redo});
  bar->addSeparator();
  bar->addActions({m_actions.previousImage, m_actions.nextImage});
  bar->addSeparator();
  bar->addActions({m_actions.zoomOut, m_actions.zoomIn, m_actions.zoomFit, m_actions.zoomOriginal});
  auto* gap = new QWidget;
  gap->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  bar->addWidget(gap);
  const auto slider = [&](const QString& text, int value, const QString& tip) {
    auto* label = new QLabel(text);
    label->setContentsMargins(8, 0, 4, 0);
    auto* out = new QSlider(Qt::Horizontal);
    out->setRange(0, 100);
    out->setValue(value);
    out->setFixedWidth(110);
    out->setToolTip(tip);
    out->setAccessibleName(tip);
    bar->addWidget(label);
    bar->addWidget(out);
    return out;
  };
  QSettings settings;
  m_labelSlider = slider(tr("Labels"), settings.value(QStringLiteral("view/labels"), 45).toInt(), tr("Opacity of the labels"));
  m_predictionSlider = slider(tr("Prediction"), settings.value(QStringLiteral("view/prediction"), 50).toInt(), tr("Opacity of the network's answer"));
  bar->addSeparator();
  bar->addAction(m_actions.exactMask);
  if (auto* button = qobject_cast<QToolButton*>(bar->widgetForAction(m_actions.exactMask))) button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  m_canvas->setLabelOpacity(m_labelSlider->value());
  m_canvas->setPredictionOpacity(m_predictionSlider->value());
}

void MainWindow::buildMenus() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  file->addActions({m_actions.openFolder, m_actions.openFile, m_actions.openSample});
  m_recentMenu = file->addMenu(tr("Open &Recent"));
  connect(m_recentMenu, &QMenu::aboutToShow, this, [this] {
    m_recentMenu->clear();
    for (const QString& path : recent()) connect(m_recentMenu->addAction(path), &QAction::triggered, this, [this, path] { open(path.toStdString()); });
    if (m_recentMenu->isEmpty()) m_recentMenu->addAction(tr("None yet"))->setEnabled(false);
  });
  file->addSeparator();
  file->addActions({m_actions.import, m_actions.exportAll});
  file->addSeparator();
  file->addActions({m_actions.save, m_actions.quit});
  QMenu* edit = menuBar()->addMenu(tr("&Edit"));
  edit->addActions({m_actions.undo, m_actions.redo});
  edit->addSeparator();
  edit->addActions({m_actions.cut, m_actions.copy, m_actions.paste, m_actions.duplicate, m_actions.remove, m_actions.selectAll});
  QMenu* view = menuBar()->addMenu(tr("&View"));
  view->addActions({m_actions.zoomIn, m_actions.zoomOut, m_actions.zoomFit, m_actions.zoomOriginal});
  view->addSeparator();
  view->addActions({m_actions.exactMask, m_actions.hideLabels, m_actions.hidePrediction});
  view->addSeparator();
  view->addActions({m_actions.previousImage, m_actions.nextImage, m_actions.nextUnlabelled});
  view->addSeparator();
  view->addAction(m_actions.hidePanels);
  QMenu* panels = view->addMenu(tr("&Panels"));
  for (QDockWidget* dock : m_docks) panels->addAction(dock->toggleViewAction());
  QMenu* themes = view->addMenu(tr("&Appearance"));
  auto* group = new QActionGroup(this);
  for (const auto& [name, text] : {std::pair(QStringLiteral("system"), tr("As the System")), {QStringLiteral("light"), tr("Light")}, {QStringLiteral("dark"), tr("Dark")}}) {
    QAction* action = themes->addAction(text);
    action->setCheckable(true);
    action->setChecked(QSettings().value(QStringLiteral("view/theme"), QStringLiteral("system")).toString() == name);
    group->addAction(action);
    connect(action, &QAction::triggered, this, [name] {
      QSettings().setValue(QStringLiteral("view/theme"), name);
      setAppearance(appearanceFromName(name));
    });
  }
  QMenu* shape = menuBar()->addMenu(tr("&Shape"));
  shape->addActions({m_actions.select, m_actions.polygon, m_actions.rectangle});
  shape->addSeparator();
  QMenu* classes = shape->addMenu(tr("&Class"));
  for (QAction* action : m_actions.classes) classes->addAction(action);
  QMenu* train = menuBar()->addMenu(tr("&Train"));
  train->addActions({m_actions.train, m_actions.pause, m_actions.stop});
  train->addSeparator();
  train->addAction(m_actions.resume);
  QMenu* help = menuBar()->addMenu(tr("&Help"));
  help->addActions({m_actions.keys, m_actions.about});
}

void MainWindow::buildStatusBar() {
  m_hint = new QLabel;
  m_position = new QLabel;
  m_zoom = new QLabel;
  m_saved = new QLabel;
  m_tasks = new TaskBar;
  m_position->setMinimumWidth(fontMetrics().averageCharWidth() * 24);
  m_zoom->setMinimumWidth(fontMetrics().averageCharWidth() * 8);
  m_hint->setContentsMargins(6, 0, 0, 0);
  m_saved->setContentsMargins(0, 0, 6, 0);
  m_hint->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  statusBar()->addWidget(m_hint, 1);
  statusBar()->addPermanentWidget(m_tasks);
  statusBar()->addPermanentWidget(m_position);
  statusBar()->addPermanentWidget(m_zoom);
  statusBar()->addPermanentWidget(m_saved);
  statusBar()->setSizeGripEnabled(false);
}

void MainWindow::showEvent(QShowEvent* event) {
  QMainWindow::showEvent(event);
  if (std::exchange(m_shownOnce, true)) return;
  // Nothing heavy before the first paint.
  QTimer::singleShot(0, this, [this] { m_training->findEngines(); });
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (m_training->running() && !m_closing) {
    event->ignore();
    if (!askToEndTraining()) return;
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
}

// ---- what is shown ---------------------------------------------------------------------------------------------------

void MainWindow::showImage() {
  m_stack->setCurrentWidget(m_session->hasProject() || m_session->busy() ? static_cast<QWidget*>(m_canvas) : m_startPage);
  const ProjectImage* image = m_session->currentImage();
  if (m_session->hasImage()) {
    m_canvas->setLabels(nullptr);
    m_canvas->setPrediction(nullptr, 0);
    m_canvas->setImage(m_session->pyramid());
    m_canvas->setAnnotation(m_session->annotation());
    m_canvas->setLabels(&m_session->labels());
    m_trainPanel->setImageSize(m_session->pyramid()->size());
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
  const QString name = image ? QString::fromStdString(image->name) : QString();
  const QString folder = m_session->hasProject() ? QString::fromStdString(m_session->project().folder().filename().string()) : QString();
  setWindowTitle(name.isEmpty() ? folder.isEmpty() ? tr("Intarsia") : tr("%1 – Intarsia").arg(folder) : tr("%1 – %2 – Intarsia").arg(name, folder));
  showZoom();
  showHint();
  updateActions();
}

void MainWindow::showClasses() {
  const ClassTable& table = m_session->classes();
  m_canvas->setClasses(table);
  m_classPanel->setClasses(table);
  m_canvas->setCurrentClass(m_classPanel->currentClass());
  m_shapePanel->setAnnotation(m_session->annotation(), table);
  m_classPanel->setEditable(m_session->editable());
  uint16_t uncovered = kUnlabelled;
  if (m_session->hasProject()) uncovered = m_session->project().uncoveredIndex();
  m_canvas->setUncovered(uncovered);
  m_classPanel->setUncoveredText(!m_session->hasProject()       ? QString()
                                 : uncovered < table.size()     ? tr("Uncovered pixels count as %1.").arg(QString::fromStdString(table[uncovered].name))
                                                                : tr("Uncovered pixels are ignored."));
  for (size_t i = 0; i < m_actions.classes.size(); ++i) {
    QAction* action = m_actions.classes[i];
    const bool exists = int(i) < table.size();
    action->setText(exists ? QString::fromStdString(table[int(i)].name) : tr("Class %1").arg(i + 1));
    action->setVisible(exists);
  }
  updateActions();
}

void MainWindow::showHint() {
  QString hint;
  if (m_session->hasImage())
    hint = m_canvas->exactMask()      ? tr("The exact mask: what is trained on and exported; dark pixels are unlabelled. M returns to the labels.")
           : !m_session->editable()   ? tr("This project can only be viewed.")
                                      : m_canvas->tool().hint();
  m_hint->setText(hint);
  m_hint->setToolTip(hint);
}

void MainWindow::showSaved() {
  if (!m_session->hasProject()) return m_saved->clear();
  if (!m_session->editable()) return m_saved->setText(tr("Read-only"));
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
