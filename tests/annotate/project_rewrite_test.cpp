// SPDX-License-Identifier: GPL-3.0-or-later
// Changes of all images at once: all or nothing, also after a crash.
#include <QTemporaryDir>
#include <QTest>

#include "annotate/edit/annotation_delta.h"
#include "annotate/edit/edit.h"
#include "annotate/edit/history.h"
#include "annotate/edit/order_edits.h"
#include "annotate/project/project.h"
#include "annotate/project/sample_scenes.h"
#include "core/base/random.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

class ProjectRewriteTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase();
  void classesMergeEverywhere();
  void cancelledChangesNothing();
  void crashAfterTheJournalIsCompleted();
  void wideStepsKeepTheHistoryTrue();
  void placingShapes();

 private:
  fs::path copy();
  QTemporaryDir m_folder;
  int m_copies = 0;
};

void ProjectRewriteTest::initTestCase() {
  const auto sample = fs::path(m_folder.path().toStdString()) / "sample";
  EXPECT_OK(makeSampleProject(sample, 5, {96, 72}, 3, {}));
  // One image has a mask below its shapes.
  auto project = Project::open(sample);
  QVERIFY(project.has_value());
  auto labels = (*project)->annotation(0);
  QVERIFY(labels.has_value());
  std::vector<uint32_t> ids(96 * 72);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = (*project)->classes()[int(i % 3)].id;
  EXPECT_OK((*project)->setAnnotation(0, setBase(*labels, {0, 0, 96, 72}, ids).after));
  EXPECT_OK((*project)->flush());
}

fs::path ProjectRewriteTest::copy() {
  const auto to = fs::path(m_folder.path().toStdString()) / ("copy" + std::to_string(++m_copies));
  fs::copy(fs::path(m_folder.path().toStdString()) / "sample", to, fs::copy_options::recursive);
  return to;
}

namespace {
std::vector<Annotation> all(Project& project) {
  std::vector<Annotation> out;
  for (size_t i = 0; i < project.images().size(); ++i) out.push_back(project.annotation(int(i)).value());
  return out;
}

Project::LabelChange merging(ClassId from, ClassId to) {
  return [=](const ProjectImage&, const Annotation& labels) -> std::optional<Annotation> {
    if (!usesClass(labels, from)) return std::nullopt;
    return replaceClass(labels, from, to).after;
  };
}
}  // namespace

void ProjectRewriteTest::classesMergeEverywhere() {
  const auto folder = copy();
  auto opened = Project::open(folder);
  QVERIFY(opened.has_value());
  Project& project = **opened;
  const auto before = all(project);
  const ClassId from = project.classes()[1].id, to = project.classes()[0].id;
  ClassTable table = project.classes();
  table.remove(from);
  const auto done = project.rewriteLabels(table, project.background(), merging(from, to));
  EXPECT_OK(done);
  project.finishRewrite(**done);
  QVERIFY(!project.classes().find(from));
  // Edits go on from there, and what is on disk is the same.
  EXPECT_OK(project.setAnnotation(0, project.annotation(0).value()));
  EXPECT_OK(project.flush());
  opened->reset();
  auto again = Project::open(folder);
  QVERIFY(again.has_value());
  QVERIFY(!(*again)->classes().find(from));
  QCOMPARE((*again)->classes().nextId(), table.nextId());  // never used again
  const auto after = all(**again);
  bool any = false;
  for (size_t i = 0; i < before.size(); ++i) {
    any |= usesClass(before[i], from);
    QVERIFY(!usesClass(after[i], from));
    QVERIFY(sameContent(after[i], replaceClass(before[i], from, to).after));
  }
  QVERIFY(any);
}

void ProjectRewriteTest::cancelledChangesNothing() {
  auto opened = Project::open(copy());
  QVERIFY(opened.has_value());
  Project& project = **opened;
  const auto before = all(project);
  std::stop_source stop;
  const Job job(stop.get_token(), [&](const Progress& p) {
    if (p.done == 3) stop.request_stop();
  });
  const auto done = project.rewriteLabels({}, {}, merging(project.classes()[1].id, project.classes()[0].id), job);
  QVERIFY(!done && done.error().code == ErrorCode::cancelled);
  const auto after = all(project);
  for (size_t i = 0; i < before.size(); ++i) QVERIFY(sameContent(before[i], after[i]));
  QVERIFY(!project.classes().empty());
  QVERIFY(!fs::exists(project.dataFolder() / ".import"));
}

void ProjectRewriteTest::crashAfterTheJournalIsCompleted() {
  // What a crash between the journal and the last move leaves: files aside, and the journal.
  const auto folder = copy(), other = copy();
  ClassId from = kNoClass;
  {
    auto opened = Project::open(other);
    QVERIFY(opened.has_value());
    from = (*opened)->classes()[1].id;
    ClassTable table = (*opened)->classes();
    table.remove(from);
    const auto done = (*opened)->rewriteLabels(table, {}, merging(from, (*opened)->classes()[0].id));
    EXPECT_OK(done);
  }
  const auto staged = folder / "intarsia" / ".import" / "intarsia";
  fs::create_directories(staged);
  fs::copy(other / "intarsia" / "annotations", staged / "annotations", fs::copy_options::recursive);
  fs::copy(other / "intarsia" / "project.json", staged / "project.json");
  QFile journal(QString::fromStdString((folder / "intarsia" / "project.journal").string()));
  QVERIFY(journal.open(QIODevice::WriteOnly));
  journal.write("{\"intarsia\": 1, \"operation\": \"import\"}\n");
  journal.close();
  auto opened = Project::open(folder), wanted = Project::open(other);
  QVERIFY(opened && wanted);
  const auto a = all(**opened), b = all(**wanted);
  for (size_t i = 0; i < a.size(); ++i) QVERIFY(sameContent(a[i], b[i]) && !usesClass(a[i], from));
}

/// A model of the whole project beside the history: random edits, merges and undo must lead to the same values.
void ProjectRewriteTest::wideStepsKeepTheHistoryTrue() {
  Random random(11);
  std::map<std::string, Annotation> project;
  for (int i = 0; i < 4; ++i) {
    Annotation& a = project["image" + std::to_string(i)];
    a.size = {40, 40};
    for (int k = 0; k < 5; ++k) {
      Shape shape;
      shape.classId = ClassId(1 + random.below(4));
      shape.polygon.rings = {{{1, 1}, {double(2 + random.below(30)), 2}, {5, double(5 + random.below(30))}}};
      a = addShape(a, shape).after;
    }
  }
  using Deltas = std::map<std::string, AnnotationDelta>;
  History history;
  std::vector<std::map<std::string, Annotation>> states{project};
  size_t at = 0;
  const auto amend = [&](const auto& change) {
    auto values = history.present();
    for (auto& [key, labels] : values) labels = change(key, labels);
    history.amend(std::move(values));
  };
  const auto go = [&](std::optional<History::Restored> restored, bool forward) {
    QVERIFY(restored.has_value());
    for (auto& [key, value] : restored->images) project[key] = value;
    if (!restored->wide) return;
    const auto& deltas = *static_cast<const Deltas*>(restored->wide.get());
    const auto change = [&](const std::string& key, const Annotation& labels) {
      const auto delta = deltas.find(key);
      return delta == deltas.end() ? labels : forward ? delta->second.forward(labels) : delta->second.back(labels);
    };
    for (auto& [key, labels] : project) labels = change(key, labels);
    amend(change);
  };
  for (int step = 0; step < 600; ++step) {
    const int what = random.below(10);
    if (what < 4) {
      auto& [key, labels] = *std::next(project.begin(), random.below(4));
      if (labels.shapes.empty()) continue;
      const std::vector<ShapeId> ids{labels.shapes[size_t(random.below(int(labels.shapes.size())))]->id};
      const Annotation after = setClass(moveShapes(labels, ids, 1, 0).after, ids, ClassId(1 + random.below(4))).after;
      history.push({"edit", {{key, labels, after}}, {}});
      labels = after;
    } else if (what == 4) {
      const ClassId from = ClassId(1 + random.below(4)), to = ClassId(1 + random.below(4));
      auto deltas = std::make_shared<Deltas>();
      for (auto& [key, labels] : project) {
        const Annotation after = random.below(3) ? replaceClass(labels, from, to).after : deleteClass(labels, from).after;
        deltas->emplace(key, AnnotationDelta(labels, after));
        labels = after;
      }
      amend([&](const std::string& key, const Annotation& labels) { return deltas->at(key).forward(labels); });
      history.push({"merge", {}, {}, deltas});
    } else if (what < 8) {
      if (!history.canUndo()) continue;
      go(history.undo(), false);
      --at;
      for (const auto& [key, labels] : states[at]) QVERIFY(sameContent(labels, project[key]));
      continue;
    } else {
      if (!history.canRedo()) continue;
      go(history.redo(), true);
      ++at;
      for (const auto& [key, labels] : states[at]) QVERIFY(sameContent(labels, project[key]));
      continue;
    }
    states.resize(++at);
    states.push_back(project);
  }
  QVERIFY(at > 5);
}

void ProjectRewriteTest::placingShapes() {
  Random random(2);
  Annotation a;
  a.size = {50, 50};
  for (int i = 0; i < 12; ++i) {
    Shape shape;
    shape.classId = 1;
    shape.polygon.rings = {{{1, 1}, {20, 2}, {5, 20}}};
    a = addShape(a, shape).after;
  }
  for (int step = 0; step < 300; ++step) {
    std::vector<ShapeId> ids, order;
    for (const ShapePtr& s : a.shapes) {
      if (random.below(3) == 0) ids.push_back(s->id);
      order.push_back(s->id);
    }
    ShapeId above = ShapeId(random.below(13));
    if (std::ranges::find(ids, above) != ids.end()) above = 0;
    const Edit edit = placeShapes(a, ids, above);
    std::vector<ShapeId> rest, wanted;
    for (ShapeId id : order)
      if (std::ranges::find(ids, id) == ids.end()) rest.push_back(id);
    if (above == 0) wanted = ids;
    for (ShapeId id : rest) {
      wanted.push_back(id);
      if (id == above) wanted.insert(wanted.end(), ids.begin(), ids.end());
    }
    std::vector<ShapeId> now;
    for (const ShapePtr& s : edit.after.shapes) now.push_back(s->id);
    QCOMPARE(now, wanted);
    a = edit.after;
  }
  const std::vector<ShapeId> two{1, 2};
  const int64_t group = freeGroup(a);
  a = setGroup(a, two, group).after;
  QCOMPARE(a.find(1)->group, std::optional(group));
  QCOMPARE(freeGroup(a), group + 1);
  QVERIFY(!setGroup(a, two, std::nullopt).after.find(2)->group);
}

INTARSIA_TEST(ProjectRewriteTest)
#include "project_rewrite_test.moc"
