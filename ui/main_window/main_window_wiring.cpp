// SPDX-License-Identifier: GPL-3.0-or-later
// Who hears whom: session, training, canvas, panels and actions are joined here.
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QShortcut>
#include <QSlider>

#include "annotate/raster/rasterizer.h"
#include "core/media/decode.h"
#include "train/api/known_weights.h"
#include "ui/canvas/canvas_view.h"
#include "ui/charts/rate_dialog.h"
#include "ui/main_window/change_preview.h"
#include "ui/main_window/check_panel.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/main_window/task_bar.h"
#include "ui/main_window/tool_options_bar.h"
#include "ui/models/qt_text.h"
#include "ui/models/image_index.h"
#include "ui/panels/class_panel.h"
#include "ui/panels/image_panel.h"
#include "ui/panels/shape_panel.h"
#include "ui/panels/train_panel.h"

namespace intarsia {

void MainWindow::connectSession() {
  connect(m_session.get(), &Session::projectChanged, this, [this] { m_checkPanel->setProject(m_session->sharedProject()); });
  connect(m_session.get(), &Session::imageShown, this, &MainWindow::showFinding, Qt::QueuedConnection);
  connect(m_checkPanel, &CheckPanel::chosen, this, [this](const std::string& key, const Finding& finding) {
    m_wantedFinding = {key, finding};
    const int index = m_session->hasProject() ? m_session->project().indexOfKey(key) : -1;
    if (index >= 0 && index == m_session->current()) showFinding();
    else m_session->show(index);
  });
  Session* s = m_session.get();
  connect(s, &Session::projectChanged, this, [this] {
    addRecent(m_session->project().folder());
    m_trainPanel->clearMetrics();
    showSaved();
    m_offerResume = true;
  });
  connect(s, &Session::imagesChanged, this, [this] {
    m_index->read(m_session->sharedProject());
    m_imagePanel->setImages(m_session->sharedImages());
  });
  connect(s, &Session::labelsRewritten, this, [this] {
    m_index->read(m_session->sharedProject());
    m_imagePanel->setImages(m_session->sharedImages());
    m_imagePanel->setCurrent(m_session->current());
  });
  connect(s, &Session::imageUpdated, this, [this](int i) {
    m_imagePanel->updateImage(i);
    updateActions();
  });
  connect(s, &Session::imageShown, this, &MainWindow::showImage);
  connect(s, &Session::previewShown, this, [this](const PyramidPtr& picture) {
    m_preview->forget();
    m_canvas->setLabels(nullptr);
    m_canvas->setPrediction(nullptr, 0);
    m_canvas->setAnnotation({});
    m_canvas->setEditable(false);
    m_canvas->setImage(picture);
    m_imagePanel->setCurrent(m_session->current());
    updateActions();
  });
  connect(s, &Session::annotationChanged, this, [this](const Rect& dirty) {
    if (!m_preview->outlives(m_session->annotation())) {
      m_canvas->setAnnotation(m_session->annotation());
      m_canvas->labelsChanged(dirty);
    }
    m_shapePanel->setAnnotation(m_session->annotation(), m_session->classes());
    m_shapePanel->setSelection(m_canvas->selectedShapes());
  });
  connect(s, &Session::classesChanged, this, &MainWindow::showClasses);
  connect(s, &Session::countsChanged, this, [this] { m_classPanel->setCounts(m_session->counts()); });
  connect(s, &Session::historyChanged, this, &MainWindow::updateActions);
  connect(s, &Session::historyChanged, m_messages, &MessageBar::withdrawOver);
  connect(s, &Session::savedChanged, this, &MainWindow::showSaved);
  connect(s, &Session::saveAsWanted, this, &MainWindow::chooseSaveAs);
  connect(s, &Session::noticed, m_messages, &MessageBar::show);
  connect(s, &Session::noticeOver, m_messages, &MessageBar::withdraw);
  connect(s, &Session::taskStarted, m_tasks, &TaskBar::add);
  connect(s, &Session::busyChanged, this, [this] {
    m_canvas->setEditable(!m_preview->active() && (m_session->editable() || m_session->making()));
    m_classPanel->setEditable(m_session->editable());
    updateActions();
  });
}

void MainWindow::showToolOptions() {
  m_toolOptions->setVisible(m_session->hasImage());
  m_toolOptions->setTool(m_canvas->toolKind(), m_canvas->tool());
}

void MainWindow::connectCanvas() {
  for (const ToolInfo& info : toolTable()) ToolOptionsBar::restore(info.kind, m_canvas->tool(info.kind));
  m_canvas->setSubtractKey(Qt::Key_E);
  connect(m_actions.tool(ToolKind::eraser), &QAction::changed, this, [this] {  // it may be given another key
    const QKeySequence key = m_actions.tool(ToolKind::eraser)->shortcut();
    const bool plain = key.count() == 1 && key[0].keyboardModifiers() == Qt::NoModifier;
    m_canvas->setSubtractKey(plain ? key[0].key() : 0);
  });
  connect(m_canvas, &CanvasView::toolFailed, this, [this](const QString& why) { m_messages->show({Notice::Kind::warning, why, {}, {}}); });
  connect(m_canvas, &CanvasView::subtractKeyTapped, this,
          [this] { m_canvas->setTool(m_canvas->toolKind() == ToolKind::eraser ? ToolKind::brush : ToolKind::eraser); });
  connect(m_canvas, &CanvasView::edited, m_session.get(), &Session::edit);
  connect(m_canvas, &CanvasView::editWanted, m_session.get(), &Session::make);
  connect(m_canvas, &CanvasView::toolSaid, this, &MainWindow::sayForAMoment);
  m_canvas->setTasks([this](const QString& title) { return m_session->startTask(title); });
  m_session->setGate([this](std::function<void()> then) {
    if (m_preview->settle(then)) return true;
    if (!m_canvas->settleTools(std::move(then))) return false;
    sayForAMoment(tr("An answer is on its way and is waited for; Esc drops it"));
    return true;
  });
  connect(m_canvas, &CanvasView::selectionChanged, this, [this] {
    m_shapePanel->setSelection(m_canvas->selectedShapes());
    updateActions();
  });
  connect(m_canvas, &CanvasView::toolChanged, this, [this] {
    m_actions.tool(m_canvas->toolKind())->setChecked(true);
    showToolOptions();
    if (m_canvas->toolKind() != ToolKind::select) m_lastDrawTool = m_canvas->toolKind();
  });
  connect(m_canvas, &CanvasView::toolStateChanged, this, [this] {
    showHint();
    showToolOptions();
    updateActions();
  });
  connect(m_canvas, &CanvasView::viewChanged, this, [this] {
    showZoom();
    m_training->setViewport(m_canvas->visibleImageRect());
  });
  connect(m_canvas, &CanvasView::hovered, this, &MainWindow::showPosition);
  connect(m_canvas, &CanvasView::opacityWanted, this, [this](int by) {
    QSlider* slider = m_canvas->predictionShown() ? m_predictionSlider : m_labelSlider;
    slider->setValue(slider->value() + by);
  });
  connect(m_canvas, &CanvasView::classWanted, this, &MainWindow::askClassName);
  m_canvas->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(m_canvas, &QWidget::customContextMenuRequested, this, &MainWindow::contextMenu);
  connect(m_labelSlider, &QSlider::valueChanged, this, [this](int v) {
    m_actions.hideLabels->setChecked(false);
    m_canvas->setLabelOpacity(v);
  });
  connect(m_predictionSlider, &QSlider::valueChanged, this, [this](int v) {
    m_actions.hidePrediction->setChecked(false);
    m_canvas->setPredictionOpacity(v);
  });

  connect(m_imagePanel, &ImagePanel::chosen, m_session.get(), &Session::show);
  connect(m_shapePanel, &ShapePanel::selected, this, [this](const std::vector<ShapeId>& ids) {
    if (!ids.empty()) m_canvas->setTool(ToolKind::select);
    m_canvas->setSelection(ids);
  });
  connect(m_classPanel, &ClassPanel::currentClassChanged, m_canvas, &CanvasView::setCurrentClass);
  connect(m_classPanel, &ClassPanel::currentClassChanged, this, &MainWindow::updateClassActions);
  connect(m_classPanel, &ClassPanel::hiddenChanged, m_canvas, &CanvasView::setHiddenClasses);
  connect(m_classPanel, &ClassPanel::classesEdited, m_session.get(), &Session::editClasses);
  connect(m_classPanel, &ClassPanel::failed, this, [this](const QString& why) { m_messages->show({Notice::Kind::warning, why, {}, {}}); });
}

void MainWindow::connectTraining() {
  Training* t = m_training.get();
  connect(m_actions.train, &QAction::hovered, t, &Training::warmUp);
  connect(t, &Training::enginesFound, m_trainPanel, &TrainPanel::setEngines);
  connect(t, &Training::enginesFound, this, [this] {
    updateActions();
    m_offerResume = true;
    offerResume();
  });
  connect(t, &Training::runsFound, this, [this] {
    updateActions();
    offerResume();
  });
  connect(t, &Training::phaseChanged, this, [this] {
    m_trainPanel->setPhase(m_training->phase());
    if (m_training->phase() == TrainPhase::training) m_trainPanel->setMessage(tr("Training"));
    if (m_training->phase() == TrainPhase::paused) m_trainPanel->setMessage(tr("Paused"));
    if (m_training->phase() == TrainPhase::preparing) m_trainPanel->setMessage(tr("Preparing the labels and starting the engine…"));
    if (m_training->phase() == TrainPhase::stopping) m_trainPanel->setMessage(tr("Stopping; the best network is kept…"));
    if (m_training->phase() == TrainPhase::idle) m_trainPanel->setMessage({});
    updateActions();
  });
  connect(t, &Training::runStarted, this, [this](const QString& name, int validationImages) {
    m_trainPanel->clearMetrics();
    m_trainPanel->setRun(name, m_session->classes(), validationImages);
    // Room for the charts, once there is something in them; who has given it some other height keeps that.
    if (!m_actions.hidePanels->isChecked()) m_docks[3]->show();
    if (m_docks[3]->height() <= kIdleTrainHeight && !m_docks[3]->isFloating())
      resizeDocks({m_docks[3]}, {std::min(kTrainHeight, height() / 3)}, Qt::Vertical);
  });
  connect(t, &Training::metricsReset, m_trainPanel, &TrainPanel::clearMetrics);
  connect(t, &Training::progressed, m_trainPanel, &TrainPanel::setProgress);
  connect(t, &Training::metricsAdded, m_trainPanel, &TrainPanel::addMetrics);
  connect(t, &Training::ended, this, [this](const QString& how) {
    m_trainPanel->setMessage(how);
    if (m_session->hasProject()) m_index->readScores(m_session->sharedProject());
    updateActions();
  });
  connect(t, &Training::predictionReset, this, [this] {
    m_canvas->setPrediction(m_training->prediction(), m_training->predictionLevel(), m_training->confidence());
    updateActions();
  });
  connect(t, &Training::predictionChanged, m_canvas, &CanvasView::predictionChanged);
}

void MainWindow::connectActions() {
  const auto wheel = [this] { m_canvas->setWheelScrolls(m_actions.registry.gesture(QStringLiteral("wheel")) == QLatin1String("scroll")); };
  connect(&m_actions.registry, &ActionRegistry::keysChanged, this, wheel);
  wheel();
  const auto on = [this](QAction* action, auto slot) { connect(action, &QAction::triggered, this, slot); };
  on(m_actions.openFolder, &MainWindow::chooseFolder);
  on(m_actions.openFile, &MainWindow::chooseFile);
  on(m_actions.openSample, &MainWindow::openSample);
  on(m_actions.import, &MainWindow::showImport);
  on(m_actions.exportAll, &MainWindow::showExport);
  on(m_actions.check, &MainWindow::showCheck);
  on(m_actions.save, [this] { m_session->saveNow(); });
  on(m_actions.saveAs, [this] { chooseSaveAs(); });
  on(m_actions.quit, [this] { close(); });
  on(m_actions.undo, &MainWindow::undo);
  on(m_actions.redo, &MainWindow::redo);
  on(m_actions.cut, [this] { copyShapes(); deleteShapes(); });
  on(m_actions.copy, &MainWindow::copyShapes);
  on(m_actions.paste, &MainWindow::pasteShapes);
  on(m_actions.duplicate, &MainWindow::duplicateShapes);
  on(m_actions.remove, &MainWindow::deleteShapes);
  on(m_actions.selectAll, [this] {
    std::vector<ShapeId> ids;
    for (const ShapePtr& shape : m_session->annotation().shapes) ids.push_back(shape->id);
    m_canvas->setTool(ToolKind::select);
    m_canvas->setSelection(std::move(ids));
  });
  for (const ToolInfo& info : toolTable()) on(m_actions.tool(info.kind), [this, kind = info.kind] { m_canvas->setTool(kind); });
  on(m_actions.nextImage, [this] { stepImage(1); });
  on(m_actions.previousImage, [this] { stepImage(-1); });
  on(m_actions.skipForward, [this] { stepImage(10); });
  on(m_actions.skipBack, [this] { stepImage(-10); });
  on(m_actions.nextUnlabelled, [this] { showUnlabelled(1); });
  on(m_actions.previousUnlabelled, [this] { showUnlabelled(-1); });
  on(m_actions.finish, [this] { m_canvas->pressKey(Qt::Key_Return); });
  on(m_actions.stepBack, [this] { m_canvas->pressKey(Qt::Key_Backspace); });
  on(m_actions.cancel, [this] { m_canvas->pressKey(Qt::Key_Escape); });
  // Out of the line for new classes: keys are the canvas's again.
  auto* leave = new QShortcut(Qt::Key_Escape, m_classPanel->findChild<QLineEdit*>(), nullptr, nullptr, Qt::WidgetShortcut);
  connect(leave, &QShortcut::activated, this, [this] {
    m_classPanel->clearNewName();
    m_canvas->setFocus();
  });
  on(m_actions.smaller, [this] { m_canvas->pressKey(Qt::Key_BracketLeft); });
  on(m_actions.larger, [this] { m_canvas->pressKey(Qt::Key_BracketRight); });
  on(m_actions.drawOrFinish, [this] {
    if (m_canvas->tool().canUndo()) return m_canvas->pressKey(Qt::Key_Return);
    m_canvas->setTool(m_lastDrawTool);
  });
  on(m_actions.panLeft, [this] { m_canvas->pressKey(Qt::Key_Left); });
  on(m_actions.panRight, [this] { m_canvas->pressKey(Qt::Key_Right); });
  on(m_actions.panUp, [this] { m_canvas->pressKey(Qt::Key_Up); });
  on(m_actions.panDown, [this] { m_canvas->pressKey(Qt::Key_Down); });
  on(m_actions.zoomIn, [this] { m_canvas->zoomIn(); });
  on(m_actions.zoomOut, [this] { m_canvas->zoomOut(); });
  on(m_actions.zoomFit, [this] { m_canvas->zoomFit(); });
  on(m_actions.zoomOriginal, [this] { m_canvas->zoomOriginal(); });
  connect(m_actions.exactMask, &QAction::toggled, m_canvas, &CanvasView::setExactMask);
  connect(m_actions.hideLabels, &QAction::toggled, this, [this](bool off) { m_canvas->setLabelOpacity(off ? 0 : m_labelSlider->value()); });
  connect(m_actions.hidePrediction, &QAction::toggled, this,
          [this](bool off) { m_canvas->setPredictionOpacity(off ? 0 : m_predictionSlider->value()); });
  connect(m_actions.hidePanels, &QAction::toggled, this, [this](bool hide) {
    if (hide) {
      m_hiddenDocks.clear();
      for (QDockWidget* dock : m_docks)
        if (dock->isVisible()) m_hiddenDocks << dock;
    }
    for (QDockWidget* dock : m_hiddenDocks) dock->setVisible(!hide);
  });
  on(m_actions.train, [this] {
    const auto recipe = m_trainPanel->recipe();
    if (!recipe) return m_messages->show({Notice::Kind::warning, sentence(recipe.error()), {}, {}});
    if (const auto* known = findKnownWeights(recipe->initialWeights); known && !known->path())
      return m_messages->show({Notice::Kind::warning, tr("The pretrained weights %1 are not on this machine yet.").arg(toQt(recipe->initialWeights)), tr("Get Pretrained Weights…"),
                               [this] { m_trainPanel->chooseWeights(); }});
    m_training->start(*recipe, m_trainPanel->engine());
  });
  connect(m_actions.pause, &QAction::toggled, this, [this](bool paused) { m_training->pause(paused); });
  on(m_actions.stop, [this] { m_training->stop(); });
  on(m_actions.decay, [this] { m_training->finishDecay(); });
  m_trainPanel->setSampleSource([this]() -> AugmentPreview::Source {
    if (!m_session->hasProject() || !m_session->hasImage()) return {};
    const ProjectImage image = m_session->project().images()[size_t(m_session->current())];
    return [project = m_session->sharedProject(), image]() -> Expected<AugmentPreview::Input> {
      INTARSIA_TRY(const Annotation annotation, project->annotation(image));
      INTARSIA_TRY(Image pixels, decodeImage(image.path));
      const ClassTable classes = project->classesNow();
      return AugmentPreview::Input{{std::move(pixels), rasterize(annotation, classes, project->uncoveredIndex())}, classes};
    };
  });
  connect(m_trainPanel, &TrainPanel::rateWanted, this, [this] {
    const auto recipe = m_trainPanel->recipe();
    if (!recipe) return m_messages->show({Notice::Kind::warning, sentence(recipe.error()), {}, {}});
    m_training->findRate(*recipe, m_trainPanel->engine());
  });
  connect(m_training.get(), &Training::rateFound, this, [this](const RateCurve& curve) {
    auto* dialog = new RateDialog(curve, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] { m_trainPanel->setRate(dialog->rate()); });
    dialog->open();
  });
  on(m_actions.resume, [this] {
    if (const auto run = m_training->interrupted()) m_training->resume(*run);
  });
  on(m_actions.runDetails, [this] {
    if (const auto run = m_training->newest()) m_training->showRun(*run);
  });
  on(m_actions.predict, [this] {
    if (const auto run = m_training->newestTrained()) m_training->predictWith(*run);
  });
  on(m_actions.keys, &MainWindow::showKeys);
  on(m_actions.editKeys, &MainWindow::editKeys);
  on(m_actions.palette, [this] { showPalette(); });
  on(m_actions.about, &MainWindow::showAbout);
  for (size_t i = 0; i < m_actions.classes.size(); ++i)
    on(m_actions.classes[i], [this, i] {
      if (int(i) < m_session->classes().size()) pressClassKey(m_session->classes()[int(i)].id);
    });
}

}  // namespace intarsia
