// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QFrame>

class QLineEdit;

namespace intarsia {

/// Asks for the name of a class in place, where the shape was drawn. Enter answers, Esc or a click elsewhere drops the question.
class ClassPrompt : public QFrame {
  Q_OBJECT
 public:
  explicit ClassPrompt(QWidget* canvas);
  void popUp(QPoint at);

 signals:
  void named(const QString& name);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void finish();
  QLineEdit* m_edit;
  bool m_done = false;
};

}  // namespace intarsia
