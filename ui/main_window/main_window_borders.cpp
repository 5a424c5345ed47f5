// SPDX-License-Identifier: GPL-3.0-or-later
// Commands on the geometry of the selected shapes, and the history.
#include <QDockWidget>
#include <QMenu>

#include "annotate/edit/borders.h"
#include "ui/canvas/canvas_view.h"
#include "ui/canvas/newest_work.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/main_window/preview_dialog.h"
#include "ui/models/qt_text.h"
#include "ui/panels/history_panel.h"

namespace intarsia {
namespace {

size_t pointsOf(const Annotation& annotation) {
  size_t points = 0;
  for (const ShapePtr& shape : annotation.shapes)
    for (const Ring& ring : shape->polygon.rings) points += ring.size();
  return points;
}

}  // namespace

void MainWindow::addBorderActions(QMenu* menu) {
  const BorderActions& a = m_borderActions;
  menu->addActions({a.unite, a.subtract, a.take, a.yield});
  menu->addSeparator();
  menu->addActions({a.fillHoles, a.splitParts, a.simplify, a.smooth});
}

void MainWindow::connectBorders() {
  using Ids = std::vector<ShapeId>;
  const auto on = [this](QAction* action, const QString& name, const QString& nothing, Expected<Edit> (*change)(const Annotation&, const Ids&)) {
    connect(action, &QAction::triggered, this, [this, name, nothing, change] {
      const Ids ids = m_canvas->selectedShapes();
      m_session->make(editedPoints(ids), name, [ids, change](const Annotation& labels, const Job&) { return change(labels, ids); }, [this, nothing](Made made) {
        if (made == Made::nothing) m_messages->show({Notice::Kind::info, nothing, {}, {}});
      });
    });
  };
  const BorderActions& a = m_borderActions;
  on(a.unite, tr("unite shapes"), tr("Locked shapes cannot be united."), [](const Annotation& x, const Ids& ids) { return uniteShapes(x, ids); });
  on(a.subtract, tr("subtract shape"), tr("The shape covers nothing of those below it."), [](const Annotation& x, const Ids& ids) { return subtractTop(x, ids); });
  on(a.take, tr("take pixels"), tr("No other shape overlaps."), [](const Annotation& x, const Ids& ids) { return takeOverlap(x, ids); });
  on(a.yield, tr("yield pixels"), tr("No other shape overlaps."), [](const Annotation& x, const Ids& ids) { return yieldOverlap(x, ids); });
  on(a.fillHoles, tr("fill holes"), tr("There is no hole in the selection."), [](const Annotation& x, const Ids& ids) { return fillHoles(x, ids); });
  on(a.splitParts, tr("split into parts"), tr("The selected shapes have one part each."), [](const Annotation& x, const Ids& ids) { return splitParts(x, ids); });
  connect(a.simplify, &QAction::triggered, this, [this] { previewShapes(tr("Simplify"), tr("Tolerance"), tr("simplify shapes"), 1, 20, simplifyShapes); });
  connect(a.smooth, &QAction::triggered, this, [this] { previewShapes(tr("Smooth"), tr("Radius"), tr("smooth shapes"), 2, 20, smoothShapes); });
  connect(m_session.get(), &Session::historyChanged, this, [this] { m_historyPanel->update(m_session->history()); });
  connect(m_historyPanel, &HistoryPanel::chosen, m_session.get(), &Session::goTo);
}

void MainWindow::updateBorderActions(bool editable, const QString& why) {
  const size_t selected = m_canvas->selectedShapes().size();
  for (QAction* action : m_borderActions.all()) setAvailable(action, editable && selected > 0, editable ? tr("Nothing is selected") : why);
  if (selected == 1) setAvailable(m_borderActions.unite, false, tr("Select two shapes or more"));
}

size_t MainWindow::editedPoints(const std::vector<ShapeId>& ids) const {
  return pointsNear(m_session->annotation(), boundsOf(m_session->annotation(), ids), ids);
}

/// Asks for a number while the view shows what it does to the selected shapes, as soon as a worker knows.
void MainWindow::previewShapes(const QString& title, const QString& label, const QString& name, double value, double maximum, ShapeChange change) {
  const Annotation before = m_session->annotation();
  const std::vector<ShapeId> ids = m_canvas->selectedShapes();
  Edit edit{before, {}};
  PreviewDialog dialog(title, label, value, maximum, this);
  NewestWork work;
  const auto look = [&](double v) {
    dialog.setWorking();
    work.start(&dialog, [before, ids, v, change](const Job&) { return change(before, ids, v); }, [&](Expected<Edit> changed) {
      if (!changed) return dialog.setResult(sentence(changed.error()));
      edit = std::move(*changed);
      m_canvas->setAnnotation(edit.after);
      dialog.setResult(tr("%1 points become %2").arg(pointsOf(before)).arg(pointsOf(edit.after)));
    });
  };
  connect(&dialog, &PreviewDialog::changed, &dialog, look);
  look(value);
  dialog.move(m_canvas->mapToGlobal(QPoint(m_canvas->width() - dialog.sizeHint().width() - 24, 24)));  // away from what it shows
  const bool wanted = dialog.exec() == QDialog::Accepted;
  work.drop();
  m_canvas->setAnnotation(m_session->annotation());
  if (wanted && changes(before, edit) && before.shapes == m_session->annotation().shapes) m_session->edit(edit.after, edit.dirty, name);
}

}  // namespace intarsia
