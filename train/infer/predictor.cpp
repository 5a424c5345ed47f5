// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/infer/predictor.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <optional>
#include <thread>

#include "train/loop/device.h"

namespace intarsia {

struct LivePredictor::State {
  LiveModel& live;
  const Callbacks callbacks;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Request> waiting;   // guarded by mutex
  uint64_t serial = 0;              // guarded by mutex; counts requests and cancellations
  bool stop = false;                // guarded by mutex
  // the predictor's thread only
  std::string path;                 // of the picture below
  Image image;
  std::shared_ptr<const Model> model;
  std::shared_ptr<const Answer> answer;
  std::jthread thread;

  State(LiveModel& live, Callbacks callbacks) : live(live), callbacks(std::move(callbacks)) {}

  bool current(uint64_t mine) {
    std::lock_guard lock(mutex);
    return !stop && serial == mine;
  }

  void work() {
    useThreads(0);
    for (;;) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return stop || waiting; });
      if (stop) return;
      const Request request = std::move(*waiting);
      waiting.reset();
      const uint64_t mine = serial;
      lock.unlock();
      const auto start = std::chrono::steady_clock::now();
      const auto done = serve(request, mine);
      PredictionDone end;
      end.generation = request.generation;
      end.ok = done.has_value();
      if (!done) end.reason = done.error().message();
      end.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (model) end.step = model->info().step;
      if (callbacks.done) callbacks.done(end);
    }
  }

  Expected<> serve(const Request& request, uint64_t mine) {
    const auto newest = request.model ? request.model : live.newest();
    if (!newest) return fail(ErrorCode::notFound, INTARSIA_TEXT("There are no weights yet to predict with"));
    if (path != request.path || image.empty()) {
      answer.reset();
      path.clear();
      INTARSIA_TRY(image, callbacks.read(request.path));
      path = request.path;
    }
    if (!answer || newest != model) {
      if (!current(mine)) return superseded();
      const Turnstile::Turn turn(&live.turnstile());
      model = newest;
      answer.reset();
      INTARSIA_TRY(answer, model->answer(image));
    }
    for (const Rect& rect : tiles(request)) {
      if (!current(mine)) return superseded();
      PredictionTile tile;
      tile.generation = request.generation;
      tile.level = request.level;
      tile.rect = rect;
      answer->read(rect, request.level, tile.classes, tile.confidence);
      if (!callbacks.tile(std::move(tile))) return superseded();
    }
    return {};
  }

  static std::unexpected<Error> superseded() { return fail(ErrorCode::cancelled, INTARSIA_TEXT("A newer request took its place")); }

  /// All tiles of the level, those that touch the viewport first, nearer ones before.
  std::vector<Rect> tiles(const Request& request) const {
    constexpr int kSide = 256;
    const int level = std::clamp(request.level, 0, 24);
    const auto reduced = [&](int n) { return std::max(1, int((int64_t(n) + (int64_t(1) << level) - 1) >> level)); };
    const int width = reduced(image.width), height = reduced(image.height);
    std::vector<Rect> all;
    for (int y = 0; y < height; y += kSide)
      for (int x = 0; x < width; x += kSide) all.push_back({x, y, std::min(kSide, width - x), std::min(kSide, height - y)});
    if (request.viewport.empty()) return all;
    const Rect v = request.viewport;
    const double cx = (v.x + v.width / 2.0) / double(int64_t(1) << level), cy = (v.y + v.height / 2.0) / double(int64_t(1) << level);
    const auto distance = [&](const Rect& r) {
      const double dx = r.x + r.width / 2.0 - cx, dy = r.y + r.height / 2.0 - cy;
      return dx * dx + dy * dy;
    };
    const Rect seen{v.x >> level, v.y >> level, reduced(v.width) + 1, reduced(v.height) + 1};
    std::stable_sort(all.begin(), all.end(), [&](const Rect& a, const Rect& b) {
      const bool inA = !a.intersected(seen).empty(), inB = !b.intersected(seen).empty();
      return inA != inB ? inA : distance(a) < distance(b);
    });
    return all;
  }
};

LivePredictor::LivePredictor(LiveModel& live, Callbacks callbacks) : m_state(std::make_unique<State>(live, std::move(callbacks))) {
  m_state->thread = std::jthread([state = m_state.get()] { state->work(); });
}

LivePredictor::~LivePredictor() {
  {
    std::lock_guard lock(m_state->mutex);
    m_state->stop = true;
    ++m_state->serial;
    m_state->changed.notify_all();
  }
  m_state->thread.join();
}

void LivePredictor::request(Request request) {
  std::optional<Request> replaced;
  {
    std::lock_guard lock(m_state->mutex);
    replaced = std::exchange(m_state->waiting, std::move(request));
    ++m_state->serial;
    m_state->changed.notify_all();
  }
  if (!replaced || !m_state->callbacks.done) return;
  PredictionDone end;  // it never began
  end.generation = replaced->generation;
  end.ok = false;
  end.reason = State::superseded().error().message();
  m_state->callbacks.done(end);
}

void LivePredictor::cancel() {
  std::lock_guard lock(m_state->mutex);
  m_state->waiting.reset();
  ++m_state->serial;
  m_state->changed.notify_all();
}

}  // namespace intarsia
