// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <memory>
#include <optional>

#include "annotate/formats/format.h"
#include "ui/main_window/label_preview.h"
#include "ui/main_window/session.h"

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QRadioButton;
class QTabWidget;

namespace intarsia {

class ClassMapTable;
class LabelPreview;

/// From a path to an import: which format it is, what is in it, which class becomes which, where it goes, and, once, what uncovered
/// pixels mean.
class ImportDialog : public QDialog {
  Q_OBJECT
 public:
  ImportDialog(Session& session, QWidget* parent = nullptr);
  ~ImportDialog() override;
  void setSource(const std::filesystem::path& source);

  std::shared_ptr<const ImportedDataset> dataset() const { return m_dataset; }
  std::filesystem::path target() const;      // folder of the new project; empty = the open one
  Project::ImportOptions options() const;
  bool askedBackground() const;
  std::optional<std::string> background() const;  // a class of the source
  bool ready() const { return m_dataset != nullptr; }
  ClassMapTable& classes() { return *m_classes; }

 private:
  /// What a worker brings.
  struct Found {
    Expected<ImportedDataset> dataset;
    std::vector<Preview> previews;
    bool inProject = false;  // pictures that are not beside the labels are those of the open project
  };
  QWidget* sourceRows();
  QWidget* targetRows();
  void browse(bool folder);
  static void lookInProject(Found& found, const Project& project, const std::function<Expected<ImportedDataset>(const ReadOptions&)>& read, ReadOptions options);
  void read();
  void show(Found& found);
  void showClasses();

  Session& m_session;
  std::filesystem::path m_source, m_images, m_classFile;
  std::shared_ptr<const ImportedDataset> m_dataset;
  std::unique_ptr<Task> m_task;
  quint64 m_serial = 0;
  QLineEdit *m_path, *m_imagesPath, *m_classesPath, *m_folder;
  QComboBox *m_format, *m_uncovered;
  QCheckBox *m_flip, *m_fromOne, *m_copy;
  QLabel* m_summary;
  QProgressBar* m_progress;
  QPushButton *m_stop, *m_import;
  QTabWidget* m_tabs;
  ClassMapTable* m_classes;
  LabelPreview* m_preview;
  QPlainTextEdit* m_details;
  QRadioButton *m_intoOpen, *m_intoNew;
};

/// What an import did, per file.
void showReport(const ImportReport& report, QWidget* parent);
QString reportSummary(const ImportReport& report);

}  // namespace intarsia
