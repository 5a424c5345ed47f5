// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/keys_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/main_window/action_registry.h"
#include "ui/main_window/icons.h"

namespace intarsia {
namespace {
QString plain(QString text) { return text.remove(QLatin1Char('&')); }

/// Shift is part of "?" already.
QKeySequence keyOf(const QKeyEvent& event) {
  Qt::KeyboardModifiers modifiers = event.modifiers() & ~Qt::KeypadModifier;
  Qt::Key key = Qt::Key(event.key());
  if (key == Qt::Key_Backtab) key = Qt::Key_Tab;
  const QString text = event.text();
  if ((modifiers & Qt::ShiftModifier) && !text.isEmpty() && text[0].isPrint() && !text[0].isLetter() && !text[0].isSpace()) modifiers &= ~Qt::ShiftModifier;
  return QKeySequence(QKeyCombination(modifiers, key));
}
}  // namespace

bool KeyCapture::event(QEvent* event) {
  if (event->type() == QEvent::ShortcutOverride) {
    event->accept();
    return true;
  }
  if (event->type() != QEvent::KeyPress) return QLineEdit::event(event);
  const auto* press = static_cast<QKeyEvent*>(event);
  for (const int modifier : {Qt::Key_Shift, Qt::Key_Control, Qt::Key_Alt, Qt::Key_Meta, Qt::Key_AltGr, Qt::Key_CapsLock, Qt::Key_unknown})
    if (press->key() == modifier) return true;
  emit captured(keyOf(*press));
  return true;
}

KeysDialog::KeysDialog(ActionRegistry& registry, QWidget* parent) : QDialog(parent), m_registry(registry) {
  setWindowTitle(tr("Change Keys"));
  m_preset = new QComboBox(this);
  m_preset->setAccessibleName(tr("Set of keys"));
  for (const auto& preset : ActionRegistry::presets()) m_preset->addItem(preset.name, preset.id);
  m_search = new QLineEdit(this);
  m_search->setPlaceholderText(tr("Search command or key"));
  m_search->setAccessibleName(m_search->placeholderText());
  m_search->setClearButtonEnabled(true);
  m_search->addAction(lineIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
  m_tree = new QTreeWidget(this);
  m_tree->setColumnCount(2);
  m_tree->setHeaderLabels({tr("Command"), tr("Keys")});
  m_tree->setUniformRowHeights(true);
  m_tree->setAllColumnsShowFocus(true);
  m_tree->setAccessibleName(tr("Commands"));
  m_tree->header()->setStretchLastSection(true);
  m_title = new QLabel(this);
  m_keys = new QWidget(this);
  (new QHBoxLayout(m_keys))->setContentsMargins(0, 0, 0, 0);
  m_capture = new KeyCapture(this);
  m_capture->setPlaceholderText(tr("Click here and press a key"));
  m_capture->setAccessibleName(tr("New key"));
  m_capture->setMinimumWidth(fontMetrics().horizontalAdvance(m_capture->placeholderText()) + 32);
  m_reset = new QPushButton(tr("Reset"), this);
  m_reset->setToolTip(tr("Give this command the keys of the set again"));
  m_warning = new QLabel(this);
  m_warning->setWordWrap(true);
  m_take = new QPushButton(tr("Take the Key"), this);
  m_resetAll = new QPushButton(tr("Reset All"), this);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  buttons->addButton(m_resetAll, QDialogButtonBox::ResetRole);
  for (QPushButton* button : findChildren<QPushButton*>()) button->setAutoDefault(false);

  auto* top = new QHBoxLayout;
  auto* label = new QLabel(tr("Set of keys"), this);
  top->addWidget(label);
  top->addWidget(m_preset);
  top->addSpacing(12);
  top->addWidget(m_search, 1);
  auto* row = new QHBoxLayout;
  row->addWidget(m_keys);
  row->addWidget(m_capture);
  row->addStretch(1);
  row->addWidget(m_reset);
  auto* conflict = new QHBoxLayout;
  conflict->addWidget(m_warning, 1);
  conflict->addWidget(m_take);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(top);
  layout->addWidget(m_tree, 1);
  layout->addWidget(m_title);
  layout->addLayout(row);
  layout->addLayout(conflict);
  layout->addWidget(buttons);
  resize(720, 640);
  fill();
  connect(m_search, &QLineEdit::textChanged, this, &KeysDialog::filter);
  connect(m_preset, &QComboBox::activated, this, [this](int at) { m_registry.setPreset(m_preset->itemData(at).toString()); });
  connect(m_tree, &QTreeWidget::currentItemChanged, this, [this] {
    m_offered = {};
    showChosen();
  });
  connect(m_tree, &QTreeWidget::itemActivated, this, [this] { m_capture->setFocus(); });
  connect(m_capture, &KeyCapture::captured, this, &KeysDialog::offer);
  connect(m_take, &QPushButton::clicked, this, &KeysDialog::takeOffered);
  connect(m_reset, &QPushButton::clicked, this, [this] {
    if (QAction* action = chosen()) m_registry.reset(action);
  });
  connect(m_resetAll, &QPushButton::clicked, &m_registry, &ActionRegistry::resetAll);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(&registry, &ActionRegistry::keysChanged, this, &KeysDialog::refresh);
  refresh();
  m_tree->setCurrentItem(m_tree->topLevelItem(0)->child(0));
}

void KeysDialog::fill() {
  for (int g = 0; g <= int(ActionGroup::help); ++g) {
    auto* group = new QTreeWidgetItem(m_tree, {groupName(ActionGroup(g))});
    group->setFlags(Qt::ItemIsEnabled);
    QFont bold = font();
    bold.setBold(true);
    group->setFont(0, bold);
    for (QAction* action : m_registry.all()) {
      if (m_registry.groupOf(action) != ActionGroup(g)) continue;
      auto* item = new QTreeWidgetItem(group);
      item->setData(0, Qt::UserRole, QVariant::fromValue(static_cast<QObject*>(action)));
      item->setToolTip(0, whatOf(action));
    }
    group->setExpanded(true);
    if (group->childCount() == 0) delete group;
  }
}

void KeysDialog::refresh() {
  m_preset->setCurrentIndex(m_preset->findData(m_registry.preset()));
  for (QTreeWidgetItemIterator at(m_tree); *at; ++at) {
    const auto* action = qobject_cast<QAction*>((*at)->data(0, Qt::UserRole).value<QObject*>());
    if (!action) continue;
    (*at)->setText(0, plain(action->text()));
    (*at)->setText(1, keysText(action->shortcuts()));
    QFont own = font();
    own.setItalic(m_registry.isOwn(action));
    (*at)->setFont(1, own);
    (*at)->setToolTip(1, m_registry.isOwn(action) ? tr("Yours; the set has: %1").arg(m_registry.presetKeys(action).isEmpty() ? tr("no key") : keysText(m_registry.presetKeys(action))) : QString());
  }
  m_tree->resizeColumnToContents(0);
  m_resetAll->setEnabled(m_registry.hasOwn());
  filter();
  showChosen();
}

void KeysDialog::filter() {
  const QString words = m_search->text().trimmed();
  for (int g = 0; g < m_tree->topLevelItemCount(); ++g) {
    QTreeWidgetItem* group = m_tree->topLevelItem(g);
    bool any = false;
    for (int i = 0; i < group->childCount(); ++i) {
      QTreeWidgetItem* item = group->child(i);
      const auto* action = qobject_cast<QAction*>(item->data(0, Qt::UserRole).value<QObject*>());
      const bool found = words.isEmpty() || item->text(0).contains(words, Qt::CaseInsensitive) || item->text(1).contains(words, Qt::CaseInsensitive) ||
                         whatOf(action).contains(words, Qt::CaseInsensitive);
      item->setHidden(!found);
      any |= found;
    }
    group->setHidden(!any);
  }
}

QStringList KeysDialog::shown() const {
  QStringList out;
  for (QTreeWidgetItemIterator at(m_tree, QTreeWidgetItemIterator::NotHidden | QTreeWidgetItemIterator::NoChildren); *at; ++at) out << (*at)->text(0);
  return out;
}

QAction* KeysDialog::chosen() const {
  const QTreeWidgetItem* item = m_tree->currentItem();
  return item ? qobject_cast<QAction*>(item->data(0, Qt::UserRole).value<QObject*>()) : nullptr;
}

void KeysDialog::choose(QAction* action) {
  for (QTreeWidgetItemIterator at(m_tree); *at; ++at)
    if ((*at)->data(0, Qt::UserRole).value<QObject*>() == action) m_tree->setCurrentItem(*at);
}

void KeysDialog::showChosen() {
  const QAction* action = chosen();
  m_title->setText(action ? tr("Keys for <b>%1</b>").arg(plain(action->text()).toHtmlEscaped()) : tr("Choose a command"));
  qDeleteAll(m_keys->findChildren<QToolButton*>(QString(), Qt::FindDirectChildrenOnly));
  if (action)
    for (const QKeySequence& key : action->shortcuts()) {
      auto* button = new QToolButton(m_keys);
      button->setText(key.toString(QKeySequence::NativeText));
      button->setIcon(lineIcon(QStringLiteral("close")));
      button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
      button->setToolTip(tr("Remove this key"));
      m_keys->layout()->addWidget(button);
      connect(button, &QToolButton::clicked, this, [this, key] {
        QAction* of = chosen();
        auto keys = of->shortcuts();
        keys.removeAll(key);
        // The button ends with the list that it stands in: after its own signal.
        QMetaObject::invokeMethod(this, [this, of, keys] { m_registry.setKeys(of, keys); }, Qt::QueuedConnection);
      });
    }
  m_keys->setVisible(action && !action->shortcuts().isEmpty());
  m_capture->setEnabled(action);
  m_reset->setEnabled(action && m_registry.isOwn(action));
  const QAction* owner = action && !m_offered.isEmpty() ? m_registry.holder(m_offered, action) : nullptr;
  m_warning->setText(owner ? tr("<b>%1</b> is the key of “%2”.").arg(m_offered.toString(QKeySequence::NativeText).toHtmlEscaped(), plain(owner->text()).toHtmlEscaped()) : QStringLiteral(" "));
  m_take->setVisible(owner);
}

void KeysDialog::offer(const QKeySequence& key) {
  QAction* action = chosen();
  if (!action || action->shortcuts().contains(key)) return;
  m_offered = key;
  if (m_registry.holder(key, action)) return showChosen();
  takeOffered();
}

void KeysDialog::takeOffered() {
  QAction* action = chosen();
  const QKeySequence key = std::exchange(m_offered, {});
  if (action && !key.isEmpty()) m_registry.setKeys(action, action->shortcuts() << key);
}

QString KeysDialog::warning() const { return m_take->isVisibleTo(this) ? m_warning->text() : QString(); }

}  // namespace intarsia
