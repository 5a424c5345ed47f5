// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <set>
#include <string>
#include <vector>

#include "annotate/project/project.h"

namespace intarsia {

/// How a project's images are to be divided.
struct SplitWish {
  /// What stays together: nothing; images of one folder; frames of one video: equal folder and name up to the number at its end, until the
  /// numbers leap by more than ten times the steps beside.
  enum class By { image, folder, video };
  By by = By::video;
  double val = 0.2, test = 0;  // shares of the labelled images
  uint64_t seed = 1;
};

/// Images of a group share a split. The order of groups is drawn from the seed; a group goes to test, then to val, as long as
/// that brings the share nearer to the wish, so each is off by at most half a group; but each split that is wished for gets at
/// least one, as train does. Images without labels get a group and no split: they follow it when they are labelled. Errors:
/// nothing is labelled, too few groups, shares that leave nothing to train on.
Expected<SplitPlan> planSplit(const std::vector<ProjectImage>& images, const SplitWish& wish);

/// What one split comes to. An image without a group is one of its own.
struct SplitCount {
  Split split = Split::train;
  int images = 0;
  std::set<std::string> groups;
};
/// Of train, val and test, in this order.
std::vector<SplitCount> countSplits(const SplitPlan& plan, const std::vector<ProjectImage>& images);

/// The group of each image.
std::vector<std::string> groupsOf(const std::vector<ProjectImage>& images, SplitWish::By by);

}  // namespace intarsia
