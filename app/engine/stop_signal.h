// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <signal.h>
#include <unistd.h>

#include <functional>
#include <thread>

namespace intarsia {

/// Turns SIGINT, SIGTERM and SIGHUP, which main has blocked, into a call from a thread of its own; the second signal ends at once.
/// For the life of the process: what `stop` uses must outlive it or the process ends with the command.
class StopOnSignal {
 public:
  explicit StopOnSignal(std::function<void()> stop) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    std::thread([set, stop = std::move(stop)] {
      for (int count = 0, number = 0; ::sigwait(&set, &number) == 0; ++count) {
        if (count > 0) ::_exit(128 + number);
        stop();
      }
    }).detach();
  }
};

}  // namespace intarsia
