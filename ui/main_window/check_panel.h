// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <memory>
#include <string>
#include <vector>

#include "annotate/project/project.h"
#include "annotate/raster/checker.h"
#include "ui/models/background.h"

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace intarsia {

/// Looks through the labels of a whole project in the background and lists what is likely a mistake, image by image.
class CheckPanel : public QWidget {
  Q_OBJECT
 public:
  explicit CheckPanel(QWidget* parent = nullptr);
  ~CheckPanel() override;
  /// Forgets what was found in another one; null = none.
  void setProject(std::shared_ptr<const Project> project);
  void check();
  bool running() const { return m_task != nullptr; }

 signals:
  /// Open the image and show the place.
  void chosen(const std::string& imageKey, const intarsia::Finding& finding);

 private:
  struct Result {
    std::vector<ProjectImage> images;
    Expected<std::vector<CheckedImage>> checked;
  };
  void showResult(Result& result);
  void showKinds();
  void showImages();
  bool shown(const Finding& finding) const;
  void fill(QTreeWidgetItem* item);
  void choose(QTreeWidgetItem* item);

  std::weak_ptr<const Project> m_project;  // weak: its lock must not outlast the session
  std::vector<ProjectImage> m_images;
  std::vector<CheckedImage> m_checked;
  std::unique_ptr<Task> m_task;
  quint64 m_serial = 0;
  QLabel* m_summary;
  QComboBox* m_kinds;
  QProgressBar* m_progress;
  QTreeWidget* m_tree;
  QPushButton* m_again;
};

}  // namespace intarsia
