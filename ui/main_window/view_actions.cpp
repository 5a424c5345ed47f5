// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/view_actions.h"

#include <QCoreApplication>

namespace intarsia {

ViewActions::ViewActions(ActionRegistry& registry) {
  const auto tr = [](const char* text) { return QCoreApplication::translate("intarsia::ViewActions", text); };
  const auto add = [&](const char* id, const QString& text, const char* icon, const QList<QKeySequence>& keys, const QString& what, bool checkable = true) {
    return registry.add({QString::fromLatin1(id), ActionGroup::view, text, icon, keys, what, checkable});
  };
  const auto ctrlShift = [](Qt::Key key) { return QKeySequence(Qt::CTRL | Qt::SHIFT | key); };
  split = add("view.split", tr("Image | Labels | Prediction"), "split", {Qt::Key_Y}, tr("Show image, labels and prediction side by side, behind lines to drag"));
  peek = add("view.peek", tr("Only the Image While Held"), "", {Qt::Key_Q}, tr("Hide labels, prediction and outlines while the key is held down"), false);
  peek->setAutoRepeat(false);
  errors = add("view.errors", tr("Errors of the Prediction"), "", {QKeySequence(Qt::SHIFT | Qt::Key_E)}, tr("Show in red where the prediction differs from the labels"));
  confidence = add("view.confidence", tr("Uncertainty of the Prediction"), "", {Qt::Key_U}, tr("Show in yellow where the network is unsure"));
  hatching = add("view.hatching", tr("Hatching"), "", {ctrlShift(Qt::Key_H)}, tr("Tell classes apart by patterns as well as by colours"));
  adjust = add("view.adjust", tr("Brightness and Contrast"), "adjust", {ctrlShift(Qt::Key_B)}, tr("Brightness, contrast and gamma of the view; the image itself is not changed"));
  stretch = add("view.stretch", tr("Stretch Contrast"), "", {ctrlShift(Qt::Key_L)}, tr("Spread the image's own range from black to white in the view"));
  resetAdjustments = add("view.resetAdjustments", tr("Image as It Is"), "", {QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_0)}, tr("Reset brightness, contrast and gamma of the view"), false);
  minimap = add("view.minimap", tr("Overview Map"), "", {ctrlShift(Qt::Key_N)}, tr("A small map in the corner when only a part of the image is seen"));
  rulers = add("view.rulers", tr("Rulers"), "", {ctrlShift(Qt::Key_R)}, tr("Pixel coordinates along the edges"));
  grid = add("view.grid", tr("Pixel Grid"), "", {ctrlShift(Qt::Key_G)}, tr("Borders of pixels from 16 : 1 on"));
}

}  // namespace intarsia
