// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/history_panel.h"

#include <QAbstractListModel>
#include <QLabel>
#include <QListView>
#include <QLocale>
#include <QPalette>
#include <QVBoxLayout>

#include "annotate/edit/history.h"
#include "ui/models/qt_text.h"

namespace intarsia {

/// Row n: n steps are in effect.
class HistoryModel : public QAbstractListModel {
 public:
  using QAbstractListModel::QAbstractListModel;

  void set(const History& history) {
    const bool same = m_history == &history && history.dropped() == m_dropped && int(history.size()) + 1 == m_rows && history.done() != m_done;
    m_history = &history;
    m_dropped = history.dropped();
    m_done = history.done();
    if (same) {  // undo and redo leave the list as it is
      emit dataChanged(index(0), index(m_rows - 1));
      return;
    }
    beginResetModel();
    m_rows = int(history.size()) + 1;
    endResetModel();
  }

  int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : m_rows; }

  QVariant data(const QModelIndex& at, int role) const override {
    if (!m_history || !at.isValid() || at.row() > int(m_history->size())) return {};
    const size_t row = size_t(at.row());
    if (role == Qt::DisplayRole && row == 0)
      return m_dropped ? tr("The oldest step that is left") : tr("As it was opened");
    if (role == Qt::DisplayRole) {
      const QString name = toQt(m_history->name(row - 1));
      return name.left(1).toUpper() + name.mid(1);
    }
    if (role == Qt::ToolTipRole && row > 0) {
      QStringList lines;
      const auto& images = m_history->images(row - 1);
      for (size_t i = 0; i < std::min<size_t>(images.size(), 8); ++i) lines << toQt(images[i]);
      if (images.size() > 8) lines << tr("and %1 more images").arg(images.size() - 8);
      if (images.empty()) lines << tr("The whole project");
      if (row <= m_history->spilled()) lines << tr("Waits on the disk");
      return lines.join(QLatin1Char('\n'));
    }
    if (role == Qt::FontRole && row == m_done) {
      QFont font;
      font.setBold(true);
      return font;
    }
    if (role == Qt::ForegroundRole && row > m_done) return QPalette().brush(QPalette::PlaceholderText);
    return {};
  }

 private:
  static QString tr(const char* text) { return HistoryPanel::tr(text); }
  const History* m_history = nullptr;
  int m_rows = 0;
  size_t m_dropped = 0, m_done = 0;
};

HistoryPanel::HistoryPanel(QWidget* parent) : QWidget(parent), m_model(new HistoryModel(this)) {
  m_view = new QListView(this);
  m_view->setModel(m_model);
  m_view->setUniformItemSizes(true);
  m_view->setFrameShape(QFrame::NoFrame);
  m_view->setAccessibleName(tr("History"));
  m_note = new QLabel(this);
  m_note->setWordWrap(true);
  m_note->setContentsMargins(8, 2, 8, 4);
  m_note->setForegroundRole(QPalette::PlaceholderText);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(m_view, 1);
  layout->addWidget(m_note);
  const auto choose = [this](const QModelIndex& at) { emit chosen(size_t(at.row())); };
  connect(m_view, &QListView::clicked, this, choose);
  connect(m_view, &QListView::activated, this, choose);
}

void HistoryPanel::update(const History& history) {
  m_model->set(history);
  m_view->setCurrentIndex(m_model->index(int(history.done())));
  QStringList note{tr("Steps: %1, %2").arg(history.size()).arg(QLocale().formattedDataSize(qint64(history.bytes()), 1, QLocale::DataSizeSIFormat))};
  if (history.spilled()) note << tr("the oldest %1 wait on the disk").arg(history.spilled());
  if (history.dropped()) note << tr("%1 older are gone").arg(history.dropped());
  m_note->setText(note.join(QStringLiteral("; ")) + QLatin1Char('.'));
}

}  // namespace intarsia
