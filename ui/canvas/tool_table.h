// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QKeySequence>
#include <QList>
#include <memory>
#include <span>

#include "ui/canvas/tool.h"

namespace intarsia {

/// In the order of the table; adding a tool is an entry here, a row in tool_table.cpp and an icon.
enum class ToolKind { select, polygon, rectangle, ellipse, brush, eraser, superpixels, wand, scissors, grabCut, slice, gap };

struct ToolInfo {
  ToolKind kind;
  const char* id;    // in settings; "tool.<id>" names the action; also resources/icons/<id>.svg
  const char* text;  // English, translated by toolText
  const char* tip;
  QList<QKeySequence> keys;  // defaults; the first one is shown
  bool keepsSelection;       // it works on the selected shapes
  std::unique_ptr<Tool> (*make)(ToolHost&);
};

/// All tools in the order of ToolKind.
std::span<const ToolInfo> toolTable();
inline const ToolInfo& toolInfo(ToolKind kind) { return toolTable()[size_t(kind)]; }
QString toolText(const ToolInfo& info);
QString toolTip(const ToolInfo& info);

}  // namespace intarsia
