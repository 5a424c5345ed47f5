// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "core/base/class_table.h"
#include "core/base/image.h"
#include "core/base/label_map.h"
#include "core/base/split.h"

namespace intarsia {

/// One labelled picture. Label values are indices into `SampleSource::classes()`; classes marked ignore and kUnlabelled
/// enter neither loss nor metric. Image and label map have the same size, but for val and test of a shard, which keep their labels at
/// their own size (a whole answer is resized to it before it is measured).
struct Sample {
  Image image;
  LabelMap labels;
};

/// What training asks for: a run's snapshot (images + label-map PNGs) or a packed shard. Any thread may call any method.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  virtual int count() const = 0;
  virtual Split split(int index) const = 0;
  virtual std::string name(int index) const = 0;  // for messages and the log: the image's path or key
  virtual const ClassTable& classes() const = 0;
  /// Decodes; an unreadable or vanished image is an error that names it.
  virtual Expected<Sample> sample(int index) const = 0;
  /// Pictures have the size of the files that users have; false where they may have been reduced.
  virtual bool atOwnSize() const { return true; }
  /// A picture outside the set, for predictions.
  virtual Expected<Image> image(const std::string& path) const = 0;
};

}  // namespace intarsia
