// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/actions.h"

#include <QCoreApplication>
#include <QWidget>

namespace intarsia {
namespace {
QString tr(const char* text) { return QCoreApplication::translate("intarsia::Actions", text); }
QKeySequence ctrl(Qt::Key key) { return QKeySequence(Qt::CTRL | key); }
QKeySequence shift(Qt::Key key) { return QKeySequence(Qt::SHIFT | key); }
QKeySequence ctrlShift(Qt::Key key) { return QKeySequence(Qt::CTRL | Qt::SHIFT | key); }
}  // namespace

Actions::Actions(QWidget* window) : registry(window) {
  using Group = ActionGroup;
  const auto add = [this](const ActionSpec& spec) { return registry.add(spec); };
  // clang-format off
  openFolder = add({"file.openFolder", Group::file, tr("Open Folder…"), "open", {QKeySequence::Open}, tr("Open a folder of images or a project")});
  openFile = add({"file.openFile", Group::file, tr("Open Image or Project File…"), "image", {ctrlShift(Qt::Key_O)}, tr("Open one image, or a project.json")});
  openSample = add({"file.openSample", Group::file, tr("Open Sample Project"), "", {}, tr("Street scenes that the program draws itself, with exact labels: something to train on at once")});
  import = add({"file.import", Group::file, tr("Import Labels…"), "import", {ctrl(Qt::Key_I)}, tr("Bring in labels: mask folders, labelme, COCO, VOC XML, Labelbox …")});
  exportAll = add({"file.export", Group::file, tr("Export…"), "export", {ctrl(Qt::Key_E)}, tr("Write masks, labels in other formats, predictions or the trained network")});
  check = add({"file.check", Group::file, tr("Check Labels…"), "", {ctrlShift(Qt::Key_E)}, tr("Find gaps, overlaps, slivers and broken shapes in the whole project")});
  save = add({"file.save", Group::file, tr("Save"), "save", {QKeySequence::Save}, tr("Labels are saved after every edit; this says where they are")});
  saveAs = add({"file.saveAs", Group::file, tr("Save As…"), "", {ctrlShift(Qt::Key_S)}, tr("Go on in another folder with a copy of the project; the images stay where they are")});
  quit = add({"file.quit", Group::file, tr("Quit"), "", {ctrl(Qt::Key_Q)}, tr("Quit the program")});

  undo = add({"edit.undo", Group::edit, tr("Undo"), "undo", {QKeySequence::Undo}});
  redo = add({"edit.redo", Group::edit, tr("Redo"), "redo", {ctrlShift(Qt::Key_Z), ctrl(Qt::Key_Y)}});
  cut = add({"edit.cut", Group::edit, tr("Cut"), "", {QKeySequence::Cut}, tr("Copy the selected shapes and delete them")});
  copy = add({"edit.copy", Group::edit, tr("Copy"), "", {QKeySequence::Copy}, tr("Copy the selected shapes")});
  paste = add({"edit.paste", Group::edit, tr("Paste"), "", {QKeySequence::Paste}, tr("Paste the copied shapes into this image")});
  duplicate = add({"edit.duplicate", Group::edit, tr("Duplicate"), "", {ctrl(Qt::Key_D)}, tr("Duplicate the selected shapes")});
  remove = add({"edit.delete", Group::edit, tr("Delete"), "delete", {QKeySequence::Delete}, tr("Delete the selected shapes")});
  selectAll = add({"edit.selectAll", Group::edit, tr("Select All"), "", {QKeySequence::SelectAll}, tr("Select all shapes of this image")});

  auto* group = new QActionGroup(window);
  for (const ToolInfo& info : toolTable())
    tools << group->addAction(add({QStringLiteral("tool.%1").arg(QLatin1String(info.id)), Group::tools, toolText(info), info.id, info.keys, toolTip(info), true}));
  tool(ToolKind::select)->setChecked(true);
  finish = add({"tool.finish", Group::tools, tr("Finish the Shape"), "", {Qt::Key_Return, Qt::Key_Enter}, tr("Finish what is being drawn"), false, true});
  stepBack = add({"tool.stepBack", Group::tools, tr("Take the Last Point Back"), "", {Qt::Key_Backspace}, tr("Take the last point back; delete the point under the mouse"), false, true});
  cancel = add({"tool.cancel", Group::tools, tr("Drop the Shape"), "", {Qt::Key_Escape}, tr("Drop what is being drawn; back to selecting"), false, true});
  smaller = add({"tool.smaller", Group::tools, tr("Smaller Brush"), "", {Qt::Key_BracketLeft}, tr("Make the brush or the segments smaller"), false, true});
  larger = add({"tool.larger", Group::tools, tr("Larger Brush"), "", {Qt::Key_BracketRight}, tr("Make the brush or the segments larger"), false, true});
  drawOrFinish = add({"tool.drawOrFinish", Group::tools, tr("Draw Again or Finish"), "", {}, tr("Take the drawing tool used last; finish what is being drawn"), false, true});

  nextImage = add({"image.next", Group::images, tr("Next Image"), "next", {Qt::Key_D, Qt::Key_PageDown}});
  previousImage = add({"image.previous", Group::images, tr("Previous Image"), "previous", {Qt::Key_A, Qt::Key_PageUp}});
  skipForward = add({"image.skipForward", Group::images, tr("10 Images On"), "", {shift(Qt::Key_PageDown)}});
  skipBack = add({"image.skipBack", Group::images, tr("10 Images Back"), "", {shift(Qt::Key_PageUp)}});
  nextUnlabelled = add({"image.nextUnlabelled", Group::images, tr("Next Unlabelled Image"), "", {ctrlShift(Qt::Key_D)}, tr("Next image without labels, among those that the search shows")});
  previousUnlabelled = add({"image.previousUnlabelled", Group::images, tr("Previous Unlabelled Image"), "", {ctrlShift(Qt::Key_A)}, tr("Previous image without labels, among those that the search shows")});

  zoomIn = add({"view.zoomIn", Group::view, tr("Zoom In"), "zoom-in", {ctrl(Qt::Key_Plus), ctrl(Qt::Key_Equal), Qt::Key_Plus, Qt::Key_Equal}, tr("Zoom in; the wheel zooms at the cursor")});
  zoomOut = add({"view.zoomOut", Group::view, tr("Zoom Out"), "zoom-out", {ctrl(Qt::Key_Minus), Qt::Key_Minus}});
  zoomFit = add({"view.fit", Group::view, tr("Fit to Window"), "fit", {Qt::Key_F, ctrl(Qt::Key_F)}, tr("Show the whole image")});
  zoomOriginal = add({"view.original", Group::view, tr("Original Size"), "original", {ctrl(Qt::Key_0)}, tr("One image pixel per screen pixel")});
  panLeft = add({"view.panLeft", Group::view, tr("Move the View Left"), "", {Qt::Key_Left}, {}, false, true});
  panRight = add({"view.panRight", Group::view, tr("Move the View Right"), "", {Qt::Key_Right}, {}, false, true});
  panUp = add({"view.panUp", Group::view, tr("Move the View Up"), "", {Qt::Key_Up}, {}, false, true});
  panDown = add({"view.panDown", Group::view, tr("Move the View Down"), "", {Qt::Key_Down}, {}, false, true});
  exactMask = add({"view.exactMask", Group::view, tr("Exact Mask"), "mask", {Qt::Key_M}, tr("Show exactly what is trained on and exported"), true});
  hideLabels = add({"view.hideLabels", Group::view, tr("Hide Labels"), "", {Qt::Key_H, Qt::Key_T}, tr("Hide the labels in the view"), true});
  hidePrediction = add({"view.hidePrediction", Group::view, tr("Hide Prediction"), "", {Qt::Key_C}, tr("Hide the network's answer in the view"), true});
  hidePanels = add({"view.hidePanels", Group::view, tr("Hide Panels"), "", {Qt::Key_F11}, tr("Leave all the room to the image"), true});

  train = add({"train.start", Group::train, tr("Train"), "train", {ctrl(Qt::Key_T)}, tr("Train the network on the labels as they are now")});
  pause = add({"train.pause", Group::train, tr("Pause"), "pause", {}, tr("Pause the training"), true});
  stop = add({"train.stop", Group::train, tr("Stop"), "stop", {}, tr("Stop the training; the best network is kept")});
  decay = add({"train.decay", Group::train, tr("Finish Soon"), "", {}, tr("Let the learning rate fall to its end from now on: the run ends sooner, as a finished one")});
  resume = add({"train.resume", Group::train, tr("Resume Last Run"), "", {}, tr("Go on with the run that was interrupted")});
  runDetails = add({"train.details", Group::train, tr("Details of the Newest Run"), "", {},
                    tr("How the run stands, what computed it, its settings and its log, to read and to copy")});
  predict = add({"train.predict", Group::train, tr("Show Newest Network's Answer"), "", {Qt::Key_L}, tr("Show what the newest trained network makes of the open image")});

  palette = add({"help.palette", Group::help, tr("Find a Command…"), "search", {ctrlShift(Qt::Key_P), ctrl(Qt::Key_P)}, tr("Find any command, class or image by a few letters of its name")});
  keys = add({"help.keys", Group::help, tr("Keys at a Glance"), "", {Qt::Key_F1, Qt::Key_Question}, tr("All commands and their keys, to read or print")});
  editKeys = add({"help.editKeys", Group::help, tr("Change Keys…"), "", {Qt::Key_F2}, tr("Choose the keys: ours, labelme's, CVAT's or your own")});
  about = add({"help.about", Group::help, tr("About Intarsia"), "", {}, tr("Version and licence")});
  for (int i = 0; i < int(classes.size()); ++i)
    classes[size_t(i)] = add({QStringLiteral("class.%1").arg(i + 1), Group::classes, tr("Class %1").arg(i + 1), "", {QKeySequence(i < 9 ? Qt::Key_1 + i : Qt::Key_0)}, tr("Give the selection class %1, or draw in it").arg(i + 1)});
  // clang-format on
}

}  // namespace intarsia
