// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace intarsia {

class MainWindow;

/// SIGTERM, SIGINT and SIGHUP (a session that ends, a terminal that is closed) end the program as closing its window does, without a
/// question; the second one ends it at once. Once per process; `window` outlives the event loop.
void endOnSignals(MainWindow& window);

}  // namespace intarsia
