// SPDX-License-Identifier: GPL-3.0-or-later
// How fluid the window is on large work, in software rendering without a screen; labelme on the same file in the same run.
//   window_speed [scene] [shape] [commands] [opacity] [huge] [next] [folder] [labelme]      (all without a name)
// labelme runs where INTARSIA_PYTHON names a Python that has it. A frame is everything from an input event until its picture
// is in the window's memory, and the piece of refinement that follows. Wall time, and the processor time of the window's thread.
#include <sys/resource.h>
#include <unistd.h>

#include <QAction>
#include <QApplication>
#include <QElapsedTimer>
#include <QSlider>
#include <QStandardPaths>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>
#include <set>

#include "annotate/edit/borders.h"
#include "app/window/window_services.h"
#include "core/base/resize.h"
#include "core/base/subprocess.h"
#include "core/media/decode.h"
#include "tests/bench/drive.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/icons.h"
#include "ui/main_window/main_window.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

struct Times {
  std::vector<double> wall, cpu;
  static double at(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[std::min(values.size() - 1, size_t(share * double(values.size())))];
  }
  void print(const char* what) const {
    std::printf("%-34s wall median %6.1f ms  p95 %6.1f ms | CPU median %6.1f ms  p95 %6.1f ms | %4.0f frames/s (CPU)\n", what, at(wall, .5), at(wall, .95),
                at(cpu, .5), at(cpu, .95), 1000 / std::max(0.01, at(cpu, .5)));
    std::fflush(stdout);
  }
};

/// One frame: the input, its handlers, the paint, and the piece of refinement after it.
void frame(Times& times, const std::function<void()>& input) {
  const double wall = ms(CLOCK_MONOTONIC), cpu = ms(CLOCK_THREAD_CPUTIME_ID);
  input();
  QApplication::processEvents();
  times.wall.push_back(ms(CLOCK_MONOTONIC) - wall);
  times.cpu.push_back(ms(CLOCK_THREAD_CPUTIME_ID) - cpu);
}

double rssPeakMB() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atof(line.c_str() + 6) / 1024;
  return 0;
}

// ---- what is measured on --------------------------------------------------------------------------------------------

/// Smooth colours with a little noise, like a photograph to a JPEG codec.
Image picture(int width, int height) {
  std::mt19937 random(3);
  Image image{width, height, 3, 8, {}};
  image.bytes.resize(image.rowBytes() * size_t(height));
  for (int y = 0; y < height; ++y) {
    uint8_t* row = image.row(y);
    const double a = std::sin(y / 310.0) * 60;
    for (int x = 0; x < width; ++x) {
      const uint32_t r = random();
      const int base = int(120 + a * std::sin(x / 270.0));
      for (int c = 0; c < 3; ++c) row[3 * x + c] = uint8_t(base + 15 * c + int((r >> (8 * c)) & 7));
    }
  }
  return image;
}

fs::path sceneFolder(int polygons, int vertices, int side) {
  const fs::path folder = fs::temp_directory_path() / ("intarsia-bench-" + std::to_string(polygons) + "-" + std::to_string(vertices) + "-" + std::to_string(side));
  if (fs::exists(folder / "a.json")) return folder;
  fs::create_directories(folder);
  (void)writeJpeg(folder / "a.jpg", picture(side, side));
  std::mt19937 random(3);
  std::uniform_real_distribution<> u(0, 1);
  std::ofstream out(folder / "a.json");
  out << R"({"version":"5.0.0","flags":{},"imagePath":"a.jpg","imageData":null,"imageHeight":)" << side << R"(,"imageWidth":)" << side << R"(,"shapes":[)";
  for (int i = 0; i < polygons; ++i) {
    const bool one = polygons == 1;
    const double cx = one ? side / 2.0 : u(random) * side, cy = one ? side / 2.0 : u(random) * side, r = side / 60.0 * (.3 + .7 * u(random));
    out << (i ? "," : "") << R"({"label":"c)" << i % 10 << R"(","group_id":null,"shape_type":"polygon","flags":{},"points":[)";
    for (int k = 0; k < vertices; ++k) {
      const double a = 2 * M_PI * k / vertices;
      const double d = one ? side * (.36 + .05 * std::sin(7 * a) + .03 * std::sin(61 * a) + .01 * std::sin(600 * a)) + 3 * u(random) : r * (.6 + .4 * u(random));
      out << (k ? "," : "") << '[' << std::clamp(cx + d * std::cos(a), 0.0, side - 1.0) << ',' << std::clamp(cy + d * std::sin(a), 0.0, side - 1.0) << ']';
    }
    out << "]}";
  }
  out << "]}";
  return folder;
}

struct Window {
  MainWindow window{windowServices()};
  explicit Window(QSize size) {
    window.resize(size);
    window.show();
    QApplication::processEvents();
  }
  CanvasView& canvas() { return window.canvas(); }
  bool finished() { return window.session().hasImage() && canvas().settled(); }
  bool open(const fs::path& path, double seconds = 120) {
    window.open(path);
    return waitFor([&] { return finished(); }, seconds);
  }
  /// Makes the canvas itself as large as asked.
  void canvasSize(QSize size) {
    window.actions().hidePanels->setChecked(true);
    QApplication::processEvents();
    window.resize(window.size() + size - canvas().size());
    waitFor([&] { return canvas().settled(); }, 10);
  }
};

/// Imports the scene into a project beside it, once.
fs::path sceneProject(const fs::path& folder) {
  const fs::path project = folder / "project";
  if (Project::exists(project)) return project;
  const auto data = readDataset(folder / "a.json");
  auto made = data ? Project::create(project) : std::unexpected(data.error());
  if (!made || !(*made)->import(*data, {}) || !(*made)->flush()) {
    std::fprintf(stderr, "the scene could not be imported\n");
    std::exit(1);
  }
  return project;
}

// ---- the measurements -------------------------------------------------------------------------------------------------

void scene() {
  const fs::path project = sceneProject(sceneFolder(2000, 100, 8192));
  Window w({1600, 1000});
  CanvasView& canvas = w.canvas();
  const double began = ms(CLOCK_MONOTONIC), cpu = ms(CLOCK_PROCESS_CPUTIME_ID);
  if (!w.open(project)) return void(std::printf("scene: it did not open\n"));
  std::printf("%-34s wall %.2f s, CPU of all threads %.2f s, %zu shapes, peak RSS %.0f MB\n", "open to the finished picture", (ms(CLOCK_MONOTONIC) - began) / 1e3,
              (ms(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1e3, w.window.session().annotation().shapes.size(), rssPeakMB());
  w.canvasSize({1600, 900});
  const QPointF centre = QRectF(canvas.rect()).center();

  Times zoom, pan, settle, drag, release, select;
  for (int round = 0; round < 4; ++round)
    for (int i = 0; i < 24; ++i) frame(zoom, [&] { wheel(canvas, centre + QPointF(37, 21), i < 12 ? 120 : -120); });
  for (const double scale : {0.15, 0.5, 2.0}) {
    canvas.zoomFit();
    while (canvas.transform().scale() < scale) canvas.zoomIn();
    waitFor([&] { return canvas.settled(); }, 10);
    Times here;
    mouse(canvas, QEvent::MouseButtonPress, centre, Qt::MiddleButton, Qt::MiddleButton);
    for (int i = 0; i < 120; ++i)
      frame(here, [&] { mouse(canvas, QEvent::MouseMove, centre + QPointF(200 * std::sin(i / 9.0), 150 * std::cos(i / 7.0)), Qt::NoButton, Qt::MiddleButton); });
    mouse(canvas, QEvent::MouseButtonRelease, centre, Qt::MiddleButton, {});
    const double from = ms(CLOCK_MONOTONIC), fromCpu = ms(CLOCK_THREAD_CPUTIME_ID);
    waitFor([&] { return canvas.settled(); }, 10);
    settle.wall.push_back(ms(CLOCK_MONOTONIC) - from);
    settle.cpu.push_back(ms(CLOCK_THREAD_CPUTIME_ID) - fromCpu);
    here.print(("pan at " + std::to_string(int(scale * 100)) + " %").c_str());
    pan.wall.insert(pan.wall.end(), here.wall.begin(), here.wall.end());
    pan.cpu.insert(pan.cpu.end(), here.cpu.begin(), here.cpu.end());
  }
  zoom.print("zoom, 12 steps in and out");
  pan.print("pan, all");
  settle.print("finishing the picture after it");

  for (const double scale : {0.15, 1.0}) {
    const ShapePtr shape = w.window.session().annotation().shapes[1000];
    canvas.setTool(ToolKind::select);
    canvas.zoomFit();
    // Zoom at the vertex, so that it stays in the window.
    const Point vertex = shape->polygon.rings[0][0];
    while (canvas.transform().scale() < scale) wheel(canvas, canvas.transform().toScreen(vertex), 120);
    waitFor([&] { return canvas.settled(); }, 10);
    frame(select, [&] { canvas.setSelection({shape->id}); });
    waitFor([&] { return canvas.settled(); }, 10);
    const QPointF at = canvas.transform().toScreen(vertex);
    mouse(canvas, QEvent::MouseMove, at, Qt::NoButton, {});
    mouse(canvas, QEvent::MouseButtonPress, at, Qt::LeftButton, Qt::LeftButton);
    for (int i = 0; i < 100; ++i)
      frame(drag, [&] { mouse(canvas, QEvent::MouseMove, at + QPointF(30 * std::sin(i / 5.0), i / 4.0), Qt::NoButton, Qt::LeftButton); });
    frame(release, [&] { mouse(canvas, QEvent::MouseButtonRelease, at + QPointF(3, 25), Qt::LeftButton, {}); });
    waitFor([&] { return canvas.settled() && !w.window.session().making() && w.window.session().saved(); }, 20);
    if (w.window.session().annotation().find(shape->id)->polygon == shape->polygon) std::printf("point drag: no point was moved\n");
  }
  drag.print("point drag, a frame");
  release.print("its end: commit, rasterize, lists");
  select.print("selecting a shape");
}

/// One shape with as many points.
void shape() {
  const fs::path project = sceneProject(sceneFolder(1, 200'000, 8192));
  Window w({1600, 1000});
  CanvasView& canvas = w.canvas();
  if (!w.open(project)) return void(std::printf("shape: it did not open\n"));
  w.canvasSize({1600, 900});
  for (const double scale : {0.1, 1.0, 8.0}) {
    const ShapePtr shape = w.window.session().annotation().shapes[0];
    const Point vertex = shape->polygon.rings[0][100'000];
    canvas.setTool(ToolKind::select);
    canvas.setSelection({});
    canvas.zoomFit();
    while (canvas.transform().scale() < scale) wheel(canvas, canvas.transform().toScreen(vertex), 120);
    canvas.setSelection({shape->id});
    waitFor([&] { return canvas.settled(); }, 10);
    const QPointF at = canvas.transform().toScreen(vertex);
    Times hover, drag, release;
    for (int i = 0; i < 30; ++i) frame(hover, [&] { mouse(canvas, QEvent::MouseMove, at + QPointF(30 - i, 0), Qt::NoButton, {}); });
    mouse(canvas, QEvent::MouseMove, at, Qt::NoButton, {});
    mouse(canvas, QEvent::MouseButtonPress, at, Qt::LeftButton, Qt::LeftButton);
    for (int i = 0; i < 40; ++i)
      frame(drag, [&] { mouse(canvas, QEvent::MouseMove, at + QPointF(30 * std::sin(i / 5.0), i / 4.0), Qt::NoButton, Qt::LeftButton); });
    frame(release, [&] { mouse(canvas, QEvent::MouseButtonRelease, at + QPointF(3, 25), Qt::LeftButton, {}); });
    waitFor([&] { return canvas.settled() && w.window.session().saved(); }, 20);
    const std::string zoom = " at " + std::to_string(int(scale * 100)) + " %";
    hover.print(("200,000 points: hover" + zoom).c_str());
    drag.print(("200,000 points: drag" + zoom).c_str());
    release.print(("200,000 points: its end" + zoom).c_str());
  }
}

/// Geometry over all shapes of the scene: what holds the window's thread the longest meanwhile.
void commands() {
  const fs::path project = sceneProject(sceneFolder(2000, 100, 8192));
  Window w({1600, 1000});
  CanvasView& canvas = w.canvas();
  Session& session = w.window.session();
  if (!w.open(project)) return void(std::printf("commands: it did not open\n"));
  std::vector<ShapeId> ids;
  for (const ShapePtr& shape : session.annotation().shapes) ids.push_back(shape->id);
  const std::pair<const char*, MakeEdit> all[] = {
      {"unite", [ids](const Annotation& a, const Job& job) { return uniteShapes(a, ids, job); }},
      {"simplify", [ids](const Annotation& a, const Job& job) { return simplifyShapes(a, ids, 1, job); }},
      {"smooth", [ids](const Annotation& a, const Job& job) { return smoothShapes(a, ids, 2, job); }},
  };
  for (const auto& [name, make] : all) {
    canvas.setTool(ToolKind::select);
    canvas.setSelection(ids);
    waitFor([&] { return canvas.settled() && session.saved(); }, 60);
    const auto run = [&](const std::string& what, const std::function<void()>& start, const std::function<bool()>& done) {
      Times times;
      const double began = ms(CLOCK_MONOTONIC);
      frame(times, start);
      while (!(done() && session.editable() && canvas.settled()) && ms(CLOCK_MONOTONIC) - began < 120e3) {
        frame(times, [] {});
        QThread::usleep(200);
      }
      std::printf("%-34s longest hold of the window: CPU %.1f ms, wall %.1f ms; all after %.1f s\n", what.c_str(), *std::ranges::max_element(times.cpu),
                  *std::ranges::max_element(times.wall), (ms(CLOCK_MONOTONIC) - began) / 1e3);
      std::fflush(stdout);
    };
    const size_t steps = session.history().done();
    run(std::string(name) + " 2,000 shapes", [&] { session.make(pointsNear(session.annotation(), {}, ids), QString::fromLatin1(name), make); },
        [&] { return session.history().done() == steps + 1; });
    run("undo of it", [&] { session.undo(); }, [&] { return session.history().done() == steps; });
  }
}

void opacity() {
  const fs::path project = sceneProject(sceneFolder(2000, 100, 8192));
  Window w({1600, 1000});
  if (!w.open(project)) return void(std::printf("opacity: it did not open\n"));
  w.canvasSize({1920, 1080});
  Times times;
  for (QSlider* slider : w.window.findChildren<QSlider*>()) {
    if (slider->accessibleName() != QLatin1String("Opacity of the labels")) continue;
    for (int i = 0; i < 120; ++i) frame(times, [&] { slider->setValue(20 + (i * 7) % 70); });
  }
  times.print("opacity slider at 1920 × 1080");
}

/// In a process of its own, for its memory.
void huge(const char* self) {
  const fs::path folder = fs::temp_directory_path() / "intarsia-bench-huge";
  if (!fs::exists(folder / "huge.jpg")) {
    fs::create_directories(folder);
    (void)writeJpeg(folder / "huge.jpg", picture(12000, 8400));
  }
  const auto output = runProcess(self, {"open", (folder / "huge.jpg").string()});
  std::printf("%s", output ? output->out.c_str() : "huge: it did not start\n");
}

void openOne(const fs::path& file) {
  Window w({1600, 1000});
  CanvasView& canvas = w.canvas();
  const double began = ms(CLOCK_MONOTONIC), cpu = ms(CLOCK_PROCESS_CPUTIME_ID);
  w.window.open(file);
  waitFor([&] { return canvas.hasImage(); }, 60);
  QApplication::processEvents();
  const double first = ms(CLOCK_MONOTONIC) - began;
  waitFor([&] { return w.finished(); }, 60);
  const double last = ms(CLOCK_MONOTONIC) - began, used = ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  if (!w.window.session().hasImage()) return void(std::printf("huge: it did not open\n"));
  const Size size = w.window.session().pyramid()->size();
  std::printf("%-34s something after %.2f s, all after %.2f s (CPU of all threads %.2f s), peak RSS %.0f MB\n",
              (std::to_string(size.width) + " × " + std::to_string(size.height) + " JPEG").c_str(), first / 1e3, last / 1e3, used / 1e3, rssPeakMB());
}

void next() {
  const fs::path folder = fs::temp_directory_path() / "intarsia-bench-next";
  if (!fs::exists(folder / "8.jpg")) {
    fs::create_directories(folder);
    const Image image = picture(4000, 3000);
    for (int i = 1; i <= 8; ++i) (void)writeJpeg(folder / (std::to_string(i) + ".jpg"), image);
  }
  Window w({1600, 1000});
  if (!w.open(folder)) return void(std::printf("next: it did not open\n"));
  Times times;
  for (int i = 1; i < 8; ++i) {
    waitFor([] { return false; }, 1.5);  // someone looks at the picture
    const double wall = ms(CLOCK_MONOTONIC), cpu = ms(CLOCK_PROCESS_CPUTIME_ID);
    w.window.actions().nextImage->trigger();
    waitFor([&] { return w.window.session().current() == i && w.finished(); }, 20);
    times.wall.push_back(ms(CLOCK_MONOTONIC) - wall);
    times.cpu.push_back(ms(CLOCK_PROCESS_CPUTIME_ID) - cpu);
  }
  times.print("next image, 12 megapixels");
}

void folder() {
  const fs::path folder = fs::temp_directory_path() / "intarsia-bench-folder";
  if (!fs::exists(folder / "99999.jpg")) {
    fs::create_directories(folder);
    (void)writeJpeg(folder / "0.jpg", picture(640, 480));
    constexpr int kLinks = 30'000;  // of one file: file systems have a limit
    for (int i = 1; i < 100'000; ++i) {
      const fs::path name = folder / (std::to_string(i) + ".jpg");
      if (i % kLinks == 0)
        fs::copy_file(folder / "0.jpg", name);
      else
        fs::create_hard_link(folder / (std::to_string(i / kLinks * kLinks) + ".jpg"), name);
    }
  }
  Window w({1600, 1000});
  const double began = ms(CLOCK_MONOTONIC), cpu = ms(CLOCK_PROCESS_CPUTIME_ID);
  if (!w.open(folder)) return void(std::printf("folder: it did not open\n"));
  std::printf("%-34s usable after %.2f s (CPU %.2f s), peak RSS %.0f MB\n", "100,000 images", (ms(CLOCK_MONOTONIC) - began) / 1e3,
              (ms(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1e3, rssPeakMB());
  Times times;
  for (int i = 0; i < 10; ++i) {
    const int target = w.window.session().current() + 1;
    const double wall = ms(CLOCK_MONOTONIC), used = ms(CLOCK_PROCESS_CPUTIME_ID);
    w.window.actions().nextImage->trigger();
    waitFor([&] { return w.window.session().current() == target && w.finished(); }, 20);
    times.wall.push_back(ms(CLOCK_MONOTONIC) - wall);
    times.cpu.push_back(ms(CLOCK_PROCESS_CPUTIME_ID) - used);
  }
  times.print("next image among them");
}

void labelme() {
  const QString python = qEnvironmentVariable("INTARSIA_PYTHON");
  if (python.isEmpty()) return void(std::printf("labelme: not run, INTARSIA_PYTHON names no Python that has it\n"));
  const auto output = runProcess(python.toStdString(), {INTARSIA_SOURCE_DIR "/tests/bench/labelme_canvas.py", (sceneFolder(2000, 100, 8192) / "a.json").string()});
  if (!output || output->status != 0) return void(std::printf("labelme: it did not run\n%s\n", output ? output->err.c_str() : ""));
  std::printf("labelme on the same file\n%s", output->out.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  // Settings of its own; no engine takes processor time away.
  const fs::path home = fs::temp_directory_path() / ("intarsia-bench-home-" + std::to_string(::getpid()));
  qputenv("XDG_CONFIG_HOME", home.c_str());
  qputenv("INTARSIA_ENGINE", "/bin/false");
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("intarsia-bench"));
  QApplication::setOrganizationName(QStringLiteral("intarsia-bench"));
  initResources();
  std::set<std::string> wanted(argv + 1, argv + argc);
  if (wanted.contains("open")) {
    openOne(argv[2]);
    std::fflush(stdout);
    fs::remove_all(home);
    std::_Exit(0);
  }
  const auto on = [&](const char* name) { return wanted.empty() || wanted.contains(name); };
  double load[3] = {};
  (void)::getloadavg(load, 3);
  std::printf("load %.1f on %ld cores when it began\n", load[0], ::sysconf(_SC_NPROCESSORS_ONLN));
  if (on("scene")) scene();
  if (on("shape")) shape();
  if (on("commands")) commands();
  if (on("opacity")) opacity();
  if (on("huge")) huge(argv[0]);
  if (on("next")) next();
  if (on("folder")) folder();
  if (on("labelme")) labelme();
  (void)::getloadavg(load, 3);
  std::printf("load %.1f when it ended\n", load[0]);
  fs::remove_all(home);
  return 0;
}
