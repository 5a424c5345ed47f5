// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QFrame>

#include "ui/main_window/session.h"

class QLabel;
class QPushButton;

namespace intarsia {

/// A line beside its cause instead of a dialog: what happened, one button that helps, and a cross. An info goes by itself;
/// errors wait until they are read, and the newest is on top.
class MessageBar : public QFrame {
  Q_OBJECT
 public:
  explicit MessageBar(QWidget* parent = nullptr);
  void show(const Notice& notice);
  void dismiss();
  void withdraw(const QString& text);
  void withdrawOver();  // those that say of themselves that they are over
  QString text() const;
  bool hasButton() const;
  void pressButton();

 protected:
  void paintEvent(QPaintEvent*) override;

 private:
  void refresh();
  std::vector<Notice> m_notices;  // newest last
  QLabel *m_icon, *m_text, *m_more;
  QPushButton* m_button;
  quint64 m_serial = 0;
};

}  // namespace intarsia
