// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>
#include <QString>

class QLineEdit;
class QTextBrowser;

namespace intarsia {

class ActionRegistry;

/// What the mouse and held keys do; they are part of the tools and cannot be chosen.
QList<std::pair<QString, QString>> mouseHabits(const ActionRegistry& registry);
/// All commands with their keys as they are now, by group, in columns; those without a key too where `all`.
QString keysHtml(const ActionRegistry& registry, int columns, const QString& search = {}, bool all = false);
/// The table of the user's guide.
QString keysMarkdown(const ActionRegistry& registry);

/// All commands and their keys, made from the live bindings; to read, search and print.
class CheatSheet : public QDialog {
  Q_OBJECT
 public:
  explicit CheatSheet(const ActionRegistry& registry, QWidget* parent = nullptr);

 private:
  void refresh();
  void print();
  const ActionRegistry& m_registry;
  QLineEdit* m_search;
  QTextBrowser* m_text;
};

}  // namespace intarsia
