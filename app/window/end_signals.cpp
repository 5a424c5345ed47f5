// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/end_signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <QSocketNotifier>
#include <csignal>

#include "ui/main_window/main_window.h"

namespace intarsia {
namespace {

int signalPipe[2] = {-1, -1};

/// A handler may do no more than this.
void wake(int) {
  const char byte = 0;
  (void)!::write(signalPipe[1], &byte, 1);
}

}  // namespace

void endOnSignals(MainWindow& window) {
  if (::pipe2(signalPipe, O_CLOEXEC | O_NONBLOCK) != 0) return;  // they end the process then, as they did
  auto* notifier = new QSocketNotifier(signalPipe[0], QSocketNotifier::Read, &window);
  QObject::connect(notifier, &QSocketNotifier::activated, &window, [&window, notifier] {
    notifier->setEnabled(false);
    window.end();
  });
  struct sigaction action = {};
  action.sa_handler = wake;
  action.sa_flags = SA_RESTART | int(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    struct sigaction before = {};
    if (::sigaction(number, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) ::sigaction(number, &action, nullptr);  // nohup
  }
}

}  // namespace intarsia
