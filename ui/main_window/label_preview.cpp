// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/label_preview.h"

#include <QPainter>

#include "core/media/decode.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

constexpr int kSide = 320;
constexpr double kOpacity = 0.55;

LabelMap reduced(const LabelMap& map, QSize size) {
  LabelMap out(size.width(), size.height());
  for (int y = 0; y < out.height(); ++y)
    for (int x = 0; x < out.width(); ++x)
      out.set(x, y, map.at(int((int64_t(x) * 2 + 1) * map.width() / (2 * out.width())), int((int64_t(y) * 2 + 1) * map.height() / (2 * out.height()))));
  return out;
}

}  // namespace

std::vector<Preview> makePreviews(const ImportedDataset& dataset, int count, const MaskExport& how, const Job& job) {
  std::vector<Preview> previews;
  for (const auto& image : dataset.images) {
    if (job.cancelled() || int(previews.size()) == count) break;
    if (!image.mask && image.shapes.empty()) continue;
    const auto map = supersampledMap(dataset, image, how);
    if (!map || map->empty()) continue;
    Preview preview;
    preview.name = toQt(image.name);
    if (!image.path.empty())
      if (const auto picture = decodeImage(image.path, DecodeOptions{.maxSide = kSide})) preview.picture = toQImage(*picture);
    QSize size(map->width(), map->height());
    size.scale(kSide, kSide, Qt::KeepAspectRatio);
    if (!preview.picture.isNull()) size = preview.picture.size();
    preview.labels = reduced(*map, size.expandedTo({1, 1}));
    if (how.colors)
      if (const auto ground = groundMap(dataset, image))
        preview.colors = toQImage(supersampledColors(*ground, polygonsOf(image), classTable(dataset), how.supersample, how.rule))
                             .scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    previews.push_back(std::move(preview));
  }
  return previews;
}

LabelPreview::LabelPreview(QWidget* parent) : QWidget(parent) {
  setMinimumHeight(110);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(tr("Preview of the first labelled pictures"));
}

void LabelPreview::setPreviews(std::vector<Preview> previews) {
  m_previews = std::move(previews);
  m_text.clear();
  setColors(std::move(m_colors), m_opaque);
}

void LabelPreview::setText(const QString& text) {
  m_previews.clear();
  m_images.clear();
  m_text = text;
  update();
}

void LabelPreview::setColors(std::vector<std::optional<Color>> colors, bool opaque) {
  m_colors = std::move(colors);
  m_opaque = opaque;
  m_images.clear();
  for (const Preview& preview : m_previews) m_images.push_back(blended(preview));
  update();
}

QImage LabelPreview::blended(const Preview& preview) const {
  if (m_opaque && !preview.colors.isNull()) return preview.colors;
  QImage out(preview.labels.width(), preview.labels.height(), QImage::Format_RGB32);
  out.fill(m_opaque ? Qt::black : QColor(90, 90, 90));
  if (!m_opaque && !preview.picture.isNull()) out = preview.picture.convertToFormat(QImage::Format_RGB32);
  for (int y = 0; y < out.height(); ++y) {
    auto* line = reinterpret_cast<QRgb*>(out.scanLine(y));
    for (int x = 0; x < out.width(); ++x) {
      const uint16_t label = preview.labels.at(x, y);
      if (label >= m_colors.size() || !m_colors[label]) continue;
      const Color c = *m_colors[label];
      const double a = m_opaque ? 1 : kOpacity;
      const auto mix = [a](int under, int over) { return int(under + a * (over - under) + 0.5); };
      line[x] = qRgb(mix(qRed(line[x]), c.r), mix(qGreen(line[x]), c.g), mix(qBlue(line[x]), c.b));
    }
  }
  return out;
}

void LabelPreview::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  if (m_images.empty()) {
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap, m_text);
    return;
  }
  const int line = fontMetrics().height() + 2, gap = 8, width = (this->width() - gap * (int(m_images.size()) - 1)) / int(m_images.size());
  int left = 0;
  for (size_t i = 0; i < m_images.size(); ++i) {
    const QSize size = m_images[i].size().scaled(width, height() - line, Qt::KeepAspectRatio);
    painter.drawImage(QRect(QPoint(left, 0), size), m_images[i]);
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(QRect(left, size.height() + 2, size.width(), line), Qt::AlignLeft | Qt::AlignTop,
                     fontMetrics().elidedText(m_previews[i].name, Qt::ElideLeft, size.width()));
    left += size.width() + gap;
  }
}

}  // namespace intarsia
