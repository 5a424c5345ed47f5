// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/check_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <array>
#include <numeric>

#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

using Kind = Finding::Kind;
constexpr int kImage = Qt::UserRole, kFinding = Qt::UserRole + 1;
constexpr int kKinds = int(Kind::unlabelled) + 1;

QString kindText(Kind kind) {
  switch (kind) {
    case Kind::gap: return CheckPanel::tr("Gap");
    case Kind::overlap: return CheckPanel::tr("Overlap");
    case Kind::sliver: return CheckPanel::tr("Sliver");
    case Kind::outOfImage: return CheckPanel::tr("Outside the image");
    case Kind::selfIntersection: return CheckPanel::tr("Crosses itself");
    case Kind::degenerate: return CheckPanel::tr("Shape without pixels");
    case Kind::unlabelled: return CheckPanel::tr("Unlabelled");
  }
  return {};
}

QString detailText(const Finding& f) {
  const QString pixels = CheckPanel::tr("%1 px").arg(grouped(f.pixels));
  switch (f.kind) {
    case Kind::unlabelled: return CheckPanel::tr("%1 of the image").arg(percent(f.share));
    case Kind::overlap: return CheckPanel::tr("%1, %2 of the smaller shape").arg(pixels, percent(f.share));
    case Kind::selfIntersection: return {};
    default: return pixels;
  }
}

}  // namespace

CheckPanel::CheckPanel(QWidget* parent) : QWidget(parent) {
  m_summary = new QLabel;
  m_summary->setWordWrap(true);
  m_kinds = new QComboBox;
  m_kinds->setAccessibleName(tr("Kind of findings"));
  m_progress = new QProgressBar;
  m_progress->setTextVisible(false);
  m_progress->setFixedWidth(160);
  m_tree = new QTreeWidget;
  m_tree->setHeaderLabels({tr("Image and finding"), tr("How much"), tr("Where")});
  m_tree->setUniformRowHeights(true);
  m_tree->setAccessibleName(tr("Findings"));
  m_tree->header()->setStretchLastSection(false);
  m_tree->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  m_tree->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  m_tree->header()->resizeSection(2, 120);
  m_again = new QPushButton(tr("Check Again"));
  auto* line = new QHBoxLayout;
  line->addWidget(m_summary, 1);
  line->addWidget(m_progress);
  line->addWidget(m_kinds);
  line->addWidget(m_again);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(line);
  layout->addWidget(m_tree, 1);
  connect(m_again, &QPushButton::clicked, this, [this] {
    if (m_task) m_task->cancel();
    else check();
  });
  connect(m_kinds, &QComboBox::currentIndexChanged, this, &CheckPanel::showImages);
  setProject(nullptr);
  connect(m_tree, &QTreeWidget::itemExpanded, this, &CheckPanel::fill);
  connect(m_tree, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) { choose(item); });
  connect(m_tree, &QTreeWidget::itemClicked, this, [this](QTreeWidgetItem* item) { choose(item); });
}

CheckPanel::~CheckPanel() = default;

void CheckPanel::setProject(std::shared_ptr<const Project> project) {
  m_task.reset();
  ++m_serial;
  m_project = std::move(project);
  m_checked.clear();
  m_tree->clear();
  m_kinds->hide();
  m_progress->hide();
  m_again->setText(tr("Check"));
  m_again->setEnabled(!m_project.expired());
  m_summary->setText(tr("Gaps, overlaps, slivers and broken shapes of the whole project are listed here."));
}

void CheckPanel::check() {
  const auto project = m_project.lock();
  if (!project || m_task) return;
  m_tree->clear();
  m_checked.clear();
  m_kinds->hide();
  m_summary->setText(tr("Checking…"));
  m_progress->setRange(0, 0);
  m_progress->show();
  m_again->setText(tr("Stop"));
  m_task = std::make_unique<Task>(tr("Checking"));
  connect(m_task.get(), &Task::progressed, this, [this](qint64 done, qint64 total) {
    m_progress->setRange(0, int(total));
    m_progress->setValue(int(done));
  });
  inBackground(
      this,
      [project, job = m_task->job()] {
        auto result = std::make_shared<Result>(Result{{}, {}});
        for (auto& image : project->imagesNow())
          if (image.labelled) result->images.push_back(std::move(image));
        result->checked = checkAll(int(result->images.size()), [&](int i) { return project->annotation(result->images[size_t(i)]); },
                                   project->classesNow(), {.background = project->uncoveredIndex() != kUnlabelled}, job);
        return result;
      },
      [this, serial = ++m_serial](const std::shared_ptr<Result>& result) {
        if (serial == m_serial) showResult(*result);
      });
}

void CheckPanel::showResult(Result& result) {
  m_task.reset();
  m_progress->hide();
  m_again->setText(tr("Check Again"));
  if (!result.checked) {
    m_summary->setText(result.checked.error().code == ErrorCode::cancelled ? tr("Checking was stopped.") : sentence(result.checked.error()));
    return;
  }
  m_images = std::move(result.images);
  m_checked = std::move(*result.checked);
  double pixels = 0, unlabelled = 0;
  qint64 clean = 0;
  for (const CheckedImage& image : m_checked) {
    const double size = double(image.size.width) * image.size.height;
    pixels += size;
    unlabelled += size * image.unlabelledShare;
    clean += image.findings.empty() && image.problem.empty();
  }
  QString text = tr("%1 labelled images, %2 of them without a finding.").arg(grouped(qint64(m_checked.size())), grouped(clean));
  if (unlabelled > 0) text += tr(" %1 of all pixels have no label.").arg(percent(unlabelled / pixels));
  m_summary->setText(text);
  showKinds();
}

void CheckPanel::showKinds() {
  std::array<qint64, kKinds> totals{};
  for (const CheckedImage& image : m_checked)
    for (const Finding& finding : image.findings) ++totals[size_t(finding.kind)];
  {
    const QSignalBlocker quiet(m_kinds);
    const QVariant before = m_kinds->currentData();
    m_kinds->clear();
    m_kinds->addItem(tr("All findings (%1)").arg(grouped(std::reduce(totals.begin(), totals.end()))), -1);
    for (int kind = 0; kind < kKinds; ++kind)
      if (totals[size_t(kind)]) m_kinds->addItem(tr("%1 (%2)").arg(kindText(Kind(kind)), grouped(totals[size_t(kind)])), kind);
    m_kinds->setCurrentIndex(std::max(0, m_kinds->findData(before)));
  }
  m_kinds->show();
  showImages();
}

bool CheckPanel::shown(const Finding& finding) const {
  const int kind = m_kinds->currentData().toInt();
  return kind < 0 || kind == int(finding.kind);
}

void CheckPanel::showImages() {
  QList<QTreeWidgetItem*> items;
  for (size_t i = 0; i < m_checked.size(); ++i) {
    const CheckedImage& image = m_checked[i];
    const auto count = std::ranges::count_if(image.findings, [this](const Finding& f) { return shown(f); });
    if (!count && image.problem.empty()) continue;
    auto* item = new QTreeWidgetItem({toQt(m_images[i].name), image.problem.empty() ? grouped(count) : toQt(image.problem)});
    item->setData(0, kImage, int(i));
    item->setChildIndicatorPolicy(count ? QTreeWidgetItem::ShowIndicator : QTreeWidgetItem::DontShowIndicator);
    items << item;
  }
  m_tree->clear();
  m_tree->addTopLevelItems(items);
  if (!items.isEmpty()) items.first()->setExpanded(true);
}

/// An image's findings become rows when it is opened: a project may have very many.
void CheckPanel::fill(QTreeWidgetItem* item) {
  if (item->parent() || item->childCount()) return;
  const auto& findings = m_checked[size_t(item->data(0, kImage).toInt())].findings;
  QList<QTreeWidgetItem*> rows;
  for (size_t i = 0; i < findings.size(); ++i) {
    const Finding& f = findings[i];
    if (!shown(f)) continue;
    auto* row = new QTreeWidgetItem({kindText(f.kind), detailText(f), QStringLiteral("%1, %2").arg(f.rect.x).arg(f.rect.y)});
    row->setData(0, kFinding, int(i));
    rows << row;
  }
  item->addChildren(rows);
}

void CheckPanel::choose(QTreeWidgetItem* item) {
  if (!item || !item->parent()) return;
  const size_t image = size_t(item->parent()->data(0, kImage).toInt());
  emit chosen(m_images[image].key, m_checked[image].findings[size_t(item->data(0, kFinding).toInt())]);
}

}  // namespace intarsia
