// SPDX-License-Identifier: GPL-3.0-or-later
// What the window is made of: panels, tool bar, menus, status bar.
#include <QDockWidget>
#include <QLabel>
#include <QMenuBar>
#include <QSettings>
#include <QSlider>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/canvas/canvas_view.h"
#include "ui/main_window/appearance.h"
#include "ui/main_window/change_preview.h"
#include "ui/main_window/check_panel.h"
#include "ui/main_window/finding_marker.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/main_window/start_page.h"
#include "ui/main_window/task_bar.h"
#include "ui/main_window/tool_options_bar.h"
#include "ui/models/image_index.h"
#include "ui/models/qt_text.h"
#include "ui/panels/class_panel.h"
#include "ui/panels/history_panel.h"
#include "ui/panels/image_panel.h"
#include "ui/panels/scroll_box.h"
#include "ui/panels/shape_panel.h"
#include "ui/panels/train_panel.h"

namespace intarsia {

void MainWindow::buildLayout() {
  m_canvas = new CanvasView(this);
  m_actions.registry.setCanvas(m_canvas);
  m_messages = new MessageBar(this);
  m_toolOptions = new ToolOptionsBar(this);
  m_toolOptions->hide();
  m_startPage = new StartPage(m_actions.openFolder, m_actions.openSample, m_actions.import, this);
  m_stack = new QStackedWidget(this);
  m_stack->addWidget(new ScrollBox(m_startPage));
  m_stack->addWidget(m_canvas);
  auto* centre = new QWidget(this);
  auto* column = new QVBoxLayout(centre);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(m_messages);
  column->addWidget(m_toolOptions);
  column->addWidget(m_stack, 1);
  setCentralWidget(centre);

  m_index = std::make_unique<ImageIndex>();
  m_imagePanel = new ImagePanel(*m_index);
  m_classPanel = new ClassPanel;
  m_shapePanel = new ShapePanel;
  m_trainPanel = new TrainPanel(m_actions.train, m_actions.pause, m_actions.decay, m_actions.stop);
  addPanel(tr("Images"), QStringLiteral("images"), m_imagePanel, Qt::LeftDockWidgetArea);
  addPanel(tr("Classes"), QStringLiteral("classes"), m_classPanel, Qt::RightDockWidgetArea);
  addPanel(tr("Shapes"), QStringLiteral("shapes"), m_shapePanel, Qt::RightDockWidgetArea);
  auto* train = addPanel(tr("Train"), QStringLiteral("train"), m_trainPanel, Qt::BottomDockWidgetArea);
  m_checkPanel = new CheckPanel;
  auto* check = addPanel(tr("Check"), QStringLiteral("check"), m_checkPanel, Qt::BottomDockWidgetArea);
  tabifyDockWidget(train, check);
  check->hide();
  m_historyPanel = new HistoryPanel;
  auto* history = addPanel(tr("History"), QStringLiteral("history"), m_historyPanel, Qt::RightDockWidgetArea);
  tabifyDockWidget(m_docks[2], history);
  m_docks[2]->raise();
  m_marker = new FindingMarker(*m_canvas);
  m_preview = new ChangePreview(*m_canvas, *m_session);
}

QDockWidget* MainWindow::addPanel(const QString& title, const QString& name, QWidget* panel, Qt::DockWidgetArea area) {
  auto* dock = new QDockWidget(title, this);
  dock->setObjectName(name);
  dock->setWidget(new ScrollBox(panel));
  addDockWidget(area, dock);
  m_docks << dock;
  return dock;
}

void MainWindow::buildToolBar() {
  // A bar of its own: tools that find no room go into its own menu, and it can be moved to another edge.
  auto* tools = addToolBar(tr("Tools"));
  tools->setObjectName(QStringLiteral("drawing"));
  tools->setIconSize({22, 22});
  tools->addActions(m_actions.tools);
  auto* bar = addToolBar(tr("Image and view"));
  bar->setObjectName(QStringLiteral("tools"));
  bar->setIconSize({22, 22});
  bar->setMovable(false);
  bar->addAction(m_actions.openFolder);
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
  bar->addActions({m_viewActions.adjust, m_viewActions.split});
  bar->addAction(m_actions.exactMask);
  if (auto* button = qobject_cast<QToolButton*>(bar->widgetForAction(m_actions.exactMask))) button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  m_canvas->setLabelOpacity(m_labelSlider->value());
  m_canvas->setPredictionOpacity(m_predictionSlider->value());
}

void MainWindow::buildMenus() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  file->addActions({m_actions.openFolder, m_actions.openFile, m_actions.openSample});
  m_recentMenu = file->addMenu(tr("Open &Recent"));
  m_recentMenu->setObjectName(QStringLiteral("recent"));
  connect(m_recentMenu, &QMenu::aboutToShow, this, [this] {
    m_recentMenu->clear();
    for (const auto& path : recent())
      m_recentMenu->addAction(displayName(path).replace(QLatin1Char('&'), QLatin1String("&&")), this, [this, path] { open(path); });
    if (m_recentMenu->isEmpty()) m_recentMenu->addAction(tr("None yet"))->setEnabled(false);
  });
  file->addSeparator();
  file->addActions({m_actions.import, m_actions.exportAll, m_actions.check});
  file->addSeparator();
  file->addActions({m_actions.save, m_actions.saveAs});
  QMenu* earlier = file->addMenu(tr("Restore Earlier Labels"));
  earlier->setToolTip(tr("The last three versions of this image's labels are kept"));
  connect(earlier, &QMenu::aboutToShow, this, [this, earlier] { fillEarlier(earlier); });
  file->addAction(m_actions.quit);
  QMenu* edit = menuBar()->addMenu(tr("&Edit"));
  edit->addActions({m_actions.undo, m_actions.redo});
  edit->addSeparator();
  edit->addActions({m_actions.cut, m_actions.copy, m_actions.paste, m_actions.duplicate, m_actions.remove, m_actions.selectAll});
  QMenu* view = menuBar()->addMenu(tr("&View"));
  view->addActions({m_actions.zoomIn, m_actions.zoomOut, m_actions.zoomFit, m_actions.zoomOriginal});
  view->addSeparator();
  view->addActions({m_actions.exactMask, m_actions.hideLabels, m_actions.hidePrediction});
  addViewActions(view);
  view->addSeparator();
  view->addAction(m_actions.hidePanels);
  QMenu* panels = view->addMenu(tr("&Panels"));
  for (QDockWidget* dock : m_docks) {
    panels->addAction(dock->toggleViewAction());
    m_actions.registry.adopt(dock->toggleViewAction(), {QStringLiteral("view.panel.") + dock->objectName(), ActionGroup::view, {}, "", {}, tr("Show or hide the panel “%1”").arg(dock->windowTitle())});
  }
  QMenu* themes = view->addMenu(tr("&Appearance"));
  auto* group = new QActionGroup(this);
  for (const auto& [name, text] : {std::pair(QStringLiteral("system"), tr("As the System")), {QStringLiteral("light"), tr("Light")}, {QStringLiteral("dark"), tr("Dark")}}) {
    QAction* action = m_actions.registry.add({QStringLiteral("view.theme.") + name, ActionGroup::view, text, "", {}, tr("Appearance: %1").arg(text), true});
    themes->addAction(action);
    action->setChecked(QSettings().value(QStringLiteral("view/theme"), QStringLiteral("system")).toString() == name);
    group->addAction(action);
    connect(action, &QAction::triggered, this, [name] {
      QSettings().setValue(QStringLiteral("view/theme"), name);
      setAppearance(appearanceFromName(name));
    });
  }
  QMenu* tools = menuBar()->addMenu(tr("T&ools"));
  tools->addActions(m_actions.tools);
  m_imageMenu = menuBar()->addMenu(tr("&Image"));
  m_imageMenu->addActions({m_actions.previousImage, m_actions.nextImage, m_actions.skipBack, m_actions.skipForward, m_actions.previousUnlabelled, m_actions.nextUnlabelled});
  m_imageMenu->addSeparator();
  m_shapeMenu = menuBar()->addMenu(tr("&Shape"));
  addBorderActions(m_shapeMenu);
  m_shapeMenu->addSeparator();
  QMenu* classes = m_shapeMenu->addMenu(tr("&Class"));
  for (QAction* action : m_actions.classes) classes->addAction(action);
  m_shapeMenu->addSeparator();
  addRegionActions(m_shapeMenu);
  QMenu* train = menuBar()->addMenu(tr("&Train"));
  train->addActions({m_actions.train, m_actions.pause, m_actions.decay, m_actions.stop});
  train->addSeparator();
  train->addActions({m_actions.resume, m_actions.runDetails, m_actions.predict});
  QMenu* help = menuBar()->addMenu(tr("&Help"));
  help->addActions({m_actions.palette, m_actions.keys, m_actions.editKeys});
  help->addSeparator();
  help->addAction(m_actions.about);
}

void MainWindow::buildStatusBar() {
  m_hint = new QLabel;
  m_position = new QLabel;
  m_zoom = new QLabel;
  m_saved = new QLabel;
  m_tasks = new TaskBar;
  m_position->setMinimumWidth(fontMetrics().averageCharWidth() * 40);
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

}  // namespace intarsia
