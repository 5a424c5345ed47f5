// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/qt_text.h"

#include <QLocale>
#include <QPainter>
#include <QPixmapCache>

#include "core/base/text.h"
#include "ui/canvas/compositor.h"

namespace intarsia {

QString displayName(const std::filesystem::path& path) { return toQt(displayPath(path)); }

QString pathText(const std::filesystem::path& path) {
  const std::string shown = displayPath(path), &bytes = path.native();
  if (shown == bytes) return toQt(shown);
  constexpr std::string_view kReplaced = "\xEF\xBF\xBD";
  QString text;
  for (size_t i = 0, j = 0; j < shown.size();) {  // where they differ, one byte was replaced
    if (std::string_view(shown).substr(j, 3) == kReplaced && std::string_view(bytes).substr(i, 3) != kReplaced) {
      text += QChar(ushort(0xDC00 + uint8_t(bytes[i++])));
      j += 3;
      continue;
    }
    size_t n = 1;
    while (j + n < shown.size() && (uint8_t(shown[j + n]) & 0xC0) == 0x80) ++n;
    text += QString::fromUtf8(shown.data() + j, qsizetype(n));
    i += n;
    j += n;
  }
  return text;
}

std::filesystem::path toPath(const QString& text) {
  std::string bytes;
  for (qsizetype i = 0; i < text.size(); ++i) {
    const ushort unit = text[i].unicode();
    const bool pair = text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate();
    if (unit >= 0xDC80 && unit <= 0xDCFF)
      bytes += char(unit - 0xDC00);
    else
      bytes += text.mid(i, pair ? 2 : 1).toStdString();
    i += pair;
  }
  return bytes;
}

QUrl toUrl(const std::filesystem::path& path) {
  return QUrl::fromEncoded("file://" + QByteArray::fromStdString(std::filesystem::absolute(path).native()).toPercentEncoding("/"));
}

std::filesystem::path toPath(const QUrl& url) {
  return url.isLocalFile() ? std::filesystem::path(QByteArray::fromPercentEncoding(url.path(QUrl::FullyEncoded).toLatin1()).toStdString()) : std::filesystem::path();
}

QString sentence(const Error& error) {
  QString text = QCoreApplication::translate("intarsia", QByteArray(error.text.data(), qsizetype(error.text.size())).constData());
  if (text == toQt(std::string(error.text))) return toQt(error.message());
  for (const auto& [name, value] : error.arguments) text.replace(QLatin1Char('{') + toQt(name) + QLatin1Char('}'), toQt(value));
  return text;
}

QString percent(double fraction, int decimals) {
  return QLocale().toString(fraction * 100, 'f', decimals) + QStringLiteral("\u202f%");
}

QString grouped(qint64 value) {
  QString digits = QString::number(value);
  for (qsizetype at = digits.size() - 3; at > (value < 0 ? 1 : 0); at -= 3) digits.insert(at, QChar(0x202f));
  return digits;
}

QString duration(double seconds) {
  const qint64 s = qint64(seconds + 0.5);
  if (s < 90) return QCoreApplication::translate("intarsia", "%1\u202fs").arg(s);
  const qint64 minutes = (s + 30) / 60;
  if (minutes < 90) return QCoreApplication::translate("intarsia", "%1\u202fmin").arg(minutes);
  return QCoreApplication::translate("intarsia", "%1\u202fh %2\u202fmin").arg(minutes / 60).arg(minutes % 60);
}

QImage toQImage(const Image& image) {
  if (image.empty() || image.bits != 8) return {};
  const auto format = image.channels == 1   ? QImage::Format_Grayscale8
                      : image.channels == 3 ? QImage::Format_RGB888
                                            : QImage::Format_RGBA8888;
  return QImage(image.bytes.data(), image.width, image.height, qsizetype(image.rowBytes()), format).copy();
}

QPixmap swatch(const ClassInfo& info, int side, qreal ratio, int hatch) {
  if (info.ignore && hatch == 0) hatch = 1;
  // Lists ask for the same few on every paint; Qt keeps what an icon paints of each pixmap, so that new ones fill its cache.
  const QString key = QStringLiteral("intarsia/swatch/%1/%2/%3/%4").arg(toQt(info.color).rgb(), 0, 16).arg(side).arg(ratio).arg(hatch);
  QPixmap known;
  if (QPixmapCache::find(key, &known)) return known;
  QImage out(QSize(side, side) * ratio, QImage::Format_ARGB32_Premultiplied);
  out.fill(Qt::transparent);
  out.setDevicePixelRatio(ratio);
  QPainter painter(&out);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF box(0.5, 0.5, side - 1, side - 1);
  painter.setPen(QPen(QColor(0, 0, 0, 90), 1));
  painter.setBrush(toQt(info.color));
  painter.drawRoundedRect(box, 2, 2);
  if (hatch > 0) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(255, 255, 255, 150));
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (int y = 1; y < side - 1; ++y)
      for (int x = 1; x < side - 1; ++x)
        if (hatched(hatch, x, y)) painter.drawRect(x, y, 1, 1);
  }
  painter.end();
  known = QPixmap::fromImage(out);
  QPixmapCache::insert(key, known);
  return known;
}

QIcon swatchIcon(const ClassInfo& info, int side, qreal ratio, int hatch) {
  const QPixmap pixmap = swatch(info, side, ratio, hatch);
  QIcon icon;
  for (const auto mode : {QIcon::Normal, QIcon::Selected, QIcon::Active, QIcon::Disabled}) icon.addPixmap(pixmap, mode);
  return icon;
}

}  // namespace intarsia
