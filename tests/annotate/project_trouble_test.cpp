// SPDX-License-Identifier: GPL-3.0-or-later
// Other programs, folders that go away, damaged files: both versions are kept, and editing goes on.
#include <sys/wait.h>
#include <unistd.h>
#include <QTest>
#include <csignal>
#include <set>

#include "annotate/project/project.h"
#include "annotate/project/saved_file.h"
#include "annotate/project/sidecar.h"
#include "tests/annotate/project_support.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

class ProjectTroubleTest : public QObject {
  Q_OBJECT
 private slots:
  void foreignChangeIsKept();
  void foreignLabelsOfAnUnlabelledImageAreKept();
  void copiesOfLongNamesFit();
  void touchedIsNotChanged();
  void foreignProjectFileIsKept();
  void threeVersionsAreKept();
  void versionsComeBackWithTheirMaps();
  void damagedSidecarIsSetAside();
  void lostBaseMapIsSetAside();
  void damagedProjectFileNamesItsVersion();
  void folderThatCannotBeWritten();
  void folderThatWentAway();
  void saveAsTakesAllAlong();
  void saveAsRefusesAProject();
  void theDeadAreNamed();
};

namespace {

struct Opened {
  QTemporaryDir dir;
  std::unique_ptr<Project> project;
  std::vector<Conflict> conflicts;
  std::mutex mutex;

  explicit Opened(int images = 2) {
    for (int i = 0; i < images; ++i) writePicture(pathOf(dir) / ("p" + std::to_string(i) + ".png"));
    open();
  }
  void open() {
    project.reset();
    project = *Project::open(pathOf(dir));
    project->onConflict([this](const Conflict& conflict) {
      std::lock_guard lock(mutex);
      conflicts.push_back(conflict);
    });
  }
  /// `shapes` squares on image 0, saved.
  void label(int shapes, bool withBase = false) {
    Annotation a;
    a.size = {32, 24};
    for (int i = 0; i < shapes; ++i) addShape(a, square(i, i, 5, 1));
    if (withBase) {
      a.base = TileMap(a.size);
      a.base.set(shapes, 3, 2);
    }
    QVERIFY(project->setAnnotation(0, a));
    const auto flushed = project->flush();
    QVERIFY2(flushed.has_value(), flushed ? "" : flushed.error().message().c_str());
  }
  fs::path sidecar() const { return project->sidecarPath(project->images()[0]); }
  size_t shapes() const { return project->annotation(0)->shapes.size(); }
};

std::string otherText(const std::string& note) {
  Sidecar other;
  other.image = "p0.png";
  other.annotation.size = {32, 24};
  other.annotation.note = note;
  addShape(other.annotation, square(9, 9, 3, 1));
  return sidecarText(other);
}

}  // namespace

void ProjectTroubleTest::foreignChangeIsKept() {
  Opened o;
  for (int round = 1; round <= 20; ++round) {
    o.label(1);
    const auto text = otherText("round " + std::to_string(round));
    if (round % 2)
      writeText(o.sidecar(), text);                 // in place
    else {
      writeText(o.sidecar().string() + "~", text);  // as git does it
      fs::rename(o.sidecar().string() + "~", o.sidecar());
    }
    o.label(3);
    QCOMPARE(o.conflicts.size(), size_t(round));
    const auto& conflict = o.conflicts.back();
    QCOMPARE(conflict.key, o.project->images()[0].key);
    QVERIFY(conflict.file == o.sidecar());
    QVERIFY(conflict.copy.filename().native().starts_with("p0.png.conflict-"));
    QCOMPARE(readText(conflict.copy), text);
    QCOMPARE(parseSidecar(readText(o.sidecar()), "x")->annotation.shapes.size(), size_t(3));
    const auto theirs = o.project->readVersion(o.project->images()[0], conflict.copy);
    QVERIFY(theirs && theirs->shapes.size() == 1 && theirs->note == "round " + std::to_string(round));
  }
  o.label(4);  // ours again: no conflict
  QCOMPARE(o.conflicts.size(), size_t(20));
  o.open();
  QCOMPARE(o.project->images().size(), size_t(2));  // copies are no images' labels
}

void ProjectTroubleTest::foreignLabelsOfAnUnlabelledImageAreKept() {
  Opened o;
  QVERIFY(o.project->annotation(0)->shapes.empty());
  writeText(o.sidecar(), otherText("first"));
  o.label(2);
  QCOMPARE(o.conflicts.size(), size_t(1));
  QCOMPARE(readText(o.conflicts[0].copy), otherText("first"));
}

void ProjectTroubleTest::copiesOfLongNamesFit() {
  QTemporaryDir dir;
  std::set<fs::path> names;
  for (const char last : {'a', 'b'})
    for (int n = 0; n < 12; ++n) {
      const auto copy = besidePath(pathOf(dir) / (std::string(249, 'x') + last + ".json"), "conflict");
      QVERIFY2(copy.filename().native().find(".conflict-") != std::string::npos && copy.extension() == ".json", copy.c_str());
      writeText(copy, "x");
      QVERIFY2(fs::exists(copy) && names.insert(copy).second, copy.c_str());
    }
}

void ProjectTroubleTest::touchedIsNotChanged() {
  Opened o;
  o.label(1);
  fs::last_write_time(o.sidecar(), fs::file_time_type::clock::now() + std::chrono::hours(24 * 365));
  o.label(2);
  const auto text = readText(o.sidecar());
  fs::remove(o.sidecar());
  writeText(o.sidecar(), text);  // another file, the same content
  o.label(3);
  fs::remove(o.sidecar());       // removed by someone: there is nothing to keep
  o.label(4);
  QVERIFY(o.conflicts.empty());
  QCOMPARE(parseSidecar(readText(o.sidecar()), "x")->annotation.shapes.size(), size_t(4));
}

void ProjectTroubleTest::foreignProjectFileIsKept() {
  Opened o;
  o.label(1);
  const auto file = o.project->dataFolder() / "project.json";
  auto text = QString::fromStdString(readText(file)).replace("{\n", "{\n  \"theirs\": 1,\n");
  writeText(file, text.toStdString());
  ClassTable classes;
  QVERIFY(classes.add("tree"));
  QVERIFY(o.project->setClasses(classes));
  QVERIFY(o.project->flush());
  QCOMPARE(o.conflicts.size(), size_t(1));
  QVERIFY(o.conflicts[0].key.empty());
  QCOMPARE(QString::fromStdString(readText(o.conflicts[0].copy)), text);
  QVERIFY(readText(file).find("tree") != std::string::npos);
}

void ProjectTroubleTest::threeVersionsAreKept() {
  QTemporaryDir dir;
  const auto data = pathOf(dir);
  const fs::path name = "annotations/images/p.json";
  Generations generations(data, std::chrono::seconds(0));
  generations.keep(name);  // nothing there yet
  QVERIFY(Generations::versions(data, name).empty());
  for (int i = 1; i <= 6; ++i) {
    generations.keep(name);
    generations.keep(name);  // twice the same is one version
    fs::remove(data / name);
    writeText(data / name, std::to_string(i));
    const auto versions = Generations::versions(data, name);
    QCOMPARE(int(versions.size()), std::min(i - 1, 3));
    for (int k = 0; k < int(versions.size()); ++k)
      QCOMPARE(readText(versions[size_t(k)].file), std::to_string(i - 1 - k));
  }
  Generations slow(data, std::chrono::hours(1));  // of a session: once, then not before the time is up
  slow.keep(name);
  fs::remove(data / name);
  writeText(data / name, "7");
  slow.keep(name);
  QCOMPARE(readText(Generations::versions(data, name)[0].file), "6");
}

void ProjectTroubleTest::versionsComeBackWithTheirMaps() {
  Opened o;
  for (int session = 1; session <= 6; ++session) {
    o.open();
    o.label(session, true);
    const auto versions = o.project->earlierVersions(o.project->images()[0]);
    QCOMPARE(int(versions.size()), std::min(session - 1, 3));
    for (int k = 0; k < int(versions.size()); ++k) {
      const auto a = o.project->readVersion(o.project->images()[0], versions[size_t(k)].file);
      QVERIFY2(a.has_value(), a ? "" : a.error().message().c_str());
      QCOMPARE(int(a->shapes.size()), session - 1 - k);
      QCOMPARE(a->base.at(session - 1 - k, 3), uint32_t(2));
    }
  }
  int maps = 0;
  for (const auto& [name, content] : treeOf(o.project->dataFolder() / "backups")) maps += name.ends_with(".png");
  QCOMPARE(maps, 3);  // maps that no version names are gone
}

void ProjectTroubleTest::damagedSidecarIsSetAside() {
  Opened o;
  o.label(1);
  o.open();
  o.label(2);
  const auto image = o.project->images()[0];
  QVERIFY(!o.project->setAsideDamaged(image));  // it is not
  const auto good = readText(o.sidecar());
  writeText(o.sidecar(), good.substr(0, good.size() / 2));
  o.open();
  QVERIFY(!o.project->annotation(0));
  const auto versions = o.project->earlierVersions(image);
  QCOMPARE(versions.size(), size_t(1));
  const auto aside = o.project->setAsideDamaged(image);
  QVERIFY2(aside.has_value(), aside ? "" : aside.error().message().c_str());
  QCOMPARE(readText(*aside), good.substr(0, good.size() / 2));
  QVERIFY(o.project->setAnnotation(0, *o.project->readVersion(image, versions[0].file)));
  QVERIFY(o.project->flush());
  QVERIFY(o.conflicts.empty());
  o.open();
  QCOMPARE(o.shapes(), size_t(1));
}

void ProjectTroubleTest::lostBaseMapIsSetAside() {
  Opened o;
  o.label(2, true);
  const auto image = o.project->images()[0];
  for (const auto& entry : fs::directory_iterator(o.sidecar().parent_path()))
    if (entry.path().extension() == ".png") fs::remove(entry.path());
  o.open();
  const auto labels = o.project->annotation(0);
  QVERIFY(!labels && labels.error().message().find("p0.png.") != std::string::npos);
  const auto text = readText(o.sidecar());
  const auto aside = o.project->setAsideDamaged(image);
  QVERIFY2(aside.has_value(), aside ? "" : aside.error().message().c_str());
  QCOMPARE(readText(*aside), text);
  QVERIFY(o.project->annotation(0)->shapes.empty() && !o.project->setAsideDamaged(image));
  o.label(3);
  writeText(o.sidecar(), QString::fromStdString(readText(o.sidecar())).replace("\"intarsia\": 1", "\"intarsia\": 7").toStdString());
  o.open();
  QVERIFY(!o.project->setAsideDamaged(image));  // a newer program's labels are no damage
}

void ProjectTroubleTest::damagedProjectFileNamesItsVersion() {
  Opened o;
  o.label(1);
  const auto file = o.project->dataFolder() / "project.json";
  ClassTable classes;
  QVERIFY(classes.add("tree"));
  o.open();
  QVERIFY(o.project->setClasses(classes));
  QVERIFY(o.project->flush());
  o.project.reset();
  writeText(file, "{");
  const auto opened = Project::open(pathOf(o.dir));
  QVERIFY(!opened);
  const auto message = opened.error().message();
  QVERIFY2(message.find("backups/1/project.json") != std::string::npos, message.c_str());
  QCOMPARE(readText(file), "{");
  fs::remove(file);  // gone: no other one takes its place in silence
  const auto missing = Project::open(pathOf(o.dir));
  QVERIFY(!missing);
  QVERIFY2(missing.error().message().find("backups/1/project.json") != std::string::npos, missing.error().message().c_str());
  QVERIFY(!fs::exists(file) && !fs::exists(o.dir.path().toStdString() + "/intarsia/.lock"));
  fs::copy_file(pathOf(o.dir) / "intarsia/backups/1/project.json", file, fs::copy_options::overwrite_existing);
  o.open();
  QCOMPARE(o.shapes(), size_t(1));
}

void ProjectTroubleTest::folderThatCannotBeWritten() {
  QTemporaryDir dir;
  writePicture(pathOf(dir) / "p.png");
  writeText(pathOf(dir) / "intarsia", "a file where the folder should be");  // holds for root too
  const auto project = *Project::open(pathOf(dir));
  QCOMPARE(int(project->access()), int(Project::Access::readWrite));
  Annotation a;
  a.size = {32, 24};
  for (int i = 0; i < 5; ++i) {
    addShape(a, square(i, i, 5, 1));
    QVERIFY(project->setAnnotation(0, a));  // editing goes on
  }
  const auto flushed = project->flush();
  QVERIFY(!flushed);
  QVERIFY2(flushed.error().message().find("intarsia") != std::string::npos, flushed.error().message().c_str());
  QCOMPARE(project->annotation(0)->shapes.size(), size_t(5));
  QTemporaryDir elsewhere;
  const auto saved = project->saveAs(pathOf(elsewhere) / "rescued");
  QVERIFY2(saved.has_value(), saved ? "" : saved.error().message().c_str());
  QCOMPARE((*Project::open(pathOf(elsewhere) / "rescued"))->annotation(0)->shapes.size(), size_t(5));
  QCOMPARE(readText(pathOf(dir) / "intarsia"), "a file where the folder should be");
  fs::remove(pathOf(dir) / "intarsia");
  QVERIFY(project->flush());  // and here too, as soon as it can be
  QCOMPARE((*Project::open(pathOf(dir), {}, Project::Access::readOnly))->annotation(0)->shapes.size(), size_t(5));
}

void ProjectTroubleTest::folderThatWentAway() {
  Opened o;
  o.label(1);
  const auto away = pathOf(o.dir).string() + "-away";
  fs::rename(pathOf(o.dir), away);
  fs::create_directory(pathOf(o.dir));  // the empty mount point
  Annotation a;
  a.size = {32, 24};
  addShape(a, square(1, 1, 5, 1));
  addShape(a, square(2, 2, 5, 1));
  QVERIFY(o.project->setAnnotation(0, a));
  const auto flushed = o.project->flush();
  QVERIFY(!flushed);
  QVERIFY(fs::is_empty(pathOf(o.dir)));
  QTemporaryDir elsewhere;
  const auto saved = o.project->saveAs(pathOf(elsewhere) / "rescued");
  QVERIFY2(saved.has_value(), saved ? "" : saved.error().message().c_str());
  fs::remove(pathOf(o.dir));
  fs::rename(away, pathOf(o.dir));  // it is back
  QVERIFY(o.project->flush());
  QCOMPARE(parseSidecar(readText(o.sidecar()), "x")->annotation.shapes.size(), size_t(2));
  fs::remove_all(o.project->dataFolder());  // removed by someone: what is edited next is written again
  addShape(a, square(3, 3, 5, 1));
  QVERIFY(o.project->setAnnotation(0, a));
  QVERIFY(o.project->flush());
  QCOMPARE(parseSidecar(readText(o.sidecar()), "x")->annotation.shapes.size(), size_t(3));
  QVERIFY(o.conflicts.empty());
}

void ProjectTroubleTest::saveAsTakesAllAlong() {
  Opened o(4);
  std::vector<Annotation> given;
  for (int i = 0; i < 4; ++i) {
    Random random(uint32_t(i), 3);
    auto a = randomAnnotation(random, i % 2);
    given.push_back(a);
    QVERIFY(o.project->setAnnotation(i, std::move(a)));
    if (i == 1) QVERIFY(o.project->flush());  // two on disk, two perhaps not
  }
  ClassTable classes;
  QVERIFY(classes.add("tree"));
  QVERIFY(o.project->setClasses(classes));
  QTemporaryDir elsewhere;
  const auto saved = o.project->saveAs(pathOf(elsewhere));
  QVERIFY2(saved.has_value(), saved ? "" : saved.error().message().c_str());
  QVERIFY(saved->unreadable.empty());
  const auto copy = *Project::open(pathOf(elsewhere));
  QCOMPARE(copy->images().size(), size_t(4));
  QVERIFY(copy->classes() == classes);
  for (int i = 0; i < 4; ++i) {
    QVERIFY(copy->images()[size_t(i)].path == o.project->images()[size_t(i)].path);
    QCOMPARE(int(copy->images()[size_t(i)].split), int(o.project->images()[size_t(i)].split));
    QVERIFY(sameContent(*copy->annotation(i), given[size_t(i)]));
  }
  for (const auto& entry : fs::directory_iterator(pathOf(elsewhere))) QVERIFY(entry.path().filename() == "intarsia");
}

void ProjectTroubleTest::saveAsRefusesAProject() {
  Opened from, to;
  from.label(1);
  to.label(2);
  to.project.reset();
  const auto before = treeOf(pathOf(to.dir));
  const auto saved = from.project->saveAs(pathOf(to.dir));
  QVERIFY(!saved && saved.error().message().find("project already") != std::string::npos);
  QVERIFY(treeOf(pathOf(to.dir)) == before);
}

void ProjectTroubleTest::theDeadAreNamed() {
  Opened o;
  o.label(1);
  o.open();
  QVERIFY(o.project->recovered().empty());  // closed properly
  const auto data = o.project->dataFolder();
  o.project.reset();
  const pid_t child = ::fork();
  if (child == 0) {
    auto project = Project::open(pathOf(o.dir));
    writeText(data / "annotations/images/.intarsia-1-1.tmp", "half a save");
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  o.open();
  const auto& found = o.project->recovered();
  QCOMPARE(found.size(), size_t(2));
  QVERIFY2(found[0].message().find(std::to_string(child)) != std::string::npos, found[0].message().c_str());
  QVERIFY2(found[1].message().find(": 1;") != std::string::npos, found[1].message().c_str());
  QCOMPARE(o.shapes(), size_t(1));
}

INTARSIA_TEST(ProjectTroubleTest)
#include "project_trouble_test.moc"
