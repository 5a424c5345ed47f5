// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/shape_model.h"

#include <QDataStream>
#include <QGuiApplication>
#include <QIODevice>
#include <QMimeData>
#include <QPalette>
#include <algorithm>
#include <set>

#include "ui/main_window/icons.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {
const QString kMime = QStringLiteral("application/x-intarsia-shapes");
}

QString ShapeModel::className(const Shape& shape) const {
  const ClassInfo* info = m_classes.find(shape.classId);
  return info ? toQt(info->name) : tr("(class is gone)");
}

bool ShapeModel::accepts(const Shape& shape) const {
  for (const Term& term : m_terms) {
    const bool yes = term.value != QLatin1String("no");
    const auto contains = [&](const QString& text) { return text.contains(term.value, Qt::CaseInsensitive); };
    const bool holds = term.key == QLatin1String("class")    ? contains(className(shape))
                       : term.key == QLatin1String("note")   ? contains(toQt(shape.note))
                       : term.key == QLatin1String("group")  ? shape.group && QString::number(*shape.group) == term.value
                       : term.key == QLatin1String("locked") ? shape.locked == yes
                       : term.key == QLatin1String("hidden") ? shape.hidden == yes
                                                             : contains(className(shape)) || contains(toQt(shape.note)) || contains(toQt(shape.kind)) ||
                                                                   QStringLiteral("#%1").arg(shape.id) == term.value;
    if (holds == term.negated) return false;
  }
  return true;
}

std::vector<size_t> ShapeModel::filtered() const {
  std::vector<size_t> rows;
  for (size_t i = m_shapes.size(); i-- > 0;)
    if (m_terms.empty() || accepts(*m_shapes[i])) rows.push_back(i);
  return rows;
}

void ShapeModel::setAnnotation(const Annotation& annotation, const ClassTable& classes) {
  const std::vector<ShapePtr> before = std::exchange(m_shapes, annotation.shapes);
  m_classes = classes;
  std::vector<size_t> rows = filtered();
  const bool same = rows.size() == m_rows.size() && std::ranges::equal(rows, m_rows, [&](size_t now, size_t then) { return m_shapes[now]->id == before[then]->id; });
  if (same) {
    m_rows = std::move(rows);
    if (!m_rows.empty()) emit dataChanged(index(0, 0), index(int(m_rows.size()) - 1, Columns - 1));
    return;
  }
  m_shapes = before;
  beginResetModel();
  m_shapes = annotation.shapes;
  m_rows = std::move(rows);
  m_rowOf.clear();
  for (size_t i = 0; i < m_rows.size(); ++i) m_rowOf[m_shapes[m_rows[i]]->id] = int(i);
  endResetModel();
}

void ShapeModel::setFilter(const QString& text) {
  std::vector<Term> terms;
  for (QString word : text.simplified().split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
    Term term;
    term.negated = word.size() > 1 && word.startsWith(QLatin1Char('-'));
    if (term.negated) word.remove(0, 1);
    for (const char* key : {"class", "note", "group", "locked", "hidden"})
      if (word.startsWith(QLatin1String(key) + QLatin1Char(':'), Qt::CaseInsensitive)) term.key = QLatin1String(key);
    term.value = term.key.isEmpty() ? word : word.mid(term.key.size() + 1).remove(QLatin1Char('"'));
    if (!term.value.isEmpty()) terms.push_back(term);
  }
  beginResetModel();
  m_terms = std::move(terms);
  m_rows = filtered();
  m_rowOf.clear();
  for (size_t i = 0; i < m_rows.size(); ++i) m_rowOf[m_shapes[m_rows[i]]->id] = int(i);
  endResetModel();
}

int ShapeModel::rowOf(ShapeId id) const {
  const auto found = m_rowOf.find(id);
  return found == m_rowOf.end() ? -1 : found->second;
}

int ShapeModel::hiddenShapes() const { return int(std::ranges::count_if(m_shapes, &Shape::hidden, [](const ShapePtr& s) -> const Shape& { return *s; })); }

QVariant ShapeModel::data(const QModelIndex& at, int role) const {
  if (!at.isValid() || at.row() >= int(m_rows.size())) return {};
  const Shape& s = shape(at.row());
  const auto icon = [](const char* name, bool on) {
    return lineIcon(QString::fromLatin1(name)).pixmap(QSize(16, 16), qGuiApp->devicePixelRatio(), on ? QIcon::Normal : QIcon::Disabled);
  };
  if (at.column() == Hidden || at.column() == Locked) {
    const bool hidden = at.column() == Hidden;
    switch (role) {
      case Qt::DecorationRole: return hidden ? icon(s.hidden ? "eye-off" : "eye", s.hidden) : icon(s.locked ? "lock" : "unlock", s.locked);
      case Qt::ToolTipRole: return hidden ? (s.hidden ? tr("Show this shape") : tr("Hide this shape in the view; it still counts")) : (s.locked ? tr("Unlock this shape") : tr("Lock this shape against changes"));
      case Qt::AccessibleTextRole: return hidden ? (s.hidden ? tr("hidden") : tr("visible")) : (s.locked ? tr("locked") : tr("not locked"));
      default: return {};
    }
  }
  switch (role) {
    case Qt::DisplayRole: {
      QString text = QStringLiteral("%1  #%2").arg(className(s)).arg(s.id);
      if (s.group) text += tr("  group %1").arg(*s.group);
      if (!s.note.empty()) text += QStringLiteral("  – ") + toQt(s.note).simplified();
      return text;
    }
    case Qt::DecorationRole: {
      const ClassInfo* info = m_classes.find(s.classId);
      return info ? swatchIcon(*info, 14, qGuiApp->devicePixelRatio()) : QIcon();
    }
    case Qt::ForegroundRole: return s.hidden ? QVariant(qApp->palette().brush(QPalette::Disabled, QPalette::Text)) : QVariant();
    case Qt::ToolTipRole: {
      size_t points = 0;
      for (const Ring& ring : s.polygon.rings) points += ring.size();
      QString tip = tr("%1, %2, %3 points, %4 px²").arg(className(s), toQt(s.kind), grouped(qint64(points)), grouped(qint64(area(s.polygon) + 0.5)));
      if (!s.note.empty()) tip += QLatin1Char('\n') + toQt(s.note);
      return tip;
    }
    default: return {};
  }
}

Qt::ItemFlags ShapeModel::flags(const QModelIndex& index) const {
  if (!index.isValid()) return Qt::ItemIsDropEnabled;
  return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren;
}

QStringList ShapeModel::mimeTypes() const { return {kMime}; }

QMimeData* ShapeModel::mimeData(const QModelIndexList& indexes) const {
  QByteArray bytes;
  QDataStream stream(&bytes, QIODevice::WriteOnly);
  std::set<int> rows;
  for (const QModelIndex& index : indexes) rows.insert(index.row());
  for (int row : rows) stream << quint64(idAt(row));
  auto* data = new QMimeData;
  data->setData(kMime, bytes);
  return data;
}

/// False in any case: the view must not remove what it thinks was moved; the owner's answer comes as a new annotation.
bool ShapeModel::dropMimeData(const QMimeData* data, Qt::DropAction, int row, int, const QModelIndex& parent) {
  std::vector<ShapeId> ids;
  QDataStream stream(data->data(kMime));
  for (quint64 id = 0; !stream.atEnd();) ids.push_back((stream >> id, id));
  if (ids.empty()) return false;
  const auto moved = [&](ShapeId id) { return std::ranges::find(ids, id) != ids.end(); };
  if (row < 0) row = parent.isValid() ? parent.row() : rowCount();
  // The first shape from there on that stays is what they lie on; past the last row, what lies below that one, shown or not.
  size_t place = row < rowCount() ? m_rows[size_t(row)] + 1 : m_rows.empty() ? 0 : m_rows.back();
  while (place > 0 && moved(m_shapes[place - 1]->id)) --place;
  emit dropped(ids, place > 0 ? m_shapes[place - 1]->id : 0);
  return false;
}

}  // namespace intarsia
