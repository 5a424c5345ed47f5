// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace intarsia {

/// Prints "first paint: N ms" (since exec, to 10 ms) once the window has been painted, and quits.
void reportFirstPaint(QWidget& window);

}  // namespace intarsia
