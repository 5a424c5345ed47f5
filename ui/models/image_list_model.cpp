// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/image_list_model.h"

#include <QGuiApplication>

#include "core/media/decode.h"
#include "ui/models/background.h"
#include "ui/models/qt_text.h"

namespace intarsia {

ImageListModel::ImageListModel(QObject* parent) : QAbstractListModel(parent) {
  m_pool.setMaxThreadCount(1);
  m_pool.setThreadPriority(QThread::LowPriority);
}

ImageListModel::~ImageListModel() { m_pool.waitForDone(); }

void ImageListModel::setImages(std::vector<ProjectImage> images) {
  beginResetModel();
  m_images = std::move(images);
  m_thumbnails.clear();
  m_failed.clear();
  m_wishes.clear();
  ++m_generation;
  endResetModel();
}

void ImageListModel::updateImage(int row, const ProjectImage& image) {
  if (row < 0 || row >= int(m_images.size())) return;
  m_images[size_t(row)] = image;
  emit dataChanged(index(row), index(row));
}

QVariant ImageListModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const ProjectImage& image = m_images[size_t(index.row())];
  switch (role) {
    case Qt::DisplayRole: return toQt(image.name);
    case Qt::ToolTipRole: {
      const QString split = image.split == Split::none ? tr("no split yet") : toQt(std::string(splitName(image.split)));
      return tr("%1\n%2, %3").arg(displayName(image.path), image.labelled ? tr("labelled") : tr("not labelled"), split);
    }
    case Qt::AccessibleTextRole:
      return tr("%1, %2").arg(toQt(image.name), image.labelled ? tr("labelled") : tr("not labelled"));
    case LabelledRole: return image.labelled;
    case StatusRole: return int(image.status);
    case SplitRole: return int(image.split);
    case ThumbnailRole:
      if (const QPixmap* known = m_thumbnails.object(index.row())) return *known;
      if (!m_failed.contains(index.row())) const_cast<ImageListModel*>(this)->wish(index.row());
      return {};
    default: return {};
  }
}

void ImageListModel::wish(int row) {
  constexpr size_t kMostWishes = 200;  // rows scrolled past long ago are forgotten; painting them again renews the wish
  if (std::ranges::find(m_wishes, row) != m_wishes.end()) return;
  if (m_wishes.size() >= kMostWishes) m_wishes.erase(m_wishes.begin());
  m_wishes.push_back(row);
  if (!m_loading) QMetaObject::invokeMethod(this, [this] { loadNext(); }, Qt::QueuedConnection);
}

void ImageListModel::loadNext() {
  if (m_loading || m_wishes.empty()) return;
  m_loading = true;
  const int row = m_wishes.back();
  m_wishes.pop_back();
  const int side = int(kThumbnail * qGuiApp->devicePixelRatio());
  inBackground(
      this,
      [path = m_images[size_t(row)].path, side] {
        DecodeOptions options;
        options.maxSide = side;
        const auto image = decodeImage(path, options);
        return image ? toQImage(*image) : QImage();
      },
      [this, row, generation = m_generation](QImage image) {
        m_loading = false;
        if (generation == m_generation) {
          if (image.isNull())
            m_failed.insert(row);
          else
            m_thumbnails.insert(row, new QPixmap(QPixmap::fromImage(std::move(image))));
          emit dataChanged(index(row), index(row), {ThumbnailRole});
        }
        loadNext();
      },
      &m_pool);
}

void ImageFilter::setText(const QString& text) {
  m_words = text.simplified().split(QLatin1Char(' '), Qt::SkipEmptyParts);
  invalidateFilter();
}

int ImageFilter::rowsBefore(int sourceRow) const {
  // Rows keep the order of the source: halve.
  int low = 0, high = rowCount();
  while (low < high) {
    const int middle = (low + high) / 2;
    if (mapToSource(index(middle, 0)).row() < sourceRow)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool ImageFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
  const QModelIndex index = sourceModel()->index(row, 0, parent);
  for (const QString& word : m_words) {
    const auto after = [&word](const char* key) {
      const QLatin1String prefix(key);
      return word.startsWith(prefix, Qt::CaseInsensitive) ? word.mid(prefix.size()).toLower() : QString();
    };
    const auto holds = [](const QString& wanted, bool is) {
      return is == (wanted != QLatin1String("no") && wanted != QLatin1String("0"));
    };
    if (const QString v = after("labelled:"); !v.isEmpty()) {
      if (!holds(v, index.data(ImageListModel::LabelledRole).toBool())) return false;
    } else if (const QString v = after("checked:"); !v.isEmpty()) {
      if (!holds(v, index.data(ImageListModel::StatusRole).toInt() == int(ImageStatus::checked))) return false;
    } else if (const QString v = after("split:"); !v.isEmpty()) {
      const auto split = splitFromName(v.toStdString());
      if (!split || index.data(ImageListModel::SplitRole).toInt() != int(*split)) return false;
    } else if (!index.data(Qt::DisplayRole).toString().contains(word, Qt::CaseInsensitive)) {
      return false;
    }
  }
  return true;
}

}  // namespace intarsia
