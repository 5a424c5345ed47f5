// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>
#include <QString>
#include <QWidget>
#include <optional>
#include <vector>

#include "annotate/formats/format.h"
#include "annotate/project/mask_export.h"
#include "core/base/job.h"

namespace intarsia {

/// A picture of a dataset, small, with what its labels say of each of its pixels.
struct Preview {
  QString name;
  QImage picture;  // null when only labels are here
  LabelMap labels;
  QImage colors;   // as a colour mask is written; null unless asked for
};
/// Of the first labelled images, at most `count`; colour masks too where `how` asks for them. Any thread.
std::vector<Preview> makePreviews(const ImportedDataset& dataset, int count, const MaskExport& how, const Job& job);

/// Previews side by side.
class LabelPreview : public QWidget {
  Q_OBJECT
 public:
  explicit LabelPreview(QWidget* parent = nullptr);
  void setPreviews(std::vector<Preview> previews);
  /// By class index; none = not shown. Full colours without the picture when `opaque`.
  void setColors(std::vector<std::optional<Color>> colors, bool opaque = false);
  /// Stands there when there is no picture.
  void setText(const QString& text);
  QSize sizeHint() const override { return {3 * 200, 132}; }
  const std::vector<Preview>& previews() const { return m_previews; }

 protected:
  void paintEvent(QPaintEvent*) override;

 private:
  QImage blended(const Preview& preview) const;
  std::vector<Preview> m_previews;
  std::vector<QImage> m_images;
  std::vector<std::optional<Color>> m_colors;
  bool m_opaque = false;
  QString m_text;
};

}  // namespace intarsia
