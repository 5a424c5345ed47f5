// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/icons.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmapCache>
#include <QSvgRenderer>

// Q_INIT_RESOURCE wants the global namespace.
static void registerResources() { Q_INIT_RESOURCE(intarsia); }

namespace intarsia {

void initResources() { registerResources(); }

namespace {

class LineIconEngine : public QIconEngine {
 public:
  explicit LineIconEngine(QString name) : m_name(std::move(name)) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
    // Lists paint the same few icons again and again: drawn once per colour and size.
    const qreal ratio = painter->device()->devicePixelRatioF();
    if (painter->transform().type() > QTransform::TxTranslate) return QSvgRenderer(svg(mode)).render(painter, rect);
    QPixmap drawn = pixmap(rect.size() * ratio, mode, state);
    drawn.setDevicePixelRatio(ratio);
    painter->drawPixmap(rect.topLeft(), drawn);
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override {
    const QString key = QStringLiteral("intarsia/%1/%2/%3x%4").arg(m_name, color(mode).name()).arg(size.width()).arg(size.height());
    QPixmap out;
    if (QPixmapCache::find(key, &out)) return out;
    out = QPixmap(size);
    out.fill(Qt::transparent);
    QPainter painter(&out);
    QSvgRenderer(svg(mode)).render(&painter, QRect(QPoint(), size));
    painter.end();
    QPixmapCache::insert(key, out);
    return out;
  }
  QIconEngine* clone() const override { return new LineIconEngine(*this); }
  QString iconName() override { return m_name; }
  bool isNull() override { return false; }

 private:
  static QColor color(QIcon::Mode mode) {
    const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
    return QApplication::palette().color(group, mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::WindowText);
  }
  QByteArray svg(QIcon::Mode mode) {
    if (m_source.isEmpty()) {
      QFile file(QStringLiteral(":/intarsia/icons/%1.svg").arg(m_name));
      if (file.open(QIODevice::ReadOnly)) m_source = file.readAll();
    }
    return QByteArray(m_source).replace("currentColor", color(mode).name().toLatin1());
  }
  QString m_name;
  QByteArray m_source;
};

}  // namespace

QIcon lineIcon(const QString& name) { return QIcon(new LineIconEngine(name)); }

}  // namespace intarsia
