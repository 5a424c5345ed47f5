// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/image_panel.h"

#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include "ui/main_window/icons.h"
#include "ui/models/image_list_model.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

constexpr int kThumbWidth = 64, kThumbHeight = 48, kMargin = 4;

class ImageDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
    return {120, kThumbHeight + 2 * kMargin};
  }
  void paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const override {
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    option.text.clear();
    option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &option, painter, option.widget);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setRenderHint(QPainter::SmoothPixmapTransform);
    const QRect frame(option.rect.left() + kMargin, option.rect.top() + kMargin, kThumbWidth, kThumbHeight);
    paintThumbnail(*painter, frame, index, option.palette);
    const bool selected = option.state & QStyle::State_Selected;
    const QColor text = option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
    const QRect words = option.rect.adjusted(kThumbWidth + 3 * kMargin, kMargin, -2 * kMargin, -kMargin);
    painter->setPen(text);
    const QFontMetrics metrics(option.font);
    painter->drawText(words, Qt::AlignLeft | Qt::AlignTop,
                      metrics.elidedText(index.data().toString(), Qt::ElideMiddle, words.width()));
    paintState(*painter, words, index, text, option.font);
    painter->restore();
  }

 private:
  static void paintThumbnail(QPainter& painter, const QRect& frame, const QModelIndex& index, const QPalette& palette) {
    const QPixmap picture = index.data(ImageListModel::ThumbnailRole).value<QPixmap>();
    if (picture.isNull()) {
      QColor soft = palette.color(QPalette::Text);
      soft.setAlpha(22);
      painter.fillRect(frame, soft);
      return;
    }
    const QSize fitted = picture.size().scaled(frame.size(), Qt::KeepAspectRatio);
    QRect to(QPoint(), fitted);
    to.moveCenter(frame.center());
    painter.drawPixmap(to, picture);
  }

  static void paintState(QPainter& painter, const QRect& words, const QModelIndex& index, QColor text, const QFont& font) {
    const bool labelled = index.data(ImageListModel::LabelledRole).toBool();
    const bool checked = index.data(ImageListModel::StatusRole).toInt() == int(ImageStatus::checked);
    const auto split = Split(index.data(ImageListModel::SplitRole).toInt());
    QColor soft = text;
    soft.setAlpha(160);
    QFont small = font;
    small.setPointSizeF(font.pointSizeF() * 0.88);
    painter.setFont(small);
    const QFontMetrics metrics(small);
    const int baseline = words.bottom() - metrics.descent() - 2;
    const QRectF dot(words.left(), baseline - metrics.xHeight() / 2.0 - 4, 8, 8);
    const QColor green(46, 160, 110);
    painter.setPen(QPen(labelled ? green : soft, 1.5));
    painter.setBrush(labelled ? QBrush(green) : QBrush(Qt::NoBrush));
    painter.drawEllipse(dot.adjusted(0.75, 0.75, -0.75, -0.75));
    painter.setPen(soft);
    const QString state = checked ? ImagePanel::tr("checked") : labelled ? ImagePanel::tr("labelled") : ImagePanel::tr("no labels");
    painter.drawText(QPointF(words.left() + 14, baseline), state);
    if (split == Split::none) return;
    const QString name = QString::fromUtf8(splitName(split).data(), qsizetype(splitName(split).size()));
    const int width = metrics.horizontalAdvance(name) + 10;
    const QRectF badge(words.right() - width, baseline - metrics.ascent() - 1, width, metrics.height() + 2);
    QColor fill = text;
    fill.setAlpha(26);
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    painter.drawRoundedRect(badge, 4, 4);
    painter.setPen(soft);
    painter.drawText(badge, Qt::AlignCenter, name);
  }
};

}  // namespace

ImagePanel::ImagePanel(QWidget* parent) : QWidget(parent), m_model(new ImageListModel(this)), m_filter(new ImageFilter(this)) {
  m_filter->setSourceModel(m_model);
  m_view = new QListView(this);
  m_view->setModel(m_filter);
  m_view->setItemDelegate(new ImageDelegate(m_view));
  m_view->setUniformItemSizes(true);
  m_view->setFrameShape(QFrame::NoFrame);
  m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  m_view->setAccessibleName(tr("Images"));
  m_text = new QLineEdit(this);
  m_text->setPlaceholderText(tr("Filter: name, labelled:no, split:val"));
  m_text->setToolTip(tr("Words that the name contains, and labelled:no, checked:yes, split:train|val|test"));
  m_text->setAccessibleName(tr("Filter images"));
  m_text->setClearButtonEnabled(true);
  m_text->addAction(lineIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
  m_count = new QLabel(this);
  m_count->setForegroundRole(QPalette::PlaceholderText);
  m_count->setContentsMargins(8, 0, 8, 4);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  auto* filter = new QVBoxLayout;
  filter->setContentsMargins(4, 4, 4, 0);
  filter->addWidget(m_text);
  layout->addLayout(filter);
  layout->addWidget(m_view, 1);
  layout->addWidget(m_count);
  connect(m_text, &QLineEdit::textChanged, this, [this](const QString& text) {
    m_quiet = true;  // the current row may vanish; the open image stays
    m_filter->setText(text);
    m_quiet = false;
    showCount();
  });
  connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& now) {
    if (!m_quiet && now.isValid()) emit chosen(m_filter->mapToSource(now).row());
  });
  showCount();
}

void ImagePanel::setImages(std::vector<ProjectImage> images) {
  m_quiet = true;
  m_model->setImages(std::move(images));
  m_quiet = false;
  showCount();
}

void ImagePanel::updateImage(int image, const ProjectImage& value) { m_model->updateImage(image, value); }

void ImagePanel::setCurrent(int image) {
  const QModelIndex at = m_filter->mapFromSource(m_model->index(image));
  m_quiet = true;
  m_view->setCurrentIndex(at);
  m_quiet = false;
  if (at.isValid()) m_view->scrollTo(at);
}

int ImagePanel::neighbour(int image, int step) const {
  const QModelIndex at = m_filter->mapFromSource(m_model->index(image));
  const int last = m_filter->rowCount() - 1;
  // An image that the filter hides: on to the first of those after it, back to the last of those before it.
  const int after = at.isValid() ? at.row() : m_filter->rowsBefore(image) - (step > 0 ? 1 : 0);
  const int row = std::clamp(after + step, 0, last);
  if (last < 0 || (step > 0 ? row <= after : row >= after)) return -1;
  return m_filter->mapToSource(m_filter->index(row, 0)).row();
}

void ImagePanel::showCount() {
  const int all = m_model->rowCount(), shown = m_filter->rowCount();
  m_count->setText(all == 0       ? tr("No images yet")
                   : shown == all ? tr("%1 images").arg(grouped(all))
                                  : tr("%1 of %2 images").arg(grouped(shown), grouped(all)));
}

}  // namespace intarsia
