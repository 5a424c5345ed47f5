// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/action_registry.h"

#include <QCoreApplication>
#include <QSettings>
#include <QWidget>

#include "ui/main_window/icons.h"

namespace intarsia {
namespace {

const QString kPresetSetting = QStringLiteral("keys/preset"), kOwnSetting = QStringLiteral("keys/own");

bool collide(const QKeySequence& a, const QKeySequence& b) {
  return a.matches(b) != QKeySequence::NoMatch || b.matches(a) != QKeySequence::NoMatch;
}

void removeColliding(ActionRegistry::Keys& from, const ActionRegistry::Keys& taken) {
  from.removeIf([&](const QKeySequence& key) {
    return std::ranges::any_of(taken, [&](const QKeySequence& other) { return collide(key, other); });
  });
}

void showTip(QAction* action) {
  QString tip = whatOf(action);
  if (!action->shortcut().isEmpty()) tip += QStringLiteral(" (%1)").arg(action->shortcut().toString(QKeySequence::NativeText));
  if (const QString reason = reasonOf(action); !reason.isEmpty()) tip += QLatin1Char('\n') + reason;
  action->setToolTip(tip);
}

}  // namespace

QString groupName(ActionGroup group) {
  const auto tr = [](const char* text) { return QCoreApplication::translate("intarsia::Actions", text); };
  switch (group) {
    case ActionGroup::file: return tr("File");
    case ActionGroup::edit: return tr("Edit");
    case ActionGroup::tools: return tr("Tools");
    case ActionGroup::shapes: return tr("Shapes");
    case ActionGroup::classes: return tr("Classes");
    case ActionGroup::images: return tr("Images");
    case ActionGroup::view: return tr("View");
    case ActionGroup::train: return tr("Train");
    case ActionGroup::help: return tr("Help");
  }
  return {};
}

void setAvailable(QAction* action, bool available, const QString& reason) {
  action->setEnabled(available);
  action->setProperty("reason", available ? QString() : reason);
  showTip(action);
}

QString reasonOf(const QAction* action) { return action->property("reason").toString(); }
QString whatOf(const QAction* action) { return action->property("what").toString(); }

QString keysText(const QList<QKeySequence>& keys) {
  QStringList words;
  for (const QKeySequence& key : keys) words << key.toString(QKeySequence::NativeText);
  return words.join(QStringLiteral(", "));
}

ActionRegistry::ActionRegistry(QWidget* window) : QObject(window), m_window(window) {
  QSettings settings;
  m_preset = settings.value(kPresetSetting, presets().first().id).toString();
  if (std::ranges::none_of(presets(), [&](const Preset& p) { return p.id == m_preset; })) m_preset = presets().first().id;
  settings.beginGroup(kOwnSetting);
  for (const QString& id : settings.childKeys()) {
    Keys& keys = m_own[id];
    for (const QString& text : settings.value(id).toStringList())
      if (const auto key = QKeySequence::fromString(text, QKeySequence::PortableText); !key.isEmpty()) keys << key;
  }
}

QAction* ActionRegistry::add(const ActionSpec& spec) {
  auto* action = new QAction(spec.text, m_window);
  action->setCheckable(spec.checkable);
  connect(action, &QAction::triggered, this, [this, action] { emit aboutToTrigger(action); });
  adopt(action, spec);
  return action;
}

void ActionRegistry::adopt(QAction* action, const ActionSpec& spec) {
  Q_ASSERT(!spec.id.isEmpty() && !m_byId.contains(spec.id));
  action->setObjectName(spec.id);
  if (*spec.icon) action->setIcon(lineIcon(QString::fromLatin1(spec.icon)));
  action->setProperty("what", spec.what.isEmpty() ? spec.text : spec.what);
  m_actions << action;
  m_byId.insert(spec.id, action);
  m_specs.insert(spec.id, spec);
  if (!spec.canvasOnly)
    m_window->addAction(action);
  else
    action->setShortcutContext(Qt::WidgetShortcut);
  if (spec.canvasOnly && m_canvas) m_canvas->addAction(action);
  // Keys depend on what the others have: once, after a row of additions; at once for those who ask before.
  m_specs[spec.id].keys.removeAll(QKeySequence());  // a standard key that the platform lacks
  action->setShortcuts(m_specs[spec.id].keys);
  showTip(action);
  if (!std::exchange(m_applyLater, true)) QMetaObject::invokeMethod(this, &ActionRegistry::apply, Qt::QueuedConnection);
}

void ActionRegistry::setCanvas(QWidget* canvas) {
  m_canvas = canvas;
  for (QAction* action : m_actions)
    if (m_specs[idOf(action)].canvasOnly) canvas->addAction(action);
  apply();
}

/// The preset's own words come first, then our keys that it leaves free.
ActionRegistry::Keys ActionRegistry::presetKeys(const QAction* action) const {
  const Preset& preset = *std::ranges::find(presets(), m_preset, &Preset::id);
  const QString id = idOf(action);
  if (const auto own = preset.keys.find(id); own != preset.keys.end()) return *own;
  Keys keys = m_specs[id].keys;
  for (auto other = preset.keys.begin(); other != preset.keys.end(); ++other)
    if (m_byId.contains(other.key())) removeColliding(keys, *other);
  return keys;
}

void ActionRegistry::apply() {
  m_applyLater = false;
  for (QAction* action : m_actions) {
    const auto own = m_own.find(idOf(action));
    Keys keys = own != m_own.end() ? *own : presetKeys(action);
    if (own == m_own.end())
      for (auto other = m_own.begin(); other != m_own.end(); ++other)
        if (m_byId.contains(other.key())) removeColliding(keys, *other);
    if (keys != action->shortcuts()) action->setShortcuts(keys);
    showTip(action);
  }
  emit keysChanged();
}

void ActionRegistry::store() const {
  QSettings settings;
  settings.setValue(kPresetSetting, m_preset);
  settings.remove(kOwnSetting);
  for (auto own = m_own.begin(); own != m_own.end(); ++own) {
    QStringList words;
    for (const QKeySequence& key : *own) words << key.toString(QKeySequence::PortableText);
    settings.setValue(kOwnSetting + QLatin1Char('/') + own.key(), words);
  }
}

void ActionRegistry::setPreset(const QString& id) {
  if (std::ranges::none_of(presets(), [&](const Preset& p) { return p.id == id; })) return;
  m_preset = id;
  resetAll();
}

QString ActionRegistry::gesture(const QString& name) const {
  return std::ranges::find(presets(), m_preset, &Preset::id)->gestures.value(name);
}

QAction* ActionRegistry::holder(const QKeySequence& key, const QAction* except) const {
  for (QAction* action : m_actions)
    if (action != except && std::ranges::any_of(action->shortcuts(), [&](const QKeySequence& k) { return collide(k, key); }))
      return action;
  return nullptr;
}

void ActionRegistry::setKeys(QAction* action, const Keys& keys) {
  for (const QKeySequence& key : keys)
    while (QAction* other = holder(key, action)) {
      Keys left = other->shortcuts();
      removeColliding(left, {key});
      m_own[idOf(other)] = left;
      other->setShortcuts(left);
    }
  m_own[idOf(action)] = keys;
  if (keys == presetKeys(action)) m_own.remove(idOf(action));
  store();
  apply();
}

void ActionRegistry::reset(QAction* action) {
  if (m_own.contains(idOf(action))) setKeys(action, presetKeys(action));
}

void ActionRegistry::resetAll() {
  m_own.clear();
  store();
  apply();
}

}  // namespace intarsia
