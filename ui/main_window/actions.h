// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAction>
#include <QActionGroup>
#include <QList>
#include <array>

#include "ui/canvas/tool_table.h"

class QWidget;

namespace intarsia {

/// Everything the window can do, each with text, key and tooltip. What menus, tool bars and buttons show is the same object.
struct Actions {
  explicit Actions(QWidget* window);

  QAction *openFolder, *openFile, *openSample, *import, *exportAll, *save, *quit;
  QAction *undo, *redo, *cut, *copy, *paste, *duplicate, *remove, *selectAll;
  QList<QAction*> tools;  // by ToolKind
  QAction* tool(ToolKind kind) const { return tools[qsizetype(kind)]; }
  QAction *nextImage, *previousImage, *nextUnlabelled;
  QAction *zoomIn, *zoomOut, *zoomFit, *zoomOriginal, *exactMask, *hideLabels, *hidePrediction, *hidePanels;
  QAction *train, *pause, *stop, *resume, *predict;
  QAction *keys, *about;
  std::array<QAction*, 9> classes;  // digit keys
  QList<QAction*> all;
};

/// Enables or disables; a disabled action says why in its tooltip and status tip.
void setAvailable(QAction* action, bool available, const QString& reason = {});

}  // namespace intarsia
