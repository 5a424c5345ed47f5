// SPDX-License-Identifier: GPL-3.0-or-later
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
  void tenThousandRandomStepsOverThreeImages() {
    Editor editor(9);
    History history;
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
  }
};

INTARSIA_TEST(HistorySlowTest)
#include "history_slow_test.moc"
