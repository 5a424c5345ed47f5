// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/appearance.h"

#include <QApplication>
#include <QStyle>
#include <QToolTip>

namespace intarsia {
namespace {

QPalette palette(bool dark) {
  const auto grey = [dark](int light, int other) { return dark ? QColor(other, other, other + 2) : QColor(light, light, light); };
  QPalette p;
  const QColor text = grey(20, 226), faint = grey(150, 118), window = grey(240, 43), base = grey(255, 31), button = grey(236, 58);
  const QColor accent = dark ? QColor(58, 123, 200) : QColor(47, 109, 181);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    p.setColor(role, text);
    p.setColor(QPalette::Disabled, role, faint);
  }
  p.setColor(QPalette::Window, window);
  p.setColor(QPalette::Base, base);
  p.setColor(QPalette::AlternateBase, grey(247, 37));
  p.setColor(QPalette::Button, button);
  p.setColor(QPalette::ToolTipBase, grey(255, 62));
  p.setColor(QPalette::ToolTipText, text);
  p.setColor(QPalette::BrightText, Qt::white);
  p.setColor(QPalette::Light, grey(255, 78));
  p.setColor(QPalette::Midlight, grey(246, 66));
  p.setColor(QPalette::Mid, grey(190, 34));
  p.setColor(QPalette::Dark, grey(160, 26));
  p.setColor(QPalette::Shadow, grey(105, 14));
  p.setColor(QPalette::Highlight, accent);
  p.setColor(QPalette::Disabled, QPalette::Highlight, grey(190, 70));
  p.setColor(QPalette::HighlightedText, Qt::white);
  p.setColor(QPalette::Link, dark ? QColor(110, 170, 240) : accent);
  QColor placeholder = text;
  placeholder.setAlpha(150);
  p.setColor(QPalette::PlaceholderText, placeholder);
  return p;
}

}  // namespace

Appearance appearanceFromName(const QString& name) {
  return name == QLatin1String("dark") ? Appearance::dark : name == QLatin1String("light") ? Appearance::light : Appearance::system;
}

void setAppearance(Appearance appearance) {
  static const QString systemStyle = QApplication::style()->name();
  if (appearance == Appearance::system) {
    QApplication::setStyle(systemStyle);
    QApplication::setPalette(QPalette());
  } else {
    QApplication::setStyle(QStringLiteral("Fusion"));
    QApplication::setPalette(palette(appearance == Appearance::dark));
  }
  QToolTip::setPalette(QApplication::palette());
}

}  // namespace intarsia
