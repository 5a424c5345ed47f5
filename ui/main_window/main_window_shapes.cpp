// SPDX-License-Identifier: GPL-3.0-or-later
// Commands on the selected shapes: each is one edit.
#include "annotate/edit/edit.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/main_window.h"
#include "ui/panels/class_panel.h"
#include "ui/panels/shape_panel.h"

namespace intarsia {
namespace {

std::vector<ShapePtr> shapesOf(const Annotation& annotation, const std::vector<ShapeId>& ids) {
  std::vector<ShapePtr> out;
  for (const ShapePtr& shape : annotation.shapes)  // painter's order, whatever the order of selection
    if (std::ranges::find(ids, shape->id) != ids.end()) out.push_back(shape);
  return out;
}

/// What a paste has added: the shapes with ids from `first` on.
std::vector<ShapeId> idsFrom(const Annotation& annotation, ShapeId first) {
  std::vector<ShapeId> out;
  for (const ShapePtr& shape : annotation.shapes)
    if (shape->id >= first) out.push_back(shape->id);
  return out;
}

}  // namespace

void MainWindow::copyShapes() {
  m_clipboard = shapesOf(m_session->annotation(), m_canvas->selectedShapes());
  if (const ProjectImage* image = m_session->currentImage()) m_clipboardImage = image->key;
  updateActions();
}

void MainWindow::pasteShapes() {
  const ProjectImage* image = m_session->currentImage();
  if (m_clipboard.empty() || !image) return;
  // In its own image a copy would hide the original; into another one (a video's next frame) it goes to the same place.
  const double shift = image->key == m_clipboardImage ? 12 / m_canvas->transform().scale() : 0;
  const ShapeId first = m_session->annotation().nextId;
  Edit edit = paste(m_session->annotation(), m_clipboard, shift, shift);
  m_session->edit(std::move(edit.after), edit.dirty, tr("paste"));
  m_canvas->setTool(ToolKind::select);
  m_canvas->setSelection(idsFrom(m_session->annotation(), first));
}

void MainWindow::duplicateShapes() {
  const auto shapes = shapesOf(m_session->annotation(), m_canvas->selectedShapes());
  if (shapes.empty()) return;
  const double shift = 12 / m_canvas->transform().scale();
  const ShapeId first = m_session->annotation().nextId;
  Edit edit = paste(m_session->annotation(), shapes, shift, shift);
  m_session->edit(std::move(edit.after), edit.dirty, tr("duplicate"));
  m_canvas->setSelection(idsFrom(m_session->annotation(), first));
}

void MainWindow::deleteShapes() {
  const std::vector<ShapeId> ids = m_canvas->selectedShapes();
  if (ids.empty()) return;
  Edit edit = intarsia::deleteShapes(m_session->annotation(), ids);
  m_session->edit(std::move(edit.after), edit.dirty, ids.size() == 1 ? tr("delete shape") : tr("delete shapes"));
}

/// A digit or the menu: the selection gets the class; what is drawn next does in any case.
/// With a tool in hand that draws, a digit is for what is drawn next, not for a shape that happens to be selected still.
void MainWindow::pressClassKey(ClassId id) {
  if (m_canvas->toolKind() != ToolKind::select && !m_shapePanel->isAncestorOf(focusWidget()) && id != m_canvas->currentClass()) m_canvas->setSelection({});
  chooseClass(id);
}

void MainWindow::chooseClass(ClassId id) {
  m_classPanel->setCurrentClass(id);
  const std::vector<ShapeId>& ids = m_canvas->selectedShapes();
  if (ids.empty()) return;
  Edit edit = setClass(m_session->annotation(), ids, id);
  m_session->edit(std::move(edit.after), edit.dirty, tr("change class"));
}

}  // namespace intarsia
