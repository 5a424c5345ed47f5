// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/icons.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

// Q_INIT_RESOURCE wants the global namespace.
static void registerResources() { Q_INIT_RESOURCE(intarsia); }

namespace intarsia {

void initResources() { registerResources(); }

namespace {

class LineIconEngine : public QIconEngine {
 public:
  explicit LineIconEngine(QString name) : m_name(std::move(name)) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    if (m_source.isEmpty()) {
      QFile file(QStringLiteral(":/intarsia/icons/%1.svg").arg(m_name));
      if (file.open(QIODevice::ReadOnly)) m_source = file.readAll();
    }
    const QPalette palette = QApplication::palette();
    const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
    const auto role = mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::WindowText;
    QByteArray svg = m_source;
    svg.replace("currentColor", palette.color(group, role).name().toLatin1());
    QSvgRenderer(svg).render(painter, rect);
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap out(size);
    out.fill(Qt::transparent);
    QPainter painter(&out);
    paint(&painter, QRect(QPoint(), size), mode, state);
    return out;
  }
  QIconEngine* clone() const override { return new LineIconEngine(*this); }
  QString iconName() override { return m_name; }
  bool isNull() override { return false; }

 private:
  QString m_name;
  QByteArray m_source;
};

}  // namespace

QIcon lineIcon(const QString& name) { return QIcon(new LineIconEngine(name)); }

}  // namespace intarsia
