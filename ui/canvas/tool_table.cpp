// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/tool_table.h"

#include "ui/canvas/ellipse_tool.h"
#include "ui/canvas/polygon_tool.h"
#include "ui/canvas/rectangle_tool.h"
#include "ui/canvas/select_tool.h"

namespace intarsia {
namespace {

template <class T>
std::unique_ptr<Tool> make(ToolHost& host) {
  return std::make_unique<T>(host);
}

#define TEXT(words) QT_TRANSLATE_NOOP("intarsia::Tools", words)

}  // namespace

std::span<const ToolInfo> toolTable() {
  static const ToolInfo table[] = {
      {ToolKind::select, "select", TEXT("Select"), TEXT("Select and move shapes and their points"),
       {Qt::Key_V, QKeySequence(Qt::CTRL | Qt::Key_J)}, true, make<SelectTool>},
      {ToolKind::polygon, "polygon", TEXT("Polygon"), TEXT("Draw a polygon by clicks"),
       {Qt::Key_P, QKeySequence(Qt::CTRL | Qt::Key_N)}, false, make<PolygonTool>},
      {ToolKind::rectangle, "rectangle", TEXT("Rectangle"), TEXT("Draw a rectangle"), {Qt::Key_R}, false, make<RectangleTool>},
      {ToolKind::ellipse, "ellipse", TEXT("Ellipse"), TEXT("Draw an ellipse; add one to the selected shape or cut it out"),
       {QKeySequence(Qt::SHIFT | Qt::Key_R)}, true, make<EllipseTool>},
  };
  return table;
}
#undef TEXT

QString toolText(const ToolInfo& info) { return QCoreApplication::translate("intarsia::Tools", info.text); }
QString toolTip(const ToolInfo& info) { return QCoreApplication::translate("intarsia::Tools", info.tip); }

}  // namespace intarsia
