// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/split_plan.h"

#include <algorithm>
#include <map>

#include "core/base/hash.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

struct Frame {
  int64_t number = 0;
  size_t image = 0;
};

/// The key up to the number at the end of its stem, and that number.
std::pair<std::string, std::optional<int64_t>> seriesOf(const std::string& key) {
  const size_t slash = key.rfind('/') + 1, dot = key.rfind('.'), end = dot == std::string::npos || dot < slash ? key.size() : dot;
  size_t at = end;
  while (at > slash && key[at - 1] >= '0' && key[at - 1] <= '9') --at;
  if (at == end || end - at > 15) return {key.substr(0, end), std::nullopt};
  return {key.substr(0, at), parseInt(key.substr(at, end - at))};
}

/// A step over ten times as wide as those beside it; without a neighbour, over 10 s at 30 frames a second.
bool isLeap(const std::vector<int64_t>& steps, size_t at) {
  const int64_t before = at > 0 ? steps[at - 1] : 0, after = at + 1 < steps.size() ? steps[at + 1] : 0;
  return steps.size() > 1 ? steps[at] > 10 * std::max({int64_t(1), before, after}) : steps[at] > 300;
}

/// Cuts a series where its numbers leap.
void nameClips(const std::string& series, std::vector<Frame> frames, std::vector<std::string>& groups) {
  std::ranges::sort(frames, {}, &Frame::number);
  std::vector<int64_t> steps;
  for (size_t i = 1; i < frames.size(); ++i) steps.push_back(frames[i].number - frames[i - 1].number);
  std::string name;
  for (size_t i = 0; i < frames.size(); ++i) {
    if (i == 0 || isLeap(steps, i - 1)) name = series + std::to_string(frames[i].number);
    groups[frames[i].image] = name;
  }
}

struct Group {
  std::string name, order;
  std::vector<size_t> images;
  int64_t labelled = 0;
  Split split = Split::train;
};

/// An image without a group is one of its own.
const std::string& groupName(const std::string& group, const ProjectImage& image) { return group.empty() ? image.key : group; }

std::vector<Group> gather(const std::vector<ProjectImage>& images, const std::vector<std::string>& names, const SplitWish& wish) {
  std::map<std::string, Group> byName;
  for (size_t i = 0; i < images.size(); ++i) {
    Group& group = byName[groupName(names[i], images[i])];
    group.images.push_back(i);
    group.labelled += images[i].labelled;
  }
  std::vector<Group> out;
  for (auto& [name, group] : byName) {
    group.name = name;
    group.order = contentHash(std::to_string(wish.seed) + "\n" + name);
    if (group.labelled > 0) out.push_back(std::move(group));
  }
  std::ranges::sort(out, {}, &Group::order);
  return out;
}

/// Groups in train go to `split` until its share is as near to `wanted` images as whole groups allow.
void fill(std::vector<Group>& groups, Split split, double wanted, size_t mostGroups) {
  double have = 0;
  size_t taken = 0;
  const auto take = [&](Group& group) {
    group.split = split;
    have += double(group.labelled);
    ++taken;
  };
  for (Group& group : groups)
    if (group.split == Split::train && taken < mostGroups && have + double(group.labelled) / 2 <= wanted) take(group);
  if (taken > 0 || mostGroups == 0 || wanted <= 0) return;
  Group* smallest = nullptr;
  for (Group& group : groups)
    if (group.split == Split::train && (!smallest || group.labelled < smallest->labelled)) smallest = &group;
  if (smallest) take(*smallest);
}

}  // namespace

std::vector<std::string> groupsOf(const std::vector<ProjectImage>& images, SplitWish::By by) {
  std::vector<std::string> groups(images.size());
  std::map<std::string, std::vector<Frame>> series;
  for (size_t i = 0; i < images.size(); ++i) {
    const std::string& key = images[i].key;
    if (by == SplitWish::By::folder) groups[i] = key.substr(0, key.rfind('/') + 1);
    if (by != SplitWish::By::video) continue;
    const auto [name, number] = seriesOf(key);
    if (number) series[name].push_back({*number, i});
    else groups[i] = name;
  }
  for (auto& [name, frames] : series) nameClips(name, std::move(frames), groups);
  return groups;
}

std::vector<SplitCount> countSplits(const SplitPlan& plan, const std::vector<ProjectImage>& images) {
  std::vector<SplitCount> counts{{Split::train}, {Split::val}, {Split::test}};
  for (size_t i = 0; i < plan.splits.size(); ++i)
    if (const auto at = std::ranges::find(counts, plan.splits[i], &SplitCount::split); at != counts.end()) {
      ++at->images;
      at->groups.insert(groupName(plan.groups[i], images[i]));
    }
  return counts;
}

Expected<SplitPlan> planSplit(const std::vector<ProjectImage>& images, const SplitWish& wish) {
  if (!(wish.val >= 0 && wish.test >= 0 && wish.val + wish.test <= 0.95))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The shares of val and test must not be negative, nor more than 0.95 together"));
  SplitPlan plan{groupsOf(images, wish.by), std::vector<Split>(images.size(), Split::none)};
  std::vector<Group> groups = gather(images, plan.groups, wish);
  if (groups.empty()) return fail(ErrorCode::notFound, INTARSIA_TEXT("No image is labelled yet: there is nothing to divide"));
  const size_t splits = 1 + (wish.val > 0) + (wish.test > 0);
  if (groups.size() < splits)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The labelled images form too few groups ({n}, such as {name}): {wanted} are needed. Divide by something else"),
                {{"n", std::to_string(groups.size())}, {"name", groups.front().name}, {"wanted", std::to_string(splits)}});
  int64_t labelled = 0;
  for (const Group& group : groups) labelled += group.labelled;
  fill(groups, Split::test, wish.test * double(labelled), wish.test > 0 ? groups.size() - 1 - (wish.val > 0) : 0);
  const auto rest = size_t(std::ranges::count(groups, Split::train, &Group::split));
  fill(groups, Split::val, wish.val * double(labelled), wish.val > 0 ? rest - 1 : 0);
  for (const Group& group : groups)
    for (const size_t i : group.images)
      if (images[i].labelled) plan.splits[i] = group.split;
  return plan;
}

}  // namespace intarsia
