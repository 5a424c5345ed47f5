// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <QKeySequence>
#include <QLineEdit>

class QComboBox;
class QHBoxLayout;
class QLabel;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;
class QAction;

namespace intarsia {

class ActionRegistry;

/// Takes the next key that is pressed, whatever it means elsewhere.
class KeyCapture : public QLineEdit {
  Q_OBJECT
 public:
  using QLineEdit::QLineEdit;

 signals:
  void captured(const QKeySequence& key);

 protected:
  bool event(QEvent* event) override;
};

/// Choose keys: a preset, or command by command. A key that is in use names its owner and is taken only on request.
class KeysDialog : public QDialog {
  Q_OBJECT
 public:
  explicit KeysDialog(ActionRegistry& registry, QWidget* parent = nullptr);
  /// For tests too.
  void choose(QAction* action);
  void offer(const QKeySequence& key);
  QString warning() const;
  void takeOffered();
  QStringList shown() const;  // names of the commands that the search leaves

 private:
  void fill();
  void refresh();
  void filter();
  void showChosen();
  QAction* chosen() const;

  ActionRegistry& m_registry;
  QComboBox* m_preset;
  QLineEdit* m_search;
  QTreeWidget* m_tree;
  QLabel *m_title, *m_warning;
  QWidget* m_keys;          // one button per key
  KeyCapture* m_capture;
  QPushButton *m_take, *m_reset, *m_resetAll;
  QKeySequence m_offered;
};

}  // namespace intarsia
