// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <filesystem>
#include <vector>

class QAction;
class QVBoxLayout;

namespace intarsia {

/// What stands there while no project is open: how to begin, and the projects of before.
class StartPage : public QWidget {
  Q_OBJECT
 public:
  StartPage(QAction* openFolder, QAction* openSample, QAction* import, QWidget* parent = nullptr);
  void setRecent(const std::vector<std::filesystem::path>& paths);

 signals:
  void recentChosen(const std::filesystem::path& path);

 private:
  QVBoxLayout* m_recent;
  QWidget* m_recentBox;
};

}  // namespace intarsia
