// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <functional>
#include <vector>

#include "annotate/project/mask_export.h"
#include "ui/main_window/label_preview.h"
#include "ui/main_window/services.h"
#include "ui/models/background.h"

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QRadioButton;
class QSpinBox;

namespace intarsia {

/// What to write and where to. The work itself runs behind the window, with progress and Cancel in its status bar.
class ExportDialog : public QDialog {
  Q_OBJECT
 public:
  enum What { Masks, ColorMasks, Labels, Predictions, Model };
  using Work = std::function<Expected<AppServices::Exported>(const Job&)>;
  ExportDialog(const AppServices& services, std::shared_ptr<const Project> project, QWidget* parent = nullptr);
  Work work() const;
  QString title() const;
  std::filesystem::path folder() const;
  void choose(What what, const std::string& format = {});

 private:
  What what() const;
  MaskExport masks() const;
  void addChoices(QFormLayout& form);
  void refresh();
  void preview();

  AppServices m_services;
  std::shared_ptr<const Project> m_project;
  std::vector<RunFolder> m_runs;
  std::vector<QRadioButton*> m_choices;
  QComboBox *m_format, *m_rule, *m_run;
  QSpinBox* m_supersample;
  QCheckBox* m_classOrder;
  QLineEdit* m_folder = nullptr;
  LabelPreview* m_preview;
  QLabel* m_note;
  QPushButton* m_export;
  std::unique_ptr<Task> m_task;  // of the preview
  quint64 m_serial = 0;
};

}  // namespace intarsia
