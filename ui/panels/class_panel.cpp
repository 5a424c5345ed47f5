// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/class_panel.h"

#include <QColorDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include "ui/main_window/icons.h"
#include "ui/models/class_model.h"
#include "ui/models/qt_text.h"

namespace intarsia {

ClassPanel::ClassPanel(QWidget* parent) : QWidget(parent), m_model(new ClassModel(this)) {
  m_view = new QTreeView(this);
  m_view->setModel(m_model);
  m_view->setRootIsDecorated(false);
  m_view->setUniformRowHeights(true);
  m_view->setAllColumnsShowFocus(true);
  m_view->setFrameShape(QFrame::NoFrame);
  m_view->setHeaderHidden(true);
  m_view->setIconSize({16, 16});
  m_view->setContextMenuPolicy(Qt::CustomContextMenu);
  m_view->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
  m_view->setAccessibleName(tr("Classes"));
  m_view->setDragDropMode(QAbstractItemView::InternalMove);
  m_view->setDropIndicatorShown(true);
  QHeaderView* header = m_view->header();
  header->setStretchLastSection(false);
  header->setMinimumSectionSize(20);
  m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_view->setTextElideMode(Qt::ElideMiddle);
  header->setSectionResizeMode(QHeaderView::Fixed);
  header->setSectionResizeMode(ClassModel::Name, QHeaderView::Stretch);
  const int character = fontMetrics().horizontalAdvance(QLatin1Char('0'));
  header->resizeSection(ClassModel::Key, character * 3 + 4);
  header->resizeSection(ClassModel::Share, fontMetrics().horizontalAdvance(QStringLiteral("100.0 %")) + 8);
  header->resizeSection(ClassModel::Visible, 28);
  setMinimumWidth(character * 12);

  m_newName = new QLineEdit(this);
  m_newName->setPlaceholderText(tr("New class…"));
  m_newName->setAccessibleName(tr("Name of a new class"));
  m_newName->setClearButtonEnabled(true);
  m_add = new QToolButton(this);
  m_add->setIcon(lineIcon(QStringLiteral("add")));
  m_add->setAutoRaise(true);
  m_add->setToolTip(tr("Add the class"));
  m_add->setAccessibleName(tr("Add class"));
  m_empty = new QLabel(tr("No classes yet. Type the name of the first one below, e.g. “road”, or just draw: you will be asked."), this);
  m_empty->setWordWrap(true);
  m_empty->setContentsMargins(8, 8, 8, 8);
  m_empty->setForegroundRole(QPalette::PlaceholderText);
  m_empty->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  m_uncovered = new QLabel(this);
  m_uncovered->setContentsMargins(8, 0, 8, 4);
  m_uncovered->setForegroundRole(QPalette::PlaceholderText);
  m_uncovered->setWordWrap(true);

  auto* adding = new QHBoxLayout;
  adding->setContentsMargins(4, 0, 4, 4);
  adding->addWidget(m_newName);
  adding->addWidget(m_add);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addWidget(m_empty, 1);
  layout->addWidget(m_view, 1);
  layout->addWidget(m_uncovered);
  layout->addLayout(adding);
  m_view->hide();

  connect(m_newName, &QLineEdit::returnPressed, this, &ClassPanel::addClass);
  connect(m_add, &QToolButton::clicked, this, &ClassPanel::addClass);
  connect(m_view, &QWidget::customContextMenuRequested, this, &ClassPanel::showMenu);
  connect(m_model, &ClassModel::moveWanted, this, [this](int from, int to) {
    if (m_editable) moveClass(from, to);
  });
  connect(m_model, &ClassModel::hiddenChanged, this, [this] { emit hiddenChanged(m_model->hidden()); });
  connect(m_model, &ClassModel::renamed, this, [this](ClassId id, const QString& name) {
    edit(tr("rename class"), [&](ClassTable& table) { return table.rename(id, name.toStdString()); });
  });
  connect(m_view, &QTreeView::clicked, this, [this](const QModelIndex& at) {
    const ClassId id = m_model->classes()[at.row()].id;
    if (at.column() == ClassModel::Visible) m_model->setVisible(id, !m_model->isVisible(id));
  });
  connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] { emit currentClassChanged(currentClass()); });
}

void ClassPanel::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  m_view->setColumnHidden(ClassModel::Share, width() < fontMetrics().horizontalAdvance(QLatin1Char('0')) * 24);  // names come first
}

void ClassPanel::setClasses(const ClassTable& classes) {
  const ClassId before = currentClass();
  m_model->setClasses(classes);
  m_view->setVisible(!classes.empty());
  m_empty->setVisible(classes.empty());
  if (!classes.empty()) setCurrentClass(classes.find(before) ? before : classes[0].id);
}

void ClassPanel::setCounts(std::vector<int64_t> counts) { m_model->setCounts(std::move(counts)); }

void ClassPanel::setUncoveredText(const QString& text) {
  m_uncovered->setText(text);
  m_uncovered->setVisible(!text.isEmpty());
}

void ClassPanel::setEditable(bool editable) {
  m_editable = editable;
  m_newName->setEnabled(editable);
  m_add->setEnabled(editable);
  m_view->setEditTriggers(editable ? QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed
                                   : QAbstractItemView::NoEditTriggers);
}

void ClassPanel::setCurrentClass(ClassId id) {
  if (const auto row = m_model->classes().indexOf(id)) m_view->setCurrentIndex(m_model->index(*row, ClassModel::Name));
}

ClassId ClassPanel::currentClass() const {
  const QModelIndex at = m_view->currentIndex();
  return at.isValid() && at.row() < m_model->classes().size() ? m_model->classes()[at.row()].id : kNoClass;
}

void ClassPanel::focusNewName() { m_newName->setFocus(); }

void ClassPanel::clearNewName() { m_newName->clear(); }

void ClassPanel::edit(const QString& name, const std::function<Expected<>(ClassTable&)>& change) {
  ClassTable table = m_model->classes();
  if (const auto done = change(table); !done) return emit failed(sentence(done.error()));
  emit classesEdited(table, name);
}

void ClassPanel::addClass() {
  const QString name = m_newName->text().trimmed();
  if (name.isEmpty()) return m_newName->setFocus();
  ClassId id = kNoClass;
  edit(tr("add class"), [&](ClassTable& table) -> Expected<> {
    INTARSIA_TRY(id, table.add(name.toStdString()));
    return {};
  });
  if (id == kNoClass) return;
  m_newName->clear();
  setCurrentClass(id);
}

void ClassPanel::recolor(ClassId id) {
  const ClassInfo* info = m_model->classes().find(id);
  if (!info) return;
  const QColor chosen = QColorDialog::getColor(toQt(info->color), this, tr("Colour of %1").arg(toQt(info->name)));
  if (!chosen.isValid()) return;
  edit(tr("recolour class"), [&](ClassTable& table) -> Expected<> {
    table.recolor(id, fromQt(chosen));
    return {};
  });
}

void ClassPanel::moveClass(int from, int to) {
  if (from < 0 || to < 0 || from >= m_model->classes().size() || to >= m_model->classes().size()) return;
  const ClassId id = m_model->classes()[from].id;
  edit(tr("reorder classes"), [&](ClassTable& table) -> Expected<> {
    table.move(from, to);
    return {};
  });
  setCurrentClass(id);
}

void ClassPanel::renameCurrent() {
  if (m_editable) m_view->edit(m_view->currentIndex().siblingAtColumn(ClassModel::Name));
}

void ClassPanel::toggleIgnore(ClassId id) {
  const ClassInfo* info = m_model->classes().find(id);
  if (!info) return;
  edit(info->ignore ? tr("use class") : tr("ignore class"), [&](ClassTable& table) -> Expected<> {
    table.setIgnore(id, !info->ignore);
    return {};
  });
}

void ClassPanel::showOnly(ClassId id) {
  const ClassTable table = m_model->classes();
  for (const ClassInfo& c : table) m_model->setVisible(c.id, c.id == id);
}

void ClassPanel::showAll() {
  const ClassTable table = m_model->classes();
  for (const ClassInfo& c : table) m_model->setVisible(c.id, true);
}

void ClassPanel::setHatching(bool on) { m_model->setHatching(on); }

void ClassPanel::showMenu(QPoint at) {
  const QModelIndex index = m_view->indexAt(at);
  if (!index.isValid()) return;
  const ClassTable table = m_model->classes();
  const ClassInfo info = table[index.row()];
  QMenu menu(this);
  const auto add = [&](QMenu& to, const QString& text, bool enabled, auto slot) {
    QAction* action = to.addAction(text);
    action->setEnabled(enabled);
    connect(action, &QAction::triggered, this, slot);
    return action;
  };
  add(menu, tr("Rename…"), m_editable, [this] { renameCurrent(); });
  add(menu, tr("Colour…"), m_editable, [this, id = info.id] { recolor(id); });
  QAction* ignore = add(menu, tr("Ignore (neither loss nor metric)"), m_editable, [this, id = info.id] { toggleIgnore(id); });
  ignore->setCheckable(true);
  ignore->setChecked(info.ignore);
  menu.addSeparator();
  add(menu, tr("Move Up"), m_editable && index.row() > 0, [this, row = index.row()] { moveClass(row, row - 1); });
  add(menu, tr("Move Down"), m_editable && index.row() + 1 < table.size(), [this, row = index.row()] { moveClass(row, row + 1); });
  QMenu* merge = menu.addMenu(tr("Merge into"));
  merge->setEnabled(m_editable && table.size() > 1);
  for (const ClassInfo& to : table)
    if (to.id != info.id)
      add(*merge, toQt(to.name), true, [this, from = info.id, id = to.id] { emit mergeWanted(from, id); })->setIcon(swatchIcon(to, 16, devicePixelRatioF()));
  add(menu, tr("Delete…"), m_editable, [this, id = info.id] { emit mergeWanted(id, kNoClass); });
  menu.addSeparator();
  add(menu, tr("Show only this class"), true, [this, id = info.id] { showOnly(id); });
  add(menu, tr("Show all classes"), true, [this] { showAll(); });
  menu.exec(m_view->viewport()->mapToGlobal(at));
}

}  // namespace intarsia
