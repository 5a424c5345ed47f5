// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>
#include <functional>

#include "core/base/class_table.h"

class QTreeView;
class QLineEdit;
class QLabel;
class QToolButton;

namespace intarsia {

class ClassModel;

/// The legend and the class editor: choose, add, rename, recolour, ignore, hide, remove. It proposes; the session decides.
class ClassPanel : public QWidget {
  Q_OBJECT
 public:
  explicit ClassPanel(QWidget* parent = nullptr);
  void setClasses(const ClassTable& classes);
  void setCounts(std::vector<int64_t> counts);
  /// Pixels that no label covers, in words: "ignored" or the class that they count as.
  void setUncoveredText(const QString& text);
  void setEditable(bool editable);
  void setCurrentClass(ClassId id);
  ClassId currentClass() const;
  void focusNewName();
  void clearNewName();
  void setHatching(bool on);
  ClassModel& model() { return *m_model; }
  /// Also for actions: one place up or down; the index, and with it the number in label maps, changes.
  void moveClass(int from, int to);
  void renameCurrent();
  void recolorCurrent() { recolor(currentClass()); }
  void toggleIgnore(ClassId id);
  void showOnly(ClassId id);
  void showAll();

 signals:
  void currentClassChanged(intarsia::ClassId id);
  void hiddenChanged(const std::vector<intarsia::ClassId>& hidden);
  /// The user wants the classes to be `after`: one undoable step.
  void classesEdited(const intarsia::ClassTable& after, const QString& name);
  void failed(const QString& why);
  /// In every image: `from` becomes `to`, or goes with its labels (kNoClass).
  void mergeWanted(intarsia::ClassId from, intarsia::ClassId to);

 protected:
  void resizeEvent(QResizeEvent*) override;

 private:
  void addClass();
  void recolor(ClassId id);
  void showMenu(QPoint at);
  void edit(const QString& name, const std::function<Expected<>(ClassTable&)>& change);

  ClassModel* m_model;
  QTreeView* m_view;
  QLineEdit* m_newName;
  QLabel* m_empty;
  QLabel* m_uncovered;
  QToolButton* m_add;
  bool m_editable = true;
};

}  // namespace intarsia
