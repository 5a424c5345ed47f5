// SPDX-License-Identifier: GPL-3.0-or-later
// Which commands are possible now and why not, and those that are more than a call.
#include <QMenu>
#include <QSignalBlocker>

#include "ui/canvas/canvas_view.h"
#include "ui/main_window/change_preview.h"
#include "ui/main_window/class_prompt.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/models/qt_text.h"
#include "ui/panels/image_panel.h"
#include "ui/panels/train_panel.h"

namespace intarsia {

void MainWindow::updateActions() {
  const bool project = m_session->hasProject(), image = m_session->hasImage(), editable = m_session->editable() && image;
  const bool selected = !m_canvas->selectedShapes().empty();
  const Tool& tool = m_canvas->tool();
  const QString noImage = tr("No image is open"), nothing = tr("Nothing is selected");
  const QString why = !image ? noImage : tr("This project can only be viewed");
  const bool exact = m_canvas->exactMask();
  const QString hidden = tr("The exact mask is shown; M returns to the labels");
  setAvailable(m_actions.undo, m_preview->active() || tool.canUndo() || m_session->making() || (m_session->canUndo() && m_session->editable()), tr("Nothing to undo"));
  setAvailable(m_actions.redo, tool.canRedo() || (m_session->canRedo() && m_session->editable()), tr("Nothing to redo"));
  m_actions.undo->setText(tool.canUndo() ? tr("Undo Point") : m_session->canUndo() ? tr("Undo %1").arg(m_session->undoName()) : tr("Undo"));
  m_actions.redo->setText(tool.canRedo() ? tr("Redo Point") : m_session->canRedo() ? tr("Redo %1").arg(m_session->redoName()) : tr("Redo"));
  for (QAction* a : m_actions.tools) setAvailable(a, editable && !exact, exact ? hidden : why);
  setAvailable(m_actions.finish, editable && tool.canUndo(), image ? tr("Nothing is being drawn") : noImage);
  setAvailable(m_actions.drawOrFinish, editable && !exact, exact ? hidden : why);
  for (QAction* a : {m_actions.stepBack, m_actions.cancel, m_actions.smaller, m_actions.larger, m_actions.panLeft, m_actions.panRight, m_actions.panUp, m_actions.panDown})
    setAvailable(a, image, noImage);
  for (QAction* a : {m_actions.cut, m_actions.duplicate, m_actions.remove}) setAvailable(a, editable && selected, selected ? why : nothing);
  updateBorderActions(editable && !exact, exact ? hidden : why);
  setAvailable(m_actions.copy, selected, nothing);
  setAvailable(m_actions.paste, editable && !m_clipboard.empty(), m_clipboard.empty() ? tr("No shape was copied") : why);
  for (QAction* a : {m_actions.zoomIn, m_actions.zoomOut, m_actions.zoomFit, m_actions.zoomOriginal, m_actions.exactMask, m_actions.selectAll})
    setAvailable(a, image, noImage);
  const int at = m_session->current();
  setAvailable(m_actions.nextImage, project && m_imagePanel->neighbour(at, 1) >= 0, tr("This is the last image"));
  setAvailable(m_actions.previousImage, project && m_imagePanel->neighbour(at, -1) >= 0, tr("This is the first image"));
  setAvailable(m_actions.skipForward, project && m_imagePanel->neighbour(at, 1) >= 0, tr("This is the last image"));
  setAvailable(m_actions.skipBack, project && m_imagePanel->neighbour(at, -1) >= 0, tr("This is the first image"));
  for (QAction* a : {m_actions.nextUnlabelled, m_actions.previousUnlabelled}) setAvailable(a, project, tr("No project is open"));
  setAvailable(m_actions.exportAll, project, tr("No project is open"));
  setAvailable(m_actions.check, project, tr("No project is open"));
  setAvailable(m_actions.save, project, tr("No project is open"));
  setAvailable(m_actions.saveAs, project && !m_session->busy(), project ? tr("An import is running") : tr("No project is open"));
  setAvailable(m_actions.import, !m_session->busy(), tr("An import is running"));
  for (QAction* a : {m_actions.openFolder, m_actions.openFile, m_actions.openSample}) setAvailable(a, !m_session->busy(), tr("An import is running"));

  updateImageActions();
  updateShapeActions();
  updateClassActions();

  const TrainPhase phase = m_training->phase();
  const bool labelled = project && std::ranges::any_of(m_session->project().images(), &ProjectImage::labelled);
  const QString noTrain = !project                            ? tr("No project is open")
                          : phase == TrainPhase::unavailable ? tr("No training engine was found")
                          : m_training->running()             ? tr("Training is running")
                          : !labelled                         ? tr("Train needs at least one labelled image")
                          : m_session->classes().size() < 2   ? tr("Train needs at least two classes")
                                                              : QString();
  setAvailable(m_actions.train, noTrain.isEmpty() && m_session->editable(), noTrain.isEmpty() ? why : noTrain);
  setAvailable(m_actions.pause, phase == TrainPhase::training || phase == TrainPhase::paused, tr("Nothing is training"));
  setAvailable(m_actions.stop, m_training->running() && phase != TrainPhase::stopping, tr("Nothing is training"));
  setAvailable(m_actions.decay, phase == TrainPhase::training, tr("Nothing is training"));
  {
    const QSignalBlocker quiet(m_actions.pause);
    m_actions.pause->setChecked(phase == TrainPhase::paused);
  }
  setAvailable(m_maskToShapes, editable && !m_session->annotation().base.empty(), editable ? tr("This image has no mask") : why);
  setAvailable(m_answerToShapes, editable && m_training->prediction(), editable ? tr("No network's answer is shown") : why);
  const bool trained = m_training->newestTrained().has_value();
  setAvailable(m_actions.predict, trained && image && m_training->hasEngine() && !m_training->running(),
               m_training->running() ? tr("The network in training is shown") : !trained ? tr("No network was trained yet") : noImage);
  setAvailable(m_actions.resume, !m_training->running() && m_training->hasEngine() && m_training->interrupted().has_value(), tr("No run was interrupted"));
  setAvailable(m_actions.runDetails, m_training->newest().has_value(), tr("There is no run yet"));
  if (phase == TrainPhase::idle && (!noTrain.isEmpty() || m_trainHint)) {
    m_trainPanel->setMessage(noTrain.isEmpty() ? QString() : noTrain + QLatin1Char('.'));
    m_trainHint = !noTrain.isEmpty();
  }
}

void MainWindow::undo() {
  if (m_preview->active()) return m_preview->drop();
  if (m_canvas->dropPending()) return sayForAMoment(tr("The answer that was on its way was dropped"));
  if (m_session->making()) return m_session->stopMaking();
  if (m_canvas->tool().canUndo()) return m_canvas->tool().undo();
  m_session->undo();
}

void MainWindow::redo() {
  if (m_preview->active()) return;
  if (m_canvas->tool().canRedo()) return m_canvas->tool().redo();
  m_session->redo();
}

void MainWindow::askClassName(QPoint at, std::function<void(ClassId)> answer) {
  auto* prompt = new ClassPrompt(m_canvas);
  connect(prompt, &ClassPrompt::named, this, [this, answer](const QString& name) {
    ClassTable table = m_session->classes();
    const auto id = table.add(name.toStdString());
    if (!id) return m_messages->show({Notice::Kind::warning, sentence(id.error()), {}, {}});
    m_session->editClasses(table, tr("add class"));
    chooseClass(*id);
    answer(*id);
  });
  prompt->popUp(at);
}

void MainWindow::stepImage(int step) {
  const int next = m_imagePanel->neighbour(m_session->current(), step);
  if (next >= 0) m_session->show(next);
}

void MainWindow::showUnlabelled(int step) {
  const auto& images = m_session->project().images();
  for (int at = m_session->current(); (at = m_imagePanel->neighbour(at, step)) >= 0;)
    if (!images[size_t(at)].labelled) return m_session->show(at);
  m_messages->show({Notice::Kind::info, step > 0 ? tr("Every image from here on has labels.") : tr("Every image before this one has labels."), {}, {}});
}

void MainWindow::contextMenu(QPoint at) {
  if (!m_session->hasImage()) return;
  QMenu menu(this);
  if (!m_canvas->selectedShapes().empty()) {
    shapeMenu(menu);
    addBorderActions(menu.addMenu(tr("Shape")));
    menu.addSeparator();
  }
  menu.addAction(m_actions.paste);
  menu.addActions({m_actions.undo, m_actions.redo});
  menu.addSeparator();
  menu.addMenu(tr("Tools"))->addActions(m_actions.tools);
  menu.addSeparator();
  menu.addActions({m_actions.zoomFit, m_actions.zoomOriginal, m_actions.exactMask});
  menu.exec(m_canvas->mapToGlobal(at));
}

void MainWindow::offerResume() {
  const auto run = m_training->interrupted();
  if (!m_training->hasEngine() || !run || !std::exchange(m_offerResume, false)) return;
  m_messages->show({Notice::Kind::info, tr("The training “%1” was interrupted; it can go on from its last checkpoint.").arg(toQt(run->name())), tr("Resume"),
                    [this, run = *run] { m_training->resume(run); }});
}

}  // namespace intarsia
