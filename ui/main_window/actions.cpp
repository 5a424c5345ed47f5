// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/actions.h"

#include <QCoreApplication>
#include <QWidget>

#include "ui/main_window/icons.h"

namespace intarsia {
namespace {

QString withKeys(const QString& text, const QList<QKeySequence>& keys) {
  if (keys.isEmpty()) return text;
  return QStringLiteral("%1 (%2)").arg(text, keys.first().toString(QKeySequence::NativeText));
}

void showTip(QAction* action, const QString& reason) {
  const QString what = action->property("what").toString();
  QString tip = withKeys(what, action->shortcuts());
  if (!reason.isEmpty()) tip += QLatin1Char('\n') + reason;
  action->setToolTip(tip);
}

}  // namespace

void setAvailable(QAction* action, bool available, const QString& reason) {
  action->setEnabled(available);
  showTip(action, available ? QString() : reason);
}

Actions::Actions(QWidget* window) {
  const auto tr = [](const char* text) { return QCoreApplication::translate("intarsia::Actions", text); };
  const auto make = [&](const QString& text, const char* icon, QList<QKeySequence> keys, const QString& what, bool checkable = false) {
    auto* action = new QAction(text, window);
    if (*icon) action->setIcon(lineIcon(QString::fromLatin1(icon)));
    action->setShortcuts(keys);
    action->setCheckable(checkable);
    action->setProperty("what", what);
    showTip(action, {});
    window->addAction(action);
    all << action;
    return action;
  };
  openFolder = make(tr("Open Folder…"), "open", {QKeySequence::Open}, tr("Open a folder of images or a project"));
  openFile = make(tr("Open Image or Project File…"), "image", {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O)}, tr("Open one image, or a project.json"));
  openSample = make(tr("Open Sample Project"), "", {}, tr("Street scenes that the program draws itself, with exact labels: something to train on at once"));
  import = make(tr("Import Labels…"), "import", {QKeySequence(Qt::CTRL | Qt::Key_I)}, tr("Bring in labels: mask folders, labelme, COCO, VOC XML, Labelbox …"));
  exportAll = make(tr("Export…"), "export", {QKeySequence(Qt::CTRL | Qt::Key_E)}, tr("Write masks, predictions or the trained network"));
  save = make(tr("Save"), "save", {QKeySequence::Save}, tr("Labels are saved after every edit; this says where they are"));
  quit = make(tr("Quit"), "", {QKeySequence::Quit}, tr("Quit the program"));

  undo = make(tr("Undo"), "undo", {QKeySequence::Undo}, tr("Undo"));
  redo = make(tr("Redo"), "redo", {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)}, tr("Redo"));
  cut = make(tr("Cut"), "", {QKeySequence::Cut}, tr("Copy the selected shapes and delete them"));
  copy = make(tr("Copy"), "", {QKeySequence::Copy}, tr("Copy the selected shapes"));
  paste = make(tr("Paste"), "", {QKeySequence::Paste}, tr("Paste the copied shapes into this image"));
  duplicate = make(tr("Duplicate"), "", {QKeySequence(Qt::CTRL | Qt::Key_D)}, tr("Duplicate the selected shapes"));
  remove = make(tr("Delete"), "delete", {QKeySequence::Delete}, tr("Delete the selected shapes"));
  selectAll = make(tr("Select All"), "", {QKeySequence::SelectAll}, tr("Select all shapes of this image"));

  auto* group = new QActionGroup(window);
  for (const ToolInfo& info : toolTable()) {
    QAction* tool = make(toolText(info), info.id, info.keys, toolTip(info), true);
    tool->setObjectName(QString::fromLatin1(info.id));
    tools << group->addAction(tool);
  }
  tool(ToolKind::select)->setChecked(true);

  nextImage = make(tr("Next Image"), "next", {Qt::Key_D, Qt::Key_PageDown}, tr("Next image"));
  previousImage = make(tr("Previous Image"), "previous", {Qt::Key_A, Qt::Key_PageUp}, tr("Previous image"));
  nextUnlabelled = make(tr("Next Unlabelled Image"), "", {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D)}, tr("Next image without labels"));

  zoomIn = make(tr("Zoom In"), "zoom-in", {QKeySequence(Qt::CTRL | Qt::Key_Plus), QKeySequence(Qt::CTRL | Qt::Key_Equal)}, tr("Zoom in; the wheel zooms at the cursor"));
  zoomOut = make(tr("Zoom Out"), "zoom-out", {QKeySequence(Qt::CTRL | Qt::Key_Minus)}, tr("Zoom out"));
  zoomFit = make(tr("Fit to Window"), "fit", {Qt::Key_F, QKeySequence(Qt::CTRL | Qt::Key_F)}, tr("Show the whole image"));
  zoomOriginal = make(tr("Original Size"), "original", {QKeySequence(Qt::CTRL | Qt::Key_0)}, tr("One image pixel per screen pixel"));
  exactMask = make(tr("Exact Mask"), "mask", {Qt::Key_M}, tr("Show exactly what is trained on and exported"), true);
  hideLabels = make(tr("Hide Labels"), "", {Qt::Key_H, Qt::Key_T}, tr("Hide the labels in the view"), true);
  hidePrediction = make(tr("Hide Prediction"), "", {Qt::Key_C}, tr("Hide the network's answer in the view"), true);
  hidePanels = make(tr("Hide Panels"), "", {Qt::Key_F11}, tr("Leave all the room to the image"), true);

  train = make(tr("Train"), "train", {QKeySequence(Qt::CTRL | Qt::Key_T)}, tr("Train the network on the labels as they are now"));
  pause = make(tr("Pause"), "pause", {}, tr("Pause the training"), true);
  stop = make(tr("Stop"), "stop", {}, tr("Stop the training; the best network is kept"));
  resume = make(tr("Resume Last Run"), "", {}, tr("Go on with the run that was interrupted"));
  predict = make(tr("Show Newest Network's Answer"), "", {Qt::Key_L}, tr("Show what the newest trained network makes of the open image"));
  keys = make(tr("Keys"), "", {Qt::Key_F1, Qt::Key_Question}, tr("All commands and their keys"));
  about = make(tr("About Intarsia"), "", {}, tr("Version and licence"));
  for (int i = 0; i < 9; ++i)
    classes[size_t(i)] = make(tr("Class %1").arg(i + 1), "", {QKeySequence(Qt::Key_1 + i)}, tr("Give the selection class %1, or draw in it").arg(i + 1));
}

}  // namespace intarsia
