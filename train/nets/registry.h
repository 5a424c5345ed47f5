// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

struct NetworkInfo {
  std::string_view id;         // as in torchvision and smp where they exist
  std::string_view title;      // for people, INTARSIA_TEXT
  int64_t parameters = 0;      // with 12 classes and its default options
  std::string_view reference;  // whose state_dict names and numbers it has; empty = our own
  std::string_view description = {};  // one sentence, INTARSIA_TEXT
  int64_t cpuArea = 240 * 180;        // pixels of a picture that an automatic size aims at on a processor: what measured best in ten minutes on two cores
};

/// All networks, one file *_net.cpp each (the table is generated), in alphabetical order of their ids.
std::vector<NetworkInfo> networks();

}  // namespace intarsia
