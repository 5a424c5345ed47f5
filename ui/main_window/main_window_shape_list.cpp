// SPDX-License-Identifier: GPL-3.0-or-later
// Commands of the shape list: order, lock, hide, group, note, class, and stepping from shape to shape.
#include <QDockWidget>
#include <QMenu>
#include <algorithm>

#include "annotate/edit/order_edits.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/main_window.h"
#include "ui/models/qt_text.h"
#include "ui/panels/class_panel.h"
#include "ui/panels/shape_panel.h"

namespace intarsia {

void MainWindow::editShapes(const QString& name, const std::function<Edit(const Annotation&, const std::vector<ShapeId>&)>& change) {
  const std::vector<ShapeId> ids = m_canvas->selectedShapes();
  if (ids.empty() || !m_session->editable()) return;
  Edit edit = change(m_session->annotation(), ids);
  if (edit.after.shapes == m_session->annotation().shapes) return;
  m_session->edit(std::move(edit.after), edit.dirty, name);
}

void MainWindow::stepShape(int step) {
  const ShapeId id = m_shapePanel->neighbour(m_canvas->selectedShapes(), step);
  if (id == 0) return;
  m_canvas->setTool(ToolKind::select);
  m_canvas->setSelection({id});
  if (const Shape* shape = m_session->annotation().find(id)) m_canvas->reveal(pixelBounds(shape->polygon, {0, 0, m_session->annotation().size.width, m_session->annotation().size.height}));
}

void MainWindow::hideShapes(const std::vector<ShapeId>& ids, bool hidden) {
  Edit edit = intarsia::setHidden(m_session->annotation(), ids, hidden);
  // What is hidden cannot be seen to be selected.
  if (hidden) m_canvas->setSelection({});
  m_session->edit(std::move(edit.after), edit.dirty, hidden ? tr("hide shapes") : tr("show shapes"));
}

void MainWindow::lockShapes(const std::vector<ShapeId>& ids, bool locked) {
  Edit edit = setLocked(m_session->annotation(), ids, locked);
  m_session->edit(std::move(edit.after), edit.dirty, locked ? tr("lock shapes") : tr("unlock shapes"));
}

void MainWindow::connectShapes() {
  auto& registry = m_actions.registry;
  const auto on = [&](const ActionSpec& spec, auto slot) {
    QAction* action = registry.add(spec);
    m_shapeMenu->addAction(action);
    connect(action, &QAction::triggered, this, slot);
  };
  const auto key = [](Qt::KeyboardModifiers modifiers, Qt::Key k) { return QList<QKeySequence>{QKeySequence(QKeyCombination(modifiers, k))}; };
  constexpr auto group = ActionGroup::shapes;
  constexpr auto ctrl = Qt::ControlModifier, shift = Qt::ShiftModifier;
  const auto order = [this](const QString& name, Reorder how) {
    return [this, name, how] { editShapes(name, [how](const Annotation& a, const auto& ids) { return reorder(a, ids, how); }); };
  };
  const auto first = [this](bool Shape::*flag) {
    const auto& ids = m_canvas->selectedShapes();
    const Shape* shape = ids.empty() ? nullptr : m_session->annotation().find(ids.front());
    return shape && shape->*flag;
  };
  on({"shape.next", group, tr("Next Shape"), "", key({}, Qt::Key_N), tr("Select the next shape of the list")}, [this] { stepShape(1); });
  on({"shape.previous", group, tr("Previous Shape"), "", key(shift, Qt::Key_N), tr("Select the previous shape of the list")}, [this] { stepShape(-1); });
  on({"shape.raise", group, tr("Raise"), "", key(ctrl, Qt::Key_BracketRight), tr("Move the selected shapes up by one")}, order(tr("raise shapes"), Reorder::raise));
  on({"shape.lower", group, tr("Lower"), "", key(ctrl, Qt::Key_BracketLeft), tr("Move the selected shapes down by one")}, order(tr("lower shapes"), Reorder::lower));
  on({"shape.top", group, tr("To the Top"), "", key(ctrl | Qt::AltModifier, Qt::Key_BracketRight), tr("Move the selected shapes over all others")}, order(tr("raise shapes"), Reorder::top));
  on({"shape.bottom", group, tr("To the Bottom"), "", key(ctrl | Qt::AltModifier, Qt::Key_BracketLeft), tr("Move the selected shapes below all others")}, order(tr("lower shapes"), Reorder::bottom));
  on({"shape.lock", group, tr("Lock"), "lock", key(shift, Qt::Key_L), tr("Lock the selected shapes against changes, or unlock them")},
     [this, first] { lockShapes(m_canvas->selectedShapes(), !first(&Shape::locked)); });
  on({"shape.hide", group, tr("Hide"), "eye-off", key(shift, Qt::Key_H), tr("Hide the selected shapes in the view; they still count")},
     [this] { hideShapes(m_canvas->selectedShapes(), true); });
  on({"shape.showAll", group, tr("Show All Shapes"), "eye", key(ctrl | Qt::AltModifier, Qt::Key_H), tr("Show all shapes that are hidden")}, [this] {
    std::vector<ShapeId> ids;
    for (const ShapePtr& shape : m_session->annotation().shapes)
      if (shape->hidden) ids.push_back(shape->id);
    if (!ids.empty()) hideShapes(ids, false);
  });
  on({"shape.group", group, tr("Group"), "", key(ctrl, Qt::Key_G), tr("Make the selected shapes one instance")}, [this] {
    const int64_t number = freeGroup(m_session->annotation());
    editShapes(tr("group shapes"), [number](const Annotation& a, const auto& ids) { return setGroup(a, ids, number); });
  });
  on({"shape.ungroup", group, tr("Ungroup"), "", key(Qt::AltModifier, Qt::Key_G), tr("Make the selected shapes single again")}, [this] {
    editShapes(tr("ungroup shapes"), [](const Annotation& a, const auto& ids) { return setGroup(a, ids, std::nullopt); });
  });
  on({"shape.note", group, tr("Note on Shape…"), "note", key(shift | Qt::AltModifier, Qt::Key_N), tr("Write a note on the selected shapes")}, [this] {
    const auto& ids = m_canvas->selectedShapes();
    const Shape* shape = ids.empty() ? nullptr : m_session->annotation().find(ids.front());
    if (!shape) return;
    bool ok = false;
    const QString note = askText(tr("Note on shape #%1").arg(shape->id), toQt(shape->note), true, &ok);
    if (!ok) return;
    editShapes(tr("note"), [text = note.trimmed().toStdString()](const Annotation& a, const auto& chosen) {
      Edit edit{a, {}};
      for (ShapeId id : chosen) edit = setNote(edit.after, id, text);
      return edit;
    });
  });
  on({"shape.class", group, tr("Class of the Selection…"), "", key({}, Qt::Key_K), tr("Choose a class by its name, for the selection and for what is drawn next")},
     [this] { showPalette(tr("class: %1").arg(QString())); });
  on({"shape.selectClass", group, tr("Select All of This Class"), "", {}, tr("Select all shapes of the class of the selected one")}, [this] {
    const auto& selected = m_canvas->selectedShapes();
    const Shape* shape = selected.empty() ? nullptr : m_session->annotation().find(selected.front());
    const ClassId id = shape ? shape->classId : m_classPanel->currentClass();
    std::vector<ShapeId> ids;
    for (const ShapePtr& s : m_session->annotation().shapes)
      if (s->classId == id) ids.push_back(s->id);
    m_canvas->setTool(ToolKind::select);
    m_canvas->setSelection(std::move(ids));
  });
  on({"shape.filter", group, tr("Filter Shapes"), "search", key(ctrl, Qt::Key_Slash), tr("Filter the list of shapes")}, [this] {
    m_docks[2]->show();
    m_docks[2]->raise();
    m_shapePanel->focusFilter();
  });
  connect(m_shapePanel, &ShapePanel::hideWanted, this, &MainWindow::hideShapes);
  connect(m_shapePanel, &ShapePanel::lockWanted, this, &MainWindow::lockShapes);
  connect(m_shapePanel, &ShapePanel::placeWanted, this, [this](const std::vector<ShapeId>& ids, ShapeId above) {
    Edit edit = placeShapes(m_session->annotation(), ids, above);
    if (edit.after.shapes == m_session->annotation().shapes) return;
    m_session->edit(std::move(edit.after), edit.dirty, tr("reorder shapes"));
  });
  connect(m_shapePanel, &ShapePanel::classWanted, this, [this] { m_actions.registry.find(QStringLiteral("shape.class"))->trigger(); });
  connect(m_shapePanel, &ShapePanel::menuWanted, this, [this](QPoint at) {
    QMenu menu(this);
    shapeMenu(menu);
    menu.exec(at);
  });
}

/// What can be done with the selected shapes, for the list's menu and the image's.
void MainWindow::shapeMenu(QMenu& menu) {
  QMenu* classes = menu.addMenu(tr("Class"));
  const ClassTable table = m_session->classes();
  for (const ClassInfo& c : table)
    connect(classes->addAction(swatchIcon(c, 16, devicePixelRatioF()), toQt(c.name)), &QAction::triggered, this, [this, id = c.id] { chooseClass(id); });
  QMenu* order = menu.addMenu(tr("Order"));
  const auto add = [&](QMenu& to, std::initializer_list<const char*> ids) {
    for (const char* id : ids) to.addAction(m_actions.registry.find(QLatin1String(id)));
  };
  add(*order, {"shape.top", "shape.raise", "shape.lower", "shape.bottom"});
  add(menu, {"shape.lock", "shape.hide", "shape.showAll"});
  menu.addSeparator();
  add(menu, {"shape.group", "shape.ungroup", "shape.note", "shape.selectClass"});
  menu.addSeparator();
  menu.addActions({m_actions.cut, m_actions.copy, m_actions.duplicate, m_actions.remove});
}

void MainWindow::updateShapeActions() {
  const bool image = m_session->hasImage(), selected = !m_canvas->selectedShapes().empty(), any = !m_session->annotation().shapes.empty();
  const QString no = tr("No image is open"), nothing = tr("Nothing is selected"), none = tr("There is no shape in this image"), view = tr("This project can only be viewed");
  const auto set = [&](std::initializer_list<const char*> ids, bool possible, const QString& why) {
    for (const char* id : ids) setAvailable(m_actions.registry.find(QLatin1String(id)), possible, why);
  };
  m_shapePanel->setEditable(m_session->editable());
  set({"shape.raise", "shape.lower", "shape.top", "shape.bottom", "shape.lock", "shape.hide", "shape.group", "shape.ungroup", "shape.note"},
      selected && m_session->editable(), !image ? no : selected ? view : nothing);
  set({"shape.next", "shape.previous", "shape.selectClass", "shape.filter"}, any, image ? none : no);
  const bool hidden = std::ranges::any_of(m_session->annotation().shapes, [](const ShapePtr& s) { return s->hidden; });
  set({"shape.showAll"}, hidden && m_session->editable(), !image ? no : hidden ? view : tr("No shape is hidden"));
  set({"shape.class"}, image && !m_session->classes().empty(), image ? tr("There is no class yet") : no);
}

}  // namespace intarsia
