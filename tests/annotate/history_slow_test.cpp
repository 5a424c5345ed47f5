// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <array>

#include "annotate/edit/history.h"
#include "tests/annotate/random_editor.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

class HistorySlowTest : public QObject {
  Q_OBJECT
 private slots:
  void tenThousandRandomStepsOverThreeImages_data() {
    QTest::addColumn<qulonglong>("budget");
    QTest::newRow("in memory") << qulonglong(History::kBudget);
    QTest::newRow("mostly in the file") << qulonglong(100'000);
  }

  void tenThousandRandomStepsOverThreeImages() {
    QFETCH(qulonglong, budget);
    const QTemporaryDir folder;
    Editor editor(9);
    History history{size_t(budget)};
    history.spillTo(folder.path().toStdString());
    std::vector<std::array<Annotation, 3>> states(1);
    for (auto& a : states[0]) a.size = kSize;
    size_t at = 0;
    const std::string keys[] = {"0", "1", "2"};
    for (int i = 0; i < 10000; ++i) {
      const unsigned what = editor.below(10);
      if (what < 6) {
        auto next = states[at];
        History::Step step{"edit", {}, {}};
        for (int k = 0; k < 3; ++k)
          if (k == 0 ? what % 2 : editor.below(3) == 0) {
            next[size_t(k)] = editor.any(next[size_t(k)]).after;
            step.changes.push_back({keys[k], states[at][size_t(k)], next[size_t(k)]});
          }
        history.push(std::move(step));
        states.resize(++at);
        states.push_back(next);
      } else if (what < 8 ? history.canUndo() : history.canRedo()) {
        const auto restored = what < 8 ? history.undo() : history.redo();
        at += what < 8 ? -1 : 1;
        for (const auto& [key, annotation] : restored->images) QVERIFY(sameContent(annotation, states[at][size_t(key[0] - '0')]));
      }
      QCOMPARE(history.done(), at);
    }
    QCOMPARE(history.spilled() > 100, budget < History::kBudget);
    QCOMPARE(history.dropped(), size_t(0));
    QVERIFY(QDir(folder.path()).isEmpty());  // the file has no name: a crash leaves nothing
    while (history.canUndo()) {
      --at;
      const auto restored = history.undo();
      for (const auto& [key, annotation] : restored->images) QVERIFY(sameContent(annotation, states[at][size_t(key[0] - '0')]));
    }
    QCOMPARE(at, size_t(0));
  }

  void classesAndLimitsOfTheFile() {
    const QTemporaryDir folder;
    History history(1, 4000);
    history.spillTo(folder.path().toStdString());
    std::vector<ClassTable> tables(1);
    for (int i = 0; i < 40; ++i) {
      tables.push_back(tables.back());
      (void)tables.back().add("class " + std::to_string(i));
      history.push({"add class", {}, History::Classes{tables[size_t(i)], tables.back()}});
    }
    QVERIFY(history.dropped() > 0 && history.spilled() > 0);
    QCOMPARE(history.dropped() + history.size(), size_t(40));
    size_t at = 40;
    while (history.canUndo()) QVERIFY(history.undo()->classes == tables[--at]);
    QCOMPARE(at, history.dropped());
    while (history.canRedo()) QVERIFY(history.redo()->classes == tables[++at]);
    history.spillTo("/proc/nowhere");
    history.clear();
    for (int i = 0; i < 10; ++i) history.push({"add class", {}, History::Classes{tables[size_t(i)], tables[size_t(i) + 1]}});
    QCOMPARE(history.dropped(), size_t(9));  // nowhere to write: the newest stays
    QVERIFY(history.undo()->classes == tables[9]);
  }
};

INTARSIA_TEST(HistorySlowTest)
#include "history_slow_test.moc"
