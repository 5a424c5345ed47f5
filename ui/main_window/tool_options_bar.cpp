// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/tool_options_bar.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollBar>
#include <QWheelEvent>
#include <QSettings>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>

#include "ui/main_window/icons.h"

namespace intarsia {
namespace {

QString settingsKey(ToolKind kind, const QString& option) {
  if (option.startsWith(QLatin1String("all/"))) return QStringLiteral("tools/") + option;
  return QStringLiteral("tools/%1/%2").arg(QString::fromLatin1(toolInfo(kind).id), option);
}

}  // namespace

ToolOptionsBar::ToolOptionsBar(QWidget* parent) : QScrollArea(parent) {
  auto* row = new QWidget;
  m_layout = new QHBoxLayout(row);
  m_layout->setContentsMargins(8, 2, 8, 2);
  m_layout->setSpacing(8);
  setWidget(row);
  setWidgetResizable(true);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFocusPolicy(Qt::NoFocus);
  setFixedHeight(fontMetrics().height() + 18);
}

void ToolOptionsBar::wheelEvent(QWheelEvent* event) {
  const QPoint by = event->angleDelta();
  horizontalScrollBar()->setValue(horizontalScrollBar()->value() - (by.x() ? by.x() : by.y()) / 2);
  event->accept();
}

void ToolOptionsBar::restore(ToolKind kind, Tool& tool) {
  const QSettings settings;
  for (const ToolOption& option : tool.options()) {
    bool ok = false;
    const double value = settings.value(settingsKey(kind, option.id)).toDouble(&ok);
    if (ok && value >= option.minimum && (option.kind == ToolOption::Kind::choice ? value < option.choices.size() : value <= option.maximum))
      tool.setOption(option.id, value);
  }
}

void ToolOptionsBar::setTool(ToolKind kind, Tool& tool) {
  const std::vector<ToolOption> options = tool.options();
  std::vector<QString> ids;
  for (const ToolOption& option : options) ids.push_back(option.id);
  if (m_tool != &tool || ids != m_shown) {
    m_kind = kind;
    m_tool = &tool;
    m_shown = std::move(ids);
    return build(options);
  }
  for (size_t i = 0; i < options.size(); ++i) m_show[i](options[i].value);
}

void ToolOptionsBar::resizeEvent(QResizeEvent* event) {
  QScrollArea::resizeEvent(event);
  if (m_tool && m_narrow != (m_wideWidth > viewport()->width())) build(m_tool->options());
}

/// Icons are painted in the theme's colour of text.
void ToolOptionsBar::changeEvent(QEvent* event) {
  QScrollArea::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && m_tool) build(m_tool->options());
}

void ToolOptionsBar::build(const std::vector<ToolOption>& options) {
  fill(options, false);
  m_layout->invalidate();
  m_wideWidth = widget()->sizeHint().width();
  m_narrow = m_wideWidth > viewport()->width();
  if (m_narrow) fill(options, true);
}

void ToolOptionsBar::fill(const std::vector<ToolOption>& options, bool narrow) {
  m_show.clear();
  while (QLayoutItem* item = m_layout->takeAt(0)) {
    if (QWidget* widget = item->widget()) {
      widget->hide();
      widget->deleteLater();  // one of them may have sent what led here
    }
    delete item;
  }
  const ToolInfo& info = toolInfo(m_kind);
  auto* icon = new QLabel;
  icon->setPixmap(lineIcon(QString::fromLatin1(info.id)).pixmap(QSize(16, 16), devicePixelRatioF()));
  auto* name = new QLabel(QStringLiteral("<b>%1</b>").arg(toolText(info)));
  m_layout->addWidget(icon);
  m_layout->setSpacing(narrow ? 3 : 8);
  if (narrow) {
    delete name;
  } else {
    m_layout->addWidget(name);
    m_layout->addSpacing(8);
  }
  for (const ToolOption& option : options) {
    if (option.kind == ToolOption::Kind::number) addNumber(option);
    if (option.kind == ToolOption::Kind::flag) addFlag(option);
    if (option.kind == ToolOption::Kind::choice) narrow ? addList(option) : addChoice(option);
  }
  m_layout->addStretch(1);
  for (int i = 0; i < m_layout->count(); ++i)  // hidden until the next turn of the event loop, they would count for nothing
    if (QWidget* widget = m_layout->itemAt(i)->widget()) {
      widget->show();
      for (auto* button : widget->findChildren<QToolButton*>(Qt::FindDirectChildrenOnly)) button->show();
    }
}

void ToolOptionsBar::changed(const QString& id, double value) {
  m_tool->setOption(id, value);
  QSettings().setValue(settingsKey(m_kind, id), value);
}

void ToolOptionsBar::addNumber(const ToolOption& option) {
  auto* label = new QLabel(option.text);
  auto* box = new QDoubleSpinBox;
  box->setDecimals(option.step < 1 ? 1 : 0);
  box->setRange(option.minimum, option.maximum);
  box->setSingleStep(option.step);
  box->setSuffix(option.suffix);
  box->setValue(option.value);
  box->setToolTip(option.tip);
  box->setAccessibleName(option.text);
  box->setFocusPolicy(Qt::ClickFocus);  // Tab stays with the panels; keys stay with the canvas
  box->setKeyboardTracking(false);
  label->setToolTip(option.tip);
  label->setBuddy(box);
  m_layout->addWidget(label);
  m_layout->addWidget(box);
  connect(box, &QDoubleSpinBox::valueChanged, this, [this, id = option.id](double v) { changed(id, v); });
  m_show.push_back([this, box, id = option.id](double v) {
    if (box->value() == v) return;
    const QSignalBlocker quiet(box);
    box->setValue(v);
    QSettings().setValue(settingsKey(m_kind, id), v);
  });
}

void ToolOptionsBar::addFlag(const ToolOption& option) {
  auto* box = new QCheckBox(option.text);
  box->setChecked(option.value != 0);
  box->setToolTip(option.tip);
  box->setFocusPolicy(Qt::TabFocus);
  m_layout->addWidget(box);
  connect(box, &QCheckBox::toggled, this, [this, id = option.id](bool on) { changed(id, on); });
  m_show.push_back([box](double v) {
    const QSignalBlocker quiet(box);
    box->setChecked(v != 0);
  });
}

void ToolOptionsBar::addList(const ToolOption& option) {
  auto* list = new QComboBox;  // the narrow form: its choice speaks for itself
  list->addItems(option.choices);
  list->setCurrentIndex(int(option.value));
  list->setFocusPolicy(Qt::TabFocus);
  list->setToolTip(QStringLiteral("<b>%1</b><br>%2").arg(option.text, option.tip.toHtmlEscaped()));
  list->setAccessibleName(option.text);
  m_layout->addWidget(list);
  connect(list, &QComboBox::activated, this, [this, id = option.id](int i) { changed(id, i); });
  m_show.push_back([list](double v) { list->setCurrentIndex(int(v)); });
}

void ToolOptionsBar::addChoice(const ToolOption& option) {
  auto* label = new QLabel(option.text);
  label->setToolTip(option.tip);
  m_layout->addWidget(label);
  auto* group = new QButtonGroup(label);
  auto* row = new QWidget;
  auto* buttons = new QHBoxLayout(row);
  buttons->setContentsMargins(0, 0, 0, 0);
  buttons->setSpacing(0);
  for (int i = 0; i < option.choices.size(); ++i) {
    auto* button = new QToolButton;
    button->setText(option.choices[i]);
    button->setCheckable(true);
    button->setChecked(i == int(option.value));
    button->setAutoRaise(true);
    button->setToolTip(option.tip);
    button->setAccessibleName(QStringLiteral("%1: %2").arg(option.text, option.choices[i]));
    button->setFocusPolicy(Qt::TabFocus);
    group->addButton(button, i);
    buttons->addWidget(button);
  }
  m_layout->addWidget(row);
  connect(group, &QButtonGroup::idClicked, this, [this, id = option.id](int i) { changed(id, i); });
  m_show.push_back([group](double v) {
    if (QAbstractButton* button = group->button(int(v))) button->setChecked(true);
  });
}

}  // namespace intarsia
