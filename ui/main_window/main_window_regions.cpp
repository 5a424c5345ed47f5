// SPDX-License-Identifier: GPL-3.0-or-later
// Masks and the network's answers become shapes, so that they can be edited as such.
#include <QInputDialog>
#include <QMenu>

#include "annotate/edit/region_edits.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/models/qt_text.h"

namespace intarsia {

void MainWindow::addRegionActions(QMenu* menu) {
  const auto add = [&](const QString& id, const QString& text, const QString& what, auto slot) {
    QAction* action = m_actions.registry.add({id, ActionGroup::shapes, text, "", {}, what});
    menu->addAction(action);
    connect(action, &QAction::triggered, this, slot);
    return action;
  };
  m_maskToShapes = add(QStringLiteral("shape.fromMask"), tr("Mask to Shapes…"), tr("Turn the image's mask into shapes that share their borders"), [this] {
    regionsToShapes(tr("mask to shapes"), 0, [](const Annotation& a, const VectorizeOptions& options, const Job& job) { return baseToShapes(a, options, job); });
  });
  m_answerToShapes = add(QStringLiteral("shape.fromAnswer"), tr("Network's Answer to Shapes…"), tr("Take over the network's answer as shapes where nothing is labelled yet"), [this] {
    const LabelMap* answer = m_training->prediction();
    if (!answer) return;
    regionsToShapes(tr("answer to shapes"), 16 << m_training->predictionLevel() << m_training->predictionLevel(),
                    [answer = *answer, level = m_training->predictionLevel(), classes = m_session->classes()](
                        const Annotation& a, const VectorizeOptions& options, const Job& job) { return answerToShapes(a, answer, level, classes, options, job); });
  });
}

/// Asks for the tolerance; the work is done behind the window, and dropped when the labels change meanwhile.
void MainWindow::regionsToShapes(const QString& name, int minimumArea, RegionWork work) {
  auto* dialog = new QInputDialog(this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("To Shapes"));
  dialog->setInputMode(QInputDialog::DoubleInput);
  dialog->setLabelText(tr("How far may borders move, in pixels? 0 keeps every pixel."));
  dialog->setDoubleRange(0, 20);
  dialog->setDoubleDecimals(1);
  dialog->setDoubleStep(0.5);
  dialog->setDoubleValue(1.5);  // the stairs of a slanted border become a line
  connect(dialog, &QInputDialog::doubleValueSelected, this, [=, this](double tolerance) {
    const ProjectImage* image = m_session->currentImage();
    if (!image || !m_session->hasImage() || !m_session->editable()) return;
    Task* task = m_session->startTask(tr("Making shapes"));
    inBackground(
        this,
        [work, before = m_session->annotation(), options = VectorizeOptions{tolerance, minimumArea}, job = task->job()] {
          return std::pair(before, work(before, options, job));
        },
        [this, name, key = image->key, guard = QPointer<Task>(task)](const std::pair<Annotation, Expected<Edit>>& done) {
          delete guard;
          const auto& [before, edit] = done;
          if (!edit) {
            if (edit.error().code != ErrorCode::cancelled) m_messages->show({Notice::Kind::error, sentence(edit.error()), {}, {}});
            return;
          }
          const ProjectImage* now = m_session->currentImage();
          if (!now || now->key != key || !sameContent(m_session->annotation(), before))
            return m_messages->show({Notice::Kind::warning, tr("The labels were changed meanwhile, so no shapes were made."), {}, {}});
          m_session->edit(edit->after, edit->dirty, name);
        });
  });
  dialog->open();
}

}  // namespace intarsia
