// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures with odd names go out in every format and come back with the labels that are theirs.
#include <QTest>
#include <set>

#include "annotate/formats/summary.h"
#include "annotate/project/mask_export.h"
#include "annotate/project/project_dataset.h"
#include "tests/annotate/project_support.h"
#include "tests/support/expect.h"
#include "tests/support/odd_names.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

class FormatNamesTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase();
  void everyFormat_data();
  void everyFormat();
  void maskFiles();
  void namesThatAreLongOnceShown();
  void masksThatWouldMeet();

 private:
  std::unique_ptr<OddFolder> m_folder;
  std::shared_ptr<const Project> m_project;
  ExportedDataset m_data;
};

/// Each picture has a width of its own: it tells which is which whatever a format made of the names.
void FormatNamesTest::initTestCase() {
  m_folder = std::make_unique<OddFolder>("proj\xE9t #%41");
  const auto names = oddNames();
  for (int i = 0; i < int(names.size()); ++i) writePicture(m_folder->path() / (names[size_t(i)] + ".png"), {40 + i, 30});
  auto project = *Project::open(m_folder->path());
  QCOMPARE(project->images().size(), names.size());
  ClassTable classes;
  QVERIFY(classes.add("thing") && classes.add("ground"));
  EXPECT_OK(project->setClasses(classes));
  for (int i = 0; i < int(names.size()); ++i) {
    const int at = project->indexOfPath(m_folder->path() / (names[size_t(i)] + ".png"));
    QVERIFY2(at >= 0, names[size_t(i)].c_str());
    Annotation a;
    a.size = {40 + i, 30};
    addShape(a, square(0, 0, 30, 2));
    addShape(a, square(i, 3 + i % 5, 7, 1));
    EXPECT_OK(project->setAnnotation(at, a));
  }
  EXPECT_OK(project->flush());
  m_project = std::move(project);
  auto data = datasetOf(m_project);
  EXPECT_OK(data);
  QVERIFY(data->report.skipped.empty());
  m_data = std::move(*data);
}

void FormatNamesTest::everyFormat_data() {
  QTest::addColumn<QString>("id");
  for (const auto& format : formats())
    if (format->canWrite()) QTest::newRow(std::string(format->id()).c_str()) << QString::fromStdString(std::string(format->id()));
}

void FormatNamesTest::everyFormat() {
  QFETCH(QString, id);
  const Format* format = formatById(id.toStdString());
  const OddFolder to("\xFC out");
  EXPECT_OK(format->write(m_data, to.path(), {}, {}));
  const auto read = readDataset(to.path(), {}, format->readBy());
  EXPECT_OK(read);
  for (const auto& line : read->report.skipped) QFAIL((line.path + ": " + line.reason).c_str());
  QCOMPARE(read->images.size(), m_data.images.size());
  ImportedDataset plain = *read;
  plain.background.reset();
  for (const auto& image : m_data.images) {
    const auto same = std::ranges::find_if(plain.images, [&](const auto& other) { return other.size == image.size; });
    QVERIFY2(same != plain.images.end(), image.name.c_str());
    QVERIFY2(!same->path.empty() && fs::exists(same->path), image.name.c_str());
    const auto before = labelMap(m_data, image), after = labelMap(plain, *same);
    EXPECT_OK(before);
    EXPECT_OK(after);
    const auto className = [](const ImportedDataset& d, uint16_t v) { return v < d.classes.size() && d.classes[v].name != "unlabelled" ? d.classes[v].name : ""; };
    for (int y = 0; y < 30; ++y)
      for (int x = 0; x < image.size.width; ++x)
        QVERIFY2(className(m_data, before->at(x, y)) == className(plain, after->at(x, y)), (image.name + ": " + std::to_string(x) + ", " + std::to_string(y)).c_str());
  }
}

void FormatNamesTest::maskFiles() {
  const OddFolder to("masks\n\xE4");
  const auto written = exportMasks(m_data, m_project->classesNow(), to.path(), {.colors = true});
  EXPECT_OK(written);
  QVERIFY2(written->skipped.empty(), written->skipped.empty() ? "" : written->skipped[0].reason.c_str());
  QCOMPARE(written->files.size(), m_data.images.size());
  std::set<fs::path> names(written->files.begin(), written->files.end());
  QCOMPARE(names.size(), m_data.images.size());
  for (size_t i = 0; i < m_data.images.size(); ++i) {
    const auto map = readLabelPng(written->files[i]);
    EXPECT_OK(map);
    QVERIFY(*map == *m_project->labelMap(int(i)));
  }
  QVERIFY(names.contains(to.path() / (std::string(251, 'x') + ".png")));
  QVERIFY(fs::exists(to.path() / "color" / "plain.png"));
}

/// Bytes that are no UTF-8 take three times the room in a name for people: with 250 of them it would be longer than a name may be.
void FormatNamesTest::namesThatAreLongOnceShown() {
  const OddFolder folder, to;
  const std::vector<std::string> names = {std::string(250, '\xE4') + ".png", std::string(250, '\xE5') + ".png", std::string(250, 'x') + ".png",
                                          std::string(250, 'x') + ".jpg", "deep"};
  for (size_t i = 0; i + 1 < names.size(); ++i) writePicture(folder.path() / names[i]);
  writePicture(folder.path() / std::string(250, '\xE4') / "inside.png");
  const auto project = std::shared_ptr<Project>(*Project::open(folder.path()));
  QCOMPARE(project->images().size(), names.size());
  for (int i = 0; i < int(names.size()); ++i) {
    Annotation a;
    a.size = {32, 24};
    addShape(a, square(i, i, 5, 1));
    EXPECT_OK(project->setAnnotation(i, a));
  }
  ClassTable classes;
  QVERIFY(classes.add("thing"));
  EXPECT_OK(project->setClasses(classes));
  EXPECT_OK(project->flush());
  const auto data = datasetOf(project);
  EXPECT_OK(data);
  const auto written = exportMasks(*data, classes, to.path(), {});
  EXPECT_OK(written);
  QCOMPARE(std::set<fs::path>(written->files.begin(), written->files.end()).size(), names.size());
  for (size_t i = 0; i < names.size(); ++i) QVERIFY(*readLabelPng(written->files[i]) == *project->labelMap(int(i)));
}

/// Folders called as masks are, and one that is called as that of the colours.
void FormatNamesTest::masksThatWouldMeet() {
  QTemporaryDir folder, to;
  const std::vector<std::string> names = {"a.jpg", "a.png/b.png", "color/a.png", "color/color/a.png", "color/deep/x.png", "deep/x.png", "x.png"};
  for (size_t i = 0; i < names.size(); ++i) writePicture(pathOf(folder) / names[i], {20 + int(i), 10});
  const auto project = std::shared_ptr<Project>(*Project::open(pathOf(folder)));
  QCOMPARE(project->images().size(), names.size());
  ClassTable classes;
  QVERIFY(classes.add("thing"));
  EXPECT_OK(project->setClasses(classes));
  for (int i = 0; i < int(names.size()); ++i) {
    Annotation a;
    a.size = (*probeImage(project->images()[size_t(i)].path)).shown;
    addShape(a, square(i, 1, 5, 1));
    EXPECT_OK(project->setAnnotation(i, a));
  }
  EXPECT_OK(project->flush());
  const auto data = datasetOf(project);
  EXPECT_OK(data);
  const auto written = exportMasks(*data, classes, pathOf(to), {.colors = true});
  EXPECT_OK(written);
  QCOMPARE(written->files.size(), names.size());
  std::set<fs::path> files;
  for (size_t i = 0; i < names.size(); ++i) {
    QVERIFY2(*readLabelPng(written->files[i]) == *project->labelMap(int(i)), written->files[i].c_str());
    const auto color = pathOf(to) / "color" / written->files[i].lexically_relative(pathOf(to));
    QVERIFY2((*probeImage(color)).shown == (*probeImage(written->files[i])).shown, color.c_str());
    files.insert({written->files[i], color});
  }
  QCOMPARE(files.size(), 2 * names.size());
}

INTARSIA_TEST(FormatNamesTest)
#include "format_names_slow_test.moc"
