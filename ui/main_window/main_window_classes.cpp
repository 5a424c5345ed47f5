// SPDX-License-Identifier: GPL-3.0-or-later
// Commands on classes, and the questions before one goes from every image.
#include <QDockWidget>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>

#include "ui/canvas/canvas_view.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/models/class_model.h"
#include "ui/models/image_index.h"
#include "ui/models/qt_text.h"
#include "ui/panels/class_panel.h"

namespace intarsia {

/// Says before how many images change; nothing that asks is needed where there is none.
void MainWindow::mergeClass(ClassId from, ClassId to) {
  const ClassInfo* info = m_session->classes().find(from);
  const ClassInfo* target = m_session->classes().find(to);
  if (!info || !m_session->editable()) return;
  const QString name = toQt(info->name);
  const int images = m_index->imagesWith(from);
  const QString count = m_index->complete() ? grouped(images) : tr("at least %1; the labels are still being read").arg(grouped(images));
  const QString question = target ? tr("“%1” becomes “%2” and is no longer a class. Images that change: %3. Undo brings it back.").arg(name, toQt(target->name), count)
                                  : tr("The labels of “%1” are deleted, and it is no longer a class. Images that change: %2. Undo brings them back.").arg(name, count);
  if ((images > 0 || !m_index->complete()) && !askToChangeLabels(question, target ? tr("Merge") : tr("Delete"))) return;
  m_session->mergeClass(from, to, [this, name, target = target ? toQt(target->name) : QString()](int changed) {
    m_messages->show({Notice::Kind::info, target.isEmpty() ? tr("“%1” is deleted. Images changed: %2.").arg(name, grouped(changed))
                                                           : tr("“%1” is “%2” now. Images changed: %3.").arg(name, target, grouped(changed)),
                      tr("Undo"), [this] { m_session->undo(); }, [this, at = m_session->steps()] { return m_session->steps() != at; }});
  });
}

void MainWindow::connectClasses() {
  auto& registry = m_actions.registry;
  QMenu* menu = m_shapeMenu->addMenu(tr("Edit &Classes"));
  const auto on = [&](const ActionSpec& spec, auto slot) {
    QAction* action = registry.add(spec);
    menu->addAction(action);
    connect(action, &QAction::triggered, this, slot);
  };
  constexpr auto group = ActionGroup::classes;
  const auto row = [this] { return m_session->classes().indexOf(m_classPanel->currentClass()).value_or(-1); };
  on({"classes.new", group, tr("New Class…"), "add", {QKeySequence(Qt::CTRL | Qt::Key_K)}, tr("Type the name of a new class")}, [this] {
    m_docks[1]->show();
    m_docks[1]->raise();
    m_classPanel->focusNewName();
  });
  on({"classes.rename", group, tr("Rename Class…"), "", {}, tr("Rename the current class in the whole project")}, [this] { m_classPanel->renameCurrent(); });
  on({"classes.color", group, tr("Colour of Class…"), "", {}, tr("Choose the colour of the current class")}, [this] { m_classPanel->recolorCurrent(); });
  on({"classes.ignore", group, tr("Ignore Class"), "", {}, tr("Let the current class enter neither loss nor metric, or let it count again")}, [this] { m_classPanel->toggleIgnore(m_classPanel->currentClass()); });
  on({"classes.up", group, tr("Move Class Up"), "", {QKeySequence(Qt::ALT | Qt::Key_Up)}, tr("Give the current class the index before; label maps written later have other numbers")}, [this, row] { m_classPanel->moveClass(row(), row() - 1); });
  on({"classes.down", group, tr("Move Class Down"), "", {QKeySequence(Qt::ALT | Qt::Key_Down)}, tr("Give the current class the index behind; label maps written later have other numbers")}, [this, row] { m_classPanel->moveClass(row(), row() + 1); });
  on({"classes.delete", group, tr("Delete Class…"), "", {}, tr("Delete the current class and its labels in every image, after a question")}, [this] { mergeClass(m_classPanel->currentClass(), kNoClass); });
  on({"classes.showOnly", group, tr("Show Only This Class"), "eye", {}, tr("Hide all other classes in the view")}, [this] { m_classPanel->showOnly(m_classPanel->currentClass()); });
  on({"classes.showAll", group, tr("Show All Classes"), "", {}, tr("Show the classes that are hidden in the view")}, [this] { m_classPanel->showAll(); });
  connect(m_classPanel, &ClassPanel::mergeWanted, this, &MainWindow::mergeClass);
  connect(m_viewActions.hatching, &QAction::toggled, m_classPanel, &ClassPanel::setHatching);
  m_classPanel->setHatching(m_viewActions.hatching->isChecked());
  askToChangeLabels = [this](const QString& text, const QString& verb) {
    QMessageBox box(QMessageBox::Warning, verb, text, QMessageBox::NoButton, this);
    QPushButton* change = box.addButton(verb, QMessageBox::DestructiveRole);
    box.setDefaultButton(box.addButton(QMessageBox::Cancel));
    box.exec();
    return box.clickedButton() == change;
  };
}

void MainWindow::updateClassActions() {
  const int row = m_session->classes().indexOf(m_classPanel->currentClass()).value_or(-1), last = m_session->classes().size() - 1;
  const QString why = !m_session->hasProject() ? tr("No project is open") : row < 0 ? tr("There is no class yet") : tr("This project can only be viewed");
  const auto set = [&](const char* id, bool possible, const QString& reason) { setAvailable(m_actions.registry.find(QLatin1String(id)), possible, reason); };
  set("classes.new", m_session->editable(), why);
  for (const char* id : {"classes.rename", "classes.color", "classes.ignore", "classes.delete"}) set(id, row >= 0 && m_session->editable(), why);
  set("classes.up", row > 0 && m_session->editable(), row == 0 ? tr("It is the first class") : why);
  set("classes.down", row >= 0 && row < last && m_session->editable(), row == last && row >= 0 ? tr("It is the last class") : why);
  for (const char* id : {"classes.showOnly", "classes.showAll"}) set(id, row >= 0, why);
}

}  // namespace intarsia
