// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <atomic>
#include <cmath>

#include "core/base/random.h"
#include "core/base/sample_source.h"

namespace intarsia::test {

/// Discs and squares in their classes' colours over a noisy ground: learnt in seconds.
class SyntheticSource final : public SampleSource {
 public:
  SyntheticSource(int train, int val, Size size = {64, 48}) : m_train(train), m_val(val), m_size(size) {
    (void)m_classes.add("ground");
    (void)m_classes.add("disc");
    (void)m_classes.add("square");
    (void)m_classes.add("void", {}, true);
  }
  ClassTable& table() { return m_classes; }
  int count() const override { return m_train + m_val; }
  Split split(int i) const override { return i < m_train ? Split::train : Split::val; }
  std::string name(int i) const override { return "picture " + std::to_string(i); }
  const ClassTable& classes() const override { return m_classes; }
  Expected<Sample> sample(int i) const override {
    if (i == unreadable) return fail(ErrorCode::io, "Cannot read {file}: it is gone", {{"file", name(i)}});
    Random random(4711, uint32_t(i));
    Sample s{{m_size.width, m_size.height, 3, 8, {}}, LabelMap(m_size.width, m_size.height, allUnlabelled ? kUnlabelled : 0)};
    s.image.bytes.resize(s.image.rowBytes() * size_t(m_size.height));
    const double x1 = random.uniform(10, m_size.width - 10.0), y1 = random.uniform(10, m_size.height - 10.0), x2 = random.uniform(10, m_size.width - 10.0),
                 y2 = random.uniform(10, m_size.height - 10.0);
    for (int y = 0; y < m_size.height; ++y)
      for (int x = 0; x < m_size.width; ++x) {
        int label = 0;
        if (std::hypot(x - x1, y - y1) < 9) label = 1;
        if (std::max(std::abs(x - x2), std::abs(y - y2)) < 7) label = 2;
        const int colors[3][3] = {{90, 90, 90}, {200, 80, 60}, {60, 80, 200}};
        for (int c = 0; c < 3; ++c) s.image.row(y)[x * 3 + c] = uint8_t(colors[label][c] + random.below(40) - 20);
        if (!allUnlabelled) s.labels.set(x, y, uint16_t(x < 2 ? 3 : label));
      }
    return s;
  }
  Expected<Image> image(const std::string& path) const override {
    INTARSIA_TRY(Sample s, sample(std::atoi(path.c_str())));
    return s.image;
  }

  bool allUnlabelled = false;
  int unreadable = -1;

 private:
  const int m_train, m_val;
  const Size m_size;
  ClassTable m_classes;
};

}  // namespace intarsia::test
