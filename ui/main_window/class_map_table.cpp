// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/class_map_table.h"

#include <QComboBox>
#include <QHeaderView>
#include <QSignalBlocker>
#include <functional>
#include <utility>

#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

using Kind = ClassTarget::Kind;
using Why = ClassProposal::Why;

QString whyText(Why why) {
  switch (why) {
    case Why::sameName: return ClassMapTable::tr("the same name");
    case Why::spelling: return ClassMapTable::tr("the same but for spelling");
    case Why::plural: return ClassMapTable::tr("proposed: singular and plural");
    case Why::similar: return ClassMapTable::tr("proposed: a similar name");
    case Why::ignored: return ClassMapTable::tr("it is one to be ignored");
    case Why::ignoredName: return ClassMapTable::tr("proposed: often ignored");
    case Why::fresh: return ClassMapTable::tr("new");
  }
  return {};
}

constexpr size_t kMostRows = 1000;

/// Gets the project's classes when it is opened: 150 rows of 150 would hold the window up.
class ClassChoice : public QComboBox {
 public:
  std::function<void(ClassChoice&)> fill;
  void filled() {
    if (auto once = std::exchange(fill, {})) once(*this);
  }
  void showPopup() override {
    filled();
    QComboBox::showPopup();
  }
};

void addClass(QComboBox& box, const ClassInfo& c) {
  box.addItem(swatchIcon(c, 14, box.devicePixelRatioF()), toQt(c.name), QStringList{QStringLiteral("use"), toQt(c.name)});
}

Color colorOf(const ImportedClass& c, int index) { return c.color.value_or(ClassTable::defaultColor(index)); }

}  // namespace

ClassMapTable::ClassMapTable(QWidget* parent) : QTableWidget(0, 4, parent) {
  setHorizontalHeaderLabels({tr("Class of the source"), tr("Labels"), tr("becomes"), tr("because")});
  verticalHeader()->hide();
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setSelectionMode(QAbstractItemView::NoSelection);
  setAlternatingRowColors(true);
  horizontalHeader()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
  horizontalHeader()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  horizontalHeader()->setSectionResizeMode(2, QHeaderView::Stretch);
  horizontalHeader()->setSectionResizeMode(3, QHeaderView::ResizeToContents);
  setAccessibleName(tr("Classes"));
}

QComboBox* ClassMapTable::choices(const ImportedClass& from, const ClassProposal& proposal) {
  auto* box = new ClassChoice;
  box->setFocusPolicy(Qt::StrongFocus);
  const QString name = toQt(from.name);
  if (!m_project.indexOfName(from.name)) box->addItem(tr("New class “%1”").arg(name), QStringList{QStringLiteral("use"), name});
  box->addItem(tr("Ignore"), QStringList{QStringLiteral("ignore"), {}});
  box->addItem(tr("Leave out"), QStringList{QStringLiteral("skip"), {}});
  const auto chosen = proposal.target.kind == Kind::use ? m_project.indexOfName(proposal.target.name) : std::nullopt;
  if (chosen) addClass(*box, m_project[*chosen]);
  box->fill = [this](ClassChoice& all) {
    const QSignalBlocker quiet(&all);
    if (!m_project.empty()) all.insertSeparator(all.count());
    for (const ClassInfo& c : m_project)
      if (all.findData(QStringList{QStringLiteral("use"), toQt(c.name)}) < 0) addClass(all, c);
  };
  const QString kind = proposal.target.kind == Kind::ignore ? QStringLiteral("ignore") : QStringLiteral("use");
  box->setCurrentIndex(std::max(0, box->findData(QStringList{kind, toQt(proposal.target.name)})));
  box->setAccessibleName(tr("What %1 becomes").arg(name));
  return box;
}

void ClassMapTable::setClasses(const ImportedDataset& dataset, const ClassTable& project) {
  m_source = dataset.classes;
  m_project = project;
  m_choices.clear();
  std::vector<qint64> shapes(m_source.size());
  bool masks = false;
  for (const auto& image : dataset.images) {
    masks = masks || bool(image.mask);
    for (const auto& shape : image.shapes)
      if (size_t(shape.classIndex) < shapes.size()) ++shapes[size_t(shape.classIndex)];
  }
  const auto proposals = proposeClasses(m_source, m_project);
  setRowCount(0);
  if (m_source.size() > kMostRows) {  // nobody reads so many
    m_source.clear();
    setRowCount(1);
    setItem(0, 0, new QTableWidgetItem(tr("There are very many classes: they meet by their names.")));
    return emit changed();
  }
  setRowCount(int(m_source.size()));
  for (int row = 0; row < rowCount(); ++row) {
    const ImportedClass& from = m_source[size_t(row)];
    auto* name = new QTableWidgetItem(toQt(from.name));
    name->setIcon(swatchIcon({1, from.name, colorOf(from, row), from.ignore}, 14, devicePixelRatioF()));
    setItem(row, 0, name);
    const qint64 count = shapes[size_t(row)];
    auto* labels = new QTableWidgetItem(count || !masks ? grouped(count) : tr("in masks"));
    labels->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    setItem(row, 1, labels);
    QComboBox* box = choices(from, proposals[size_t(row)]);
    m_choices.push_back(box);
    setCellWidget(row, 2, box);
    auto* why = new QTableWidgetItem(whyText(proposals[size_t(row)].why));
    if (!proposals[size_t(row)].certain()) {
      QFont font = why->font();
      font.setBold(true);
      why->setFont(font);
    }
    setItem(row, 3, why);
    connect(box, &QComboBox::currentIndexChanged, this, [this, row] {
      item(row, 3)->setText(tr("chosen"));
      emit changed();
    });
  }
  resizeRowsToContents();
  emit changed();
}

ClassTarget ClassMapTable::target(int row) const {
  const QStringList data = m_choices[size_t(row)]->currentData().toStringList();
  if (data.value(0) == QLatin1String("ignore")) return {Kind::ignore, {}};
  if (data.value(0) == QLatin1String("skip")) return {Kind::skip, {}};
  return {Kind::use, data.value(1).toStdString()};
}

void ClassMapTable::choose(int row, const ClassTarget& target) {
  const QString kind = target.kind == Kind::ignore ? QStringLiteral("ignore") : target.kind == Kind::skip ? QStringLiteral("skip") : QStringLiteral("use");
  static_cast<ClassChoice*>(m_choices[size_t(row)])->filled();
  const int index = m_choices[size_t(row)]->findData(QStringList{kind, toQt(target.name)});
  if (index >= 0) m_choices[size_t(row)]->setCurrentIndex(index);
}

ClassMap ClassMapTable::classMap() const {
  ClassMap map;
  for (int row = 0; row < int(m_choices.size()); ++row) map.named.emplace_back(m_source[size_t(row)].name, target(row));
  return map;
}

std::vector<std::optional<Color>> ClassMapTable::colors() const {
  std::vector<std::optional<Color>> colors;
  for (int row = 0; row < int(m_choices.size()); ++row) {
    const ClassTarget to = target(row);
    if (to.kind == Kind::skip) {
      colors.emplace_back();
    } else if (const auto index = m_project.indexOfName(to.name); to.kind == Kind::use && index) {
      colors.emplace_back(m_project[*index].color);
    } else {
      colors.emplace_back(colorOf(m_source[size_t(row)], row));
    }
  }
  return colors;
}

}  // namespace intarsia
