// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/run_folder.h"

#include <QTemporaryDir>
#include <QTest>
#include <fstream>

#include "core/base/file_lock.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

class RunFolderTest : public QObject {
  Q_OBJECT
 private slots:
  void snapshotComesBack();
  void anExistingRunIsRefused();
  void hashesAreNoPaths();
  void metricsAreReadAsTheyGrow();
  void statusComesBack();
  void lockTellsUse();
  void listIsNewestFirst();
};

static RunFolder::Snapshot someSnapshot() {
  RunFolder::Snapshot s;
  s.recipe.epochs = 3;
  s.recipe.seed = 42;
  (void)s.classes.add("road", Color{1, 2, 3});
  (void)s.classes.add("Fußweg");
  (void)s.classes.add("void", Color{0, 0, 0}, true);
  s.samples = {{"a/b.png", "/data/a/b.png", "0123abcd", Split::train}, {"odd", std::string("/data/\xff\xfe%41.png"), "ffff", Split::val}};
  return s;
}

void RunFolderTest::snapshotComesBack() {
  QTemporaryDir dir;
  const RunFolder run(fs::path(dir.path().toStdString()) / "runs" / "first");
  const auto s = someSnapshot();
  QVERIFY(run.create(s));
  QVERIFY(run.writeEngineInfo("0.1", "1.13.1", "cpu"));
  const auto back = run.snapshot();
  QVERIFY2(back, back ? "" : back.error().message().c_str());
  QVERIFY(back->recipe == s.recipe);
  QVERIFY(back->classes == s.classes);
  QCOMPARE(back->samples.size(), size_t(2));
  QCOMPARE(back->samples[1].image, s.samples[1].image);  // not UTF-8, with a percent sign
  QVERIFY(back->samples[1].split == Split::val);
  QCOMPARE(run.labelsPath("0123abcd"), run.path().parent_path() / ".labels" / "0123abcd.png");
  QVERIFY(!run.hasBest());
}

void RunFolderTest::anExistingRunIsRefused() {
  QTemporaryDir dir;
  const RunFolder run(fs::path(dir.path().toStdString()) / "first");
  QVERIFY(run.create(someSnapshot()));
  const auto again = run.create(someSnapshot());
  QVERIFY(!again);
  QVERIFY(again.error().message().find("first") != std::string::npos);
}

void RunFolderTest::hashesAreNoPaths() {
  QTemporaryDir dir;
  const RunFolder run(fs::path(dir.path().toStdString()) / "r");
  auto s = someSnapshot();
  s.samples[0].labels = "../../etc/passwd";
  QVERIFY(run.create(s));
  QVERIFY(!run.snapshot());
}

void RunFolderTest::metricsAreReadAsTheyGrow() {
  QTemporaryDir dir;
  const RunFolder run(dir.path().toStdString());
  QVERIFY(run.metrics()->empty());
  EpochMetrics m;
  m.epoch = 1;
  m.seconds = 2.5;
  m.trainLoss = 0.25;
  m.meanIoU = 0.5;
  m.classIoU = {0.5, std::nullopt, 1.0};
  m.best = true;
  QVERIFY(run.appendMetrics(m));
  size_t offset = 0;
  auto lines = run.metricsFrom(offset);
  QCOMPARE(lines->size(), size_t(1));
  QVERIFY(lines->front().meanIoU == m.meanIoU);
  QVERIFY(lines->front().classIoU == m.classIoU);
  QVERIFY(!lines->front().valLoss);
  {
    std::ofstream unfinished(run.path() / "metrics.jsonl", std::ios::app);
    unfinished << "{\"epoch\": 2, \"sec";
  }
  QVERIFY(run.metricsFrom(offset)->empty());
  m.epoch = 3;
  QVERIFY(run.appendMetrics(m));  // ends the unfinished line first
  lines = run.metricsFrom(offset);
  QCOMPARE(lines->size(), size_t(1));
  QCOMPARE(lines->front().epoch, 3);
}

void RunFolderTest::statusComesBack() {
  QTemporaryDir dir;
  const RunFolder run(dir.path().toStdString());
  QVERIFY(!run.status());
  QVERIFY(run.writeStatus({"training", "", 2, 10, 30, 100, 5.5, 12, 33.5, 77}));
  const auto s = run.status();
  QVERIFY(s);
  QCOMPARE(s->phase, std::string("training"));
  QCOMPARE(s->step, int64_t(30));
  QCOMPARE(s->pid, 77);
}

void RunFolderTest::lockTellsUse() {
  QTemporaryDir dir;
  const RunFolder run(dir.path().toStdString());
  QVERIFY(!run.inUse());
  {
    const auto lock = FileLock::acquire(run.lockPath());
    QVERIFY(lock);
    QVERIFY(run.inUse());
  }
  QVERIFY(!run.inUse());
}

void RunFolderTest::listIsNewestFirst() {
  QTemporaryDir dir;
  const fs::path runs = dir.path().toStdString();
  for (const char* name : {"b", "a"}) QVERIFY(RunFolder(runs / name).create(someSnapshot()));
  fs::create_directories(runs / ".labels");
  const auto list = RunFolder::list(runs);
  QCOMPARE(list.size(), size_t(2));
  QCOMPARE(list[0].name(), std::string("a"));
  QVERIFY(RunFolder::list(runs / "none").empty());
  // The clock was a year ahead for a while.
  fs::last_write_time(runs / "b" / "labels.json", fs::file_time_type::clock::now() + std::chrono::hours(24 * 365));
  for (const char* name : {"d", "c"}) {
    QVERIFY(RunFolder(runs / name).create(someSnapshot()));
    QCOMPARE(RunFolder::list(runs).front().name(), std::string(name));
  }
}

INTARSIA_TEST(RunFolderTest)
#include "run_folder_test.moc"
