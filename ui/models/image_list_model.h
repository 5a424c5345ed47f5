// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractListModel>
#include <QCache>
#include <QPixmap>
#include <QSet>
#include <QSortFilterProxyModel>
#include <QThreadPool>

#include "annotate/project/project.h"

namespace intarsia {

/// The images of a project. Thumbnails are decoded small on one thread of its own, for rows that were painted, newest wish first.
class ImageListModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role { LabelledRole = Qt::UserRole, StatusRole, SplitRole, ThumbnailRole };
  static constexpr int kThumbnail = 96;  // longer side, device pixels at 100 %

  explicit ImageListModel(QObject* parent = nullptr);
  ~ImageListModel() override;
  void setImages(std::vector<ProjectImage> images);
  void updateImage(int row, const ProjectImage& image);
  const ProjectImage& image(int row) const { return m_images[size_t(row)]; }

  int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : int(m_images.size()); }
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  void wish(int row);
  void loadNext();

  std::vector<ProjectImage> m_images;
  mutable QCache<int, QPixmap> m_thumbnails{2000};
  QSet<int> m_failed;
  std::vector<int> m_wishes;  // newest last
  bool m_loading = false;
  quint64 m_generation = 0;   // of m_images: late thumbnails of an older list are dropped
  QThreadPool m_pool;
};

/// Filter words, all of which must hold: text in the name, `split:val`, `labelled:no`, `checked:yes`.
class ImageFilter : public QSortFilterProxyModel {
  Q_OBJECT
 public:
  using QSortFilterProxyModel::QSortFilterProxyModel;
  void setText(const QString& text);
  /// How many of the rows shown come before this one of the source.
  int rowsBefore(int sourceRow) const;

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  QStringList m_words;
};

}  // namespace intarsia
