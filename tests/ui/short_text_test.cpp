// SPDX-License-Identifier: GPL-3.0-or-later
// What long names and large letters make of the window: nothing is wider for a name, rows of fields go on below.
#include <QLabel>
#include <QPushButton>
#include <QRegularExpression>
#include <QTest>

#include "tests/support/register.h"
#include "ui/main_window/message_bar.h"
#include "ui/models/short_text.h"
#include "ui/panels/flow_layout.h"

using namespace intarsia;

class ShortTextTest : public QObject {
  Q_OBJECT
 private slots:
  void middleGoes() {
    QCOMPARE(shortText(QStringLiteral("road"), 4), QStringLiteral("road"));
    QCOMPARE(shortText(QStringLiteral("construction--barrier--curb"), 11), QStringLiteral("const…-curb"));
    const QString faces = QString::fromUtf8("\xF0\x9F\x98\x80").repeated(20);
    for (int letters = 3; letters < 40; ++letters) {
      const QString text = shortText(faces, letters);
      QVERIFY(text.size() <= letters && QString::fromUtf8(text.toUtf8()) == text && !text.contains(QChar(0xFFFD)));
    }
  }

  void linesCanBeBroken() {
    const QString name(200, QLatin1Char('x'));
    QCOMPARE(shortWords(QStringLiteral("Cannot read /a/b.png: gone"), 10), QStringLiteral("Cannot read /a/b.png: gone"));
    for (const QString& word : shortWords(QStringLiteral("Cannot read /home/%1/%1.png: gone").arg(name), 20).split(QRegularExpression(QStringLiteral("[ /]")))) QVERIFY(word.size() <= 20);
  }

  void bannersStayNarrow() {
    MessageBar bar;
    const QString name(200, QLatin1Char('x'));
    bar.show({Notice::Kind::error, QStringLiteral("Cannot read /home/%1.png: gone").arg(name), QStringLiteral("Try Again"), {}});
    bar.show({Notice::Kind::error, QStringLiteral("Cannot write /home/%1.json: no room").arg(name), QStringLiteral("Save As…"), {}});
    QVERIFY2(bar.minimumSizeHint().width() < 80 * bar.fontMetrics().averageCharWidth(), std::to_string(bar.minimumSizeHint().width()).c_str());
    QVERIFY(bar.text().contains(name));  // what is said is all of it
    bool more = false;
    for (const QLabel* label : bar.findChildren<QLabel*>()) more = more || (label->isVisibleTo(&bar) && label->text() == QLatin1String("1 more"));
    QVERIFY(more);
    bar.dismiss();
    for (const QLabel* label : bar.findChildren<QLabel*>()) QVERIFY(!label->isVisibleTo(&bar) || !label->text().endsWith(QLatin1String("more")));
  }

  void rowsGoOnBelow() {
    QWidget row;
    auto* layout = new FlowLayout(&row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(10);
    QList<QPushButton*> buttons;
    for (int i = 0; i < 5; ++i) {
      buttons << new QPushButton;
      buttons.back()->setFixedSize(100, 20 + i);
      layout->addWidget(buttons.back());
    }
    QCOMPARE(layout->sizeHint(), QSize(540, 24));
    QCOMPARE(layout->heightForWidth(540), 24);
    QCOMPARE(layout->heightForWidth(539), 23 + 5 + 24);
    row.resize(330, 200);
    layout->activate();
    layout->setGeometry(row.rect());
    QCOMPARE(buttons[2]->geometry(), QRect(220, 0, 100, 22));
    QCOMPARE(buttons[0]->geometry(), QRect(0, 2, 100, 20));  // they stand on one line
    QCOMPARE(buttons[3]->geometry(), QRect(0, 22 + 5 + 1, 100, 23));
    QCOMPARE(layout->heightForWidth(50), 20 + 21 + 22 + 23 + 24 + 4 * 5);
    QCOMPARE(layout->minimumSize(), QSize(100, 24));
  }
};

INTARSIA_TEST(ShortTextTest)
#include "short_text_test.moc"
