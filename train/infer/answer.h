// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/metrics/confusion_matrix.h"
#include "train/infer/model.h"

namespace intarsia {

/// The answer that interpolates `logits` linearly between pixel centres (as align_corners=False) to an image of `size`.
std::shared_ptr<const Answer> makeAnswer(Logits logits, Size size);

/// Compares with labels at their own size; kUnlabelled is left out (dropIgnored has been applied). Adds Σ cross-entropy to `loss`.
/// `answer`, unless null, becomes the classes of all pixels.
void addToConfusion(const Logits& logits, const LabelMap& labels, ConfusionMatrix& confusion, double& loss, LabelMap* answer = nullptr);

}  // namespace intarsia
