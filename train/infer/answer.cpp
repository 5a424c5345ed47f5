// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/infer/answer.h"

#include <algorithm>
#include <cmath>

#include "core/base/resize.h"
#include "train/data/cache.h"
#include "train/kernels/kernels.h"
#include "train/kernels/share.h"

namespace intarsia {

double networkScale(Size image, Size trained) {
  if (image.empty() || trained.empty()) return 1;
  return std::min(double(trained.width) / image.width, double(trained.height) / image.height);
}

Size networkSize(Size image, Size trained) {
  if (image.empty() || trained.empty()) return image;
  const double scale = networkScale(image, trained);
  const auto side = [&](int length, int most) { return std::clamp(int(std::lround(length * scale)), 1, most); };
  return {side(image.width, trained.width), side(image.height, trained.height)};
}

Size predictionSize(Size image, const ModelInfo& info, double scale) {
  const bool largest = scale <= 0;
  if (largest) scale = info.scale;
  const Size scaled{std::max(1, int(std::lround(image.width * scale))), std::max(1, int(std::lround(image.height * scale)))};
  if (!largest) return scaled;
  const Size fitted = networkSize(image, info.size);
  return scaled.width > fitted.width && scaled.height > fitted.height ? scaled : fitted;
}

namespace {

/// Reads logits at one row of an image at a time.
class RowReader {
 public:
  /// `logits` begin at `origin` of a picture of `network` pixels.
  RowReader(const Logits& logits, Rect origin, Size network, double scaleX, double scaleY)
      : m_logits(logits), m_origin(origin), m_network(network), m_scaleX(scaleX), m_scaleY(scaleY), m_row(size_t(logits.size.width) * size_t(logits.stride)) {}

  /// Classes, the winner's logit and ln Σ e^logit for pixels x…x+n of row y.
  void read(int x, int y, int n, uint16_t* winner, float* top, float* logSum) {
    const double sy = std::clamp((y + 0.5) * m_scaleY - 0.5, 0.0, double(m_network.height - 1)) - m_origin.y;
    const int last = m_logits.size.height - 1, y0 = std::clamp(int(sy), 0, last), y1 = std::min(y0 + 1, last);
    const size_t rowLength = m_row.size();
    const float* a = m_logits.values.data() + rowLength * size_t(y0);
    const float* b = m_logits.values.data() + rowLength * size_t(y1);
    kernels().mix(a, b, float(sy - y0), m_row.data(), int64_t(rowLength));
    kernels().classify(m_row.data(), m_logits.size.width, m_logits.classes, m_logits.stride, x, n, float(m_scaleX), float(m_origin.x), winner, top, logSum);
  }
  const float* row() const { return m_row.data(); }

 private:
  const Logits& m_logits;
  const Rect m_origin;
  const Size m_network;
  const double m_scaleX, m_scaleY;  // logit pixels per image pixel
  std::vector<float> m_row;
};

}  // namespace

Size sizeAtLevel(Size image, int level) {
  const auto reduced = [&](int n) { return std::max(1, int((int64_t(n) + (int64_t(1) << level) - 1) >> level)); };
  return {reduced(image.width), reduced(image.height)};
}

Rect PartAnswer::rect(int level) const {
  const Size all = sizeAtLevel(m_image, level);
  const double pixel = double(int64_t(1) << level);
  // The first pixel whose centre lies at or beyond `at`; a part has a row and a column more than its block, to interpolate from.
  const auto first = [&](int at, int network, int image, int length) {
    return std::clamp(int(std::ceil((at + 0.5) * image / (pixel * network) - 0.5)), 0, length);
  };
  const auto range = [&](int from, int end, int network, int image, int length) {
    const int a = from > 0 ? first(from, network, image, length) : 0;
    return std::pair(a, (end < network ? first(end - 1, network, image, length) : length) - a);
  };
  const auto [x, width] = range(m_part.rect.x, m_part.rect.right(), m_network.width, m_image.width, all.width);
  const auto [y, height] = range(m_part.rect.y, m_part.rect.bottom(), m_network.height, m_image.height, all.height);
  return {x, y, width, height};
}

void PartAnswer::read(const Rect& rect, int level, size_t stride, uint16_t* classes, uint8_t* confidence) const {
  const double pixel = double(int64_t(1) << level);
  const auto n = size_t(rect.width);
  constexpr int kRows = 16;
  shareOut((rect.height + kRows - 1) / kRows, [&](int64_t part) {
    RowReader reader(m_part.logits, m_part.rect, m_network, pixel * m_network.width / m_image.width, pixel * m_network.height / m_image.height);
    std::vector<float> top(n), logSum(n);
    for (int y = int(part) * kRows; y < std::min(rect.height, int(part + 1) * kRows); ++y) {
      reader.read(rect.x, rect.y + y, rect.width, classes + stride * size_t(y), top.data(), logSum.data());
      if (!confidence) continue;
      for (size_t x = 0; x < n; ++x) confidence[stride * size_t(y) + x] = uint8_t(std::clamp(255 * std::exp(top[x] - logSum[x]) + 0.5f, 0.f, 255.f));
    }
  });
}

void addToConfusion(const Logits& logits, const LabelMap& labels, ConfusionMatrix& confusion, double& loss, LabelMap* answer) {
  const double scaleX = double(logits.size.width) / labels.width();
  RowReader reader(logits, {}, logits.size, scaleX, double(logits.size.height) / labels.height());
  const auto n = size_t(labels.width());
  std::vector<uint16_t> winner(n);
  std::vector<float> top(n), logSum(n);
  if (answer) *answer = LabelMap(labels.width(), labels.height());
  for (int y = 0; y < labels.height(); ++y) {
    const uint16_t* truth = labels.row(y);
    reader.read(0, y, labels.width(), winner.data(), top.data(), logSum.data());
    if (answer) std::copy(winner.begin(), winner.end(), answer->row(y));
    double sum = 0;
    for (size_t x = 0; x < n; ++x) {
      if (truth[x] == kUnlabelled) continue;
      confusion.add(truth[x], winner[x]);
      const double sx = std::clamp((double(x) + 0.5) * scaleX - 0.5, 0.0, double(logits.size.width - 1));
      const auto x0 = size_t(sx), x1 = std::min(x0 + 1, size_t(logits.size.width - 1));
      const auto stride = size_t(logits.stride);
      const float a = reader.row()[x0 * stride + truth[x]], b = reader.row()[x1 * stride + truth[x]];
      sum += logSum[x] - (a + float(sx - double(x0)) * (b - a));
    }
    loss += sum;
  }
}

Image tileImage(const Image& image, Size size, const Rect& tile) { return toRgb8(resizedPart(image, size, tile)); }

Expected<Logits> pictureLogits(const Model& model, const Image& picture) {
  if (picture.empty()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The image is empty"));
  const Image* const one[] = {&picture};
  INTARSIA_TRY(auto found, model.logits(one));
  return std::move(found[0]);
}

Expected<LabelMap> predictLabels(const Model& model, const Image& image, const PredictOptions& options) {
  const Size size = predictionSize(image.size(), model.info(), options.scale);
  const Tiling tiling = Tiling::of(size, model.info().size);
  const Size blocks = tiling.count();
  LabelMap map(image.width, image.height);
  if (options.confidence) options.confidence->resize(map.pixels().size());
  int64_t done = 0;
  TiledPass pass{{0, 0, blocks.width, blocks.height}, {}, model.info().classes.size(), {}, {}};
  pass.compute = [&](const Rect& tile) -> Expected<Logits> {
    INTARSIA_CHECK(options.job.check());
    return pictureLogits(model, tileImage(image, size, tile));
  };
  pass.deliver = [&](int, int, LogitsPart part) {
    const PartAnswer answer(std::move(part), size, image.size());
    const Rect rect = answer.rect(0);
    const size_t at = size_t(rect.y) * size_t(image.width) + size_t(rect.x);
    answer.read(rect, 0, size_t(image.width), map.pixels().data() + at, options.confidence ? options.confidence->data() + at : nullptr);
    options.job.report(++done, int64_t(blocks.width) * blocks.height, INTARSIA_TEXT("Predicting"));
    return true;
  };
  INTARSIA_CHECK(answerTiles(tiling, pass));
  return map;
}

}  // namespace intarsia
