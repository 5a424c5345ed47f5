// SPDX-License-Identifier: GPL-3.0-or-later
// Every call of a save fails once, fails for ever, or is the last before the process dies; and every state that a power loss may
// leave is opened. tests/support/fault_preload.cpp does it to tests/support/save_scenario.cpp.
#include <sys/wait.h>
#include <unistd.h>
#include <QElapsedTimer>
#include <QProcess>
#include <QTest>
#include <cerrno>
#include <set>

#include "annotate/project/project.h"
#include "tests/annotate/project_support.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

class ProjectFaultSlowTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase();
  void everyCallFailsOnce();
  void everyCallFailsForEver();
  void diesBeforeEveryCall();
  void powerLoss();
  void mergeIsAllOrNothing();
  void powerLossWhileMerging();
  void fullFileSystem();
  void aClockThatJumps();
};

namespace {

constexpr int kImages = 2, kEdits = 6;

struct Outcome {
  int status = 0;  // exit status, or -signal
  int acknowledged = 0, edits = 0;
  QStringList failures;
  bool merged = false;
};

QString programs() { return qEnvironmentVariable("INTARSIA_BIN"); }

/// A project of two pictures, edited already, so that saves replace something. In memory: fsync costs nothing there.
struct Folder {
  QTemporaryDir dir{fs::is_directory("/dev/shm") ? QStringLiteral("/dev/shm/intarsia-XXXXXX") : QString()};
  explicit Folder(int images = kImages) {
    for (int i = 0; i < images; ++i) writePicture(path() / ("p" + std::to_string(i) + ".png"));
  }
  fs::path path() const { return pathOf(dir); }
};

Outcome runScenario(const fs::path& folder, int edits, const QStringList& faults, bool merge = false) {
  QProcess process;
  auto environment = QProcessEnvironment::systemEnvironment();
  environment.insert("LD_PRELOAD", programs() + "/fault_preload.so");
  environment.insert("FAULT_ROOT", QString::fromStdString((folder / "intarsia").string()));
  for (const auto& fault : faults) environment.insert(fault.section('=', 0, 0), fault.section('=', 1));
  process.setProcessEnvironment(environment);
  QStringList arguments{QString::fromStdString(folder.string()), QString::number(edits)};
  if (merge) arguments << "merge";
  process.start(programs() + "/save_scenario", arguments);
  process.waitForFinished(60'000);
  Outcome out;
  out.status = process.exitStatus() == QProcess::CrashExit ? -1 : process.exitCode();
  for (const QString& line : QString::fromUtf8(process.readAllStandardOutput()).split('\n')) {
    if (line.startsWith("acknowledged ")) out.acknowledged = line.mid(13).toInt();
    if (line == "merged") out.merged = true;
    if (line.startsWith("edits ")) out.edits = line.mid(6).toInt();
    if (line.startsWith("failed ") || line.startsWith("refused")) out.failures << line;
  }
  return out;
}

/// The number of edits that the folder holds; −1 with a reason when it cannot be opened or read.
int editsIn(const fs::path& folder, QString& why) {
  const auto project = Project::open(folder);
  if (!project) return why = QString::fromStdString(project.error().message()), -1;
  if ((*project)->access() != Project::Access::readWrite) return why = "read-only", -1;
  int edits = 0;
  for (int i = 0; i < int((*project)->images().size()); ++i) {
    const auto a = (*project)->annotation(i);
    if (!a) return why = QString::fromStdString(a.error().message()), -1;
    edits += int(a->shapes.size());
  }
  return edits;
}

/// The class of all shapes of all images, which is that of the project's table, too; −1 with a reason where they differ or cannot be read.
int classIn(const fs::path& folder, size_t images, QString& why) {
  const auto project = Project::open(folder);
  if (!project) return why = QString::fromStdString(project.error().message()), -1;
  std::set<ClassId> ids;
  for (int i = 0; i < int((*project)->images().size()); ++i) {
    const auto a = (*project)->annotation(i);
    if (!a) return why = QString::fromStdString(a.error().message()), -1;
    for (const auto& shape : a->shapes) ids.insert(shape->classId);
    images -= !a->shapes.empty();
  }
  if (images != 0 || ids.size() != 1) return why = QString("%1 images without labels, %2 classes").arg(images).arg(ids.size()), -1;
  if (((*project)->classes().find(2) != nullptr) != (*ids.begin() == 2)) return why = "the table is of another time", -1;
  return int(*ids.begin());
}

int callsOf(const fs::path& folder, int edits, bool merge = false) {
  const auto count = folder.parent_path() / (folder.filename().string() + "-count");
  runScenario(folder, edits, {QString::fromStdString("FAULT_COUNT=" + count.string())}, merge);
  const int calls = QString::fromStdString(readText(count)).toInt();
  fs::remove(count);
  return calls;
}

void copyTree(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

int temporaries(const fs::path& folder) {
  int found = 0;
  for (const auto& [name, content] : treeOf(folder)) found += name.ends_with(".tmp");
  return found;
}

}  // namespace

void ProjectFaultSlowTest::initTestCase() {
  if (kSanitized) QSKIP("a sanitizer's runtime must be loaded first");
  if (!fs::exists((programs() + "/save_scenario").toStdString())) QSKIP("INTARSIA_BIN does not name the build's programs");
}

void ProjectFaultSlowTest::everyCallFailsOnce() {
  Folder first;
  QCOMPARE(runScenario(first.path(), kEdits, {}).acknowledged, kEdits);
  Folder trial;
  copyTree(first.path(), trial.path());
  const int calls = callsOf(trial.path(), kEdits);
  QVERIFY2(calls > 40, std::to_string(calls).c_str());
  const int errors[] = {ENOSPC, EIO, EDQUOT, EACCES};
  int told = 0;
  for (int n = 1; n <= calls; ++n) {
    copyTree(first.path(), trial.path());
    const auto at = "call " + std::to_string(n);
    const auto outcome = runScenario(trial.path(), kEdits, {QString("FAULT_AT=%1").arg(n), QString("FAULT_ERRNO=%1").arg(errors[n % 4])});
    QVERIFY2(outcome.status == 0, at.c_str());
    QVERIFY2(outcome.acknowledged == kEdits, at.c_str());  // it was tried again
    for (const auto& failure : outcome.failures) QVERIFY2(failure.contains("intarsia"), qPrintable(failure));
    told += !outcome.failures.isEmpty();
    QVERIFY2(temporaries(trial.path()) == 0, at.c_str());
    QString why;
    const int edits = editsIn(trial.path(), why);
    QVERIFY2(edits == 2 * kEdits, qPrintable(QString("call %1: %2 edits %3").arg(n).arg(edits).arg(why)));
  }
  qInfo("%d calls, %d failures told", calls, told);
  QVERIFY(told > calls / 2);  // what only keeps an earlier version may fail in silence
}

void ProjectFaultSlowTest::everyCallFailsForEver() {
  Folder first;
  QCOMPARE(runScenario(first.path(), kEdits, {}).acknowledged, kEdits);
  Folder trial;
  copyTree(first.path(), trial.path());
  const int calls = callsOf(trial.path(), kEdits);
  const int errors[] = {ENOSPC, EIO, EDQUOT, EACCES};
  for (int n = 1; n <= calls; n += 2) {
    copyTree(first.path(), trial.path());
    const auto outcome =
        runScenario(trial.path(), kEdits,
                    {QString("FAULT_AT=%1").arg(n), QString("FAULT_ERRNO=%1").arg(errors[n / 2 % 4]), "FAULT_FOREVER=1"});
    QVERIFY2(outcome.status == 0, std::to_string(n).c_str());
    QString why;
    const int edits = editsIn(trial.path(), why);
    QVERIFY2(edits >= kEdits + outcome.acknowledged,
             qPrintable(QString("call %1: %2 edits, %3 acknowledged %4").arg(n).arg(edits).arg(outcome.acknowledged).arg(why)));
    QCOMPARE(temporaries(trial.path()), 0);  // opening has removed what could not be
  }
}

void ProjectFaultSlowTest::diesBeforeEveryCall() {
  Folder first;
  QCOMPARE(runScenario(first.path(), kEdits, {}).acknowledged, kEdits);
  Folder trial;
  copyTree(first.path(), trial.path());
  const int calls = callsOf(trial.path(), kEdits);
  for (int n = 1; n <= calls; ++n) {
    copyTree(first.path(), trial.path());
    const auto outcome = runScenario(trial.path(), kEdits, {QString("FAULT_AT=%1").arg(n), "FAULT_KILL=1"});
    QVERIFY2(outcome.status == -1, std::to_string(n).c_str());
    QString why;
    const int edits = editsIn(trial.path(), why);
    const bool good = edits == kEdits + outcome.acknowledged || edits == kEdits + outcome.edits;
    QVERIFY2(good, qPrintable(QString("call %1: %2 edits, %3 acknowledged %4").arg(n).arg(edits).arg(outcome.acknowledged).arg(why)));
    QCOMPARE(temporaries(trial.path()), 0);
  }
}

namespace {

/// A file system as the log of a run tells it: what programs see, and what is certain to be on the disk.
class Disk {
 public:
  struct Inode {
    QByteArray content, synced;
  };
  using Names = std::map<std::string, int>;  // path → inode; −1 = a folder

  Disk() = default;
  /// Takes a line of the log.
  void apply(const QString& line) {
    const auto words = line.split(' ');
    const auto path = [&](int i) { return words[i].toStdString(); };
    if (words[0] == "create") {
      m_inodes[words[1].toInt()] = {};
      m_names[path(2)] = words[1].toInt();
    } else if (words[0] == "write") {
      m_inodes[words[1].toInt()].content += QByteArray::fromHex(words[2].toUtf8());
    } else if (words[0] == "fsync") {
      auto& inode = m_inodes[words[1].toInt()];
      inode.synced = inode.content;
    } else if (words[0] == "rename" || words[0] == "link") {
      m_names[path(2)] = m_names.at(path(1));
      if (words[0] == "rename") m_names.erase(path(1));
    } else if (words[0] == "unlink") {
      m_names.erase(path(1));
    } else if (words[0] == "mkdir") {
      m_names[path(1)] = -1;
    } else if (words[0] == "fsyncdir") {
      syncFolder(path(1));
    } else if (words[0] == "syncfs") {
      m_syncedNames = m_names;
      for (auto& [number, inode] : m_inodes) inode.synced = inode.content;
    }
  }
  enum class Loss { none, unsynced, content, zeroed, half, names };
  /// Relative path → content as a power loss now may leave it.
  std::map<std::string, QByteArray> after(Loss loss) const {
    std::map<std::string, QByteArray> files;
    const bool oldNames = loss == Loss::unsynced || loss == Loss::names;
    for (const auto& [path, number] : oldNames ? m_syncedNames : m_names) {
      if (number < 0) continue;
      if (oldNames && !reachable(path)) continue;
      const auto& inode = m_inodes.at(number);
      QByteArray content = loss == Loss::none || loss == Loss::names ? inode.content : inode.synced;
      const auto missing = inode.content.size() - inode.synced.size();
      if (loss == Loss::zeroed) content += QByteArray(missing, '\0');
      if (loss == Loss::half) content += inode.content.mid(inode.synced.size(), missing / 2);
      files[path] = content;
    }
    return files;
  }

 private:
  void syncFolder(const std::string& folder) {
    const auto in = [&](const std::string& path) { return fs::path(path).parent_path() == folder; };
    std::erase_if(m_syncedNames, [&](const auto& entry) { return in(entry.first); });
    for (const auto& entry : m_names)
      if (in(entry.first)) m_syncedNames.insert(entry);
  }
  bool reachable(const std::string& path) const {
    for (auto folder = fs::path(path).parent_path(); folder.filename() != "intarsia"; folder = folder.parent_path())
      if (!m_syncedNames.contains(folder.string())) return false;
    return true;
  }
  std::map<int, Inode> m_inodes;
  Names m_names, m_syncedNames;
};

}  // namespace

void ProjectFaultSlowTest::powerLoss() {
  Folder folder;
  const auto root = folder.path();
  fs::create_directory(root / "intarsia");
  const auto log = root.string() + "-log";
  constexpr int kMany = 14;
  QCOMPARE(runScenario(root, kMany, {QString::fromStdString("FAULT_LOG=" + log)}).acknowledged, kMany);
  const auto lines = QString::fromStdString(readText(log)).split('\n', Qt::SkipEmptyParts);
  fs::remove(log);
  Folder trial;
  Disk disk;
  int acknowledged = 0, edits = 0, states = 0;
  using Loss = Disk::Loss;
  for (const auto& line : lines) {
    if (line.startsWith("note acknowledged ")) acknowledged = line.mid(18).toInt();
    if (line.startsWith("note edits ")) edits = line.mid(11).toInt();
    if (line.startsWith("note ")) continue;
    disk.apply(line);
    for (const Loss loss : {Loss::none, Loss::unsynced, Loss::content, Loss::zeroed, Loss::half, Loss::names}) {
      fs::remove_all(trial.path() / "intarsia");
      fs::create_directory(trial.path() / "intarsia");
      for (const auto& [path, content] : disk.after(loss))
        writeText(trial.path() / fs::path(path).lexically_relative(root), content.toStdString());
      ++states;
      QString why;
      const int found = editsIn(trial.path(), why);
      QVERIFY2(found >= acknowledged && found <= edits,
               qPrintable(QString("state %1 (loss %2, after \"%3\"): %4 edits, %5 acknowledged %6")
                              .arg(states).arg(int(loss)).arg(line.left(100)).arg(found).arg(acknowledged).arg(why)));
    }
  }
  qInfo("%d states after %d calls", states, int(lines.size()));
  QVERIFY(states >= 500);
}

/// 100 images: dies before, or fails at, some of its calls.
void ProjectFaultSlowTest::mergeIsAllOrNothing() {
  constexpr int kMany = 100;
  Folder first(kMany), trial;
  QCOMPARE(runScenario(first.path(), kMany, {}).acknowledged, kMany);
  copyTree(first.path(), trial.path());
  const int calls = callsOf(trial.path(), 0, true);
  QVERIFY2(calls > 4 * kMany, std::to_string(calls).c_str());
  int done = 0, not_yet = 0;
  for (int round = 0; round < 24; ++round) {
    // The last calls, where the files move into their places, closer together.
    const int n = round < 12 ? 1 + round * calls / 12 : calls - (round - 12) * 15;
    copyTree(first.path(), trial.path());
    const bool dies = round % 2;
    const auto outcome = runScenario(trial.path(), 0, {QString("FAULT_AT=%1").arg(n), dies ? QString("FAULT_KILL=1") : QString("FAULT_ERRNO=%1").arg(ENOSPC)}, true);
    QString why;
    const int id = classIn(trial.path(), kMany, why);
    QVERIFY2(id > 0 && (!outcome.merged || id == 2), qPrintable(QString("call %1 of %2: class %3 %4 %5").arg(n).arg(calls).arg(id).arg(why, outcome.failures.join("; "))));
    QVERIFY(temporaries(trial.path()) == 0 && !fs::exists(trial.path() / "intarsia/.import") && !fs::exists(trial.path() / "intarsia/project.journal"));
    ++(id == 2 ? done : not_yet);
  }
  qInfo("%d calls; %d times done, %d times not", calls, done, not_yet);
  QVERIFY(done > 3 && not_yet > 3);
}

void ProjectFaultSlowTest::powerLossWhileMerging() {
  constexpr int kMany = 16;
  Folder folder(kMany), trial(kMany);
  const auto root = folder.path();
  fs::create_directory(root / "intarsia");
  const auto log = root.string() + "-log";
  QVERIFY(runScenario(root, kMany, {QString::fromStdString("FAULT_LOG=" + log)}, true).merged);
  const auto lines = QString::fromStdString(readText(log)).split('\n', Qt::SkipEmptyParts);
  fs::remove(log);
  Disk disk;
  bool begun = false, merged = false;
  int states = 0, done = 0;
  using Loss = Disk::Loss;
  for (const auto& line : lines) {
    begun = begun || line == "note merging";
    merged = merged || line == "note merged";
    if (line.startsWith("note ")) continue;
    disk.apply(line);
    if (!begun) continue;
    for (const Loss loss : {Loss::none, Loss::unsynced, Loss::content, Loss::half, Loss::names}) {
      fs::remove_all(trial.path() / "intarsia");
      fs::create_directory(trial.path() / "intarsia");
      for (const auto& [path, content] : disk.after(loss)) writeText(trial.path() / fs::path(path).lexically_relative(root), content.toStdString());
      ++states;
      QString why;
      const int id = classIn(trial.path(), kMany, why);
      QVERIFY2(id > 0 && (!merged || id == 2), qPrintable(QString("state %1 (loss %2, after \"%3\"): class %4 %5").arg(states).arg(int(loss)).arg(line.left(100)).arg(id).arg(why)));
      done += id == 2;
    }
  }
  qInfo("%d states after %d calls, %d of them with all merged", states, int(lines.size()), done);
  QVERIFY(states >= 500 && done > 50 && done < states - 50);
}

void ProjectFaultSlowTest::fullFileSystem() {
  QTemporaryDir place;
  const auto mounted = [&](int kib) {
    return QProcess::execute("mount", {"-t", "tmpfs", "-o", QString("size=%1k").arg(kib), "tmpfs", place.path()}) == 0;
  };
  if (::geteuid() != 0 || !mounted(1024)) QSKIP("mounting a small file system needs more rights");
  struct Unmount {
    QString path;
    ~Unmount() { QProcess::execute("umount", {path}); }
  } unmount{place.path()};
  const auto folder = pathOf(place);
  writePicture(folder / "p.png");
  int full = 0;
  for (int round = 0; round < 20; ++round) {
    const auto project = *Project::open(folder);
    auto a = *project->annotation(0);
    const auto path = project->sidecarPath(project->images()[0]);
    const auto good = readText(path);
    // A growing document beside a file that fills the rest but `round` pages.
    Random random(uint32_t(round), 1);
    for (int i = 0; i < 60; ++i) addShape(a, square(random.uniform(0, 20), random.uniform(0, 20), 3, 1));
    QVERIFY(project->setAnnotation(0, a));
    writeText(folder / "filler", std::string(size_t(fs::space(folder).available) - size_t(4096 * std::min<uintmax_t>(round % 6, fs::space(folder).available / 4096)), 'x'));
    const auto flushed = project->flush();
    if (!flushed) {
      ++full;
      QCOMPARE(int(flushed.error().code), int(ErrorCode::noSpace));
      QCOMPARE(readText(path), good);
    }
    QVERIFY(sameContent(*project->annotation(0), a));
    fs::remove(folder / "filler");
    QVERIFY(project->flush());
    QVERIFY(sameContent(*(*Project::open(folder, {}, Project::Access::readOnly))->annotation(0), a));
    if (a.shapes.size() > 400) {
      a.shapes.clear();
      QVERIFY(project->setAnnotation(0, a));
      QVERIFY(project->flush());
    }
  }
  QVERIFY2(full >= 5, std::to_string(full).c_str());
}

/// The system's clock goes ahead and back by a day between any two looks at it, and the files are a year younger than it says: saving
/// goes on at its pace, nothing is taken for another program's change, and the versions stay in their order.
void ProjectFaultSlowTest::aClockThatJumps() {
  Folder folder;
  QCOMPARE(runScenario(folder.path(), kImages, {}).acknowledged, kImages);
  const auto ahead = fs::file_time_type::clock::now() + std::chrono::hours(24 * 365);
  for (int session = 0; session < 3; ++session) {
    for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
      if (entry.is_regular_file()) fs::last_write_time(entry.path(), ahead - std::chrono::hours(session));
    QElapsedTimer timer;
    timer.start();
    const auto outcome = runScenario(folder.path(), kEdits, {"FAULT_CLOCK=86400"});
    QCOMPARE(outcome.acknowledged, kEdits);
    QVERIFY2(outcome.failures.isEmpty(), qPrintable(outcome.failures.join('\n')));
    QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
  }
  QString why;
  QCOMPARE(editsIn(folder.path(), why), kImages + 3 * kEdits);
  for (const auto& [name, content] : treeOf(folder.path())) QVERIFY2(name.find(".conflict-") == std::string::npos, name.c_str());
  const auto project = *Project::open(folder.path());
  QVERIFY(project->lockHolder().empty() && project->recovered().empty());
  for (const auto& image : project->images()) {
    size_t more = project->annotation(image)->shapes.size();
    const auto versions = project->earlierVersions(image);
    QCOMPARE(versions.size(), size_t(3));
    for (const auto& version : versions) {
      const size_t shapes = project->readVersion(image, version.file)->shapes.size();
      QVERIFY(shapes < more);
      more = shapes;
    }
  }
}

INTARSIA_TEST(ProjectFaultSlowTest)
#include "project_fault_slow_test.moc"
