// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/split_plan.h"

#include <QTemporaryDir>
#include <QTest>
#include <map>
#include <set>

#include "annotate/project/sample_scenes.h"
#include "core/base/random.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
using By = SplitWish::By;

namespace {

std::string number(int n) { return std::string(5 - std::to_string(n).size(), '0') + std::to_string(n); }

ProjectImage image(const std::string& key, bool labelled = true) {
  ProjectImage out;
  out.key = key;
  out.labelled = labelled;
  return out;
}

/// Videos of unequal length, in two folders each; each tenth frame has no labels.
std::vector<ProjectImage> videos(uint64_t seed) {
  Random random(seed);
  std::vector<ProjectImage> out;
  for (int video = 0; video < 30; ++video)
    for (int frame = 0, n = 5 + random.below(40); frame < n; ++frame)
      out.push_back(image("photos/day" + std::to_string(video % 2) + "/clip" + std::to_string(video) + "_" + number(frame * 30) + ".png", frame % 10 != 9));
  return out;
}

std::map<Split, int> counts(const SplitPlan& plan) {
  std::map<Split, int> out;
  for (const Split s : plan.splits) ++out[s];
  return out;
}

}  // namespace

class SplitPlanTest : public QObject {
  Q_OBJECT
 private slots:
  void groupsStayWhole_data() {
    QTest::addColumn<int>("seed");
    for (int seed = 1; seed <= 20; ++seed) QTest::addRow("seed %d", seed) << seed;
  }
  void groupsStayWhole() {
    QFETCH(int, seed);
    const auto images = videos(uint64_t(seed));
    const SplitWish wish{By::video, 0.2, 0.1, uint64_t(seed)};
    const auto plan = planSplit(images, wish);
    EXPECT_OK(plan);
    std::map<std::string, std::set<Split>> splits;
    std::map<std::string, int> sizes;
    int labelled = 0, largest = 0;
    for (size_t i = 0; i < images.size(); ++i) {
      QCOMPARE(plan->splits[i] == Split::none, !images[i].labelled);
      if (!images[i].labelled) continue;
      ++labelled;
      splits[plan->groups[i]].insert(plan->splits[i]);
      largest = std::max(largest, ++sizes[plan->groups[i]]);
      QVERIFY(images[i].key.starts_with(plan->groups[i].substr(0, plan->groups[i].find('_'))));
    }
    QCOMPARE(splits.size(), size_t(30));
    for (const auto& [group, of] : splits) QCOMPARE(of.size(), size_t(1));
    auto n = counts(*plan);
    QVERIFY2(std::abs(n[Split::val] - 0.2 * labelled) <= largest / 2.0 && std::abs(n[Split::test] - 0.1 * labelled) <= largest / 2.0,
             qPrintable(QStringLiteral("%1 and %2 of %3").arg(n[Split::val]).arg(n[Split::test]).arg(labelled)));
    const auto again = planSplit(images, wish);
    QVERIFY(again->splits == plan->splits && again->groups == plan->groups);
    QVERIFY(planSplit(images, {By::video, 0.2, 0.1, uint64_t(seed) + 1})->splits != plan->splits);
  }

  void whatBelongsTogether() {
    std::vector<ProjectImage> images;
    for (int n = 390; n <= 7920; n += 30) images.push_back(image("cam/train/0016E5_" + number(n) + ".png"));
    for (int n = 7959; n <= 8159; n += 2) images.push_back(image("cam/train/0016E5_" + number(n) + ".png"));
    for (int n = 0; n < 900; n += 30) images.push_back(image("cam/test/Seq05VD_f" + number(n) + ".png"));
    for (int n = 30000; n < 30100; n += 2) images.push_back(image("cam/test/Seq05VD_f" + number(n) + ".png"));  // another clip
    images.push_back(image("cam/test/alone.png"));
    const auto distinct = [&](By by) {
      const auto groups = groupsOf(images, by);
      return std::set(groups.begin(), groups.end());
    };
    QCOMPARE(distinct(By::video), (std::set<std::string>{"cam/train/0016E5_390", "cam/test/Seq05VD_f0", "cam/test/Seq05VD_f30000", "cam/test/alone"}));
    QCOMPARE(distinct(By::folder), (std::set<std::string>{"cam/train/", "cam/test/"}));
    QCOMPARE(distinct(By::image), (std::set<std::string>{""}));
  }

  void eachImageByItself() {
    const auto images = videos(3);
    const auto plan = planSplit(images, {By::image, 0.25, 0, 1});
    EXPECT_OK(plan);
    auto n = counts(*plan);
    QVERIFY(std::abs(n[Split::val] - 0.25 * (n[Split::val] + n[Split::train])) <= 1);
    QCOMPARE(n[Split::test], 0);
  }

  void whatCannotBeDivided() {
    EXPECT_ERROR(planSplit({}, {}), ErrorCode::notFound);
    EXPECT_ERROR(planSplit({image("a/1.png", false)}, {}), ErrorCode::notFound);
    const std::vector<ProjectImage> clip{image("a/f1.png"), image("a/f2.png"), image("a/f3.png")};
    const auto one = planSplit(clip, {});
    QVERIFY(!one && one.error().message().find("too few groups (1, such as a/f1): ") != std::string::npos);
    EXPECT_OK(planSplit(clip, {By::image, 0.2, 0.2, 1}));
    EXPECT_ERROR(planSplit(clip, {By::image, 0.9, 0.2, 1}), ErrorCode::invalidInput);
    EXPECT_ERROR(planSplit(clip, {By::image, -0.1, 0, 1}), ErrorCode::invalidInput);
    const auto two = planSplit({image("a/f1.png"), image("b/f1.png")}, {By::video, 0.01, 0, 1});  // val gets one all the same
    QCOMPARE(counts(*two), (std::map<Split, int>{{Split::train, 1}, {Split::val, 1}}));
  }

  /// Kept in project.json; a new image of a group goes where the group is.
  void projectKeepsIt() {
    QTemporaryDir dir;
    const std::filesystem::path folder = dir.path().toStdString() + "/sample";
    EXPECT_OK(makeSampleProject(folder, 8, {60, 45}));
    SplitPlan plan;
    {
      auto project = Project::open(folder);
      EXPECT_OK(project);
      plan = planSplit((*project)->images(), {By::image, 0.5, 0, 1}).value();
      for (size_t i = 0; i < plan.groups.size(); ++i) plan.groups[i] = i < 4 ? "a" : "b", plan.splits[i] = i < 4 ? Split::test : Split::train;
      plan.splits[7] = Split::none;
      EXPECT_OK((*project)->setSplits(plan));
      EXPECT_ERROR((*project)->setSplits({}), ErrorCode::invalidInput);
      EXPECT_OK((*project)->flush());
    }
    auto project = Project::open(folder);
    EXPECT_OK(project);
    for (size_t i = 0; i < 7; ++i) QVERIFY((*project)->images()[i].split == plan.splits[i] && (*project)->images()[i].group == plan.groups[i]);
    QCOMPARE((*project)->images()[7].split, Split::train);
  }
};

INTARSIA_TEST(SplitPlanTest)
#include "split_plan_test.moc"
