// SPDX-License-Identifier: GPL-3.0-or-later
// What was acknowledged is on disk, and nothing good is ever replaced by something bad.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <QTest>
#include <algorithm>
#include <atomic>
#include <csignal>

#include "annotate/project/project.h"
#include "annotate/project/save_queue.h"
#include "annotate/project/sidecar.h"
#include "tests/annotate/project_support.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

class ProjectSaveTest : public QObject {
  Q_OBJECT
 private slots:
  void latestWins();
  void failureKeepsTheValue();
  void flushTellsOfFailure();
  void annotationsComeBack();
  void oldBaseMapGoes();
  void unreadableSidecarIsLeftAlone();
  void flippedBitsAreNeverWrittenOver();
  void fullDiskKeepsTheOldFile();
  void acknowledgedEditsSurviveKill();
  void secondProcessReadsOnly();
  void holdersThatDie();
  void newerProjectIsOnlyLookedAt();
};

void ProjectSaveTest::latestWins() {
  SaveQueue queue;
  std::atomic<int> saves = 0, last = 0, rounds = 0;
  queue.onSaved([&](uint64_t, const Expected<>& result) { rounds += result.has_value(); });
  uint64_t generation = 0;
  QElapsedTimer timer;
  timer.start();
  int i = 0;
  for (; timer.elapsed() < 400; ++i) {
    generation = queue.submit("image", [&, i]() -> Expected<> {
      ++saves;
      last = i;
      return {};
    });
    QTest::qSleep(1);
  }
  QVERIFY(queue.flush());
  QCOMPARE(queue.saved(), generation);
  QCOMPARE(last.load(), i - 1);
  QVERIFY2(saves < 15, std::to_string(saves).c_str());  // at least 50 ms between two
  QCOMPARE(rounds.load(), saves.load());
}

void ProjectSaveTest::failureKeepsTheValue() {
  SaveQueue queue;
  std::atomic<bool> broken = true;
  std::atomic<int> errors = 0, good = 0;
  queue.onSaved([&](uint64_t, const Expected<>& result) { result ? ++good : ++errors; });
  const auto bad = queue.submit("a", [&]() -> Expected<> {
    if (broken) return fail(ErrorCode::noSpace, "no space");
    return {};
  });
  const auto other = queue.submit("b", []() -> Expected<> { return {}; });
  QTRY_VERIFY(errors >= 1);
  QVERIFY(queue.saved() < bad && queue.saved() < other);
  broken = false;
  QTRY_VERIFY_WITH_TIMEOUT(queue.saved() >= other, 3000);  // it tries by itself
  QVERIFY(good >= 1);
}

void ProjectSaveTest::flushTellsOfFailure() {
  SaveQueue queue;
  std::atomic<bool> broken = true;
  queue.submit("a", [&]() -> Expected<> {
    if (broken) return fail(ErrorCode::noSpace, "no space");
    return {};
  });
  const auto result = queue.flush();
  QVERIFY(!result && result.error().code == ErrorCode::noSpace);
  QVERIFY(!queue.flush());
  broken = false;
  QVERIFY(queue.flush());
}

void ProjectSaveTest::annotationsComeBack() {
  QTemporaryDir dir;
  for (int i = 0; i < 30; ++i) writePicture(pathOf(dir) / ("p" + std::to_string(i) + ".png"));
  std::vector<Annotation> given;
  {
    const auto project = Project::open(pathOf(dir));
    QVERIFY(project.has_value());
    for (int i = 0; i < 30; ++i)
      for (int round = 0; round < 3; ++round) {
        Random random(5, uint32_t(i), uint32_t(round));
        auto a = randomAnnotation(random, i % 2);
        if (round == 2) given.push_back(a);
        QVERIFY((*project)->setAnnotation(i, std::move(a)));
        const auto pending = (*project)->annotation(i);
        if (round == 2) QVERIFY(pending && sameContent(*pending, given.back()));
      }
    QVERIFY((*project)->flush());
    for (int i = 0; i < 30; ++i) QVERIFY(sameContent(*(*project)->annotation(i), given[size_t(i)]));
  }
  const auto again = Project::open(pathOf(dir), {}, Project::Access::readOnly);
  QVERIFY(again.has_value());
  for (int i = 0; i < 30; ++i) {
    const auto a = (*again)->annotation(i);
    QVERIFY2(a.has_value(), a ? "" : a.error().message().c_str());
    QVERIFY(sameContent(*a, given[size_t(i)]));
    QCOMPARE((*again)->images()[size_t(i)].labelled, given[size_t(i)].labelled());
    QCOMPARE(int((*again)->images()[size_t(i)].status), int(given[size_t(i)].status));
    QCOMPARE((*again)->images()[size_t(i)].split != Split::none,
             given[size_t(i)].labelled() || (*again)->images()[size_t(i)].split != Split::none);
  }
}

void ProjectSaveTest::oldBaseMapGoes() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "p.png", {8, 8});
  const auto project = *Project::open(pathOf(dir));
  Annotation a;
  a.size = {8, 8};
  a.base = TileMap(a.size);
  for (uint32_t i = 1; i < 6; ++i) {
    a.base.set(int(i), 2, i);
    QVERIFY(project->setAnnotation(0, a));
    QVERIFY(project->flush());
    addShape(a, square(0, 0, i, 1));  // keeps the map
    QVERIFY(project->setAnnotation(0, a));
    QVERIFY(project->flush());
    int maps = 0;
    for (const auto& [name, content] : treeOf(project->dataFolder())) maps += name.ends_with(".png");
    QCOMPARE(maps, 1);
  }
}

void ProjectSaveTest::unreadableSidecarIsLeftAlone() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "p.png");
  fs::path sidecar;
  {
    const auto project = *Project::open(pathOf(dir));
    Annotation a;
    a.size = {32, 24};
    addShape(a, square(1, 1, 5, 1));
    QVERIFY(project->setAnnotation(0, a));
    QVERIFY(project->flush());
    sidecar = project->sidecarPath(project->images()[0]);
  }
  const auto good = readText(sidecar);
  for (size_t cut : {size_t(0), size_t(1), good.size() / 2, good.size() - 4}) {
    writeText(sidecar, good.substr(0, cut));
    const auto project = *Project::open(pathOf(dir));
    QVERIFY(!project->annotation(0));
    Annotation a;
    a.size = {32, 24};
    const auto refused = project->setAnnotation(0, a);
    QVERIFY(!refused);
    QVERIFY(refused.error().message().find("p.png.json") != std::string::npos);
    QVERIFY(project->flush());
    QCOMPARE(readText(sidecar), good.substr(0, cut));
  }
  writeText(sidecar, QString::fromStdString(good).replace("\"intarsia\": 1", "\"intarsia\": 7").toStdString());
  const auto newer = readText(sidecar);
  const auto project = *Project::open(pathOf(dir));
  Annotation a;
  a.size = {32, 24};
  QVERIFY(!project->setAnnotation(0, a));
  QCOMPARE(readText(sidecar), newer);
}

/// A flipped bit may give other labels (a digit); where it gives none, the file stays as it is.
void ProjectSaveTest::flippedBitsAreNeverWrittenOver() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "p.png");
  fs::path sidecar;
  Random random(9);
  {
    const auto project = *Project::open(pathOf(dir));
    auto a = randomAnnotation(random, true);
    a.size = {32, 24};
    a.base = TileMap(a.size);
    a.base.set(3, 3, 1);
    QVERIFY(project->setAnnotation(0, a));
    QVERIFY(project->flush());
    sidecar = project->sidecarPath(project->images()[0]);
  }
  const auto good = readText(sidecar);
  int refused = 0;
  for (int round = 0; round < 1000; ++round) {
    auto bad = good;
    bad[size_t(random.below(int(bad.size())))] ^= char(1 << random.below(8));
    writeText(sidecar, bad);
    const auto project = *Project::open(pathOf(dir));
    if (project->annotation(0)) continue;
    ++refused;
    Annotation a;
    a.size = {32, 24};
    QVERIFY(!project->setAnnotation(0, a));
    QVERIFY(project->flush());
    QVERIFY(readText(sidecar) == bad);
  }
  qInfo("%d of 1000 could not be read", refused);
  QVERIFY(refused > 200);
}

void ProjectSaveTest::fullDiskKeepsTheOldFile() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "p.png");
  const auto project = *Project::open(pathOf(dir));
  Annotation a;
  a.size = {32, 24};
  addShape(a, square(1, 1, 5, 1));
  QVERIFY(project->setAnnotation(0, a));
  QVERIFY(project->flush());
  const auto sidecar = project->sidecarPath(project->images()[0]);
  const auto good = readText(sidecar);
  std::atomic<int> errors = 0;
  project->onSaved([&](uint64_t, const Expected<>& result) { errors += !result; });

  // A write beyond the limit is cut short and then fails, as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{}, small{};
  getrlimit(RLIMIT_FSIZE, &before);
  small = {good.size() + 100, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  for (int i = 0; i < 200; ++i) addShape(a, square(i, i, 5.125, 1));
  const auto generation = project->setAnnotation(0, a);
  const auto flushed = project->flush();
  const auto during = readText(sidecar);
  setrlimit(RLIMIT_FSIZE, &before);
  QVERIFY(generation.has_value());
  QVERIFY(!flushed);
  QVERIFY2(flushed.error().message().find("p.png.json") != std::string::npos, flushed.error().message().c_str());
  QVERIFY(errors >= 1);
  QCOMPARE(during, good);
  QVERIFY(project->savedGeneration() < *generation);
  QVERIFY(sameContent(*project->annotation(0), a));  // the value is kept …
  QVERIFY(project->flush());                         // … and saved as soon as there is room
  QVERIFY(parseSidecar(readText(sidecar), "x")->annotation.shapes.size() == 201);
  for (const auto& [name, content] : treeOf(project->dataFolder())) QVERIFY2(!name.ends_with(".tmp"), name.c_str());
}

/// Edits two images as fast as it can and reports "<generation> <edits of image 0> <of image 1>" for what is
/// acknowledged.
[[noreturn]] static void editUntilKilled(const fs::path& folder, int out, uint32_t seed) {
  auto project = Project::open(folder);
  if (!project) ::_exit(3);
  std::mutex mutex;
  std::map<uint64_t, std::pair<int, int>> given;  // generation → edits per image
  (*project)->onSaved([&](uint64_t generation, const Expected<>&) {
    std::lock_guard lock(mutex);
    auto at = given.upper_bound(generation);
    if (at == given.begin()) return;
    --at;
    const auto line = std::to_string(at->second.first) + " " + std::to_string(at->second.second) + "\n";
    if (::write(out, line.data(), line.size()) < 0) ::_exit(4);
  });
  Random random(seed);
  int edits[2] = {0, 0};
  Annotation a[2];
  for (int i = 0; i < 2; ++i) {
    auto old = (*project)->annotation(i);
    if (!old) ::_exit(5);
    a[i] = std::move(*old);
    edits[i] = int(a[i].nextId) - 1;
  }
  for (;;) {
    const int i = random.below(2);
    addShape(a[i], square(random.below(20), random.below(20), 1 + random.below(9), 1));
    if (a[i].shapes.size() > 300) a[i].shapes.erase(a[i].shapes.begin(), a[i].shapes.begin() + 200);
    ++edits[i];
    if (random.below(8) == 0) {
      if (a[i].base.empty()) a[i].base = TileMap(a[i].size);
      a[i].base.set(random.below(32), random.below(24), 1 + random.below(3));
    }
    std::lock_guard lock(mutex);
    const auto generation = (*project)->setAnnotation(i, a[i]);
    if (!generation) ::_exit(6);
    given[*generation] = {edits[0], edits[1]};
    ::usleep(200);
  }
}

void ProjectSaveTest::acknowledgedEditsSurviveKill() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "a.png");
  writePicture(pathOf(dir) / "b.png");
  Random random(77);
  const int kills = qEnvironmentVariableIsSet("INTARSIA_KILLS") ? qEnvironmentVariableIntValue("INTARSIA_KILLS") : 200;
  int acknowledgedRounds = 0, edits[2] = {0, 0};
  for (int round = 0; round < kills; ++round) {
    int pipes[2];
    QVERIFY(::pipe(pipes) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(pipes[0]);
      editUntilKilled(pathOf(dir), pipes[1], uint32_t(round));
    }
    ::close(pipes[1]);
    // At any moment from its start on; every other time in what follows one or two acknowledged saves, however busy the machine is.
    std::string said;
    char buffer[4096];
    ssize_t n = 1;
    for (int64_t lines = round % 2 ? 1 + random.below(2) : 0; lines > 0 && n > 0; lines -= std::count(buffer, buffer + std::max<ssize_t>(n, 0), '\n'))
      if ((n = ::read(pipes[0], buffer, sizeof buffer)) > 0) said.append(buffer, size_t(n));
    ::usleep(useconds_t(random.below(round % 2 ? 30'000 : 65'000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    QVERIFY2(WIFSIGNALED(status), std::to_string(WEXITSTATUS(status)).c_str());
    while ((n = ::read(pipes[0], buffer, sizeof buffer)) > 0) said.append(buffer, size_t(n));
    ::close(pipes[0]);
    int acknowledged[2] = {0, 0};
    const auto end = said.rfind('\n');
    if (end != std::string::npos) {
      const auto begin = said.rfind('\n', end - 1);
      std::istringstream line(said.substr(begin == std::string::npos ? 0 : begin + 1));
      line >> acknowledged[0] >> acknowledged[1];
      ++acknowledgedRounds;
    }
    const auto project = Project::open(pathOf(dir));
    QVERIFY2(project.has_value(), project ? "" : project.error().message().c_str());
    QCOMPARE(int((*project)->access()), int(Project::Access::readWrite));  // the lock of the dead is free
    for (int i = 0; i < 2; ++i) {
      const auto a = (*project)->annotation(i);
      QVERIFY2(a.has_value(), a ? "" : a.error().message().c_str());
      QVERIFY2(int(a->nextId) - 1 >= acknowledged[i], std::to_string(round).c_str());
      QVERIFY(int(a->nextId) - 1 >= edits[i]);  // nor goes anything that was there before
      edits[i] = int(a->nextId) - 1;
      if (acknowledged[i] > 0) QVERIFY((*project)->images()[size_t(i)].split != Split::none);
    }
    for (const auto& entry : fs::recursive_directory_iterator(pathOf(dir)))
      QVERIFY2(entry.path().extension() != ".tmp" && !entry.path().native().contains("/.import"), entry.path().c_str());
  }
  qInfo("%d kills, %d of them after an acknowledged save; %d edits found, none lost", kills, acknowledgedRounds, edits[0] + edits[1]);
  QVERIFY(acknowledgedRounds >= kills / 2);
}

void ProjectSaveTest::secondProcessReadsOnly() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "a.png");
  Annotation a;
  a.size = {32, 24};
  addShape(a, square(1, 1, 5, 1));
  int ready[2], done[2];
  QVERIFY(::pipe(ready) == 0 && ::pipe(done) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(done[1]);
    auto project = Project::open(pathOf(dir));
    const bool good = project && (*project)->setAnnotation(0, a) && (*project)->flush();
    char byte = good ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
    (void)!::read(done[0], &byte, 1);
    project->reset();
    ::_exit(0);
  }
  char byte = 0;
  QCOMPARE(::read(ready[0], &byte, 1), ssize_t(1));
  QCOMPARE(byte, 'y');
  {
    const auto project = *Project::open(pathOf(dir));
    QCOMPARE(int(project->access()), int(Project::Access::readOnly));
    QVERIFY2(project->lockHolder().find(std::to_string(child)) != std::string::npos, project->lockHolder().c_str());
    QVERIFY(project->annotation(0)->shapes.size() == 1);
    const auto refused = project->setAnnotation(0, a);
    QVERIFY(!refused && refused.error().message().find(std::to_string(child)) != std::string::npos);
    QVERIFY(!project->setClasses({}));
  }
  ::close(done[1]);
  ::waitpid(child, nullptr, 0);
  for (int fd : {ready[0], ready[1], done[0]}) ::close(fd);
  QCOMPARE(int((*Project::open(pathOf(dir)))->access()), int(Project::Access::readWrite));
}

/// While one process has the project, another names it; once it is killed, the next has it at once.
void ProjectSaveTest::holdersThatDie() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "a.png");
  QVERIFY((*Project::open(pathOf(dir)))->setClasses({}));
  qint64 slowest = 0;
  for (int round = 0; round < 50; ++round) {
    int ready[2];
    QVERIFY(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto project = Project::open(pathOf(dir));
      const char byte = project && (*project)->access() == Project::Access::readWrite ? 'y' : 'n';
      if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    char byte = 0;
    QCOMPARE(::read(ready[0], &byte, 1), ssize_t(1));
    QCOMPARE(byte, 'y');
    QElapsedTimer timer;
    timer.start();
    {
      const auto project = *Project::open(pathOf(dir));
      slowest = std::max(slowest, timer.elapsed());
      QCOMPARE(int(project->access()), int(Project::Access::readOnly));
      QVERIFY2(project->lockHolder().find("pid " + std::to_string(child) + " on ") != std::string::npos, project->lockHolder().c_str());
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    timer.restart();
    const auto project = *Project::open(pathOf(dir));
    slowest = std::max(slowest, timer.elapsed());
    QCOMPARE(int(project->access()), int(Project::Access::readWrite));
    QVERIFY(project->recovered().size() == 1 && project->recovered()[0].message().find(std::to_string(child)) != std::string::npos);
    for (int fd : ready) ::close(fd);
  }
  qInfo("slowest opening: %lld ms", static_cast<long long>(slowest));
}

void ProjectSaveTest::newerProjectIsOnlyLookedAt() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "a.png");
  writeText(pathOf(dir) / "intarsia/project.json",
            R"({"intarsia": 9, "roots": [{"name": "images", "path": "."}], "wonder": 1})");
  const auto before = treeOf(pathOf(dir));
  {
    const auto project = *Project::open(pathOf(dir));
    QCOMPARE(int(project->access()), int(Project::Access::readOnly));
    QCOMPARE(project->images().size(), size_t(1));
    QVERIFY(!project->setClasses({}));
    QVERIFY(project->flush());
  }
  QVERIFY(treeOf(pathOf(dir)) == before);
}

INTARSIA_TEST(ProjectSaveTest)
#include "project_save_test.moc"
