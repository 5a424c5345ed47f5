// SPDX-License-Identifier: GPL-3.0-or-later
// Geometry that nobody wants any more ends soon, wherever it is.
#include <pthread.h>

#include <QTest>
#include <atomic>
#include <cmath>
#include <ctime>
#include <optional>
#include <stop_token>
#include <thread>

#include "annotate/edit/borders.h"
#include "core/base/random.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {

constexpr double kSoon = 100;  // milliseconds of processor time

double msOf(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return double(t.tv_sec) * 1e3 + double(t.tv_nsec) / 1e6;
}

struct Run {
  Expected<Edit> edit = fail(ErrorCode::failed, INTARSIA_TEXT("not run"));
  double all = 0, after = 0;  // processor time; the part after the stop
};

/// On a thread of its own, which is told to stop once it has computed for so long.
Run run(const Annotation& labels, const MakeEdit& make, std::optional<double> stopAfter) {
  Run out;
  std::stop_source stop;
  std::atomic<bool> go = false, done = false;
  std::thread worker([&] {
    while (!go) std::this_thread::yield();
    out.edit = make(labels, Job(stop.get_token()));
    out.all = msOf(CLOCK_THREAD_CPUTIME_ID);
    done = true;
    while (go) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // its clock is read until then
  });
  clockid_t clock{};
  pthread_getcpuclockid(worker.native_handle(), &clock);
  const double began = msOf(clock);
  go = true;
  while (stopAfter && !done && msOf(clock) - began < *stopAfter) std::this_thread::sleep_for(std::chrono::microseconds(200));
  const double stopped = msOf(clock);
  if (stopAfter) stop.request_stop();
  while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  go = false;
  worker.join();
  out.after = out.all - stopped;
  out.all -= began;
  return out;
}

Ring star(Random& random, Point centre, int points, double radius, double ragged = 0.4) {
  Ring ring;
  for (int i = 0; i < points; ++i) {
    const double a = 2 * M_PI * i / points, r = radius * random.uniform(1 - ragged, 1);
    ring.push_back({centre.x + r * std::cos(a), centre.y + r * std::sin(a)});
  }
  return ring;
}

/// Hundreds of ragged shapes over one another, and one of very many points with holes.
Annotation scene() {
  Random random(5);
  Annotation a;
  a.size = {2000, 2000};
  const auto add = [&](Polygon polygon) {
    Shape shape;
    shape.classId = ClassId(1 + a.shapes.size() % 3);
    shape.polygon = std::move(polygon);
    a = addShape(a, std::move(shape)).after;
  };
  for (int i = 0; i < 400; ++i)
    add({{star(random, {random.uniform(0, 2000), random.uniform(0, 2000)}, 60, random.uniform(20, 110))}});
  Polygon large{{star(random, {1000, 1000}, 2000, 900, 0.003)}};
  for (int i = 0; i < 36; ++i) large.rings.push_back(star(random, {800.0 + i % 6 * 60, 800.0 + i / 6 * 60.0}, 40, 20));
  large.rings.push_back({{1980, 1980}, {1995, 1980}, {1995, 1995}, {1980, 1995}});  // a second part
  add(std::move(large));
  return a;
}

}  // namespace

class CancelTest : public QObject {
  Q_OBJECT
  Annotation m_labels = scene();

 private slots:
  void stopsSoon_data() {
    std::vector<ShapeId> all, few, last{m_labels.shapes.back()->id};
    for (const ShapePtr& shape : m_labels.shapes) all.push_back(shape->id);
    few.assign(all.begin(), all.begin() + 12);
    QTest::addColumn<MakeEdit>("make");
    const auto row = [](const char* name, MakeEdit make) { QTest::newRow(name) << std::move(make); };
    row("unite", [all](const Annotation& a, const Job& job) { return uniteShapes(a, all, job); });
    row("take", [few](const Annotation& a, const Job& job) { return takeOverlap(a, few, job); });
    row("yield", [few](const Annotation& a, const Job& job) { return yieldOverlap(a, few, job); });
    row("subtract", [last](const Annotation& a, const Job& job) { return subtractTop(a, last, job); });
    row("slice", [](const Annotation& a, const Job& job) { return sliceShapes(a, {}, {{-5, 999}, {2005, 1003}}, job); });
    row("split", [all](const Annotation& a, const Job& job) { return splitParts(a, all, job); });
    row("fill holes", [all](const Annotation& a, const Job& job) { return fillHoles(a, all, {}, job); });
    row("simplify", [all](const Annotation& a, const Job& job) { return simplifyShapes(a, all, 1, job); });
    row("smooth", [all](const Annotation& a, const Job& job) { return smoothShapes(a, all, 2, job); });
    row("gap", [](const Annotation& a, const Job& job) -> Expected<Edit> {
      INTARSIA_TRY(const Polygon gap, gapAt(a, {2, 2}, job));
      return fillGap(a, gap, 0, 1, job);
    });
    row("add", [last](const Annotation& a, const Job& job) {
      return addToShape(a, last.front(), {{{{0, 0}, {2000, 0}, {2000, 2000}}}}, Overlap::take, job);
    });
    row("new", [](const Annotation& a, const Job& job) {
      Shape shape;
      shape.polygon = {{{{0, 0}, {2000, 0}, {2000, 2000}}}};
      return addShape(a, std::move(shape), Overlap::yield, job);
    });
  }
  void stopsSoon() {
    QFETCH(MakeEdit, make);
    const Run whole = run(m_labels, make, {});
    EXPECT_OK(whole.edit);
    QVERIFY(changes(m_labels, *whole.edit));
    int stopped = 0;
    double longest = 0;
    for (const double share : {0.0, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85}) {
      const Run cut = run(m_labels, make, share * whole.all);
      if (cut.edit) continue;  // it was done before
      ++stopped;
      QCOMPARE(cut.edit.error().code, ErrorCode::cancelled);
      longest = std::max(longest, cut.after);
    }
    qInfo("%.0f ms in all, stopped after %.1f ms at most", whole.all, longest);
    QVERIFY(stopped > 0);
    QVERIFY2(longest < kSoon, qPrintable(QStringLiteral("%1 ms of %2").arg(longest).arg(whole.all)));
  }
};

INTARSIA_TEST(CancelTest)
#include "cancel_slow_test.moc"
