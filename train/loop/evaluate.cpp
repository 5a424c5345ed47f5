// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/loop/evaluator.h"

#include "core/base/parallel.h"
#include "core/base/resize.h"
#include "train/data/cache.h"
#include "train/infer/answer.h"
#include "train/loop/device.h"

namespace intarsia {

Evaluator::Evaluator(const SampleSource& source, Split split, Size size, bool detailed) : m_source(source), m_size(size), m_detailed(detailed) {
  for (int i = 0; i < source.count(); ++i)
    if (source.split(i) == split) m_items.push_back(Item{i, {}, {}});
}

Expected<> Evaluator::load(Item& item) {
  INTARSIA_TRY(Sample sample, m_source.sample(item.index));
  // Labels may be larger than the image: a shard keeps those to measure with at their own size.
  if (sample.image.empty() || sample.labels.empty())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is empty"), {{"file", m_source.name(item.index)}});
  item.image = resized(toRgb8(std::move(sample.image)), networkSize(sample.labels.size(), m_size));
  item.labels = std::move(sample.labels);
  if (!m_detailed) dropIgnored(item.labels, m_source.classes());
  item.loaded = true;
  return {};
}

void Evaluator::compare(const Logits& logits, const Item& item, Scores::Part& part, double& loss) const {
  if (!m_detailed) return addToConfusion(logits, item.labels, part.confusion, loss);
  LabelMap counted = item.labels, answer;
  dropIgnored(counted, m_source.classes());
  addToConfusion(logits, counted, part.confusion, loss, &answer);
  part = Scores::measure(m_source.name(item.index), item.labels, answer, m_source.classes());
}

Expected<Evaluation> Evaluator::run(const Model& model, int threads, const std::function<bool()>& stop, const std::function<void(int)>& progress,
                                    Turnstile* turnstile, Measurement* measurement) {
  Evaluation result{ConfusionMatrix(m_source.classes().size()), 0, 0, Scores(m_source.classes())};
  constexpr size_t kTogether = 8;
  constexpr size_t kMostBytes = size_t(1) << 30;  // of pictures kept between evaluations
  for (size_t at = 0; at < m_items.size();) {
    if (stop && stop()) return fail(ErrorCode::cancelled, INTARSIA_TEXT("Cancelled"));
    const size_t end = std::min(at + kTogether, m_items.size());
    std::vector<std::string> errors(end - at);
    INTARSIA_CHECK(parallelFor(int(end - at), [&](int k) -> Expected<> {
      Item& item = m_items[at + size_t(k)];
      if (!item.loaded && !item.failed)
        if (auto done = load(item); !done) item.failed = true, errors[size_t(k)] = done.error().message();
      return {};
    }, {}, threads));
    for (size_t k = at; k < end; ++k)
      if (const Item& item = m_items[k]; item.loaded) {
        const double scale = networkScale(item.labels.size(), m_size);
        m_leastScale = m_leastScale > 0 ? std::min(m_leastScale, scale) : scale;
      }
    for (auto& text : errors)
      if (!text.empty()) m_notices.push_back(std::move(text));
    // neighbours of one size go through the network together
    for (size_t from = at; from < end;) {
      std::vector<const Image*> images;
      std::vector<const Item*> items;
      size_t to = from;
      for (; to < end && (images.empty() || m_items[to].failed || m_items[to].image.size() == images[0]->size()); ++to)
        if (!m_items[to].failed) images.push_back(&m_items[to].image), items.push_back(&m_items[to]);
      from = to;
      if (images.empty()) continue;
      const Turnstile::Turn turn(turnstile);
      if (measurement && !m_detailed) {
        std::vector<const LabelMap*> labels;
        for (const Item* item : items) labels.push_back(&item->labels);
        INTARSIA_TRY(const bool taken, measurement->add(images, labels));
        if (taken) {
          result.images += int(images.size());
          continue;
        }
      }
      INTARSIA_TRY(const auto logits, model.logits(images));
      std::vector<Scores::Part> parts(images.size(), Scores::Part{{}, ConfusionMatrix(result.confusion.classes()), 0, {}});
      std::vector<double> losses(images.size());
      INTARSIA_CHECK(parallelFor(int(images.size()), [&](int k) -> Expected<> {
        compare(logits[size_t(k)], *items[size_t(k)], parts[size_t(k)], losses[size_t(k)]);
        return {};
      }, {}, threads));
      for (size_t k = 0; k < parts.size(); ++k) {
        result.confusion.add(parts[k].confusion);
        result.loss += losses[k];
        if (m_detailed) result.scores.add(parts[k]);
      }
      result.images += int(images.size());
    }
    for (; at < end; ++at) {
      Item& item = m_items[at];
      if (!item.loaded) continue;
      const size_t bytes = item.image.bytes.size() + item.labels.pixels().size() * 2;
      if (item.kept) continue;
      if (m_keptBytes + bytes > kMostBytes) item.image = {}, item.labels = {}, item.loaded = false;
      else item.kept = true, m_keptBytes += bytes;
    }
    if (progress) progress(int(end));
  }
  if (measurement) INTARSIA_CHECK(measurement->read(result.confusion, result.loss));
  if (result.images == 0) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("There is no labelled image to measure on"));
  if (const auto pixels = result.confusion.total()) result.loss /= double(pixels);
  return result;
}

Expected<Evaluation> evaluate(const Model& model, const SampleSource& source, Split split, const Job& job, int threads) {
  threads = threads > 0 ? threads : computingThreads();
  useThreads(threads);
  Evaluator evaluator(source, split, model.info().size, true);
  if (evaluator.count() == 0)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("There is no labelled image in the split {split}"), {{"split", std::string(splitName(split))}});
  auto result = evaluator.run(model, threads, [&] { return job.cancelled(); },
                              [&](int done) { job.report(done, evaluator.count(), INTARSIA_TEXT("Measuring")); });
  if (result && result->images < evaluator.count()) {
    const auto& notices = evaluator.notices();
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{n} images cannot be measured; the first: {reason}"),
                {{"n", std::to_string(notices.size())}, {"reason", notices.front()}});
  }
  return result;
}

}  // namespace intarsia
