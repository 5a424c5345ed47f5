// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/main_window/services.h"

namespace intarsia {

/// Where the window gets what neither annotate nor train can give alone.
AppServices windowServices();

}  // namespace intarsia
