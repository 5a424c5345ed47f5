// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <functional>
#include <vector>

#include "ui/main_window/services.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QRadioButton;

namespace intarsia {

/// What to write and where to. The work itself runs behind the window, with progress and Cancel in its status bar.
class ExportDialog : public QDialog {
  Q_OBJECT
 public:
  using Work = std::function<Expected<AppServices::Exported>(const Job&)>;
  ExportDialog(const AppServices& services, std::shared_ptr<const Project> project, QWidget* parent = nullptr);
  Work work() const;
  QString title() const;
  std::filesystem::path folder() const;

 private:
  enum What { Masks, ColorMasks, Predictions, Model };
  What what() const;
  void refresh();

  AppServices m_services;
  std::shared_ptr<const Project> m_project;
  std::vector<RunFolder> m_runs;
  std::vector<QRadioButton*> m_choices;
  QComboBox* m_run = nullptr;
  QLineEdit* m_folder = nullptr;
  QLabel* m_note;
  QPushButton* m_export;
};

}  // namespace intarsia
