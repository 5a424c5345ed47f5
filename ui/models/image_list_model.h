// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractListModel>
#include <QCache>
#include <QPixmap>
#include <QSet>
#include <QThreadPool>
#include <memory>
#include <vector>

#include "ui/models/image_query.h"

namespace intarsia {

class ImageIndex;

/// Images of a project that lives as long as someone holds them; changed on the UI thread alone.
using ImageList = std::shared_ptr<const std::vector<ProjectImage>>;

/// The images of a project that answer a search, in the project's order. Thumbnails are decoded small on one thread of its own, for
/// rows that were painted, newest wish first.
class ImageListModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role { ImageRole = Qt::UserRole, LabelledRole, StatusRole, SplitRole, ThumbnailRole, NoteRole, FlagsRole, ScoreRole };
  static constexpr int kThumbnail = 96;  // longer side, device pixels at 100 %

  ImageListModel(const ImageIndex& index, QObject* parent = nullptr);
  ~ImageListModel() override;
  void setImages(ImageList images);
  /// It changed in the list.
  void updateImage(int image);
  int images() const { return m_images ? int(m_images->size()) : 0; }

  void setQuery(ImageQuery query);
  const ImageQuery& query() const { return m_query; }
  /// The index knows more than before.
  void factsChanged();
  int imageAt(int row) const { return m_rows[size_t(row)]; }
  int rowOf(int image) const;       // -1 = not shown
  int rowsBefore(int image) const;  // of those shown

  int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : int(m_rows.size()); }
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  bool accepts(int image) const;
  std::vector<int> accepted();
  void show(std::vector<int> rows);
  void filter() { show(accepted()); }
  void wish(int image);
  void loadNext();

  const ImageIndex& m_index;
  ImageList m_images;
  std::vector<QString> m_lowerNames;  // for searches; empty before the first
  ImageQuery m_query;
  std::vector<int> m_rows;    // images shown, ascending
  mutable QCache<int, QPixmap> m_thumbnails{2000};
  QSet<int> m_failed;
  std::vector<int> m_wishes;  // newest last
  bool m_loading = false;
  quint64 m_generation = 0;   // of m_images: late thumbnails of an older list are dropped
  QThreadPool m_pool;
};

}  // namespace intarsia
