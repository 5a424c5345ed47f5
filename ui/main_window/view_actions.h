// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/main_window/action_registry.h"

namespace intarsia {

/// The commands of the view: what is shown beside image and labels, and how.
struct ViewActions {
  explicit ViewActions(ActionRegistry& registry);
  QAction *split, *peek, *adjust, *stretch, *resetAdjustments, *errors, *confidence, *hatching, *minimap, *rulers, *grid;
};

}  // namespace intarsia
