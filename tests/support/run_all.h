// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "tests/support/register.h"

namespace intarsia::test {
/// Runs the registered classes and returns the process's exit status. A QCoreApplication or QApplication must exist.
int runAll(int argc, char** argv);
}  // namespace intarsia::test
