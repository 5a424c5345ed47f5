// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/image_delegate.h"

#include <QPainter>

#include "annotate/project/project.h"
#include "ui/main_window/icons.h"
#include "ui/models/image_list_model.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

constexpr int kThumbWidth = 64, kThumbHeight = 48, kMargin = 4;
const QColor kGreen(46, 160, 110), kAmber(214, 150, 30);

void paintThumbnail(QPainter& painter, const QRect& frame, const QModelIndex& index, const QPalette& palette) {
  const QPixmap picture = index.data(ImageListModel::ThumbnailRole).value<QPixmap>();
  if (picture.isNull()) {
    QColor soft = palette.color(QPalette::Text);
    soft.setAlpha(22);
    painter.fillRect(frame, soft);
    return;
  }
  QRect to(QPoint(), picture.size().scaled(frame.size(), Qt::KeepAspectRatio));
  to.moveCenter(frame.center());
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.drawPixmap(to, picture);
}

/// Empty ring, half disc, disc with a tick: told apart without colour too.
void paintStatus(QPainter& painter, const QRectF& box, ImageStatus status, bool labelled, const QColor& soft) {
  painter.setBrush(Qt::NoBrush);
  if (status == ImageStatus::checked) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(kGreen);
    painter.drawEllipse(box);
    painter.setPen(QPen(Qt::white, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const double w = box.width();
    const QPointF tick[] = {box.topLeft() + QPointF(0.26, 0.52) * w, box.topLeft() + QPointF(0.44, 0.70) * w, box.topLeft() + QPointF(0.76, 0.32) * w};
    painter.drawPolyline(tick, 3);
  } else {
    const bool begun = labelled || status == ImageStatus::inWork;
    const QColor color = begun ? kAmber : soft;
    const QRectF ring = box.adjusted(1, 1, -1, -1);
    painter.setPen(QPen(color, 1.5));
    painter.drawEllipse(ring);
    painter.setBrush(color);
    painter.setPen(Qt::NoPen);
    if (begun) painter.drawPie(ring, 90 * 16, 180 * 16);
  }
}

QString stateText(ImageStatus status, bool labelled) {
  if (status == ImageStatus::checked) return ImageListModel::tr("checked");
  return labelled || status == ImageStatus::inWork ? ImageListModel::tr("in work") : ImageListModel::tr("no labels");
}

}  // namespace

QSize ImageDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
  return {120, std::max(kThumbHeight, 2 * option.fontMetrics.height() + 6) + 2 * kMargin};
}

void ImageDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const {
  QStyleOptionViewItem option = given;
  initStyleOption(&option, index);
  option.text.clear();
  option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &option, painter, option.widget);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  const QRect row = option.rect.adjusted(kMargin, kMargin, -kMargin, -kMargin);
  paintThumbnail(*painter, QRect(row.topLeft(), QSize(kThumbWidth, kThumbHeight)), index, option.palette);
  QRect words = row.adjusted(kThumbWidth + 8, 2, -4, -2);
  const QColor text = option.palette.color(option.state & QStyle::State_Selected ? QPalette::HighlightedText : QPalette::Text);
  painter->setPen(text);
  const QFontMetrics name(option.font);
  painter->drawText(words, Qt::AlignLeft | Qt::AlignTop, name.elidedText(index.data().toString(), Qt::ElideMiddle, words.width()));

  QColor soft = text;
  soft.setAlpha(170);
  QFont small = option.font;
  small.setPointSizeF(option.font.pointSizeF() * 0.88);
  painter->setFont(small);
  const QFontMetrics metrics(small);
  QRect line(words.left(), words.bottom() - metrics.height() - 2, words.width(), metrics.height() + 2);
  // From the right: split, score, note, flag.
  int right = line.right();
  const auto split = Split(index.data(ImageListModel::SplitRole).toInt());
  if (split != Split::none) {
    const QString label = QString::fromUtf8(splitName(split).data(), qsizetype(splitName(split).size()));
    const int width = metrics.horizontalAdvance(label) + 10;
    const QRectF badge(right - width, line.top(), width, line.height());
    QColor fill = text;
    fill.setAlpha(26);
    painter->setPen(Qt::NoPen);
    painter->setBrush(fill);
    painter->drawRoundedRect(badge, 4, 4);
    painter->setPen(soft);
    painter->drawText(badge, Qt::AlignCenter, label);
    right -= width + 4;
  }
  const auto icon = [&](const char* file) {
    const int side = metrics.height();
    lineIcon(QString::fromLatin1(file)).paint(painter, QRect(right - side, line.top() + 1, side, side), Qt::AlignCenter,
                                              option.state & QStyle::State_Selected ? QIcon::Selected : QIcon::Normal);
    right -= side + 2;
  };
  if (!index.data(ImageListModel::NoteRole).toString().isEmpty()) icon("note");
  if (!index.data(ImageListModel::FlagsRole).toStringList().isEmpty()) icon("flag");
  const auto status = ImageStatus(index.data(ImageListModel::StatusRole).toInt());
  const bool labelled = index.data(ImageListModel::LabelledRole).toBool();
  const double side = std::min(12, metrics.height());
  paintStatus(*painter, QRectF(line.left(), line.center().y() - side / 2 + 0.5, side, side), status, labelled, soft);
  QString state = stateText(status, labelled);
  if (const QVariant score = index.data(ImageListModel::ScoreRole); score.isValid()) state += QStringLiteral(" · ") + percent(score.toDouble(), 0);
  painter->setPen(soft);
  const QRect room(line.left() + int(side) + 5, line.top(), right - line.left() - int(side) - 9, line.height());
  painter->drawText(room, Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(state, Qt::ElideRight, room.width()));
  painter->restore();
}

}  // namespace intarsia
