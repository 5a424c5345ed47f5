// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/window_services.h"

namespace intarsia {

AppServices windowServices() {
  return {};
}

}  // namespace intarsia
