// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/start_page.h"

#include <QAction>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <ranges>

#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

QPushButton* bigButton(QAction* action, const QString& text) {
  auto* button = new QPushButton(action->icon(), text);
  button->setIconSize({20, 20});
  button->setMinimumHeight(36);
  button->setToolTip(action->toolTip());
  button->setStyleSheet(QStringLiteral("text-align: left; padding: 4px 12px;"));
  QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
  return button;
}

}  // namespace

StartPage::StartPage(QAction* openFolder, QAction* openSample, QAction* import, QWidget* parent) : QWidget(parent) {
  auto* box = new QWidget(this);
  box->setFixedWidth(460);
  auto* column = new QVBoxLayout(box);
  column->setSpacing(8);
  auto* title = new QLabel(tr("Intarsia"));
  QFont large = title->font();
  large.setPointSizeF(large.pointSizeF() * 2);
  title->setFont(large);
  auto* what = new QLabel(tr("Label images, train a network on them, correct its answers."));
  what->setForegroundRole(QPalette::PlaceholderText);
  column->addWidget(title);
  column->addWidget(what);
  column->addSpacing(12);
  column->addWidget(bigButton(openFolder, tr("Open a folder of images or a project")));
  column->addWidget(bigButton(import, tr("Import labels: masks, labelme, COCO, VOC, Labelbox")));
  column->addWidget(bigButton(openSample, tr("Open the sample project: generated street scenes")));
  auto* drop = new QLabel(tr("Or drop a folder or image anywhere in this window."));
  drop->setForegroundRole(QPalette::PlaceholderText);
  column->addWidget(drop);
  m_recentBox = new QWidget;
  m_recent = new QVBoxLayout(m_recentBox);
  m_recent->setContentsMargins(0, 16, 0, 0);
  m_recent->setSpacing(4);
  column->addWidget(m_recentBox);
  auto* layout = new QVBoxLayout(this);
  layout->addStretch(2);
  layout->addWidget(box, 0, Qt::AlignHCenter);
  layout->addStretch(3);
}

void StartPage::setRecent(const std::vector<std::filesystem::path>& paths) {
  while (QLayoutItem* item = m_recent->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  m_recentBox->setVisible(!paths.empty());
  if (paths.empty()) return;
  auto* title = new QLabel(tr("Recent"));
  QFont bold = title->font();
  bold.setBold(true);
  title->setFont(bold);
  m_recent->addWidget(title);
  for (const auto& path : paths | std::views::take(6)) {
    const QString text = displayName(path.filename()) + QStringLiteral("  —  ") + displayName(path.parent_path());
    auto* link = new QPushButton(QString(text).replace(QLatin1Char('&'), QLatin1String("&&")));
    link->setFlat(true);
    link->setStyleSheet(QStringLiteral("text-align: left; padding: 3px 6px;"));
    link->setToolTip(displayName(path));
    connect(link, &QPushButton::clicked, this, [this, path] { emit recentChosen(path); });
    m_recent->addWidget(link);
  }
}

}  // namespace intarsia
