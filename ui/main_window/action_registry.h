// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAction>
#include <QKeySequence>
#include <QList>
#include <QMap>
#include <QObject>

namespace intarsia {

/// Where an action stands in the cheat sheet and in the dialog of keys.
enum class ActionGroup { file, edit, tools, shapes, classes, images, view, train, help };
QString groupName(ActionGroup group);

struct ActionSpec {
  QString id;               // "tool.brush": stable, it stands in settings and presets
  ActionGroup group = ActionGroup::file;
  QString text;             // in menus
  const char* icon = "";    // resources/icons/<icon>.svg
  QList<QKeySequence> keys; // ours; presets and the user may choose others
  QString what = {};        // one sentence for tooltip, cheat sheet and palette; empty = `text`
  bool checkable = false;
  bool canvasOnly = false;  // works while the image has the keyboard: Enter, Esc, arrows mean other things elsewhere
};

/// Enables or disables; a disabled action says why in its tooltip and in the palette.
void setAvailable(QAction* action, bool available, const QString& reason = {});
QString reasonOf(const QAction* action);   // empty while it is enabled
QString whatOf(const QAction* action);
QString keysText(const QList<QKeySequence>& keys);  // "D, PgDown", in the platform's words

/// Everything that the program can do, and the keys for it: those of a preset, changed by the user. No two actions have the same
/// key. Bindings are kept in QSettings ("keys/…").
class ActionRegistry : public QObject {
  Q_OBJECT
 public:
  using Keys = QList<QKeySequence>;
  /// What a preset says otherwise than our own keys.
  struct Preset {
    QString id, name;
    QMap<QString, Keys> keys;  // by action
    QMap<QString, QString> gestures;  // mouse habits: "wheel" = "zoom" or "scroll"
  };

  explicit ActionRegistry(QWidget* window);
  QAction* add(const ActionSpec& spec);
  /// For an action that something else has made (a dock's own). Text and checkability stay.
  void adopt(QAction* action, const ActionSpec& spec);
  /// The image, where `canvasOnly` actions live.
  void setCanvas(QWidget* canvas);

  const QList<QAction*>& all() const { return m_actions; }
  QAction* find(const QString& id) const { return m_byId.value(id); }
  static QString idOf(const QAction* action) { return action->objectName(); }
  ActionGroup groupOf(const QAction* action) const { return m_specs[idOf(action)].group; }

  static const QList<Preset>& presets();  // the first is ours
  QString preset() const { return m_preset; }
  void setPreset(const QString& id);      // the user's own bindings go
  QString gesture(const QString& name) const;

  Keys keys(const QAction* action) const { return action->shortcuts(); }
  Keys presetKeys(const QAction* action) const;
  bool isOwn(const QAction* action) const { return m_own.contains(idOf(action)); }  // the user has changed it
  bool hasOwn() const { return !m_own.isEmpty(); }
  /// Who has this key now, or one that begins with it or that it begins with.
  QAction* holder(const QKeySequence& key, const QAction* except = nullptr) const;
  /// Others lose the keys that this one gets.
  void setKeys(QAction* action, const Keys& keys);
  void reset(QAction* action);
  void resetAll();

 signals:
  void keysChanged();
  void aboutToTrigger(QAction* action);  // before those hear of it who were connected after it was added

 private:
  void apply();
  void store() const;

  QWidget* m_window;
  QWidget* m_canvas = nullptr;
  QList<QAction*> m_actions;
  QMap<QString, QAction*> m_byId;
  QMap<QString, ActionSpec> m_specs;
  QString m_preset;
  QMap<QString, Keys> m_own;
  bool m_applyLater = false;
};

}  // namespace intarsia
