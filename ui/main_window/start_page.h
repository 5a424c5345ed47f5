// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

class QAction;
class QVBoxLayout;

namespace intarsia {

/// What stands there while no project is open: how to begin, and the projects of before.
class StartPage : public QWidget {
  Q_OBJECT
 public:
  StartPage(QAction* openFolder, QAction* openSample, QAction* import, QWidget* parent = nullptr);
  void setRecent(const QStringList& paths);

 signals:
  void recentChosen(const QString& path);

 private:
  QVBoxLayout* m_recent;
  QWidget* m_recentBox;
};

}  // namespace intarsia
