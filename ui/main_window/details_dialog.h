// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

class QWidget;

namespace intarsia {

/// Shows a message whose lines are too many for the bar above the canvas. Not modal; goes when it is closed.
void showDetails(const QString& text, QWidget* parent);

}  // namespace intarsia
