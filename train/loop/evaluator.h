// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "train/loop/evaluate.h"

namespace intarsia {

/// Measures models on one split again and again; decoded pictures are kept (up to 1 GB). One thread at a time.
class Evaluator {
 public:
  Evaluator(const SampleSource& source, Split split, Size size);
  int count() const { return int(m_items.size()); }
  /// `stop` is asked between batches and ends with the error `cancelled`; pictures that cannot be read are left out (see notices).
  Expected<Evaluation> run(const Model& model, int threads, const std::function<bool()>& stop = {}, const std::function<void(int)>& progress = {});
  const std::vector<std::string>& notices() const { return m_notices; }

 private:
  struct Item {
    int index = 0;
    Image image;      // at the network's size
    LabelMap labels;  // at their own
    bool loaded = false, failed = false, kept = false;
  };
  Expected<> load(Item& item);

  const SampleSource& m_source;
  const Size m_size;
  std::vector<Item> m_items;
  std::vector<std::string> m_notices;
  size_t m_keptBytes = 0;
};

}  // namespace intarsia
