// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/search_edit.h"

#include <QAbstractItemView>
#include <QAction>
#include <QCompleter>
#include <QKeyEvent>
#include <QStringListModel>
#include <QToolTip>

#include "ui/main_window/icons.h"

namespace intarsia {

SearchEdit::SearchEdit(QWidget* parent) : QLineEdit(parent), m_completer(new QCompleter(this)), m_words(new QStringListModel(this)) {
  setClearButtonEnabled(true);
  addAction(lineIcon(QStringLiteral("search")), LeadingPosition);
  QAction* help = addAction(lineIcon(QStringLiteral("info")), TrailingPosition);
  help->setToolTip(tr("What can be searched"));
  connect(help, &QAction::triggered, this, &SearchEdit::showHelp);
  m_completer->setModel(m_words);
  m_completer->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
  m_completer->setWidget(this);
  connect(m_completer, qOverload<const QString&>(&QCompleter::activated), this, &SearchEdit::take);
  connect(this, &QLineEdit::textEdited, this, &SearchEdit::offer);
}

void SearchEdit::setKeys(QList<ImageQuery::Key> keys) { m_keys = std::move(keys); }

std::pair<int, int> SearchEdit::wordAtCursor() const {
  const QString all = text();
  int begin = 0;
  bool quoted = false;
  for (int i = 0; i < cursorPosition(); ++i) {
    if (all[i] == QLatin1Char('"')) quoted = !quoted;
    if (all[i].isSpace() && !quoted) begin = i + 1;
  }
  int end = cursorPosition();
  while (end < all.size() && (quoted || !all[end].isSpace())) ++end;
  return {begin, end};
}

QStringList SearchEdit::completions() const {
  const auto [begin, end] = wordAtCursor();
  QString word = text().mid(begin, end - begin);
  const QString minus = word.startsWith(QLatin1Char('-')) ? QStringLiteral("-") : QString();
  word.remove(0, minus.size());
  QStringList out;
  if (word.isEmpty()) return out;
  for (const ImageQuery::Key& key : m_keys) {
    if (key.name.startsWith(word, Qt::CaseInsensitive) && word.size() < key.name.size()) out << minus + key.name;
    if (!word.startsWith(key.name, Qt::CaseInsensitive)) continue;
    QString value = word.mid(key.name.size());
    // After a comma the next choice begins.
    const QString kept = value.left(value.lastIndexOf(QLatin1Char(',')) + 1);
    value = value.mid(kept.size()).remove(QLatin1Char('"'));
    for (const QString& one : key.values)
      if (QString(one).remove(QLatin1Char('"')).startsWith(value, Qt::CaseInsensitive) && one != value) out << minus + key.name + kept + one;
  }
  return out;
}

void SearchEdit::offer() {
  m_words->setStringList(completions());
  if (m_words->rowCount() == 0) return m_completer->popup()->hide();
  m_completer->complete();
}

void SearchEdit::take(const QString& word) {
  const auto [begin, end] = wordAtCursor();
  QString all = text();
  const bool key = word.endsWith(QLatin1Char(':'));
  const QString put = key ? word : word + QLatin1Char(' ');
  const int rest = !key && end < all.size() && all[end].isSpace() ? end + 1 : end;
  setText(all.left(begin) + put + all.mid(rest));
  setCursorPosition(begin + int(put.size()));
  // The values of a key follow at once.
  if (key) QMetaObject::invokeMethod(this, &SearchEdit::offer, Qt::QueuedConnection);
}

void SearchEdit::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape && !text().isEmpty()) return clear();
  if (event->key() == Qt::Key_Down && !m_completer->popup()->isVisible()) {
    m_words->setStringList(completions());
    if (m_words->rowCount() == 0 && text().trimmed().size() == wordAtCursor().first) {
      QStringList keys;
      for (const ImageQuery::Key& key : m_keys) keys << key.name;
      m_words->setStringList(keys);
    }
    return m_completer->complete();
  }
  QLineEdit::keyPressEvent(event);
}

void SearchEdit::showHelp() {
  QString rows;
  for (const ImageQuery::Key& key : m_keys)
    rows += QStringLiteral("<tr><td><tt>%1</tt></td><td style=\"padding-left:12px\">%2</td></tr>")
                .arg((key.name + key.values.value(0)).toHtmlEscaped(), key.meaning.toHtmlEscaped());
  const QString text = tr("<p>Words must all be found; a word without a key is part of the name.</p><table>%1</table>"
                          "<p><tt>-class:tree</tt> without trees · <tt>split:train,val</tt> one of them · "
                          "<tt>class:\"traffic light\"</tt> words with spaces</p>").arg(rows);
  QToolTip::showText(mapToGlobal(QPoint(0, height())), text, this, {}, 60'000);
}

}  // namespace intarsia
