// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/class_model.h"

#include <QFontDatabase>
#include <QGuiApplication>
#include <QMimeData>
#include <QPalette>
#include <numeric>

#include "ui/canvas/compositor.h"
#include "ui/main_window/icons.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {
const QString kMime = QStringLiteral("application/x-intarsia-class");
}

void ClassModel::setClasses(const ClassTable& classes) {
  if (classes == m_classes) return;
  const bool sameRows = classes.size() == m_classes.size();
  if (!sameRows) beginResetModel();
  m_classes = classes;
  if (!sameRows)
    endResetModel();
  else
    emit dataChanged(index(0, 0), index(m_classes.size() - 1, Columns - 1));
}

void ClassModel::setCounts(std::vector<int64_t> counts) {
  m_counts = std::move(counts);
  m_total = std::accumulate(m_counts.begin(), m_counts.end(), int64_t(0));
  if (!m_classes.empty()) emit dataChanged(index(0, Share), index(m_classes.size() - 1, Share));
}

void ClassModel::setVisible(ClassId id, bool visible) {
  if (visible ? m_hidden.erase(id) == 0 : !m_hidden.insert(id).second) return;
  if (const auto row = m_classes.indexOf(id)) emit dataChanged(index(*row, 0), index(*row, Columns - 1));
  emit hiddenChanged();
}

void ClassModel::setHatching(bool on) {
  m_hatching = on;
  if (!m_classes.empty()) emit dataChanged(index(0, Name), index(m_classes.size() - 1, Name), {Qt::DecorationRole});
}

QStringList ClassModel::mimeTypes() const { return {kMime}; }

QMimeData* ClassModel::mimeData(const QModelIndexList& indexes) const {
  auto* data = new QMimeData;
  data->setData(kMime, QByteArray::number(indexes.isEmpty() ? -1 : indexes.first().row()));
  return data;
}

/// False: the view must not move rows itself; a new table is the answer.
bool ClassModel::dropMimeData(const QMimeData* data, Qt::DropAction, int row, int, const QModelIndex& parent) {
  bool ok = false;
  const int from = data->data(kMime).toInt(&ok);
  if (!ok || from < 0 || from >= m_classes.size()) return false;
  int to = row >= 0 ? row : parent.isValid() ? parent.row() : m_classes.size();
  if (row >= 0 && to > from) --to;  // the row that leaves makes room
  to = std::clamp(to, 0, m_classes.size() - 1);
  if (to != from) emit moveWanted(from, to);
  return false;
}

QVariant ClassModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= m_classes.size()) return {};
  const ClassInfo& info = m_classes[index.row()];
  const bool counted = size_t(index.row()) < m_counts.size() && m_total > 0;
  switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole:
      if (index.column() == Key) return index.row() < 10 ? QString::number((index.row() + 1) % 10) : QString();
      if (index.column() == Name) return toQt(info.name);
      if (index.column() == Share && info.ignore) return tr("ignored");
      if (index.column() == Share && counted) return percent(double(m_counts[size_t(index.row())]) / double(m_total));
      return {};
    case Qt::DecorationRole:
      if (index.column() == Name) return swatchIcon(info, 14, qGuiApp->devicePixelRatio(), m_hatching ? 1 + index.row() % kHatches : 0);
      if (index.column() == Visible) return lineIcon(isVisible(info.id) ? QStringLiteral("eye") : QStringLiteral("eye-off"));
      return {};
    case Qt::ToolTipRole:
      if (index.column() == Share && counted)
        return tr("%1 pixels of this image").arg(grouped(m_counts[size_t(index.row())]));
      if (index.column() == Visible) return isVisible(info.id) ? tr("Hide this class in the view") : tr("Show this class");
      if (info.ignore) return tr("%1: ignored, enters neither loss nor metric").arg(toQt(info.name));
      return tr("%1 (double-click to rename)").arg(toQt(info.name));
    case Qt::AccessibleTextRole:
      if (index.column() == Visible) return isVisible(info.id) ? tr("visible") : tr("hidden");
      return data(index, Qt::DisplayRole);
    case Qt::TextAlignmentRole:
      return int((index.column() == Name ? Qt::AlignLeft : index.column() == Share ? Qt::AlignRight : Qt::AlignHCenter) |
                 Qt::AlignVCenter);
    case Qt::ForegroundRole:
      if (index.column() == Key || info.ignore) return qApp->palette().brush(QPalette::Disabled, QPalette::Text);
      return {};
    default: return {};
  }
}

QVariant ClassModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Key: return tr("Key");
    case Name: return tr("Class");
    case Share: return tr("Share");
    default: return {};
  }
}

Qt::ItemFlags ClassModel::flags(const QModelIndex& index) const {
  const Qt::ItemFlags base = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  if (!index.isValid()) return Qt::ItemIsDropEnabled;
  return index.column() == Name ? base | Qt::ItemIsEditable | Qt::ItemIsDragEnabled : base | Qt::ItemIsDragEnabled;
}

bool ClassModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (role != Qt::EditRole || index.column() != Name) return false;
  const QString name = value.toString().trimmed();
  if (name.isEmpty() || name == toQt(m_classes[index.row()].name)) return false;
  emit renamed(m_classes[index.row()].id, name);  // the session answers with a new table
  return true;
}

}  // namespace intarsia
