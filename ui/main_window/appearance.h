// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPalette>
#include <QString>

namespace intarsia {

enum class Appearance { system, light, dark };

/// Follows the system's palette, or sets one of our two with Qt's own style, at once and for all windows.
void setAppearance(Appearance appearance);
Appearance appearanceFromName(const QString& name);  // "light", "dark", else system

}  // namespace intarsia
