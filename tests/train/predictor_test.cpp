// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/infer/predictor.h"

#include <QTest>
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/register.h"
#include "train/infer/budget.h"
#include "train/infer/tiles.h"

using namespace intarsia;
using namespace std::chrono_literals;

namespace {

constexpr Size kImage{2000, 1400};

Image picture() {
  Image image{kImage.width, kImage.height, 3, 8, std::vector<uint8_t>(size_t(kImage.width) * size_t(kImage.height) * 3)};
  for (int y = 0; y < kImage.height; ++y)
    for (int x = 0; x < kImage.width; ++x) image.row(y)[3 * x] = uint8_t((x / 37 + y / 23) % 2 ? 200 : 20);
  return image;
}

/// Red is class 1. Says when it computes.
class FakeModel final : public Model {
 public:
  explicit FakeModel(int64_t step = 1) {
    m_info.size = {64, 48};
    m_info.scale = 1;
    m_info.step = step;
    (void)m_info.classes.add("dark");
    (void)m_info.classes.add("red");
  }
  const ModelInfo& info() const override { return m_info; }
  Expected<std::vector<Logits>> logits(std::span<const Image* const> images) const override {
    if (begin) begin();
    if (slow > 0ms) std::this_thread::sleep_for(slow);
    const Image& image = *images[0];
    Logits l{image.size(), 2, 2, std::vector<float>(image.bytes.size() / 3 * 2)};
    for (size_t i = 0; i < image.bytes.size() / 3; ++i) l.values[2 * i + 1] = (image.bytes[3 * i] - 110) / 20.f;
    ++computed;
    if (end) end();
    return std::vector<Logits>{l};
  }
  std::function<void()> begin, end;
  std::chrono::milliseconds slow{0};
  mutable std::atomic<int> computed{0};

 private:
  ModelInfo m_info;
};

/// What a predictor said.
struct Answers {
  std::mutex mutex;
  std::vector<PredictionTile> tiles;
  std::vector<PredictionDone> ends;
  std::function<void(const PredictionTile&)> seen;
  LivePredictor::Callbacks callbacks() {
    return {[](const std::string&) -> Expected<Image> { return picture(); },
            [this](PredictionTile tile) {
              if (seen) seen(tile);
              std::lock_guard lock(mutex);
              tiles.push_back(std::move(tile));
              return true;
            },
            [this](const PredictionDone& end) {
              std::lock_guard lock(mutex);
              ends.push_back(end);
            }};
  }
  size_t endCount() {
    std::lock_guard lock(mutex);
    return ends.size();
  }
};

constexpr Rect kView{1500, 1000, 300, 200};
constexpr auto kTouches = [](const PredictionTile& t, const Rect& view) { return t.level == 0 && !t.rect.intersected(view).empty(); };

}  // namespace

class PredictorTest : public QObject {
  Q_OBJECT
 private slots:
  void coarseThenTheViewportThenTheRest() {
    LiveModel live;
    auto model = std::make_shared<FakeModel>();
    Answers answers;
    LivePredictor predictor(live, answers.callbacks());
    predictor.request({"a", 1, kView, 0, model, true});
    QTRY_COMPARE(answers.endCount(), 1u);
    QVERIFY2(answers.ends[0].ok, answers.ends[0].reason.c_str());
    const auto& tiles = answers.tiles;
    QVERIFY(tiles[0].level > 0);
    LabelMap map(kImage.width, kImage.height), confidence(kImage.width, kImage.height), count(kImage.width, kImage.height, 0);
    size_t lastSeen = 0, firstUnseenBlock = tiles.size();
    for (size_t k = 0; k < tiles.size(); ++k) {
      const auto& t = tiles[k];
      if (t.level > 0) continue;
      QVERIFY(t.rect.width <= 256 && t.rect.height <= 256);
      if (kTouches(t, kView)) lastSeen = k;
      else if (t.rect.right() < 1000) firstUnseenBlock = std::min(firstUnseenBlock, k);
      for (int y = 0; y < t.rect.height; ++y)
        for (int x = 0; x < t.rect.width; ++x) {
          const size_t from = size_t(y * t.rect.width + x);
          map.set(t.rect.x + x, t.rect.y + y, t.classes[from]);
          confidence.set(t.rect.x + x, t.rect.y + y, t.confidence[from]);
          count.set(t.rect.x + x, t.rect.y + y, uint16_t(count.at(t.rect.x + x, t.rect.y + y) + 1));
        }
    }
    QVERIFY(lastSeen < firstUnseenBlock);
    QVERIFY(std::ranges::all_of(count.pixels(), [](uint16_t n) { return n == 1; }));
    // What the window shows is what is exported.
    std::vector<uint8_t> sure;
    QVERIFY(*predictLabels(*model, picture(), {.scale = 0, .job = {}, .confidence = &sure}) == map);
    QVERIFY(std::ranges::equal(sure, confidence.pixels()));
  }

  void followsTheViewport() {
    LiveModel live;
    auto model = std::make_shared<FakeModel>();
    Answers answers;
    const Rect other{10, 1200, 50, 50};
    LivePredictor* at = nullptr;
    std::atomic<size_t> sent{0}, found{0};
    answers.seen = [&](const PredictionTile& tile) {
      if (++sent == 1) at->setViewport(1, other);
      if (found == 0 && kTouches(tile, other)) found = sent.load();
    };
    LivePredictor predictor(live, answers.callbacks());
    at = &predictor;
    predictor.request({"a", 1, kView, 0, model});
    QTRY_COMPARE(answers.endCount(), 1u);
    QVERIFY(answers.ends[0].ok);
    QVERIFY2(found > 0 && found <= 12, std::to_string(found).c_str());  // after the block in work, at most
    QVERIFY(sent > 40u);
  }

  void endsWhenTheUserMovesOn() {
    LiveModel live;
    auto model = std::make_shared<FakeModel>();
    Answers answers;
    LivePredictor predictor(live, answers.callbacks());
    model->slow = 20ms;
    predictor.request({"a", 1, kView, 0, model});
    QTRY_VERIFY(model->computed > 2);
    predictor.cancel();
    QTRY_COMPARE(answers.endCount(), 1u);
    QVERIFY(!answers.ends[0].ok);
    const int then = model->computed;
    QTest::qWait(100);
    QCOMPARE(model->computed.load(), then);
    QVERIFY(then < 10);
  }

  void fresherWeightsEndWhatIsNotSeen() {
    LiveModel live;
    auto model = std::make_shared<FakeModel>(1);
    live.publish(model);
    Answers answers;
    std::atomic<bool> published{false};
    answers.seen = [&](const PredictionTile& tile) {
      if (!kTouches(tile, kView) && tile.rect.right() < 1000 && !published.exchange(true)) live.publish(std::make_shared<FakeModel>(2));
    };
    LivePredictor predictor(live, answers.callbacks());
    predictor.request({"a", 1, kView, 0, nullptr});
    QTRY_COMPARE(answers.endCount(), 1u);
    QVERIFY(answers.ends[0].ok && answers.ends[0].step == 1 && published);
    QVERIFY(model->computed < 15);  // of 20 tiles and their neighbours
    predictor.request({"a", 2, kView, 0, nullptr});
    QTRY_COMPARE(answers.endCount(), 2u);
    QCOMPARE(answers.ends[1].step, 2);
  }

  /// Steps of a trainer and tiles take turns, and tiles take few percent of the time.
  void takesTurnsAndLittleTime() {
    LiveModel live;
    live.setBusy(true);
    std::atomic<bool> stop{false}, together{false};
    std::atomic<int> inside{0}, steps{0}, stepsBetween{1}, crowded{0};
    auto model = std::make_shared<FakeModel>();
    model->slow = 6ms;
    model->begin = [&] {
      if (++inside > 1) together = true;
      if (stepsBetween.exchange(0) == 0) ++crowded;
    };
    model->end = [&] { --inside; };
    live.publish(model);
    std::thread trainer([&] {
      while (!stop) {
        const Turnstile::Turn turn(&live.turnstile());
        if (++inside > 1) together = true;
        std::this_thread::sleep_for(4ms);
        --inside;
        ++steps;
        ++stepsBetween;
      }
    });
    Answers answers;
    LivePredictor predictor(live, answers.callbacks());
    const auto start = std::chrono::steady_clock::now();
    predictor.request({"a", 1, kView, 0, nullptr, true});
    QTRY_VERIFY(model->computed > 0);  // the coarse look waits for nothing but its turn
    QVERIFY(std::chrono::steady_clock::now() - start < 1s);
    predictor.request({"a", 2, kView, 0, nullptr});  // nothing is taken ahead
    QTest::qWait(300);
    const int before = model->computed, stepsBefore = steps;
    const auto counted = std::chrono::steady_clock::now();
    QTest::qWait(2000);
    QTRY_VERIFY_WITH_TIMEOUT(model->computed > before, 30'000);  // turns that a busy machine made long are paid back first
    const double milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - counted).count();
    const int tiles = model->computed - before;
    predictor.cancel();
    stop = true;
    trainer.join();
    QVERIFY(!together);
    QCOMPARE(crowded.load(), 0);
    QVERIFY2(tiles * 6 <= milliseconds * 0.05, std::to_string(tiles).c_str());
    QVERIFY(steps > stepsBefore + 100);
    live.setBusy(false);  // training rests: all of the time
    predictor.request({"a", 3, kView, 0, nullptr});
    QTRY_VERIFY_WITH_TIMEOUT(answers.endCount() == 3 && answers.ends[2].ok, 5000);
  }

  void budgetIsPaidBack() {
    using Clock = TimeBudget::Clock;
    const auto start = Clock::now();
    const auto after = [&](double seconds) { return start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)); };
    TimeBudget budget;
    QCOMPARE(budget.wait(0, after(10)), 0.0);
    budget.spend(0.4, after(10));
    QVERIFY(std::abs(budget.wait(0, after(10)) - 0.3 / TimeBudget::kShare) < 0.01);  // a tenth of a second was saved up
    QCOMPARE(budget.wait(TimeBudget::kMostDebt, after(10)), 0.0);
    QVERIFY(std::abs(budget.wait(0, after(10 + 0.2 / TimeBudget::kShare)) - 0.1 / TimeBudget::kShare) < 0.01);
    for (int i = 0; i < 100; ++i) budget.spend(1, after(20));
    QVERIFY(std::abs(budget.wait(0, after(20)) - TimeBudget::kMostDebt / TimeBudget::kShare) < 0.01);
  }
};

INTARSIA_TEST(PredictorTest)
#include "predictor_test.moc"
