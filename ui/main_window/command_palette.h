// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QFrame>
#include <QStringList>
#include <functional>
#include <vector>

#include "core/base/class_table.h"

class QLineEdit;
class QListView;
class QStandardItemModel;

namespace intarsia {

class ActionRegistry;

/// Any command, class or image by a few letters of its name. Shows keys, and why what is disabled cannot be done now.
class CommandPalette : public QFrame {
  Q_OBJECT
 public:
  /// `images` gives the names when they are first searched.
  CommandPalette(const ActionRegistry& registry, ClassTable classes, std::function<QStringList()> images, QWidget* parent);
  /// At the top of the parent; with a text to begin with ("class: ").
  void popUp(const QString& text = {});
  QStringList shown() const;
  QLineEdit* edit() const { return m_edit; }

 signals:
  void classChosen(intarsia::ClassId id);
  void imageChosen(int image);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  enum class Kind { action, klass, image };
  struct Entry {
    Kind kind;
    int index;     // in the registry, the classes, the images
    QString text, search;
  };
  void search();
  void addImages();
  void show(const std::vector<const Entry*>& entries);
  void choose();

  const ActionRegistry& m_registry;
  const ClassTable m_classes;
  std::function<QStringList()> m_images;
  std::vector<Entry> m_entries;
  QLineEdit* m_edit;
  QListView* m_view;
  QStandardItemModel* m_model;
};

}  // namespace intarsia
