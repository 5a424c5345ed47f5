// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/base/metrics/confusion_matrix.h"

namespace intarsia {

/// One picture of a measured split.
struct ImageScore {
  std::string name;
  int64_t pixels = 0, hits = 0;   // that counted; that were right
  double meanIoU = 0;             // over the classes present in its truth or its answer
  double pixelAccuracy() const { return pixels ? double(hits) / double(pixels) : 0; }
};

/// Everything that is told of a split. The first group comes from one confusion matrix over all its pixels; the second are the figures
/// that tutorials print, computed their way, picture by picture in the order given.
class Scores {
 public:
  static constexpr int kBatch = 8;  // of the batch-mean accuracy

  explicit Scores(const ClassTable& classes = {});
  /// Labels and answer of one picture, same size; ignored classes are still in `truth`. The answer names no ignored class.
  void add(std::string name, const LabelMap& truth, const LabelMap& predicted);
  /// Adds what was measured elsewhere of the pictures that follow these.
  struct Part;
  static Part measure(std::string name, const LabelMap& truth, const LabelMap& predicted, const ClassTable& classes);
  void add(const Part& part);

  const ClassTable& classes() const { return m_classes; }
  const ConfusionMatrix& confusion() const { return m_confusion; }
  const std::vector<ImageScore>& images() const { return m_images; }
  int64_t ignoredPixels() const { return m_ignored; }  // labelled with a class that is ignored

  /// Pixels of ignored classes count as wrong, as for a network that never answers them.
  double pixelAccuracyWithIgnored() const;
  double meanRecall() const;                // "mean accuracy" of the FCN papers
  double frequencyWeightedIoU() const;
  std::optional<double> boundaryF1(int c) const;  // mean over the pictures where the class has a boundary
  double meanBoundaryF1() const;

  /// fastai: accuracy of each batch of kBatch pictures, averaged with the batches' lengths as weights.
  double batchMeanAccuracy() const;
  /// Mean over the pictures of the share of the thresholds 0.5, 0.55 … 0.95 that the class's IoU in the picture exceeds;
  /// (0 + 1e-6) / (0 + 1e-6) = 1 where it is in neither map.
  std::optional<double> thresholdedIoU(int c) const;
  double meanThresholdedIoU() const;
  /// Mean IoU in which a class that is in no picture counts as 0.
  double meanIoUAbsentIsZero() const;

 private:
  ClassTable m_classes;
  ConfusionMatrix m_confusion;
  int64_t m_ignored = 0;
  std::vector<ImageScore> m_images;
  struct ClassSums {
    double boundary = 0;
    int boundaryImages = 0;
    int thresholds = 0;  // exceeded, over all pictures
  };
  std::vector<ClassSums> m_sums;
  struct BatchSums {
    int images = 0;
    int64_t hits = 0, pixels = 0;
  };
  std::vector<BatchSums> m_batches;
};

struct Scores::Part {
  ImageScore image;
  ConfusionMatrix confusion;
  int64_t ignored = 0;
  std::vector<std::optional<double>> boundaryF1;
};

}  // namespace intarsia
