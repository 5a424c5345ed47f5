// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAction>

#include "ui/main_window/actions.h"

namespace intarsia {

/// The commands of the view: what is shown beside image and labels, and how.
struct ViewActions {
  ViewActions(Actions& actions, QWidget* window);
  QAction *split, *peek, *adjust, *stretch, *resetAdjustments, *errors, *confidence, *hatching, *minimap, *rulers, *grid;
};

}  // namespace intarsia
