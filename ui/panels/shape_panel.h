// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include "annotate/model/annotation.h"

class QLabel;
class QListView;

namespace intarsia {

class ShapeModel;

/// The shapes of the open image; its selection is the canvas's.
class ShapePanel : public QWidget {
  Q_OBJECT
 public:
  explicit ShapePanel(QWidget* parent = nullptr);
  void setAnnotation(const Annotation& annotation, const ClassTable& classes);
  void setSelection(const std::vector<ShapeId>& ids);

 signals:
  void selected(const std::vector<intarsia::ShapeId>& ids);

 private:
  ShapeModel* m_model;
  QListView* m_view;
  QLabel* m_empty;
  bool m_quiet = false;
};

}  // namespace intarsia
