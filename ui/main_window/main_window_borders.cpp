// SPDX-License-Identifier: GPL-3.0-or-later
// Commands on the geometry of the selected shapes, and the history.
#include <QDockWidget>
#include <QMenu>

#include "annotate/edit/borders.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/change_preview.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/models/qt_text.h"
#include "ui/panels/class_panel.h"
#include "ui/panels/history_panel.h"
#include "ui/panels/shape_panel.h"

namespace intarsia {
void MainWindow::addBorderActions(QMenu* menu) {
  const BorderActions& a = m_borderActions;
  menu->addActions({a.unite, a.subtract, a.take, a.yield});
  menu->addSeparator();
  menu->addActions({a.fillHoles, a.splitParts, a.simplify, a.smooth});
}

void MainWindow::connectBorders() {
  using Ids = std::vector<ShapeId>;
  using Number = ChangePreview::Number;
  using Work = std::function<Expected<Edit>(const Annotation&, const Ids&, double, const Job&)>;
  const auto on = [this](QAction* action, const QString& step, const QString& nothing, const Work& work,
                         const std::optional<Number>& number = {}) {
    connect(action, &QAction::triggered, this, [=, this] {
      const auto change = [work, ids = m_canvas->selectedShapes()](const Annotation& labels, double value, const Job& job) {
        return work(labels, ids, value, job);
      };
      m_preview->start({action, action->text().remove(QStringLiteral("…")), step, nothing, change, number});
    });
  };
  const auto of = [](Expected<Edit> (*edit)(const Annotation&, std::span<const ShapeId>, const Job&)) -> Work {
    return [edit](const Annotation& labels, const Ids& ids, double, const Job& job) { return edit(labels, ids, job); };
  };
  const auto filled = [](const Annotation& labels, const Ids& ids, double, const Job& job) { return fillHoles(labels, ids, {}, job); };
  const BorderActions& a = m_borderActions;
  on(a.unite, tr("unite shapes"), tr("Locked shapes cannot be united."), of(uniteShapes));
  on(a.subtract, tr("subtract shape"), tr("The shape covers nothing of those below it."), of(subtractTop));
  on(a.take, tr("take pixels"), tr("No other shape overlaps."), of(takeOverlap));
  on(a.yield, tr("yield pixels"), tr("No other shape overlaps."), of(yieldOverlap));
  on(a.fillHoles, tr("fill holes"), tr("There is no hole in the selection."), filled);
  on(a.splitParts, tr("split into parts"), tr("The selected shapes have one part each."), of(splitParts));
  on(a.simplify, tr("simplify shapes"), tr("No point can go."), simplifyShapes, Number{tr("Tolerance"), 1, 20});
  on(a.smooth, tr("smooth shapes"), tr("Nothing changes."), smoothShapes, Number{tr("Radius"), 2, 20});
  connectPreview();
  connect(m_session.get(), &Session::historyChanged, this, [this] { m_historyPanel->update(m_session->history()); });
  connect(m_historyPanel, &HistoryPanel::chosen, m_session.get(), &Session::goTo);
}

void MainWindow::updateBorderActions(bool editable, const QString& why) {
  const size_t selected = m_canvas->selectedShapes().size();
  for (QAction* action : m_borderActions.all()) setAvailable(action, editable && selected > 0, editable ? tr("Nothing is selected") : why);
  if (selected == 1) setAvailable(m_borderActions.unite, false, tr("Select two shapes or more"));
  for (QAction* action : m_borderActions.all())
    if (action == m_preview->action()) setAvailable(action, true);  // once more keeps it, whatever it has left of the selection
}

/// What a command shows before it is done stays until the user says so or goes on elsewhere.
void MainWindow::connectPreview() {
  const auto settle = [this] { m_preview->settle(); };
  connect(m_preview, &ChangePreview::stateChanged, this, [this] {
    m_canvas->setEditable(!m_preview->active() && (m_session->editable() || m_session->making()));
    showHint();
    updateActions();
  });
  connect(m_preview, &ChangePreview::said, this, [this](const QString& what) { m_messages->show({Notice::Kind::info, what, {}, {}}); });
  connect(m_preview, &ChangePreview::failed, this, [this](const QString& why) { m_messages->show({Notice::Kind::warning, why, {}, {}}); });
  connect(m_canvas, &CanvasView::toolChanged, m_preview, settle);
  connect(m_classPanel, &ClassPanel::currentClassChanged, m_preview, settle);
  connect(m_shapePanel, &ShapePanel::selected, m_preview, settle);
  connect(m_session.get(), &Session::classesChanged, m_preview, &ChangePreview::drop);
  // Other images wait for it; the view does not touch it.
  const QList<const QAction*> others{m_actions.undo, m_actions.redo, m_actions.nextImage, m_actions.previousImage, m_actions.skipForward, m_actions.skipBack,
                                     m_actions.nextUnlabelled, m_actions.previousUnlabelled};
  connect(&m_actions.registry, &ActionRegistry::aboutToTrigger, m_preview, [this, others](QAction* action) {
    const ActionGroup group = m_actions.registry.groupOf(action);
    if (action != m_preview->action() && !others.contains(action) && group != ActionGroup::view && group != ActionGroup::help) m_preview->settle();
  });
}

}  // namespace intarsia
