// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/image_list_model.h"

#include <QGuiApplication>
#include <algorithm>

#include "core/media/decode.h"
#include "ui/models/background.h"
#include "ui/models/image_index.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

QString stateText(const ProjectImage& image) {
  if (image.status == ImageStatus::checked) return ImageListModel::tr("checked");
  if (image.labelled) return ImageListModel::tr("in work");
  return image.status == ImageStatus::inWork ? ImageListModel::tr("in work, no labels") : ImageListModel::tr("no labels");
}

const ImageFacts kNoFacts;

}  // namespace

ImageListModel::ImageListModel(const ImageIndex& index, QObject* parent) : QAbstractListModel(parent), m_index(index) {
  m_pool.setMaxThreadCount(1);
  m_pool.setThreadPriority(QThread::LowPriority);
}

ImageListModel::~ImageListModel() { m_pool.waitForDone(); }

void ImageListModel::setImages(ImageList images) {
  beginResetModel();
  // Nobody else may hold the project of before any more; a hundred thousand names end on a worker.
  inBackground(
      this, [list = std::exchange(m_images, std::move(images)), names = std::exchange(m_lowerNames, {})]() mutable {
        list.reset();
        names.clear();
        return 0;
      }, [](int) {});
  m_thumbnails.clear();
  m_failed.clear();
  m_wishes.clear();
  ++m_generation;
  m_rows = accepted();
  endResetModel();
}

void ImageListModel::updateImage(int image) {
  if (image < 0 || image >= images()) return;
  if ((rowOf(image) >= 0) != accepts(image)) filter();
  if (const int row = rowOf(image); row >= 0) emit dataChanged(index(row), index(row));
}

bool ImageListModel::accepts(int image) const {
  return m_query.empty() || m_query.accepts((*m_images)[size_t(image)], m_lowerNames[size_t(image)], image < m_index.size() ? m_index.facts(image) : kNoFacts);
}

void ImageListModel::setQuery(ImageQuery query) {
  m_query = std::move(query);
  filter();
}

void ImageListModel::factsChanged() {
  if (m_query.needsFacts()) filter();
  if (!m_rows.empty()) emit dataChanged(index(0), index(int(m_rows.size()) - 1), {NoteRole, FlagsRole, ScoreRole});
}

std::vector<int> ImageListModel::accepted() {
  const int count = images();
  if (!m_query.empty() && m_lowerNames.empty() && count > 0) {
    m_lowerNames.reserve(size_t(count));
    for (const ProjectImage& image : *m_images) m_lowerNames.push_back(toQt(image.name).toLower());
  }
  std::vector<int> rows;
  rows.reserve(size_t(m_query.empty() ? count : 0));
  for (int i = 0; i < count; ++i)
    if (accepts(i)) rows.push_back(i);
  return rows;
}

/// By runs, so that selection and scroll place stay; anew where there would be many.
void ImageListModel::show(std::vector<int> rows) {
  if (rows == m_rows) return;
  struct Run {
    int first, last;  // rows, in the list before for removals, after for insertions
  };
  std::vector<Run> gone, come;
  const auto extend = [](std::vector<Run>& runs, int row) {
    if (!runs.empty() && runs.back().last == row - 1)
      ++runs.back().last;
    else
      runs.push_back({row, row});
  };
  for (size_t a = 0, b = 0; a < m_rows.size() || b < rows.size();) {
    if (b == rows.size() || (a < m_rows.size() && m_rows[a] < rows[b]))
      extend(gone, int(a++));
    else if (a == m_rows.size() || rows[b] < m_rows[a])
      extend(come, int(b++));
    else
      ++a, ++b;
  }
  constexpr size_t kMostRuns = 50;
  if (gone.size() + come.size() > kMostRuns) {
    beginResetModel();
    m_rows = std::move(rows);
    return endResetModel();
  }
  for (auto run = gone.rbegin(); run != gone.rend(); ++run) {
    beginRemoveRows({}, run->first, run->last);
    m_rows.erase(m_rows.begin() + run->first, m_rows.begin() + run->last + 1);
    endRemoveRows();
  }
  for (const Run& run : come) {
    beginInsertRows({}, run.first, run.last);
    m_rows.insert(m_rows.begin() + run.first, rows.begin() + run.first, rows.begin() + run.last + 1);
    endInsertRows();
  }
}

int ImageListModel::rowsBefore(int image) const { return int(std::ranges::lower_bound(m_rows, image) - m_rows.begin()); }

int ImageListModel::rowOf(int image) const {
  const int row = rowsBefore(image);
  return row < int(m_rows.size()) && m_rows[size_t(row)] == image ? row : -1;
}

QVariant ImageListModel::data(const QModelIndex& at, int role) const {
  if (!at.isValid() || at.row() >= int(m_rows.size())) return {};
  const int number = m_rows[size_t(at.row())];
  const ProjectImage& image = (*m_images)[size_t(number)];
  const ImageFacts& facts = number < m_index.size() ? m_index.facts(number) : kNoFacts;
  switch (role) {
    case Qt::DisplayRole: return toQt(image.name);
    case Qt::ToolTipRole: {
      const QString split = image.split == Split::none ? tr("no split yet") : toQt(std::string(splitName(image.split)));
      QString tip = tr("%1\n%2, %3").arg(displayName(image.path), stateText(image), split);
      if (facts.score) tip += tr("\nmean IoU %1 in the newest evaluation").arg(percent(*facts.score));
      if (!facts.flags.empty()) tip += tr("\nFlags: %1").arg(at.data(FlagsRole).toStringList().join(QStringLiteral(", ")));
      if (!facts.note.empty()) tip += QLatin1Char('\n') + toQt(facts.note);
      return tip;
    }
    case Qt::AccessibleTextRole: return tr("%1, %2").arg(toQt(image.name), stateText(image));
    case ImageRole: return number;
    case LabelledRole: return image.labelled;
    case StatusRole: return int(image.status);
    case SplitRole: return int(image.split);
    case NoteRole: return toQt(facts.note);
    case ScoreRole: return facts.score ? QVariant(*facts.score) : QVariant();
    case FlagsRole: {
      QStringList flags;
      for (const std::string& flag : facts.flags) flags << toQt(flag);
      return flags;
    }
    case ThumbnailRole:
      if (const QPixmap* known = m_thumbnails.object(number)) return *known;
      if (!m_failed.contains(number)) const_cast<ImageListModel*>(this)->wish(number);
      return {};
    default: return {};
  }
}

void ImageListModel::wish(int image) {
  constexpr size_t kMostWishes = 200;  // rows scrolled past long ago are forgotten; painting them again renews the wish
  if (std::ranges::find(m_wishes, image) != m_wishes.end()) return;
  if (m_wishes.size() >= kMostWishes) m_wishes.erase(m_wishes.begin());
  m_wishes.push_back(image);
  if (!m_loading) QMetaObject::invokeMethod(this, [this] { loadNext(); }, Qt::QueuedConnection);
}

void ImageListModel::loadNext() {
  if (m_loading || m_wishes.empty()) return;
  m_loading = true;
  const int number = m_wishes.back();
  m_wishes.pop_back();
  const int side = int(kThumbnail * qGuiApp->devicePixelRatio());
  inBackground(
      this,
      [path = (*m_images)[size_t(number)].path, side] {
        DecodeOptions options;
        options.maxSide = side;
        const auto image = decodeImage(path, options);
        return image ? toQImage(*image) : QImage();
      },
      [this, number, generation = m_generation](QImage image) {
        m_loading = false;
        if (generation == m_generation) {
          if (image.isNull())
            m_failed.insert(number);
          else
            m_thumbnails.insert(number, new QPixmap(QPixmap::fromImage(std::move(image))));
          if (const int row = rowOf(number); row >= 0) emit dataChanged(index(row), index(row), {ThumbnailRole});
        }
        loadNext();
      },
      &m_pool);
}

}  // namespace intarsia
