// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/command_palette.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include "ui/main_window/action_registry.h"
#include "ui/main_window/icons.h"
#include "ui/models/fuzzy.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

constexpr size_t kMostShown = 100;
enum Role { KindRole = Qt::UserRole, IndexRole, KeysRole, ReasonRole };

/// Icon and name at the left, keys or the reason at the right.
class Row : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override { return {200, option.fontMetrics.height() + 12}; }
  void paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const override {
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    option.text.clear();
    option.icon = {};
    option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &option, painter, option.widget);
    const QString reason = index.data(ReasonRole).toString();
    const bool chosen = option.state & QStyle::State_Selected;
    QColor text = option.palette.color(chosen ? QPalette::HighlightedText : QPalette::Text);
    QColor soft = text;
    soft.setAlpha(150);
    QRect rect = option.rect.adjusted(10, 0, -10, 0);
    const QIcon icon = index.data(Qt::DecorationRole).value<QIcon>();
    const QRect iconRect(rect.left(), rect.center().y() - 8, 16, 16);
    icon.paint(painter, iconRect, Qt::AlignCenter, reason.isEmpty() ? QIcon::Normal : QIcon::Disabled);
    rect.setLeft(rect.left() + 26);
    const QString name = index.data(Qt::DisplayRole).toString();
    const int gap = 16;
    const QString right = reason.isEmpty() ? index.data(KeysRole).toString() : reason;
    const int nameWidth = option.fontMetrics.horizontalAdvance(name);
    const int rightWidth = std::min(option.fontMetrics.horizontalAdvance(right) + 2, std::max(rect.width() / 2, rect.width() - nameWidth - gap));
    painter->setPen(soft);
    painter->drawText(rect, Qt::AlignRight | Qt::AlignVCenter, option.fontMetrics.elidedText(right, Qt::ElideRight, rightWidth));
    painter->setPen(reason.isEmpty() ? text : soft);
    const int room = rect.width() - (right.isEmpty() ? 0 : rightWidth + gap);
    painter->drawText(rect, Qt::AlignLeft | Qt::AlignVCenter, option.fontMetrics.elidedText(name, Qt::ElideMiddle, room));
  }
};

QString plain(QString text) { return text.remove(QLatin1Char('&')); }

}  // namespace

CommandPalette::CommandPalette(const ActionRegistry& registry, ClassTable classes, std::function<QStringList()> images, QWidget* parent)
    : QFrame(parent, Qt::Popup), m_registry(registry), m_classes(std::move(classes)), m_images(std::move(images)) {
  setAttribute(Qt::WA_DeleteOnClose);
  setFrameShape(QFrame::StyledPanel);
  m_edit = new QLineEdit(this);
  m_edit->setPlaceholderText(tr("Command, class or image"));
  m_edit->setAccessibleName(m_edit->placeholderText());
  m_edit->addAction(lineIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
  m_edit->installEventFilter(this);
  m_model = new QStandardItemModel(this);
  m_view = new QListView(this);
  m_view->setModel(m_model);
  m_view->setItemDelegate(new Row(m_view));
  m_view->setUniformItemSizes(true);
  m_view->setFrameShape(QFrame::NoFrame);
  m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_view->setFocusPolicy(Qt::NoFocus);
  m_view->setAccessibleName(tr("Commands"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 8, 8, 8);
  layout->addWidget(m_edit);
  layout->addWidget(m_view, 1);
  const QList<QAction*>& actions = registry.all();
  for (int i = 0; i < actions.size(); ++i) {
    // Classes stand for themselves below, the digits' too.
    const bool digit = registry.groupOf(actions[i]) == ActionGroup::classes && ActionRegistry::idOf(actions[i]).back().isDigit();
    if (digit || actions[i] == registry.find(QStringLiteral("help.palette"))) continue;
    const QString text = QStringLiteral("%1: %2").arg(groupName(registry.groupOf(actions[i])), plain(actions[i]->text()));
    m_entries.push_back({Kind::action, i, text, (text + QLatin1Char(' ') + whatOf(actions[i])).toLower()});
  }
  for (int i = 0; i < m_classes.size(); ++i) {
    const QString text = tr("class: %1").arg(toQt(m_classes[i].name));
    m_entries.push_back({Kind::klass, i, text, text.toLower()});
  }
  connect(m_edit, &QLineEdit::textChanged, this, &CommandPalette::search);
  connect(m_view, &QListView::clicked, this, &CommandPalette::choose);
}

void CommandPalette::popUp(const QString& text) {
  const QWidget* over = parentWidget();
  const int width = std::clamp(over->width() / 2, 420, 720), height = std::clamp(over->height() * 3 / 5, 240, 520);
  setGeometry(QRect(over->mapToGlobal(QPoint((over->width() - width) / 2, std::min(80, over->height() / 8))), QSize(width, height)));
  m_edit->setText(text);
  search();
  QFrame::show();
  m_edit->setFocus();
}

void CommandPalette::addImages() {
  if (!m_images) return;
  const QStringList names = std::exchange(m_images, {})();
  m_entries.reserve(m_entries.size() + size_t(names.size()));
  for (int i = 0; i < names.size(); ++i) {
    const QString text = tr("image: %1").arg(names[i]);
    m_entries.push_back({Kind::image, i, text, text.toLower()});
  }
}

void CommandPalette::search() {
  const QString query = m_edit->text().simplified().toLower();
  if (query.size() >= 2) addImages();
  std::vector<std::pair<int, const Entry*>> found;
  for (const Entry& entry : m_entries) {
    int score = fuzzyScore(query, QStringView(entry.search).left(entry.text.size()));
    // The sentence behind a command is searched too; what the name says counts more.
    if (score == 0 && entry.kind == Kind::action) score = fuzzyScore(query, entry.search) / 8;
    if (score == 0) continue;
    const bool enabled = entry.kind != Kind::action || m_registry.all()[entry.index]->isEnabled();
    found.emplace_back(enabled ? score + 1 : score, &entry);
  }
  const size_t count = std::min(found.size(), kMostShown);
  const auto better = [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; };
  std::partial_sort(found.begin(), found.begin() + long(count), found.end(), better);
  std::vector<const Entry*> shown;
  for (size_t i = 0; i < count; ++i) shown.push_back(found[i].second);
  show(shown);
}

void CommandPalette::show(const std::vector<const Entry*>& entries) {
  m_model->clear();
  for (const Entry* entry : entries) {
    auto* item = new QStandardItem(entry->text);
    item->setData(int(entry->kind), KindRole);
    item->setData(entry->index, IndexRole);
    if (entry->kind == Kind::action) {
      const QAction* action = m_registry.all()[entry->index];
      item->setIcon(action->isChecked() ? lineIcon(QStringLiteral("check")) : action->icon());
      item->setData(action->shortcut().toString(QKeySequence::NativeText), KeysRole);
      if (!action->isEnabled()) item->setData(reasonOf(action).isEmpty() ? tr("not possible now") : reasonOf(action), ReasonRole);
      item->setToolTip(whatOf(action));
    } else if (entry->kind == Kind::klass) {
      item->setIcon(swatchIcon(m_classes[entry->index], 16, devicePixelRatioF()));
      if (const QAction* digit = m_registry.find(QStringLiteral("class.%1").arg(entry->index + 1)))
        item->setData(digit->shortcut().toString(QKeySequence::NativeText), KeysRole);
    } else {
      item->setIcon(lineIcon(QStringLiteral("image")));
    }
    m_model->appendRow(item);
  }
  if (entries.empty()) {
    auto* none = new QStandardItem(tr("Nothing is called that"));
    none->setEnabled(false);
    none->setData(-1, KindRole);
    m_model->appendRow(none);
  }
  m_view->setCurrentIndex(m_model->index(0, 0));
}

QStringList CommandPalette::shown() const {
  QStringList out;
  for (int i = 0; i < m_model->rowCount(); ++i) out << m_model->item(i)->text();
  return out;
}

void CommandPalette::choose() {
  const QModelIndex at = m_view->currentIndex();
  const int kind = at.data(KindRole).toInt(), index = at.data(IndexRole).toInt();
  if (!at.isValid() || kind < 0 || !at.data(ReasonRole).toString().isEmpty()) return;
  hide();
  close();
  if (Kind(kind) == Kind::klass) emit classChosen(m_classes[index].id);
  if (Kind(kind) == Kind::image) emit imageChosen(index);
  if (Kind(kind) == Kind::action) m_registry.all()[index]->trigger();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::KeyPress) return QFrame::eventFilter(watched, event);
  const auto* key = static_cast<QKeyEvent*>(event);
  const auto step = [this](int by) {
    const int row = std::clamp(m_view->currentIndex().row() + by, 0, std::max(0, m_model->rowCount() - 1));
    m_view->setCurrentIndex(m_model->index(row, 0));
    return true;
  };
  switch (key->key()) {
    case Qt::Key_Down: return step(1);
    case Qt::Key_Up: return step(-1);
    case Qt::Key_PageDown: return step(10);
    case Qt::Key_PageUp: return step(-10);
    case Qt::Key_Return: case Qt::Key_Enter: choose(); return true;
    case Qt::Key_Escape: close(); return true;
    default: return QFrame::eventFilter(watched, event);
  }
}

}  // namespace intarsia
