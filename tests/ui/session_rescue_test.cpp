// SPDX-License-Identifier: GPL-3.0-or-later
// What the user is told and offered when another program, a damaged file or a full disk gets in the way.
#include <QSignalSpy>
#include <QTest>

#include "annotate/project/sidecar.h"
#include "tests/annotate/project_support.h"
#include "tests/support/register.h"
#include "ui/main_window/session.h"

using namespace intarsia;
using namespace intarsia::test;

class SessionRescueTest : public QObject {
  Q_OBJECT
 private slots:
  void conflictIsAQuestion();
  void damagedLabelsComeBack();
  void damagedLabelsWithoutAVersion();
  void earlierLabelsComeBack();
  void editingGoesOnAndSaveAsHelps();
};

namespace {

struct Open {
  QTemporaryDir dir;
  std::unique_ptr<Session> session;
  std::vector<Notice> notices;

  Open() {
    for (int i = 0; i < 2; ++i) writePicture(pathOf(dir) / ("p" + std::to_string(i) + ".png"));
    reopen();
  }
  void reopen() {
    session.reset();
    notices.clear();
    session = std::make_unique<Session>();
    QObject::connect(session.get(), &Session::noticed, [this](const Notice& notice) { notices.push_back(notice); });
    QSignalSpy shown(session.get(), &Session::imageShown);
    session->open(pathOf(dir));
    QVERIFY(shown.wait(10'000));
  }
  void draw(double at) {
    auto a = session->annotation();
    addShape(a, square(at, at, 5, 1));
    session->edit(a, {0, 0, a.size.width, a.size.height}, QStringLiteral("Draw"));
  }
  bool save() {
    const auto flushed = session->project().flush();
    QCoreApplication::processEvents();
    return flushed.has_value();
  }
  fs::path sidecar() { return session->project().sidecarPath(session->project().images()[0]); }
  size_t shapes() const { return session->annotation().shapes.size(); }
};

}  // namespace

void SessionRescueTest::conflictIsAQuestion() {
  Open o;
  o.draw(1);
  QVERIFY(o.save());
  Sidecar theirs;
  theirs.image = "p0.png";
  theirs.annotation.size = {32, 24};
  for (int i = 0; i < 4; ++i) addShape(theirs.annotation, square(i, 9, 3, 1));
  writeText(o.sidecar(), sidecarText(theirs));
  o.draw(2);
  QVERIFY(o.save());
  QTRY_COMPARE(o.notices.size(), size_t(1));
  QVERIFY2(o.notices[0].text.contains("p0.png.conflict-"), qPrintable(o.notices[0].text));
  QCOMPARE(o.shapes(), size_t(2));  // ours are in use
  o.notices[0].action();
  QTRY_COMPARE(o.shapes(), size_t(4));
  o.session->undo();
  QCOMPARE(o.shapes(), size_t(2));
  QVERIFY(o.save());
  QCOMPARE(o.notices.size(), size_t(1));
}

void SessionRescueTest::damagedLabelsComeBack() {
  Open o;
  o.draw(1);
  QVERIFY(o.save());
  o.reopen();
  o.draw(2);
  QVERIFY(o.save());
  const auto file = o.sidecar();
  writeText(file, "{\"intarsia\": 1, \"shapes\": [");
  o.reopen();
  QTRY_COMPARE(o.notices.size(), size_t(1));
  QVERIFY2(o.notices[0].button.startsWith("Restore Labels of "), qPrintable(o.notices[0].text));
  o.notices[0].action();
  QTRY_COMPARE(o.shapes(), size_t(1));
  QTRY_VERIFY(o.notices.size() == 2 && o.notices[1].text.contains("p0.png.damaged-"));
  QVERIFY(o.save());
  QCOMPARE(parseSidecar(readText(file), "x")->annotation.shapes.size(), size_t(1));
}

/// It is not written over, and the user can go on all the same; labels of a newer version stay alone.
void SessionRescueTest::damagedLabelsWithoutAVersion() {
  Open o;
  o.draw(1);
  QVERIFY(o.save());
  const auto file = o.sidecar();
  const auto good = readText(file), newer = QString::fromStdString(good).replace("\"intarsia\": 1", "\"intarsia\": 7").toStdString();
  QVERIFY(newer != good);
  writeText(file, newer);
  o.reopen();
  QTRY_COMPARE(o.notices.size(), size_t(1));
  QCOMPARE(o.notices[0].button, QStringLiteral("Try Again"));
  const auto cut = good.substr(0, good.size() / 2);
  writeText(file, cut);
  o.notices[0].action();
  QTRY_COMPARE(o.notices.size(), size_t(2));
  QVERIFY2(o.notices[1].text.contains("p0.png.json") && o.notices[1].text.contains("no earlier version"), qPrintable(o.notices[1].text));
  QCOMPARE(readText(file), cut);
  QSignalSpy shown(o.session.get(), &Session::imageShown);
  o.notices[1].action();
  QVERIFY(shown.wait(10'000) && o.session->hasImage());
  QCOMPARE(o.shapes(), size_t(0));
  o.draw(3);
  QVERIFY(o.save());
  QCOMPARE(parseSidecar(readText(file), "x")->annotation.shapes.size(), size_t(1));
  int kept = 0;
  for (const auto& [name, content] : treeOf(file.parent_path())) kept += name.find("p0.png.damaged-") == 0 && content == cut;
  QCOMPARE(kept, 1);
}

void SessionRescueTest::earlierLabelsComeBack() {
  Open o;
  o.draw(1);
  QVERIFY(o.save());
  o.reopen();
  o.draw(2);
  QVERIFY(o.save());
  const auto versions = o.session->earlierVersions();
  QCOMPARE(versions.size(), size_t(1));
  o.session->useEarlier(versions[0]);
  QTRY_COMPARE(o.shapes(), size_t(1));
  QVERIFY(o.session->undoName().contains(versionTime(versions[0])));
  o.session->undo();
  QCOMPARE(o.shapes(), size_t(2));
}

void SessionRescueTest::editingGoesOnAndSaveAsHelps() {
  Open o;
  writeText(pathOf(o.dir) / "intarsia", "in the way of the folder");
  o.draw(1);
  QVERIFY(!o.save());
  QTRY_COMPARE(o.notices.size(), size_t(1));
  QCOMPARE(o.notices[0].button, QStringLiteral("Save As…"));
  o.draw(2);
  QVERIFY(!o.save());
  QCOMPARE(o.shapes(), size_t(2));
  QVERIFY(!o.session->saved() && !o.session->saveError().isEmpty());
  QTest::qWait(700);
  QCOMPARE(o.notices.size(), size_t(1));  // one banner, however often it is tried
  QSignalSpy wanted(o.session.get(), &Session::saveAsWanted);
  o.notices[0].action();
  QCOMPARE(wanted.count(), 1);
  QTemporaryDir elsewhere;
  QSignalSpy changed(o.session.get(), &Session::projectChanged);
  o.session->saveAs(pathOf(elsewhere));
  QVERIFY(changed.wait(10'000));
  QTRY_COMPARE(o.shapes(), size_t(2));
  QTRY_VERIFY(o.session->saved());
  o.session->undo();  // the steps came along
  QTRY_COMPARE(o.shapes(), size_t(1));
  QVERIFY(o.save());
  QCOMPARE((*Project::open(pathOf(elsewhere), {}, Project::Access::readOnly))->annotation(0)->shapes.size(), size_t(1));
}

INTARSIA_TEST(SessionRescueTest)
#include "session_rescue_test.moc"
