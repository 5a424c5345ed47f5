// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "train/infer/turnstile.h"
#include "train/loop/evaluate.h"

namespace intarsia {

/// Measures models on one split again and again; decoded pictures are kept (up to 1 GB). One thread at a time.
class Evaluator {
 public:
  /// `detailed`: Evaluation::scores too.
  Evaluator(const SampleSource& source, Split split, Size size, bool detailed = false);
  int count() const { return int(m_items.size()); }
  /// `stop` is asked between batches and ends with the error `cancelled`; pictures that cannot be read are left out (see notices).
  /// With a turnstile each batch is computed in turn; with a measurement of that model, what it takes is compared where it computes.
  Expected<Evaluation> run(const Model& model, int threads, const std::function<bool()>& stop = {}, const std::function<void(int)>& progress = {},
                           Turnstile* turnstile = nullptr, Measurement* measurement = nullptr);
  const std::vector<std::string>& notices() const { return m_notices; }
  /// The smallest scale, network pixels per image pixel, of the pictures read so far; 0 = none was.
  double leastScale() const { return m_leastScale; }

 private:
  struct Item {
    int index = 0;
    Image image;      // at the network's size
    LabelMap labels;  // at their own; ignored classes are kUnlabelled unless detailed
    bool loaded = false, failed = false, kept = false;
  };
  Expected<> load(Item& item);
  void compare(const Logits& logits, const Item& item, Scores::Part& part, double& loss) const;

  const SampleSource& m_source;
  const Size m_size;
  const bool m_detailed;
  std::vector<Item> m_items;
  std::vector<std::string> m_notices;
  size_t m_keptBytes = 0;
  double m_leastScale = 0;
};

}  // namespace intarsia
