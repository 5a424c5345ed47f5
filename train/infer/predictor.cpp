// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/infer/predictor.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <optional>
#include <thread>
#include <type_traits>

#include "train/infer/answer.h"
#include "train/infer/budget.h"
#include "train/loop/device.h"

namespace intarsia {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kSide = 256;                   // of the tiles that are sent
constexpr int64_t kCoarsePixels = 1'000'000;  // of the first look at a large image
constexpr double kAhead = 0.5;               // seconds that the viewport of a newly opened image may owe

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::unexpected<Error> superseded() { return fail(ErrorCode::cancelled, INTARSIA_TEXT("A newer request took its place")); }

/// Parts of `whole` (pixels of the level), those that touch the viewport first, nearer ones before.
std::vector<Rect> pieces(const Rect& whole, const Rect& viewport, int level) {
  std::vector<Rect> all;
  for (int y = 0; y < whole.height; y += kSide)
    for (int x = 0; x < whole.width; x += kSide) all.push_back({whole.x + x, whole.y + y, std::min(kSide, whole.width - x), std::min(kSide, whole.height - y)});
  if (viewport.empty()) return all;
  const double pixel = double(int64_t(1) << level);
  const double cx = (viewport.x + viewport.width / 2.0) / pixel, cy = (viewport.y + viewport.height / 2.0) / pixel;
  const auto distance = [&](const Rect& r) {
    const double dx = r.x + r.width / 2.0 - cx, dy = r.y + r.height / 2.0 - cy;
    return dx * dx + dy * dy;
  };
  const Rect seen{viewport.x >> level, viewport.y >> level, (viewport.width >> level) + 2, (viewport.height >> level) + 2};
  std::stable_sort(all.begin(), all.end(), [&](const Rect& a, const Rect& b) {
    const bool inA = !a.intersected(seen).empty(), inB = !b.intersected(seen).empty();
    return inA != inB ? inA : distance(a) < distance(b);
  });
  return all;
}

/// The blocks of the tiling that touch `viewport` (image pixels) and a pixel around it.
Rect blocksIn(const Tiling& tiling, Size image, const Rect& viewport) {
  const Size n = tiling.count();
  if (viewport.intersected({0, 0, image.width, image.height}).empty()) return {};
  const auto range = [](int from, int length, int image, int network, int stride, int count) {
    const auto at = [&](double pixel) { return std::clamp(int(pixel * network / image) / stride, 0, count - 1); };
    const int first = at(std::max(0, from) - 1.0), last = at(std::max(0, from + length) + 1.0);
    return std::pair(first, last + 1 - first);
  };
  const auto [x, width] = range(viewport.x, viewport.width, image.width, tiling.size.width, tiling.side.width - tiling.overlap, n.width);
  const auto [y, height] = range(viewport.y, viewport.height, image.height, tiling.size.height, tiling.side.height - tiling.overlap, n.height);
  return {x, y, width, height};
}

}  // namespace

struct LivePredictor::State {
  LiveModel& live;
  const Callbacks callbacks;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Request> waiting;   // guarded by mutex
  uint64_t serial = 0;              // guarded by mutex; counts requests and cancellations
  uint64_t generation = 0;          // guarded by mutex, like the next: of the request in work, and where the user looks
  Rect viewport;
  bool stop = false;                // guarded by mutex
  // the predictor's thread only
  std::string path;                 // of the picture below
  Image image;
  Image small;                      // the image at the size of its network, where that is one tile
  std::shared_ptr<const Model> model;
  TimeBudget budget;
  std::jthread thread;

  State(LiveModel& live, Callbacks callbacks) : live(live), callbacks(std::move(callbacks)) {}

  bool current(uint64_t mine) {
    std::lock_guard lock(mutex);
    return !stop && serial == mine;
  }
  Rect seen() {
    std::lock_guard lock(mutex);
    return viewport;
  }

  void work() {
    useThreads(0);
    for (;;) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return stop || waiting; });
      if (stop) return;
      Request request = std::move(*waiting);
      request.level = std::clamp(request.level, 0, 24);
      waiting.reset();
      generation = request.generation;
      viewport = request.viewport;
      const uint64_t mine = serial;
      lock.unlock();
      const auto start = Clock::now();
      const auto done = serve(request, mine);
      PredictionDone end;
      end.generation = request.generation;
      end.ok = done.has_value();
      if (!done) end.reason = done.error().message();
      end.seconds = secondsSince(start);
      if (model) end.step = model->info().step;
      if (callbacks.done) callbacks.done(end);
    }
  }

  Expected<> serve(const Request& request, uint64_t mine) {
    const auto newest = request.model ? request.model : live.newest();
    if (!newest) return fail(ErrorCode::notFound, INTARSIA_TEXT("There are no weights yet to predict with"));
    if (path != request.path || image.empty()) {
      path.clear();
      small = {};
      INTARSIA_TRY(image, callbacks.read(request.path));
      path = request.path;
    }
    model = newest;
    const Tiling tiling = Tiling::of(predictionSize(image.size(), model->info()), model->info().size);
    if (tiling.count() == Size{1, 1}) return answerWhole(request, mine, tiling.size, request.level);
    if (request.fresh) {
      int level = request.level;
      for (Size at = sizeAtLevel(image.size(), level); int64_t(at.width) * at.height > kCoarsePixels; at = sizeAtLevel(image.size(), level)) ++level;
      INTARSIA_CHECK(answerWhole(request, mine, networkSize(image.size(), model->info().size), level));
    }
    return answerInBlocks(request, mine, tiling);
  }

  /// In one tile. A newly opened image waits for its turn alone.
  Expected<> answerWhole(const Request& request, uint64_t mine, Size network, int level) {
    if (!wait(request.fresh ? TimeBudget::kMostDebt : 0, mine)) return superseded();
    const auto start = Clock::now();
    const Rect all{0, 0, network.width, network.height};
    if (small.size() != network) small = tileImage(image, network, all);
    budget.spend(live.busy() ? secondsSince(start) : 0);
    INTARSIA_TRY(auto tiles, inTurn([&]() -> Expected<std::vector<PredictionTile>> {
      INTARSIA_TRY(Logits logits, pictureLogits(*model, small));
      return read(PartAnswer({std::move(logits), all}, network, image.size()), request.generation, level);
    }));
    return send(std::move(tiles), mine) ? Expected<>() : superseded();
  }

  Expected<> answerInBlocks(const Request& request, uint64_t mine, const Tiling& tiling) {
    const Size n = tiling.count();
    std::vector<bool> done(size_t(n.width) * size_t(n.height));
    const auto at = [&](int i, int j) { return size_t(j) * size_t(n.width) + size_t(i); };
    TiledPass pass{{}, [&](int i, int j) { return !done[at(i, j)]; }, model->info().classes.size(), {}, {}};
    for (;;) {
      const Rect inView = blocksIn(tiling, image.size(), seen());
      const auto open = [&](const Rect& blocks) {
        for (int j = blocks.y; j < blocks.bottom(); ++j)
          for (int i = blocks.x; i < blocks.right(); ++i)
            if (!done[at(i, j)]) return true;
        return false;
      };
      const bool seenFirst = open(inView);
      pass.blocks = seenFirst ? inView : Rect{0, 0, n.width, n.height};
      if (!open(pass.blocks)) return {};
      const auto stale = [&] { return !seenFirst && !request.model && live.newest() != model; };
      if (stale()) return {};
      bool left = false, moved = false;  // moved: the pass ended for a viewport elsewhere or fresher weights
      pass.compute = [&](const Rect& tile) -> Expected<Logits> {
        if (!wait(seenFirst && request.fresh ? kAhead : 0, mine)) return superseded();
        const Rect now = blocksIn(tiling, image.size(), seen());
        if ((!(now == pass.blocks) && open(now)) || stale()) {
          moved = true;
          return superseded();
        }
        const auto start = Clock::now();
        const Image part = tileImage(image, tiling.size, tile);
        budget.spend(live.busy() ? secondsSince(start) : 0);
        return inTurn([&] { return pictureLogits(*model, part); });
      };
      pass.deliver = [&](int i, int j, LogitsPart part) {
        const PartAnswer answer(std::move(part), tiling.size, image.size());
        left = !send(inTurn([&] { return read(answer, request.generation, request.level); }), mine);
        done[at(i, j)] = !left;
        return !left;
      };
      const auto all = answerTiles(tiling, pass);
      if (left || !current(mine)) return superseded();
      if (!all && !moved) return std::unexpected(all.error());
    }
  }

  std::vector<PredictionTile> read(const PartAnswer& answer, uint64_t generation, int level) {
    std::vector<PredictionTile> tiles;
    for (const Rect& rect : pieces(answer.rect(level), seen(), level)) {
      const size_t pixels = size_t(rect.width) * size_t(rect.height);
      PredictionTile& tile = tiles.emplace_back(generation, level, rect, std::vector<uint16_t>(pixels), std::vector<uint8_t>(pixels));
      answer.read(rect, level, size_t(rect.width), tile.classes.data(), tile.confidence.data());
    }
    return tiles;
  }

  /// False when they are not wanted any more.
  bool send(std::vector<PredictionTile> tiles, uint64_t mine) {
    for (auto& tile : tiles)
      if (!current(mine) || !callbacks.tile(std::move(tile))) return false;
    return true;
  }

  /// Beside a trainer: until no more than `allowed` seconds are owed. False when the request is superseded.
  bool wait(double allowed, uint64_t mine) {
    std::unique_lock lock(mutex);
    while (live.busy() && !stop && serial == mine) {
      const double left = budget.wait(allowed);
      if (left <= 0) break;
      changed.wait_for(lock, std::chrono::duration<double>(std::min(left, 0.2)));  // training may end or rest
    }
    return !stop && serial == mine;
  }

  template <class F>
  std::invoke_result_t<F> inTurn(F work) {
    struct Paid {
      State& state;
      const Clock::time_point start = Clock::now();
      ~Paid() {
        if (state.live.busy()) state.budget.spend(secondsSince(start));
      }
    };
    const Turnstile::Turn turn(&live.turnstile());
    const Paid paid{*this};
    return work();
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
  end.reason = superseded().error().message();
  m_state->callbacks.done(end);
}

void LivePredictor::setViewport(uint64_t generation, const Rect& viewport) {
  std::lock_guard lock(m_state->mutex);
  if (m_state->waiting && m_state->waiting->generation == generation) m_state->waiting->viewport = viewport;
  if (m_state->generation == generation) m_state->viewport = viewport;
  m_state->changed.notify_all();
}

void LivePredictor::cancel() {
  std::lock_guard lock(m_state->mutex);
  m_state->waiting.reset();
  ++m_state->serial;
  m_state->changed.notify_all();
}

}  // namespace intarsia
