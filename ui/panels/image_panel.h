// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include "annotate/project/project.h"

class QLabel;
class QLineEdit;
class QListView;

namespace intarsia {

class ImageFilter;
class ImageListModel;

/// The images with thumbnail, state and split; a filter above.
class ImagePanel : public QWidget {
  Q_OBJECT
 public:
  explicit ImagePanel(QWidget* parent = nullptr);
  void setImages(std::vector<ProjectImage> images);
  void updateImage(int image, const ProjectImage& value);
  void setCurrent(int image);
  /// The next (+1) or previous (-1) image that the filter shows; -1 at the end.
  int neighbour(int image, int step) const;

 signals:
  void chosen(int image);

 private:
  void showCount();
  ImageListModel* m_model;
  ImageFilter* m_filter;
  QListView* m_view;
  QLineEdit* m_text;
  QLabel* m_count;
  bool m_quiet = false;
};

}  // namespace intarsia
