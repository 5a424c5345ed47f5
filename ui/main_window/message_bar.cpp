// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/message_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QTimer>
#include <QToolButton>

#include "ui/main_window/icons.h"
#include "ui/models/short_text.h"

namespace intarsia {
namespace {
constexpr int kInfoMs = 8000;
constexpr size_t kMostNotices = 20;
constexpr int kLongestWord = 40;
}  // namespace

MessageBar::MessageBar(QWidget* parent) : QFrame(parent) {
  m_icon = new QLabel(this);
  m_text = new QLabel(this);
  m_text->setWordWrap(true);
  m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_more = new QLabel(this);
  m_more->setForegroundRole(QPalette::PlaceholderText);
  m_button = new QPushButton(this);
  auto* close = new QToolButton(this);
  close->setIcon(lineIcon(QStringLiteral("close")));
  close->setAutoRaise(true);
  close->setToolTip(tr("Close this message"));
  close->setAccessibleName(tr("Close message"));
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(12, 6, 6, 6);
  layout->setSpacing(8);
  layout->addWidget(m_icon);
  layout->addWidget(m_text, 1);
  layout->addWidget(m_more);
  layout->addWidget(m_button);
  layout->addWidget(close);
  connect(close, &QToolButton::clicked, this, &MessageBar::dismiss);
  connect(m_button, &QPushButton::clicked, this, &MessageBar::pressButton);
  setAccessibleName(tr("Messages"));
  hide();
}

void MessageBar::show(const Notice& notice) {
  std::erase_if(m_notices, [&](const Notice& n) { return n.text == notice.text || n.kind == Notice::Kind::info; });
  if (m_notices.size() >= kMostNotices) m_notices.erase(m_notices.begin());
  m_notices.push_back(notice);
  refresh();
  if (notice.kind != Notice::Kind::info || !notice.button.isEmpty()) return;
  QTimer::singleShot(kInfoMs, this, [this, serial = m_serial] {
    if (serial == m_serial) dismiss();
  });
}

void MessageBar::dismiss() {
  if (!m_notices.empty()) m_notices.pop_back();
  refresh();
}

void MessageBar::withdraw(const QString& text) {
  if (std::erase_if(m_notices, [&](const Notice& n) { return n.text == text; })) refresh();
}

void MessageBar::withdrawOver() {
  if (std::erase_if(m_notices, [](const Notice& n) { return n.over && n.over(); })) refresh();
}

void MessageBar::refresh() {
  ++m_serial;
  setVisible(!m_notices.empty());
  if (m_notices.empty()) return;
  const Notice& n = m_notices.back();
  m_icon->setPixmap(lineIcon(n.kind == Notice::Kind::info ? QStringLiteral("info") : QStringLiteral("warning")).pixmap(QSize(20, 20), devicePixelRatioF()));
  m_text->setText(shortWords(n.text, kLongestWord));
  m_text->setToolTip(n.text.size() > m_text->text().size() ? n.text : QString());
  m_more->setText(tr("%n more", nullptr, int(m_notices.size()) - 1));
  m_more->setToolTip(tr("Earlier messages: they follow when this one is closed"));
  m_more->setVisible(m_notices.size() > 1);
  m_button->setText(n.button);
  m_button->setVisible(!n.button.isEmpty());
  update();
}

QString MessageBar::text() const { return m_notices.empty() ? QString() : m_notices.back().text; }
bool MessageBar::hasButton() const { return !m_notices.empty() && !m_notices.back().button.isEmpty(); }

void MessageBar::pressButton() {
  if (m_notices.empty()) return;
  const auto action = m_notices.back().action;
  dismiss();
  if (action) action();
}

void MessageBar::paintEvent(QPaintEvent*) {
  if (m_notices.empty()) return;
  QPainter painter(this);
  const auto kind = m_notices.back().kind;
  const QColor accent = kind == Notice::Kind::info      ? QColor(0x2f, 0x6d, 0xb5)
                        : kind == Notice::Kind::warning ? QColor(0xd9, 0x8e, 0x04)
                                                        : QColor(0xc0, 0x39, 0x2b);
  QColor soft = accent;
  soft.setAlpha(40);
  painter.fillRect(rect(), soft);
  painter.fillRect(QRect(0, 0, 4, height()), accent);
}

}  // namespace intarsia
