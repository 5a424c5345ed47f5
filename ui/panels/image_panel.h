// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include "annotate/project/project.h"

class QLabel;
class QListView;

namespace intarsia {

class ImageIndex;
class ImageListModel;
class SearchEdit;

/// The images with thumbnail, state and split; a search above.
class ImagePanel : public QWidget {
  Q_OBJECT
 public:
  ImagePanel(const ImageIndex& index, QWidget* parent = nullptr);
  void setImages(std::shared_ptr<const std::vector<ProjectImage>> images);
  void updateImage(int image);  // it changed in the list
  void setClasses(const ClassTable& classes);
  void setCurrent(int image);
  /// The next (+n) or previous (−n) image that the search shows; the last one where there are fewer, −1 at the end.
  int neighbour(int image, int step) const;
  /// Images that are selected in the list, ascending.
  std::vector<int> selected() const;
  void setSearch(const QString& text);
  void focusSearch();
  ImageListModel& model() { return *m_model; }
  QListView& list() { return *m_view; }

 signals:
  void chosen(int image);
  void menuWanted(QPoint global);

 private:
  void search();
  void showCount();
  const ImageIndex& m_index;
  ImageListModel* m_model;
  QListView* m_view;
  SearchEdit* m_text;
  QLabel* m_count;
  ClassTable m_classes;
  int m_current = -1;
  bool m_quiet = false;
};

}  // namespace intarsia
