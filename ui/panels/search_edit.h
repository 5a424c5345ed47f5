// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QLineEdit>

#include "ui/models/image_query.h"

class QCompleter;
class QStringListModel;

namespace intarsia {

/// A line to search with words such as `class:tree`: completes the word at the cursor, and a button explains the keys.
class SearchEdit : public QLineEdit {
  Q_OBJECT
 public:
  explicit SearchEdit(QWidget* parent = nullptr);
  void setKeys(QList<ImageQuery::Key> keys);
  /// What the word at the cursor may become, whole words.
  QStringList completions() const;

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  std::pair<int, int> wordAtCursor() const;  // begin and end
  void offer();
  void take(const QString& word);
  void showHelp();

  QList<ImageQuery::Key> m_keys;
  QCompleter* m_completer;
  QStringListModel* m_words;
};

}  // namespace intarsia
