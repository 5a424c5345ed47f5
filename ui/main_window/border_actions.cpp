// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/border_actions.h"

#include <QCoreApplication>

namespace intarsia {

BorderActions::BorderActions(ActionRegistry& registry) {
  const auto tr = [](const char* text) { return QCoreApplication::translate("intarsia::BorderActions", text); };
  const auto add = [&](const char* id, const QString& text, const QList<QKeySequence>& keys, const QString& what) {
    return registry.add({QString::fromLatin1(id), ActionGroup::shapes, text, "", keys, what});
  };
  const auto ctrlShift = [](Qt::Key key) { return QKeySequence(Qt::CTRL | Qt::SHIFT | key); };
  unite = add("shape.unite", tr("Unite"), {ctrlShift(Qt::Key_M)}, tr("Make one shape of the selected ones, with the class of the first"));
  subtract = add("shape.subtract", tr("Subtract (Cut a Hole)"), {ctrlShift(Qt::Key_X)},
                 tr("Cut the topmost selected shape out of the others, or a single one out of all below it; it goes"));
  take = add("shape.take", tr("Take Overlapping Pixels"), {ctrlShift(Qt::Key_T)}, tr("All other shapes lose what the selected ones cover"));
  yield = add("shape.yield", tr("Yield Overlapping Pixels"), {ctrlShift(Qt::Key_Y)}, tr("The selected shapes lose what others cover"));
  fillHoles = add("shape.fillHoles", tr("Fill Holes"), {ctrlShift(Qt::Key_F)}, tr("Fill the holes of the selected shapes"));
  splitParts = add("shape.splitParts", tr("Split into Parts"), {}, tr("Make a shape of each part of the selected ones"));
  simplify = add("shape.simplify", tr("Simplify…"), {}, tr("Fewer points; borders that neighbours share stay shared"));
  smooth = add("shape.smooth", tr("Smooth…"), {}, tr("Rounder borders; those that neighbours share stay shared"));
}

}  // namespace intarsia
