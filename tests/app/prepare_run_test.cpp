// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wiring/prepare_run.h"

#include <QTest>
#include <fstream>

#include "app/wiring/label_maps.h"
#include "tests/annotate/project_support.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

class PrepareRunTest : public QObject {
  Q_OBJECT
 private slots:
  void snapshotIsTheLabelsAsTheyAre();
  void unchangedLabelsAreReused();
  void oneClearSentence_data();
  void oneClearSentence();
  void changesAreListed();
  void labelMapsWithoutARunGo();
  void saysWhatTheUserShouldKnow();
  void camVidSharesEqualTheTable();

 private:
  static Recipe recipe() {
    Recipe r;
    r.epochs = 1;
    return r;
  }
};

/// Four pictures, the first three labelled with two classes.
static std::unique_ptr<Project> makeProject(const fs::path& folder, int labelled = 3, int classes = 2) {
  for (int i = 0; i < 4; ++i) writePicture(folder / (std::to_string(i) + ".png"));
  auto project = *Project::open(folder);
  ClassTable table;
  for (int c = 0; c < 2; ++c) (void)table.add("class " + std::to_string(c));
  if (!project->setClasses(table)) qFatal("no classes");
  for (int i = 0; i < labelled; ++i) {
    Annotation a;
    a.size = {32, 24};
    for (int c = 0; c < classes; ++c) addShape(a, square(1 + i + 12 * c, 2, 8, ClassId(c + 1)));
    if (!project->setAnnotation(i, a)) qFatal("no labels");
  }
  return project;
}

void PrepareRunTest::snapshotIsTheLabelsAsTheyAre() {
  QTemporaryDir dir;
  const auto project = makeProject(pathOf(dir));
  std::vector<std::string> notes;
  const auto run = prepareRun(*project, "first", recipe(), notes, {});
  EXPECT_OK(run);
  QCOMPARE(notes.size(), size_t(1));  // the pictures are copies of each other
  QVERIFY2(notes[0].find("byte by byte") != std::string::npos, notes[0].c_str());
  const auto snapshot = run->snapshot();
  EXPECT_OK(snapshot);
  QCOMPARE(snapshot->samples.size(), size_t(3));
  QVERIFY(snapshot->classes == project->classes());
  for (const auto& sample : snapshot->samples) {
    const int index = project->indexOfKey(sample.key);
    QVERIFY(index >= 0);
    QCOMPARE(sample.image, project->images()[size_t(index)].path);
    QCOMPARE(int(sample.split), int(project->images()[size_t(index)].split));
    const auto map = readLabelPng(run->labelsPath(sample.labels));
    EXPECT_OK(map);
    QVERIFY(*map == *project->labelMap(index));
  }
  EXPECT_ERROR(prepareRun(*project, "first", recipe(), notes, {}), ErrorCode::invalidInput);
  EXPECT_ERROR(prepareRun(*project, "../x", recipe(), notes, {}), ErrorCode::invalidInput);
  QCOMPARE(freeRunName(project->runsFolder()), std::string("run-1"));
}

void PrepareRunTest::unchangedLabelsAreReused() {
  QTemporaryDir dir;
  const auto project = makeProject(pathOf(dir));
  std::vector<std::string> notes;
  const auto labels = [&](const std::string& name) {
    const auto run = prepareRun(*project, name, recipe(), notes, {});
    std::map<std::string, std::string> hashes;
    const auto snapshot = run ? *run->snapshot() : RunFolder::Snapshot();
    for (const auto& sample : snapshot.samples) hashes[sample.key] = sample.labels;
    return hashes;
  };
  const auto first = labels("a");
  QCOMPARE(first.size(), size_t(3));
  std::map<fs::path, fs::file_time_type> times;
  const auto store = project->runsFolder() / ".labels";
  for (const auto& file : fs::directory_iterator(store)) times[file.path()] = file.last_write_time();
  auto changed = *project->annotation(1);
  addShape(changed, square(3, 15, 5, 1));
  EXPECT_OK(project->setAnnotation(1, changed));
  const auto second = labels("b");
  QVERIFY(second.at("images/0.png") == first.at("images/0.png") &&
          second.at("images/1.png") != first.at("images/1.png"));
  for (const auto& [path, time] : times) QCOMPARE(fs::last_write_time(path), time);
  // Another meaning of uncovered pixels, or another order of classes, is another map.
  EXPECT_OK(project->setBackground(ClassId(2)));
  QVERIFY(labels("c").at("images/0.png") != first.at("images/0.png"));
  EXPECT_OK(project->setBackground(std::nullopt));
  auto classes = project->classes();
  classes.move(0, 1);
  EXPECT_OK(project->setClasses(classes));
  QVERIFY(labels("d").at("images/0.png") != first.at("images/0.png"));
  // Who deletes the cache or the maps loses nothing.
  classes.move(0, 1);
  EXPECT_OK(project->setClasses(classes));
  fs::remove_all(store);
  fs::remove_all(project->dataFolder() / "cache");
  QVERIFY(labels("e") == second);
  QCOMPARE(std::distance(fs::directory_iterator(store), fs::directory_iterator()), 3);
}

void PrepareRunTest::oneClearSentence_data() {
  QTest::addColumn<QString>("says");
  for (const auto& [name, says] : {std::pair("no image", "There is no image in"),
                                   {"nothing labelled", "is labelled yet"},
                                   {"one class", "Only one class is labelled (class 0)"},
                                   {"image missing", "is missing"},
                                   {"another size", "32×24"},
                                   {"broken sidecar", "1.png.json"},
                                   {"broken image", "1.png"}})
    QTest::newRow(name) << says;
}

void PrepareRunTest::oneClearSentence() {
  QFETCH(QString, says);
  const QByteArray which = QTest::currentDataTag();
  QTemporaryDir dir;
  std::unique_ptr<Project> project;
  if (which == "no image")
    project = *Project::open(pathOf(dir));
  else
    project = makeProject(pathOf(dir), which == "nothing labelled" ? 0 : 3, which == "one class" ? 1 : 2);
  EXPECT_OK(project->flush());
  if (which == "image missing") fs::remove(pathOf(dir) / "1.png");
  if (which == "another size") writePicture(pathOf(dir) / "1.png", {64, 24});
  if (which == "broken image") writeText(pathOf(dir) / "1.png", "");
  if (which == "broken sidecar") writeText(project->sidecarPath(project->images()[1]), "{\"intarsia\": 1");
  const auto before = fs::exists(pathOf(dir) / "intarsia") ? treeOf(pathOf(dir) / "intarsia/annotations")
                                                           : std::map<std::string, std::string>();
  std::vector<std::string> notes;
  const auto run = prepareRun(*project, "r", recipe(), notes, {});
  QVERIFY(!run);
  QVERIFY2(QString::fromStdString(run.error().message()).contains(says), run.error().message().c_str());
  QVERIFY(!fs::exists(project->runsFolder() / "r"));
  if (!before.empty()) QVERIFY(treeOf(pathOf(dir) / "intarsia/annotations") == before);
}

void PrepareRunTest::changesAreListed() {
  QTemporaryDir dir;
  const auto project = makeProject(pathOf(dir));
  std::vector<std::string> notes;
  const auto run = prepareRun(*project, "r", recipe(), notes, {});
  EXPECT_OK(run);
  EXPECT_OK(changedSince(*run, {}));
  QVERIFY(changedSince(*run, {})->empty());
  const auto samples = run->snapshot()->samples;
  std::ofstream(samples[0].image, std::ios::app) << "x";
  fs::remove(samples[1].image);
  writeText(run->labelsPath(samples[2].labels), "broken");
  const auto changed = changedSince(*run, {});
  EXPECT_OK(changed);
  QCOMPARE(changed->size(), size_t(3));
  QVERIFY((*changed)[0].find("has changed") != std::string::npos);
}

void PrepareRunTest::labelMapsWithoutARunGo() {
  QTemporaryDir dir;
  const auto project = makeProject(pathOf(dir));
  std::vector<std::string> notes;
  const auto run = prepareRun(*project, "r", recipe(), notes, {});
  EXPECT_OK(run);
  const fs::path folder = run->labelsPath("x").parent_path(), old = run->labelsPath("0123456789abcdef");
  writeText(old, "left over");
  writeText(folder / "note.txt", "not ours");
  {
    const auto lock = FileLock::acquire(folder / "lock");
    EXPECT_OK(lock);
    QCOMPARE(cleanLabelMaps(project->runsFolder()), 0);  // someone prepares a run
  }
  QCOMPARE(cleanLabelMaps(project->runsFolder()), 1);
  QVERIFY(!fs::exists(old) && fs::exists(folder / "note.txt"));
  QVERIFY(changedSince(*run, {})->empty());
  writeText(old, "left over");
  EXPECT_OK(prepareRun(*project, "r2", recipe(), notes, {}));
  QVERIFY(!fs::exists(old));
  fs::remove(run->path() / "run.json");  // which maps it names is unknown
  writeText(old, "left over");
  QCOMPARE(cleanLabelMaps(project->runsFolder()), 0);
  QCOMPARE(cleanLabelMaps("/nowhere"), 0);
}

void PrepareRunTest::saysWhatTheUserShouldKnow() {
  QTemporaryDir dir;
  const auto project = makeProject(pathOf(dir), 1);
  std::vector<std::string> notes;
  EXPECT_OK(prepareRun(*project, "r", recipe(), notes, {}));
  QCOMPARE(notes.size(), size_t(1));
  QVERIFY(notes[0].find("no validation image") != std::string::npos);
}

void PrepareRunTest::camVidSharesEqualTheTable() {
  const fs::path source = fs::path(INTARSIA_SOURCE_DIR) / "../shared/data/camvid";
  if (!fs::exists(source)) QSKIP("CamVid is not here");
  QTemporaryDir dir;
  const auto project = *Project::create(pathOf(dir));
  const auto dataset = readDataset(source);
  EXPECT_OK(dataset);
  const auto report = project->import(*dataset, {});
  EXPECT_OK(report);
  QVERIFY(report->skipped.empty());
  std::vector<std::string> notes;
  const auto run = prepareRun(*project, "r", recipe(), notes, {});
  EXPECT_OK(run);
  // 0016E5 is filmed every 30th frame for training and every second one for validation
  QVERIFY(std::ranges::any_of(notes, [](const std::string& note) { return note.find("101 of 101") != std::string::npos && note.find("0016E5_") != std::string::npos; }));
  std::vector<int64_t> counts(13);
  int64_t all = 0;
  const auto snapshot = *run->snapshot();
  int train = 0, val = 0;
  for (const auto& sample : snapshot.samples) {
    val += sample.split == Split::val;
    if (sample.split != Split::train) continue;
    ++train;
    const auto map = *readLabelPng(run->labelsPath(sample.labels));
    for (const auto value : map.pixels()) ++counts[std::min<size_t>(value, 12)];
    all += int64_t(map.pixels().size());
  }
  QCOMPARE(train, 367);
  QCOMPARE(val, 101);
  // numpy.bincount over the same files; published as 16.9 23.3 1.0 31.7 4.5 9.7 1.2 1.1 5.9 .64 .29 3.95.
  const double expected[] = {16.845, 23.259, 0.983, 31.658, 4.486, 9.724, 1.173, 1.127, 5.866, 0.639, 0.292, 3.948};
  for (size_t c = 0; c < 12; ++c) {
    const double share = 100.0 * double(counts[c]) / double(all);
    QVERIFY2(std::abs(share - expected[c]) <= 0.0005,
             (snapshot.classes[int(c)].name + " " + std::to_string(share)).c_str());
  }
  QCOMPARE(counts[12], int64_t(0));
  QVERIFY(snapshot.classes[11].ignore);
}

INTARSIA_TEST(PrepareRunTest)
#include "prepare_run_test.moc"
