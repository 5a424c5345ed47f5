// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QActionGroup>
#include <array>

#include "ui/canvas/tool_table.h"
#include "ui/main_window/action_registry.h"

namespace intarsia {

/// The window's commands by name. Menus, tool bars, buttons, palette and cheat sheet show the same objects. A command that nobody
/// calls by name needs no member: `registry.add` is enough.
struct Actions {
  explicit Actions(QWidget* window);

  ActionRegistry registry;
  QAction *openFolder, *openFile, *openSample, *import, *exportAll, *check, *save, *saveAs, *quit;
  QAction *undo, *redo, *cut, *copy, *paste, *duplicate, *remove, *selectAll;
  QList<QAction*> tools;  // by ToolKind
  QAction* tool(ToolKind kind) const { return tools[qsizetype(kind)]; }
  QAction *finish, *stepBack, *cancel, *drawOrFinish, *smaller, *larger, *panLeft, *panRight, *panUp, *panDown;
  QAction *nextImage, *previousImage, *skipForward, *skipBack, *nextUnlabelled, *previousUnlabelled;
  QAction *zoomIn, *zoomOut, *zoomFit, *zoomOriginal, *exactMask, *hideLabels, *hidePrediction, *hidePanels;
  QAction *train, *pause, *stop, *decay, *resume, *runDetails, *predict;
  QAction *palette, *keys, *editKeys, *about;
  std::array<QAction*, 10> classes;  // digit keys, 0 is the tenth
};

}  // namespace intarsia
