// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/metrics/confusion_matrix.h"
#include "train/infer/tiles.h"

namespace intarsia {

/// What a part of the logits says about the image's pixels: interpolated linearly between pixel centres (as align_corners=False).
/// Immutable; any thread.
class PartAnswer {
 public:
  /// `part` of the logits of a picture of `network` pixels, seen as an image of `image` pixels.
  PartAnswer(LogitsPart part, Size network, Size image) : m_part(std::move(part)), m_network(network), m_image(image) {}
  /// The pixels at `level` (of 2^level image pixels) that this part decides: those of all blocks part the image.
  Rect rect(int level) const;
  /// Class indices and confidence (0…255) of `rect`, `stride` numbers from row to row; shared out over the calling thread's team.
  void read(const Rect& rect, int level, size_t stride, uint16_t* classes, uint8_t* confidence) const;

 private:
  LogitsPart m_part;
  Size m_network, m_image;
};

/// An image's size at `level`, rounded up.
Size sizeAtLevel(Size image, int level);

/// Compares with labels at their own size; kUnlabelled is left out (dropIgnored has been applied). Adds Σ cross-entropy to `loss`.
/// `answer`, unless null, becomes the classes of all pixels.
void addToConfusion(const Logits& logits, const LabelMap& labels, ConfusionMatrix& confusion, double& loss, LabelMap* answer = nullptr);

}  // namespace intarsia
