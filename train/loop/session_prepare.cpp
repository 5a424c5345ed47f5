// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <thread>

#include "core/base/text.h"
#include "train/api/known_weights.h"
#include "train/data/class_statistics.h"
#include "train/infer/torch_model.h"
#include "train/io/load_weights.h"
#include "train/loop/device.h"
#include "train/loop/session.h"

namespace intarsia {

constexpr double kRateSeconds = 60;  // that a test of rates before training may take; without `deterministic`, whose runs do not depend on time

Expected<> TrainingSession::checkClasses() const {
  int usable = 0;
  for (const auto& c : m_source.classes()) usable += !c.ignore;
  if (usable < 2)
    return fail(ErrorCode::invalidInput,
                INTARSIA_TEXT("Training needs at least two classes that are not ignored, and there is {n}. Add a class, or let unlabelled pixels count as one"),
                {{"n", usable == 0 ? "none" : "only one"}});
  for (int i = 0; i < m_source.count(); ++i)
    if (m_source.split(i) == Split::train) return {};
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("There is no labelled training image"));
}

/// The shape of the first image, scaled so that a step takes a fraction of a second: on the CPU by the network's cost, else to at most 640 × 480.
Size TrainingSession::chooseSize(const std::string& device) const {
  if (!m_recipe.size.empty()) return m_recipe.size;
  Size first{240, 180};
  for (int i = 0; i < m_source.count(); ++i)
    if (m_source.split(i) == Split::train)
      if (auto sample = m_source.sample(i)) {
        first = sample->image.size();
        break;
      }
  double area = 640.0 * 480;
  if (device == "cpu")
    for (const auto& info : networks())
      if (info.id == m_recipe.network) area = double(info.cpuArea);
  const double scale = std::min(1.0, std::sqrt(area / (double(first.width) * first.height)));
  return {std::max(32, int(std::lround(first.width * scale))), std::max(32, int(std::lround(first.height * scale)))};
}

Expected<> TrainingSession::prepare() {
  m_started = m_lastSave = m_lastPublish = Clock::now();
  report(TrainPhase::preparing);
  INTARSIA_CHECK(m_recipe.check());
  INTARSIA_CHECK(checkClasses());
  INTARSIA_TRY(m_device, chooseDevice(m_recipe.device));
  m_threads = m_options.threads > 0 ? m_options.threads : computingThreads();
  useThreads(m_threads);
  m_bf16 = useBf16(m_recipe.precision, m_device);
  if (m_recipe.deterministic) at::globalContext().setDeterministicAlgorithms(true, true);
  startDevice();
  m_recipe.size = chooseSize(m_device);

  m_info.network = m_recipe.network;
  m_info.baseWidth = m_recipe.baseWidth;
  m_info.upPath = m_recipe.upPath;
  m_info.decoder = m_recipe.decoderList();
  m_info.depth = m_recipe.depth;
  m_info.classes = m_source.classes();
  m_info.size = m_recipe.size;
  m_info.program = INTARSIA_VERSION;
  m_info.torch = torchVersion();
  INTARSIA_TRY(m_stages, m_recipe.stageList());
  INTARSIA_TRY(m_cache, SampleCache::make(m_source, Split::train, m_recipe.size, m_options.cacheFolder));
  INTARSIA_CHECK(makeWeights());
  INTARSIA_CHECK(weighClasses());
  m_evaluator = std::make_unique<Evaluator>(m_source, Split::val, m_recipe.size);
  if (m_evaluator->count() == 0) notice(INTARSIA_TEXT("There is no validation image: the newest weights count as the best, and there is no mIoU"));
  if (m_recipe.epochs > 0) m_plannedSteps = m_recipe.epochs * stepsPerEpoch();
  else if (m_recipe.steps > 0) m_plannedSteps = m_recipe.steps;
  if (m_options.resume) INTARSIA_CHECK(resume(*m_options.resume));
  INTARSIA_CHECK(enterStage());
  if (!m_options.dump.empty()) dumpStart();
  if (m_recipe.findRate && m_step == 0) {
    INTARSIA_TRY(const RateCurve curve, testRates(m_recipe.deterministic ? 0 : kRateSeconds));
    if (const auto found = curve.suggestions()) {
      m_recipe.learningRate = found->valley;
      notice("The learning rate " + formatDouble(found->valley) + " was found");
    } else if (!stopRequested()) {
      notice(INTARSIA_TEXT("No learning rate could be found: the recipe's is taken"));
    }
  }
  if (m_events.described) m_events.described(m_info);
  return {};
}

/// Network, optimizer and running average. Meanwhile another thread brings the first pictures into the cache.
Expected<> TrainingSession::makeWeights() {
  struct Decoding {
    BatchPlan plan;
    std::jthread thread{[this] { plan.decodeAhead(0); }};
    Decoding(SampleCache& cache, const Recipe& recipe) : plan(cache, recipe, cache.size()) {}
    ~Decoding() { plan.stop(); }  // the thread is joined after that
  };
  std::optional<Decoding> decoding;
  if (!m_options.resume) {
    decoding.emplace(*m_cache, m_recipe);
    useThreads(std::max(1, m_threads - 1));  // a team waits for its slowest thread, which would share its core with the decoding
  }
  torch::manual_seed(m_recipe.seed);
  INTARSIA_TRY(auto network, makeNetwork(m_info, !m_options.resume));
  if (!m_recipe.initialWeights.empty() && !m_options.resume) {
    INTARSIA_TRY(const auto path, findWeights(m_recipe.initialWeights));
    INTARSIA_TRY(const WeightFile file, WeightFile::open(path));
    INTARSIA_TRY(const WeightReport report, loadWeights(*network, file));
    notice("Initial weights: " + report.text());
  }
  network->to(torch::Device(m_device));
  m_weights = std::make_unique<Weights>(std::move(network), m_recipe);
  useThreads(m_threads);
  return {};
}

Expected<> TrainingSession::weighClasses() {
  std::vector<double> weights;
  if (m_recipe.classWeights == "median") weights = ClassStatistics::of(*m_cache, [this] { return stopRequested(); }).medianFrequencyWeights();
  m_loss = LossOptions::of(m_recipe, m_info.classes, weights);
  if (const size_t given = m_loss.weights.size(), wanted = size_t(m_info.classes.size()); given != 0 && given != wanted)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The recipe weighs {given} classes, but there are {wanted}"),
                {{"given", std::to_string(given)}, {"wanted", std::to_string(wanted)}});
  return {};
}

Expected<> TrainingSession::enterStage() {
  double all = 0, until = 0;
  for (const auto& stage : m_stages) all += stage.share;
  int now = 0;
  for (size_t i = 0; i < m_stages.size(); ++i) {
    until += m_stages[i].share / all;
    now = int(i);
    if (spent() < until - 1e-12) break;
  }
  if (now == m_stage) return {};
  const bool first = m_stage < 0;
  const RecipeStage& stage = m_stages[size_t(now)];
  m_stage = now;
  m_weights->freeze(stage.frozen && !m_recipe.freeze.empty());
  const Size size{std::max(32, int(std::lround(m_recipe.size.width * stage.scale))), std::max(32, int(std::lround(m_recipe.size.height * stage.scale)))};
  if (first || !(size == m_cache->size())) {
    m_loader.reset();  // before the pictures that they read
    m_deviceStep.reset();
    if (!(size == m_cache->size())) {
      INTARSIA_TRY(m_cache, SampleCache::make(m_source, Split::train, size, m_options.cacheFolder));
    }
    makeLoader();
  } else if (m_deviceStep) {
    m_deviceStep->forgetRecording();
  }
  if (m_stages.size() > 1)
    notice("Stage " + std::to_string(now + 1) + " of " + std::to_string(m_stages.size()) + ": " + std::to_string(size.width) + " x " + std::to_string(size.height) +
           (stage.frozen && !m_recipe.freeze.empty() ? ", frozen layers rest" : ""));
  return {};
}

void TrainingSession::makeLoader() {
  if (makeDeviceStep()) return;
  BatchLoader::Options options;
  options.recipe = m_recipe;
  options.size = m_cache->size();
  options.normalisation = m_info;
  options.precision = m_bf16 ? torch::kBFloat16 : torch::kFloat;
  options.threads = m_options.loaderThreads > 0 ? m_options.loaderThreads : m_device == "cpu" ? 0 : std::clamp(m_threads / 2, 1, 8);
  options.decodesAhead = m_threads < int(std::thread::hardware_concurrency());
  options.firstStep = m_step;
  options.pinned = m_device != "cpu";
  m_loader = std::make_unique<BatchLoader>(*m_cache, options);
}

template <class Session, class F>
void TrainingSession::forEachNumber(Session& s, F&& f) {
  f("step", s.m_step, true);
  f("trainSeconds", s.m_trainSeconds, true);
  f("lossSum", s.m_lossSum, true);
  f("lossSteps", s.m_lossSteps, true);
  f("labelledPixels", s.m_labelledPixels, true);
  f("rateFactor", s.m_rateFactor, true);
  f("rollBacks", s.m_rollBacks, true);
  f("halvings", s.m_halvings, true);
  f("lineSeconds", s.m_lineSeconds, true);
  f("secondsPerStep", s.m_secondsPerStep, true);
  f("plannedSteps", s.m_plannedSteps, false);
  f("finishFrom", s.m_finishFrom, false);
  f("finishRate", s.m_finishRate, false);
  f("plateau", s.m_plateau.factor, false);
  f("plateauBest", s.m_plateau.best, false);
  f("plateauEpochs", s.m_plateau.epochs, false);
  f("learningRate", s.m_recipe.learningRate, false);
}

static std::string numberText(double value) { return formatDouble(value); }
static std::string numberText(std::integral auto value) { return std::to_string(value); }

TensorSet TrainingSession::checkpoint() const {
  TensorSet set;
  m_weights->save(set);
  auto& m = set.metadata;
  forEachNumber(*this, [&](const char* name, const auto& value, bool) { m[name] = numberText(value); });
  m["totalSeconds"] = formatDouble(m_totalSeconds);
  m["network"] = m_info.network;
  m["seed"] = std::to_string(m_recipe.seed);
  m["batch"] = std::to_string(m_recipe.batch);
  m["pictures"] = std::to_string(m_cache->count());
  m["size"] = std::to_string(m_recipe.size.width) + "x" + std::to_string(m_recipe.size.height);
  if (m_best) m["bestMeanIoU"] = formatDouble(*m_best);
  return set;
}

Expected<> TrainingSession::resume(const TensorSet& from) {
  INTARSIA_CHECK(m_weights->load(from));
  const auto number = [&](const char* key, auto& value) -> Expected<> {
    const auto found = from.metadata.find(key);
    if (found == from.metadata.end())
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The checkpoint lacks {field}: it cannot be resumed"), {{"field", key}});
    const auto parsed = parseDouble(found->second);
    if (!parsed) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The checkpoint's {field} is not a number"), {{"field", key}});
    value = std::decay_t<decltype(value)>(*parsed);
    return {};
  };
  Expected<> read = number("totalSeconds", m_secondsBefore);
  forEachNumber(*this, [&](const char* name, auto& value, bool always) {
    if (read && (always || from.metadata.contains(name))) read = number(name, value);  // older checkpoints have not all
  });
  INTARSIA_CHECK(read);
  if (from.metadata.contains("bestMeanIoU")) {
    double best = 0;
    INTARSIA_CHECK(number("bestMeanIoU", best));
    m_best = best;
    m_savedBest = true;
  }
  m_trainSecondsAtEvaluation = m_trainSeconds;
  const auto pictures = from.metadata.find("pictures");
  if (pictures != from.metadata.end() && pictures->second != std::to_string(m_cache->count()))
    notice(INTARSIA_TEXT("The number of training images has changed since this run was interrupted"));
  return {};
}

}  // namespace intarsia
