// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/main_window/action_registry.h"

namespace intarsia {

/// The commands that change the geometry of the selected shapes.
struct BorderActions {
  explicit BorderActions(ActionRegistry& registry);
  QAction *unite, *subtract, *take, *yield, *fillHoles, *splitParts, *simplify, *smooth;
  QList<QAction*> all() const { return {unite, subtract, take, yield, fillHoles, splitParts, simplify, smooth}; }
};

}  // namespace intarsia
