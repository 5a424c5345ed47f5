// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/split_dialog.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QPushButton>

#include "tests/support/register.h"
#include "tests/ui/sample_window.h"
#include "ui/main_window/message_bar.h"

using namespace intarsia;

class SplitDialogTest : public QObject {
  Q_OBJECT
 private slots:
  void dividesAndPutsBack() {
    test::SampleWindows windows;
    windows.make();
    const auto w = windows.open();
    const auto splits = [&] {
      std::vector<Split> out;
      for (const auto& image : w->session().project().images()) out.push_back(image.split);
      return out;
    };
    const auto before = splits();
    QAction* action = w->actions().registry.find(QStringLiteral("image.splitAll"));
    QVERIFY(action);
    action->trigger();
    auto* dialog = w->findChild<SplitDialog*>();
    QVERIFY(dialog);
    QPushButton* divide = nullptr;
    for (auto* button : dialog->findChildren<QPushButton*>())
      if (button->text() == QStringLiteral("Divide")) divide = button;
    // The sample's scenes are numbered: one series, so there is nothing to divide until each image stands for itself.
    QTRY_VERIFY([&] {
      for (const auto* label : dialog->findChildren<QLabel*>())
        if (label->text().contains(QStringLiteral("too few groups (1, "))) return true;
      return false;
    }());
    QVERIFY(!divide->isEnabled());
    auto* by = dialog->findChild<QComboBox*>();
    by->setCurrentIndex(by->findData(int(SplitWish::By::image)));
    dialog->findChildren<QDoubleSpinBox*>().front()->setValue(50);
    QTRY_VERIFY(divide->isEnabled() && dialog->summary() == QStringLiteral("train 3, val 3"));
    divide->click();
    QCOMPARE(std::ranges::count(splits(), Split::val), 3);
    QVERIFY(splits() != before);
    QPushButton* back = nullptr;
    for (auto* button : w->findChildren<QPushButton*>())
      if (button->text() == QStringLiteral("Put Back")) back = button;
    QVERIFY(back);
    back->click();
    QVERIFY(splits() == before);
    const auto walk = [&](const char* id) { w->actions().registry.find(QLatin1String(id))->trigger(); };
    walk("edit.undo");
    QTRY_COMPARE(std::ranges::count(splits(), Split::val), 3);
    walk("edit.undo");
    QTRY_VERIFY(splits() == before);
  }
};

INTARSIA_TEST(SplitDialogTest)
#include "split_dialog_test.moc"
