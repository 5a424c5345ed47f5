// SPDX-License-Identifier: GPL-3.0-or-later
// How long the window's event handlers take while a network trains: someone pans, zooms, drags points, paints, takes back and goes on to
// the next image, an input every 16 ms, on a copy of the project's labels.
//   window_training PROJECT SECONDS
// It also prints when the first step after the click on Train had ended, as the window hears of it (up to 0.2 s later).
// The engine is found as by the window (INTARSIA_ENGINE names another). A handler is the whole delivery of an event, wall time.
#include <unistd.h>

#include <QAction>
#include <QStandardPaths>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "app/window/window_services.h"
#include "tests/bench/drive.h"
#include "tests/ui/timed_application.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/icons.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/panels/train_panel.h"

using namespace intarsia;
using intarsia::test::TimedApplication;
namespace fs = std::filesystem;

namespace {

/// One round of what a person does; `step` is called after each input.
class Hand {
 public:
  Hand(MainWindow& window, std::function<bool()> more) : m_window(window), m_canvas(window.canvas()), m_more(std::move(more)) {}

  void round(int n) {
    const QPointF centre = QRectF(m_canvas.rect()).center();
    for (int i = 0; i < 12; ++i) input([&] { wheel(m_canvas, centre + QPointF(37, 21), i < 6 ? 120 : -120); });
    drag(centre, Qt::MiddleButton, 20, 150);
    dragPoint();
    act([&] { m_canvas.setTool(ToolKind::brush); });
    drag(centre + QPointF(20 * (n % 9) - 80, 10 * (n % 7)), Qt::LeftButton, 20, 60);
    if (n % 2) act([&] { m_window.actions().undo->trigger(); });
    act([&] { (n % 40 < 20 ? m_window.actions().nextImage : m_window.actions().previousImage)->trigger(); });
    const double until = ms(CLOCK_MONOTONIC) + 400;
    while (ms(CLOCK_MONOTONIC) < until && m_more()) input([] {});
  }

 private:
  void input(const std::function<void()>& what) {
    if (!m_more()) return;
    const double next = ms(CLOCK_MONOTONIC) + 16;
    what();
    do {
      QApplication::processEvents();
      QThread::usleep(300);
    } while (ms(CLOCK_MONOTONIC) < next);
  }
  /// As an event, so that it is timed as one.
  void act(const std::function<void()>& what) {
    input([&] { QMetaObject::invokeMethod(&m_window, what, Qt::QueuedConnection); });
  }
  void drag(QPointF from, Qt::MouseButton button, int moves, double reach) {
    QPointF at = from;
    input([&] { mouse(m_canvas, QEvent::MouseMove, at, Qt::NoButton, {}); });
    input([&] { mouse(m_canvas, QEvent::MouseButtonPress, at, button, button); });
    for (int i = 1; i <= moves; ++i)
      input([&] {
        at = from + QPointF(reach * std::sin(i / 5.0), reach * .6 * std::sin(i / 3.0));
        mouse(m_canvas, QEvent::MouseMove, at, Qt::NoButton, button);
      });
    mouse(m_canvas, QEvent::MouseButtonRelease, at, button, {});
  }
  void dragPoint() {
    if (!m_window.session().hasImage()) return;
    act([&] { m_canvas.setTool(ToolKind::select); });
    for (const ShapePtr& shape : m_window.session().annotation().shapes) {
      if (shape->locked || shape->hidden || shape->polygon.rings.empty()) continue;
      const QPointF at = m_canvas.transform().toScreen(shape->polygon.rings[0][0]);
      if (!QRectF(m_canvas.rect()).adjusted(40, 40, -40, -40).contains(at)) continue;
      act([&] { m_canvas.setSelection({shape->id}); });
      return drag(at, Qt::LeftButton, 20, 15);
    }
  }

  MainWindow& m_window;
  CanvasView& m_canvas;
  std::function<bool()> m_more;
};

void print(const TimedApplication& application) {
  std::printf("%zu handlers: median %.2f ms, 99 %% %.1f ms, 99.9 %% %.1f ms, slowest %.1f ms; over 50 ms: %td\n", application.count(), application.percentile(50),
              application.percentile(99), application.percentile(99.9), application.slowest().wallMs, application.over(50));
  for (const auto& h : application.longest(8)) std::printf("  %.1f ms (processor %.1f ms): %s\n", h.wallMs, h.cpuMs, h.what.c_str());
}

int run(TimedApplication& application, const fs::path& project, double seconds, const fs::path& scratch) {
  {
    auto source = Project::open(project, {}, Project::Access::readOnly);
    const auto copied = source ? (*source)->saveAs(scratch / "project") : std::unexpected(source.error());
    if (!copied) return std::fprintf(stderr, "%s\n", copied.error().message().c_str()), 1;
  }
  MainWindow window(windowServices());
  window.askToEndTraining = [] { return true; };
  window.resize(1600, 1000);
  window.show();
  window.open(scratch / "project");
  if (!waitFor([&] { return window.session().hasImage() && window.canvas().settled() && window.training().hasEngine(); }, 120))
    return std::fprintf(stderr, "no image or no engine: %s\n", window.messages().text().toUtf8().constData()), 1;
  window.trainPanel().setBudget((seconds + 30) / 60, false);
  int epochs = 0;
  double speed = 0, clicked = 0, first = 0;
  QObject::connect(&window.training(), &Training::metricsAdded, &window, [&](const auto& lines) { epochs += int(lines.size()); });
  QObject::connect(&window.training(), &Training::progressed, &window, [&](const RunProgress& progress) {
    speed = progress.imagesPerSecond;
    if (first == 0 && progress.step > 0) first = ms(CLOCK_MONOTONIC);
  });
  if (!waitFor([&] { return window.actions().train->isEnabled(); }, 30)) return std::fprintf(stderr, "the project cannot be trained on\n"), 1;
  application.record(true);
  window.actions().train->hover();  // as a mouse does half a second before it clicks
  waitFor([] { return false; }, 0.5);
  clicked = ms(CLOCK_MONOTONIC);
  QMetaObject::invokeMethod(&window, [&] { window.actions().train->trigger(); }, Qt::QueuedConnection);
  const double end = ms(CLOCK_MONOTONIC) + seconds * 1e3;
  int rounds = 0;
  Hand hand(window, [&] { return ms(CLOCK_MONOTONIC) < end; });
  while (ms(CLOCK_MONOTONIC) < end) hand.round(rounds++);
  application.record(false);
  const bool trained = window.training().running();
  std::printf("%.0f s, %d rounds of pan, zoom, point, brush, next image; %s: %d epochs, %.1f images/s, %lld pieces of live answers\n", seconds, rounds,
              trained ? "training all the while" : "NOT training at the end", epochs, speed, static_cast<long long>(window.training().predictionsShown()));
  std::printf("first step %.2f s after the click\n", (first - clicked) / 1e3);
  if (!window.messages().text().isEmpty()) std::printf("said: %s\n", window.messages().text().toUtf8().constData());
  print(application);
  window.close();
  waitFor([&] { return !window.isVisible(); }, 60);
  return trained ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  const fs::path scratch = fs::temp_directory_path() / ("intarsia-bench-" + std::to_string(::getpid()));
  qputenv("XDG_CONFIG_HOME", scratch.c_str());
  TimedApplication application(argc, argv);
  application.record(false);
  QApplication::setApplicationName(QStringLiteral("intarsia-bench"));
  initResources();
  if (argc != 3 || std::atof(argv[2]) <= 0) return std::fprintf(stderr, "window_training PROJECT SECONDS\n"), 2;
  const int status = run(application, argv[1], std::atof(argv[2]), scratch);
  std::fflush(stdout);
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  return status;
}
