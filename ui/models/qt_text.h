// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QColor>
#include <QCoreApplication>
#include <QIcon>
#include <QImage>
#include <QPixmap>
#include <QString>
#include <QUrl>
#include <filesystem>

#include "core/base/class_table.h"
#include "core/base/error.h"
#include "core/base/image.h"

namespace intarsia {

inline QColor toQt(Color c) { return {c.r, c.g, c.b}; }
inline Color fromQt(const QColor& c) { return {uint8_t(c.red()), uint8_t(c.green()), uint8_t(c.blue())}; }
inline QString toQt(const std::string& utf8) { return QString::fromUtf8(utf8.data(), qsizetype(utf8.size())); }
QString displayName(const std::filesystem::path& path);   // the whole path, for people
/// The whole path for a line to edit: bytes that are no UTF-8 stand as lone surrogates U+DC80…U+DCFF, and toPath brings them back.
QString pathText(const std::filesystem::path& path);
std::filesystem::path toPath(const QString& text);
/// Of local files, whatever bytes their names have.
QUrl toUrl(const std::filesystem::path& path);
std::filesystem::path toPath(const QUrl& url);

/// The sentence of an error in the user's language: its literal translated, its places filled.
QString sentence(const Error& error);

/// "31.2 %" in the user's locale; `decimals` behind the point.
QString percent(double fraction, int decimals = 1);
/// "1 204" with a thin space between thousands.
QString grouped(qint64 value);
/// "12 s", "3 min", "1 h 20 min".
QString duration(double seconds);

/// Deep copy of 8-bit grey or RGB pixels.
QImage toQImage(const Image& image);

/// A square in the class's colour; striped when the class is ignored, else with one of the canvas's patterns (0 = plain).
QPixmap swatch(const ClassInfo& info, int side, qreal devicePixelRatio, int hatch = 0);
/// The same in every state: a selected row would tint it, and it would be another class's colour.
QIcon swatchIcon(const ClassInfo& info, int side, qreal devicePixelRatio, int hatch = 0);

}  // namespace intarsia
