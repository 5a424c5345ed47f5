// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/cheat_sheet.h"

#include <QLineEdit>
#include <QPrintDialog>
#include <QPrinter>
#include <QPushButton>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "ui/main_window/action_registry.h"
#include "ui/main_window/icons.h"

namespace intarsia {
namespace {

struct Group {
  QString name;
  QList<std::pair<QString, QString>> rows;  // keys, what
};

bool isClassDigit(const QAction* action) {
  bool number = false;
  const QString id = ActionRegistry::idOf(action);
  if (id.startsWith(QLatin1String("class."))) id.mid(6).toInt(&number);
  return number;
}

QList<Group> groups(const ActionRegistry& registry, const QString& search, bool all) {
  QList<Group> out;
  const auto found = [&](const QString& keys, const QString& what) {
    return search.isEmpty() || keys.contains(search, Qt::CaseInsensitive) || what.contains(search, Qt::CaseInsensitive);
  };
  for (int g = 0; g <= int(ActionGroup::help); ++g) {
    Group group{groupName(ActionGroup(g)), {}};
    if (ActionGroup(g) == ActionGroup::classes) {
      QStringList digits;
      for (int i = 1; const QAction* digit = registry.find(QStringLiteral("class.%1").arg(i)); ++i) digits << keysText(digit->shortcuts());
      const QString what = CheatSheet::tr("Classes 1 to 10: for the selection, and for what is drawn next");
      if (found(digits.join(QStringLiteral(", ")), what)) group.rows << std::pair(digits.join(QStringLiteral(", ")), what);
    }
    for (const QAction* action : registry.all()) {
      if (registry.groupOf(action) != ActionGroup(g) || (!all && action->shortcuts().isEmpty()) || isClassDigit(action)) continue;
      const QString keys = keysText(action->shortcuts());
      if (found(keys, whatOf(action))) group.rows << std::pair(keys, whatOf(action));
    }
    if (!group.rows.isEmpty()) out << group;
  }
  Group mouse{CheatSheet::tr("Mouse and held keys"), {}};
  for (const auto& [keys, what] : mouseHabits(registry))
    if (found(keys, what)) mouse.rows << std::pair(keys, what);
  if (!mouse.rows.isEmpty()) out << mouse;
  return out;
}

}  // namespace

QList<std::pair<QString, QString>> mouseHabits(const ActionRegistry& registry) {
  const auto tr = [](const char* text) { return CheatSheet::tr(text); };
  const bool scroll = registry.gesture(QStringLiteral("wheel")) == QLatin1String("scroll");
  return {{scroll ? tr("Ctrl+Wheel") : tr("Wheel, Ctrl+Wheel"), tr("Zoom at the cursor")},
          {scroll ? tr("Wheel, Shift+Wheel") : tr("Shift+Wheel"), scroll ? tr("Move the view") : tr("Move the view sideways")},
          {tr("Middle drag, Space-drag"), tr("Move the view")},
          {tr("O held and Wheel"), tr("Opacity of the prediction, or of the labels where there is none")},
          {tr("Double click, click on the first point"), tr("Finish the polygon")},
          {tr("Drag an edge of a selected shape, double or Alt+click it"), tr("Insert a point")}};
}

QString keysHtml(const ActionRegistry& registry, int columns, const QString& search, bool all) {
  const QList<Group> list = groups(registry, search, all);
  qsizetype rows = 0;
  for (const Group& group : list) rows += group.rows.size() + 2;
  const qsizetype height = (rows + columns - 1) / columns;
  QString out = QStringLiteral("<table width=\"100%\" cellspacing=\"0\" cellpadding=\"0\"><tr>");
  const QString open = QStringLiteral("<td width=\"%1%\" valign=\"top\" style=\"padding-right:20px\">").arg(100 / columns);
  out += open;
  qsizetype filled = 0;
  int column = 1;
  for (const Group& group : list) {
    // A group stays whole; it goes to the next column when less than half of it would fit.
    if (filled > 0 && column < columns && filled + group.rows.size() / 2 >= height) {
      out += QStringLiteral("</td>") + open;
      filled = 0;
      ++column;
    }
    out += QStringLiteral("<p style=\"margin-top:10px;margin-bottom:2px\"><b>%1</b></p><table width=\"100%\" cellspacing=\"0\" cellpadding=\"2\">").arg(group.name.toHtmlEscaped());
    for (const auto& [keys, what] : group.rows)
      out += QStringLiteral("<tr><td width=\"38%\" valign=\"top\"><tt>%1</tt></td><td valign=\"top\">%2</td></tr>").arg(keys.toHtmlEscaped(), what.toHtmlEscaped());
    out += QStringLiteral("</table>");
    filled += group.rows.size() + 2;
  }
  return out + QStringLiteral("</td></tr></table>");
}

QString keysMarkdown(const ActionRegistry& registry) {
  QString out = QStringLiteral("| keys | |\n| --- | --- |\n");
  for (const Group& group : groups(registry, {}, false)) {
    out += QStringLiteral("| **%1** | |\n").arg(group.name);
    for (auto [keys, what] : group.rows) out += QStringLiteral("| %1 | %2 |\n").arg(keys.replace(QLatin1Char('|'), QLatin1String("\\|")), what);
  }
  return out;
}

CheatSheet::CheatSheet(const ActionRegistry& registry, QWidget* parent) : QDialog(parent), m_registry(registry) {
  setWindowTitle(tr("Keys at a Glance"));
  m_search = new QLineEdit(this);
  m_search->setPlaceholderText(tr("Search command or key"));
  m_search->setAccessibleName(m_search->placeholderText());
  m_search->setClearButtonEnabled(true);
  m_search->addAction(lineIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
  auto* change = new QPushButton(tr("Change Keys…"), this);
  auto* paper = new QPushButton(tr("Print…"), this);
  for (QPushButton* button : {change, paper}) button->setAutoDefault(false);
  m_text = new QTextBrowser(this);
  m_text->setFrameShape(QFrame::NoFrame);
  m_text->setAccessibleName(windowTitle());
  auto* top = new QHBoxLayout;
  top->addWidget(m_search, 1);
  top->addWidget(change);
  top->addWidget(paper);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(top);
  layout->addWidget(m_text, 1);
  resize(1060, 720);
  connect(m_search, &QLineEdit::textChanged, this, &CheatSheet::refresh);
  connect(&registry, &ActionRegistry::keysChanged, this, &CheatSheet::refresh);
  connect(paper, &QPushButton::clicked, this, &CheatSheet::print);
  connect(change, &QPushButton::clicked, this, [this] {
    if (QAction* action = m_registry.find(QStringLiteral("help.editKeys"))) action->trigger();
  });
  refresh();
}

void CheatSheet::refresh() {
  const QString search = m_search->text().trimmed();
  m_text->setHtml(keysHtml(m_registry, search.isEmpty() ? 2 : 1, search, !search.isEmpty()));
}

void CheatSheet::print() {
  QPrinter printer(QPrinter::HighResolution);
  QPrintDialog dialog(&printer, this);
  if (dialog.exec() != QDialog::Accepted) return;
  QTextDocument page;
  page.setDefaultFont(QFont(font().family(), 8));
  page.setHtml(keysHtml(m_registry, 2));
  page.print(&printer);
}

}  // namespace intarsia
