// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/run_text.h"

#include <QTemporaryDir>
#include <QTest>

#include "core/base/atomic_file.h"
#include "core/base/file_lock.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

class RunTextTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    m_run = RunFolder(fs::path(m_dir.path().toStdString()) / "runs" / QTest::currentTestFunction());
    RunFolder::Snapshot snapshot;
    snapshot.recipe.epochs = 3;
    snapshot.recipe.seed = 42;
    snapshot.recipe.network = "unet";
    (void)snapshot.classes.add("road", Color{1, 2, 3});
    snapshot.samples = {{"a.png", "/data/a.png", "0123abcd", Split::train, ""}, {"b.png", "/data/b.png", "ffff", Split::val, ""}};
    EXPECT_OK(m_run.create(snapshot));
  }

  void saysWhatIsKnown() {
    EXPECT_OK(m_run.writeEngineInfo("0.1", "1.13.1", "cpu", 2));
    EXPECT_OK(m_run.writeStatus({.phase = "training", .message = {}, .step = 7, .steps = 9}));
    EXPECT_OK(m_run.appendMetrics({.epoch = 1, .trainLoss = 2, .pixelAccuracy = 0.5, .meanIoU = 0.25, .best = true}));
    EXPECT_OK(m_run.appendMetrics({.epoch = 2, .trainLoss = 1, .pixelAccuracy = 0.4, .meanIoU = 0.2}));
    EXPECT_OK(writeFileAtomically(m_run.logPath(), "first\nlast\n"));
    has({"run                saysWhatIsKnown\n", "state              interrupted while training\n", "steps              7 of 9",
         "best epoch         1 of 2: pixel accuracy 50.0 %, mIoU 25.0 %, loss 2.000\n", "program            0.1\n",
         "LibTorch           1.13.1\n", "device             cpu\n", "threads            2\n", "images             1 to train on, 1 to validate, 0 to test\n",
         "network            unet\n", "seed               42\n", "epochs             3\n", "Log\nfirst\nlast\n"});
    QVERIFY(!text().contains(QLatin1String("learningRate")));  // the default
    const auto lock = FileLock::acquire(m_run.lockPath());
    QVERIFY(lock);
    has({"state              training\n"});
  }

  void aLongLogIsCut() {
    std::string log;
    for (int i = 0; i < 1000; ++i) log += "line " + std::to_string(i) + "\n";
    EXPECT_OK(writeFileAtomically(m_run.logPath(), log));
    has({"Log\n…\nline 800\n", "line 999\n"});
    QVERIFY(!text().contains(QLatin1String("line 799\n")));
  }

  void whatIsDamagedSaysSo() {
    EXPECT_OK(writeFileAtomically(m_run.path() / "run.json", "{"));
    EXPECT_OK(writeFileAtomically(m_run.path() / "status.json", "[]"));
    has({"run                whatIsDamagedSaysSo\n", "run.json", "status.json", "Log\nCannot read "});
  }

 private:
  QString text() const { return QString::fromStdString(runText(m_run)); }
  void has(const std::vector<const char*>& parts) {
    for (const char* part : parts) QVERIFY2(text().contains(QString::fromUtf8(part)), qPrintable(QString::fromUtf8(part) + "\nis not in\n" + text()));
  }
  QTemporaryDir m_dir;
  RunFolder m_run{{}};
};

INTARSIA_TEST(RunTextTest)
#include "run_text_test.moc"
