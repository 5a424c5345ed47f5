// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include "annotate/model/annotation.h"

class QLabel;
class QTreeView;

namespace intarsia {

class SearchEdit;
class ShapeModel;

/// The shapes of the open image; its selection is the canvas's. It proposes changes; the session decides.
class ShapePanel : public QWidget {
  Q_OBJECT
 public:
  explicit ShapePanel(QWidget* parent = nullptr);
  void setAnnotation(const Annotation& annotation, const ClassTable& classes);
  void setSelection(const std::vector<ShapeId>& ids);
  void setEditable(bool editable) { m_editable = editable; }
  /// The shape `step` rows further in the list, from the first or last of `from`; 0 = there is none.
  ShapeId neighbour(const std::vector<ShapeId>& from, int step) const;
  void setFilter(const QString& text);
  void focusFilter();
  ShapeModel& model() { return *m_model; }
  QTreeView& list() { return *m_view; }

 signals:
  void selected(const std::vector<intarsia::ShapeId>& ids);
  void hideWanted(const std::vector<intarsia::ShapeId>& ids, bool hidden);
  void lockWanted(const std::vector<intarsia::ShapeId>& ids, bool locked);
  void placeWanted(const std::vector<intarsia::ShapeId>& ids, intarsia::ShapeId above);
  void classWanted();
  void menuWanted(QPoint global);

 private:
  std::vector<ShapeId> selectedIds() const;
  void toggle(const QModelIndex& at);
  void showCount();

  ShapeModel* m_model;
  SearchEdit* m_filter;
  QTreeView* m_view;
  QLabel *m_empty, *m_count;
  std::vector<ShapeId> m_selection;
  bool m_quiet = false, m_editable = true;
};

}  // namespace intarsia
