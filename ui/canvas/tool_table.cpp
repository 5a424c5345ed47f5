// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/tool_table.h"

#include "ui/canvas/box_tool.h"
#include "ui/canvas/brush_tool.h"
#include "ui/canvas/grab_cut_tool.h"
#include "ui/canvas/gap_tool.h"
#include "ui/canvas/polygon_tool.h"
#include "ui/canvas/scissors_tool.h"
#include "ui/canvas/select_tool.h"
#include "ui/canvas/superpixel_tool.h"
#include "ui/canvas/wand_tool.h"
#include "ui/canvas/slice_tool.h"

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
      {ToolKind::polygon, "polygon", TEXT("Polygon"), TEXT("Draw a polygon by clicks or by hand, along the borders of others; add it to the selected shape or cut it out"),
       {Qt::Key_P, QKeySequence(Qt::CTRL | Qt::Key_N)}, true, make<PolygonTool>},
      {ToolKind::rectangle, "rectangle", TEXT("Rectangle"), TEXT("Draw a rectangle; add one to the selected shape or cut it out"), {Qt::Key_R}, true, make<RectangleTool>},
      {ToolKind::ellipse, "ellipse", TEXT("Ellipse"), TEXT("Draw an ellipse; add one to the selected shape or cut it out"),
       {QKeySequence(Qt::SHIFT | Qt::Key_R)}, true, make<EllipseTool>},
      {ToolKind::brush, "brush", TEXT("Brush"), TEXT("Paint: the selected shape grows, or the pixels of the current class"),
       {Qt::Key_B}, true, make<BrushTool>},
      {ToolKind::eraser, "eraser", TEXT("Eraser"), TEXT("Erase from the selected shape or the current class; E held makes other tools subtract"),
       {Qt::Key_E}, true, make<EraserTool>},
      {ToolKind::superpixels, "superpixels", TEXT("Superpixels"), TEXT("Paint small areas of like colour as a whole"),
       {QKeySequence(Qt::SHIFT | Qt::Key_B)}, true, make<SuperpixelTool>},
      {ToolKind::wand, "wand", TEXT("Wand"), TEXT("Take the area around a pixel that has its colour; dragging sets how alike"),
       {Qt::Key_W}, true, make<WandTool>},
      {ToolKind::scissors, "scissors", TEXT("Scissors"), TEXT("Click around an area; the border follows the edges of the picture"),
       {Qt::Key_S}, true, make<ScissorsTool>},
      {ToolKind::grabCut, "grabcut", TEXT("GrabCut Box"), TEXT("Drag a box around a thing to separate it from its background"),
       {Qt::Key_G}, true, make<GrabCutTool>},
      {ToolKind::slice, "slice", TEXT("Slice"), TEXT("Cut shapes along a line"), {Qt::Key_X}, true, make<SliceTool>},
      {ToolKind::gap, "gap", TEXT("Fill Gap"), TEXT("Fill an unlabelled area between shapes to their borders"),
       {QKeySequence(Qt::SHIFT | Qt::Key_G)}, true, make<GapTool>},
  };
  return table;
}
#undef TEXT

QString toolText(const ToolInfo& info) { return QCoreApplication::translate("intarsia::Tools", info.text); }
QString toolTip(const ToolInfo& info) { return QCoreApplication::translate("intarsia::Tools", info.tip); }

}  // namespace intarsia
