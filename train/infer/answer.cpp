// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/infer/answer.h"

#include <algorithm>
#include <cmath>

#include "train/kernels/kernels.h"

namespace intarsia {

Size networkSize(Size image, Size trained) {
  if (image.empty() || trained.empty()) return image;
  const double scale = std::min(double(trained.width) / image.width, double(trained.height) / image.height);
  const auto side = [&](int length, int most) { return std::clamp(int(std::lround(length * scale)), 1, most); };
  return {side(image.width, trained.width), side(image.height, trained.height)};
}

namespace {

/// Reads logits at one row of an image at a time.
class RowReader {
 public:
  RowReader(const Logits& logits, double scaleX, double scaleY)
      : m_logits(logits), m_scaleX(scaleX), m_scaleY(scaleY), m_row(size_t(logits.size.width) * size_t(logits.stride)) {}

  /// Classes, the winner's logit and ln Σ e^logit for pixels x…x+n of row y.
  void read(int x, int y, int n, uint16_t* winner, float* top, float* logSum) {
    const double sy = std::clamp((y + 0.5) * m_scaleY - 0.5, 0.0, double(m_logits.size.height - 1));
    const int y0 = int(sy), y1 = std::min(y0 + 1, m_logits.size.height - 1);
    const size_t rowLength = m_row.size();
    const float* a = m_logits.values.data() + rowLength * size_t(y0);
    const float* b = m_logits.values.data() + rowLength * size_t(y1);
    kernels().mix(a, b, float(sy - y0), m_row.data(), int64_t(rowLength));
    kernels().classify(m_row.data(), m_logits.size.width, m_logits.classes, m_logits.stride, x, n, float(m_scaleX), winner, top, logSum);
  }
  const float* row() const { return m_row.data(); }

 private:
  const Logits& m_logits;
  const double m_scaleX, m_scaleY;  // logit pixels per image pixel
  std::vector<float> m_row;
};

class LinearAnswer final : public Answer {
 public:
  LinearAnswer(Logits logits, Size size) : m_logits(std::move(logits)), m_size(size) {}
  Size imageSize() const override { return m_size; }
  void read(const Rect& rect, int level, std::vector<uint16_t>& classes, std::vector<uint8_t>& confidence) const override {
    const double pixel = double(int64_t(1) << level);
    RowReader reader(m_logits, pixel * m_logits.size.width / m_size.width, pixel * m_logits.size.height / m_size.height);
    const auto n = size_t(rect.width);
    classes.resize(n * size_t(rect.height));
    confidence.resize(classes.size());
    std::vector<float> top(n), logSum(n);
    for (int y = 0; y < rect.height; ++y) {
      reader.read(rect.x, rect.y + y, rect.width, &classes[n * size_t(y)], top.data(), logSum.data());
      for (size_t x = 0; x < n; ++x) confidence[n * size_t(y) + x] = uint8_t(std::clamp(255 * std::exp(top[x] - logSum[x]) + 0.5f, 0.f, 255.f));
    }
  }

 private:
  const Logits m_logits;
  const Size m_size;
};

}  // namespace

std::shared_ptr<const Answer> makeAnswer(Logits logits, Size size) { return std::make_shared<LinearAnswer>(std::move(logits), size); }

void addToConfusion(const Logits& logits, const LabelMap& labels, ConfusionMatrix& confusion, double& loss, LabelMap* answer) {
  const double scaleX = double(logits.size.width) / labels.width();
  RowReader reader(logits, scaleX, double(logits.size.height) / labels.height());
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

Expected<LabelMap> predictLabels(const Model& model, const Image& image) {
  INTARSIA_TRY(const auto answer, model.answer(image));
  LabelMap map(image.width, image.height);
  std::vector<uint8_t> confidence;
  answer->read(map.rect(), 0, map.pixels(), confidence);
  return map;
}

}  // namespace intarsia
