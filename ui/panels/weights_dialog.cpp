// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/weights_dialog.h"

#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QTreeWidget>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>

#include "core/net/download.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

constexpr double kMegabyte = 1 << 20;

std::vector<KnownWeights> offersFor(const std::string& network) {
  std::vector<KnownWeights> out;
  std::ranges::copy_if(knownWeights(), std::back_inserter(out), [&](const KnownWeights& w) { return w.fits(network); });
  return out;
}

qint64 fetchedBytes(const KnownWeights& weights) {
  std::error_code error;
  const auto size = std::filesystem::file_size(weightsFolder() / (std::string(weights.file) + ".part"), error);
  return error ? 0 : qint64(size);
}

QString megabytes(double bytes) { return WeightsDialog::tr("%1 MB").arg(QLocale().toString(bytes / kMegabyte, 'f', bytes < 10 * kMegabyte ? 1 : 0)); }

QLabel* wrapped(const QString& text) {
  auto* label = new QLabel(text);
  label->setWordWrap(true);
  label->setTextFormat(Qt::PlainText);
  return label;
}

}  // namespace

WeightsDialog::WeightsDialog(const std::string& network, const std::string& weights, QWidget* parent, std::optional<std::vector<KnownWeights>> offers)
    : QDialog(parent), m_offers(offers ? std::move(*offers) : offersFor(network)) {
  setWindowTitle(tr("Pretrained Weights"));
  m_list = new QTreeWidget;
  m_list->setHeaderLabels({tr("Start from"), tr("Trained on"), tr("Size"), tr("On this machine")});
  m_list->setRootIsDecorated(false);
  m_list->setAccessibleName(tr("Weights"));
  m_details = wrapped({});
  m_details->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  m_details->setAlignment(Qt::AlignTop);
  m_bar = new QProgressBar;
  m_bar->setTextVisible(false);
  m_bar->setMaximumHeight(8);
  m_bar->setAccessibleName(tr("Progress of the download"));
  m_state = wrapped({});
  m_download = new QPushButton(tr("Download"));
  m_cancel = new QPushButton(tr("Cancel Download"));
  auto* own = new QPushButton(tr("Own File…"));
  own->setToolTip(tr("A .pth, .safetensors or MatConvNet .mat file, of this network or of one on the same encoder"));
  auto* folder = new QPushButton(tr("Open Folder"));
  folder->setToolTip(tr("Where downloads go. On a machine without a network, lay the files here"));
  for (auto* button : {m_download, m_cancel, own, folder}) button->setAutoDefault(false);
  auto* buttons = new QHBoxLayout;
  for (QWidget* w : std::initializer_list<QWidget*>{m_download, m_cancel}) buttons->addWidget(w);
  buttons->addStretch(1);
  for (QWidget* w : std::initializer_list<QWidget*>{own, folder}) buttons->addWidget(w);
  auto* box = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  m_ok = box->button(QDialogButtonBox::Ok);
  m_ok->setText(tr("Start from It"));
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(wrapped(m_offers.empty() ? tr("No published weights are known for %1. A file of your own may fit.").arg(toQt(network))
                                             : tr("Weights from a large set of pictures need fewer labels and less time than random ones. Nothing is fetched "
                                                  "before you click Download.")));
  layout->addWidget(m_list, 1);
  layout->addWidget(m_details);
  layout->addLayout(buttons);
  layout->addWidget(m_bar);
  layout->addWidget(m_state);
  layout->addWidget(box);
  resize(760, 360);
  m_bar->hide();
  m_state->hide();
  connect(m_list, &QTreeWidget::currentItemChanged, this, &WeightsDialog::selected);
  connect(m_list, &QTreeWidget::itemDoubleClicked, this, [this] {
    if (m_ok->isEnabled()) accept();
  });
  connect(m_download, &QPushButton::clicked, this, &WeightsDialog::download);
  connect(m_cancel, &QPushButton::clicked, this, [this] {
    if (m_task) m_task->cancel();
  });
  connect(own, &QPushButton::clicked, this, &WeightsDialog::chooseFile);
  connect(folder, &QPushButton::clicked, this, [] {
    std::error_code ignored;
    std::filesystem::create_directories(weightsFolder(), ignored);
    QDesktopServices::openUrl(QUrl::fromLocalFile(displayName(weightsFolder())));
  });
  connect(box, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(box, &QDialogButtonBox::rejected, this, &QDialog::reject);
  const bool known = weights.empty() || std::ranges::find(m_offers, std::string_view(weights), &KnownWeights::id) != m_offers.end();
  if (!known) m_own = toQt(weights);
  fill(weights.empty() && !m_offers.empty() ? std::string(m_offers.front().id) : weights);
}

void WeightsDialog::addRow(const QString& id, const QStringList& texts) {
  auto* item = new QTreeWidgetItem(m_list, texts);
  item->setData(0, Qt::UserRole, id);
  for (int column = 0; column < texts.size(); ++column) item->setToolTip(column, texts[column]);
}

void WeightsDialog::fill(const std::string& chosen) {
  m_list->clear();
  addRow({}, {tr("Random weights"), {}, {}, {}});
  for (const KnownWeights& w : m_offers) {
    const qint64 part = fetchedBytes(w);
    const QString state = w.path() ? tr("yes") : part > 0 ? tr("%1 fetched").arg(percent(double(part) / (w.megabytes * kMegabyte), 0)) : tr("no");
    addRow(toQt(std::string(w.id)), {toQt(std::string(w.id)), tr(w.trainedOn.data()), megabytes(w.megabytes * kMegabyte), state});
  }
  if (!m_own.isEmpty()) addRow(m_own, {m_own.section(QLatin1Char('/'), -1), tr("a file of your own"), {}, tr("yes")});
  for (int i = 0; i < m_list->topLevelItemCount(); ++i)
    if (m_list->topLevelItem(i)->data(0, Qt::UserRole).toString() == toQt(chosen)) m_list->setCurrentItem(m_list->topLevelItem(i));
  for (int column = 0; column < 4; ++column) m_list->resizeColumnToContents(column);
}

std::string WeightsDialog::weights() const {
  const auto* item = m_list->currentItem();
  return item ? item->data(0, Qt::UserRole).toString().toStdString() : std::string();
}

const KnownWeights* WeightsDialog::offer() const {
  const auto at = std::ranges::find(m_offers, std::string_view(weights()), &KnownWeights::id);
  return at == m_offers.end() ? nullptr : &*at;
}

void WeightsDialog::selected() {
  const KnownWeights* known = offer();
  const auto path = known ? known->path() : std::nullopt;
  const bool busy = m_task;
  QString text = tr("Every layer begins with random numbers.");
  if (path) text = tr("File: %1\n%2.").arg(displayName(*path), tr(kWeightsTerms.data()));
  else if (known)
    text = tr("Address: %1\nGoes to: %2, when its checksum (%3…) is right\nWithout a network: fetch the file elsewhere and lay it there, under its name.\n%4.")
               .arg(toQt(known->url()), displayName(weightsFolder() / known->file), toQt(known->sha256()), tr(kWeightsTerms.data()));
  else if (!weights().empty()) text = tr("File: %1\nWhat fits the network is loaded, the rest keeps random numbers; the run says which.").arg(m_own);
  m_details->setText(text);
  m_download->setVisible(known && !path && !busy);
  m_download->setText(known && fetchedBytes(*known) > 0 ? tr("Go On with the Download") : tr("Download"));
  m_cancel->setVisible(busy);
  m_list->setEnabled(!busy);
  m_ok->setEnabled(!busy && (!known || path));
}

void WeightsDialog::download() {
  const KnownWeights* known = offer();
  if (!known || m_task) return;
  m_task = new Task(tr("Downloading"), this);
  m_from = -1;
  m_bar->setRange(0, 0);
  m_bar->show();
  m_state->setText(tr("Connecting…"));
  m_state->show();
  connect(m_task, &Task::progressed, this, [this](qint64 done, qint64 total) {
    if (m_from < 0) m_from = done, m_clock.start();
    m_bar->setRange(0, total > 0 ? 1000 : 0);
    if (total > 0) m_bar->setValue(int(1000 * done / total));
    QString text = total > 0 ? tr("%1 of %2").arg(megabytes(double(done)), megabytes(double(total))) : megabytes(double(done));
    if (const double seconds = double(m_clock.elapsed()) / 1000; seconds > 1 && total > done && done > m_from)
      text += tr(", %1 left").arg(duration(seconds * double(total - done) / double(done - m_from)));
    m_state->setText(text);
  });
  const Download what{known->url(), weightsFolder() / known->file, known->sha256(), known->most()};
  inBackground(this, [what, job = m_task->job()] { return intarsia::download(what, job); }, [this](const Expected<>& result) { downloadEnded(result); });
  selected();
}

void WeightsDialog::downloadEnded(const Expected<>& result) {
  delete m_task;
  m_bar->hide();
  if (result) m_state->setText(tr("Complete; the checksum is right."));
  else if (result.error().code == ErrorCode::cancelled) m_state->setText(tr("Stopped. What came is kept: the download goes on from there."));
  else m_state->setText(sentence(result.error()));
  fill(weights());
}

void WeightsDialog::chooseFile() {
  const QString file = QFileDialog::getOpenFileName(this, tr("Weight File"), m_own, tr("Weights (*.pth *.pt *.safetensors *.mat);;All files (*)"));
  if (file.isEmpty()) return;
  m_own = file;
  fill(file.toStdString());
}

}  // namespace intarsia
