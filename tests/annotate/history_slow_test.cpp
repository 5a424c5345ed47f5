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
    QTest::addColumn<bool>("bases");
    QTest::newRow("in memory") << qulonglong(History::kBudget) << true;
    QTest::newRow("mostly in the file, base maps stay with the images") << qulonglong(100'000) << false;
  }

  void tenThousandRandomStepsOverThreeImages() {
    QFETCH(qulonglong, budget);
    QFETCH(bool, bases);
    const QTemporaryDir folder;
    Editor editor(9);
    History history{size_t(budget)};
    history.spillTo(folder.path().toStdString());
    /// All of a project that a step can change.
    struct State {
      std::array<Annotation, 3> images;
      std::array<Split, 3> splits{};
      ClassTable classes;
      std::optional<ClassId> background;
    };
    std::vector<State> states(1);
    for (auto& a : states[0].images) a.size = kSize;
    State now = states[0];  // as whoever applies the steps has it
    size_t at = 0;
    const std::string keys[] = {"0", "1", "2"};
    const auto index = [](const std::string& key) { return size_t(key[0] - '0'); };
    if (!bases) history.leaveBases([&](const std::string& key) { return now.images[index(key)].base; });
    const auto apply = [&](const History::Restored& restored) {
      for (const auto& [key, annotation] : restored.images) {
        TileMap base = now.images[index(key)].base;
        now.images[index(key)] = annotation;
        if (std::ranges::find(restored.baseless, key) != restored.baseless.end()) now.images[index(key)].base = std::move(base);
      }
      for (const auto& [key, split] : restored.splits) now.splits[index(key)] = split;
      if (restored.classes) now.classes = *restored.classes;
      if (restored.background) now.background = *restored.background;
    };
    const auto same = [&](const State& other) {
      for (size_t k = 0; k < 3; ++k)
        if (!sameContent(now.images[k], other.images[k])) return false;
      return now.splits == other.splits && now.classes == other.classes && now.background == other.background;
    };
    for (int i = 0; i < 10000; ++i) {
      const unsigned what = editor.below(10);
      if (what < 6) {
        State next = states[at];
        History::Step step{"edit", {}, {}};
        for (int k = 0; k < 3; ++k)
          if (k == 0 ? what % 2 : editor.below(3) == 0) {
            next.images[size_t(k)] = editor.any(next.images[size_t(k)]).after;
            step.changes.push_back({keys[k], states[at].images[size_t(k)], next.images[size_t(k)]});
          }
        for (size_t k = 0; k < 3; ++k)
          if (editor.below(20) == 0 && next.splits[k] != Split(k)) {
            step.splits.push_back({keys[k], next.splits[k], Split(k)});
            next.splits[k] = Split(k);
          }
        if (editor.below(20) == 0) {  // as an import does: classes and what uncovered pixels are
          (void)next.classes.add("class " + std::to_string(i));
          next.background = editor.below(3) ? std::optional(ClassId(1 + editor.below(4))) : std::nullopt;
          step.classes = History::Classes{states[at].classes, next.classes};
          step.background = History::Background{states[at].background, next.background};
        }
        history.push(std::move(step));
        states.resize(++at);
        states.push_back(next);
        now = next;
      } else if (what < 8 ? history.canUndo() : history.canRedo()) {
        const auto restored = what < 8 ? history.undo() : history.redo();
        at += what < 8 ? -1 : 1;
        apply(*restored);
        QVERIFY2(same(states[at]), qPrintable(QString::number(i)));
      }
      QCOMPARE(history.done(), at);
    }
    QCOMPARE(history.spilled() > 100, budget < History::kBudget);
    QCOMPARE(history.dropped(), size_t(0));
    QVERIFY(QDir(folder.path()).isEmpty());  // the file has no name: a crash leaves nothing
    while (history.canUndo()) {
      --at;
      apply(*history.undo());
      QVERIFY(same(states[at]));
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
