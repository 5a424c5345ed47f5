// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/train_panel.h"

#include <QAction>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QProgressBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/base/text.h"
#include "ui/charts/run_charts.h"
#include "ui/models/qt_text.h"
#include "ui/models/short_text.h"
#include "ui/panels/flow_layout.h"
#include "ui/panels/recipe_dialog.h"
#include "ui/panels/weights_dialog.h"

namespace intarsia {
namespace {

QString networkName(const std::string& id) {
  if (id == "fast") return QStringLiteral("Fast");
  if (id == "unet") return QStringLiteral("U-Net");
  if (id == "resnet18_unet") return QStringLiteral("ResNet-18 U-Net");
  if (id == "resnet34_unet") return QStringLiteral("ResNet-34 U-Net");
  return toQt(id);
}

/// A label and its field, one above the other.
QWidget* labelled(const QString& text, QWidget* field, const QString& tip) {
  auto* box = new QWidget;
  auto* layout = new QVBoxLayout(box);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(2);
  auto* label = new QLabel(text);
  label->setForegroundRole(QPalette::PlaceholderText);
  label->setBuddy(field);
  layout->addWidget(label);
  layout->addWidget(field);
  field->setToolTip(tip);
  field->setAccessibleName(text);
  return box;
}

/// Digits as `recipe()` takes them back, with the user's decimal point.
QString inLocale(QString rate) { return rate.replace(QLatin1Char('.'), QLocale().decimalPoint()); }

QToolButton* button(QAction* action, Qt::ToolButtonStyle style) {
  auto* out = new QToolButton;
  out->setDefaultAction(action);
  out->setToolButtonStyle(style);
  out->setIconSize({20, 20});
  out->setMinimumHeight(32);
  return out;
}

/// Two widgets that are one field.
QWidget* beside(QWidget* field, QWidget* other) {
  auto* row = new QWidget;
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addWidget(field);
  layout->addWidget(other);
  return row;
}

}  // namespace

TrainPanel::TrainPanel(QAction* train, QAction* pause, QAction* decay, QAction* stop, QWidget* parent) : QWidget(parent) {
  m_network = new QComboBox;
  m_network->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  m_size = new QComboBox;
  m_size->setEditable(true);
  m_size->setInsertPolicy(QComboBox::NoInsert);
  m_budget = new QDoubleSpinBox;
  m_budget->setRange(0.1, 10000);
  m_budget->setDecimals(1);
  m_budget->setValue(10);
  m_unit = new QComboBox;
  m_unit->addItem(tr("minutes"), Minutes);
  m_unit->addItem(tr("epochs"), Epochs);
  m_unit->addItem(tr("steps"), Steps);
  m_unit->setAccessibleName(tr("Unit of the training time"));
  m_rate = new QLineEdit(inLocale(toQt(formatDouble(Recipe().learningRate))));
  m_rate->setFixedWidth(fontMetrics().averageCharWidth() * 10 + 10);
  m_device = new QComboBox;
  m_device->setSizeAdjustPolicy(QComboBox::AdjustToContents);

  m_budget->setAccessibleName(tr("Training time"));

  m_settings = new QWidget;
  auto* settings = new FlowLayout(m_settings);
  settings->setContentsMargins(0, 0, 0, 0);
  settings->setSpacing(12);
  m_weights = new QToolButton;
  connect(m_weights, &QToolButton::clicked, this, &TrainPanel::chooseWeights);
  m_network->setAccessibleName(tr("Network"));
  settings->addWidget(labelled(tr("Network"), beside(m_network, m_weights), tr("The architecture that is trained")));
  settings->addWidget(labelled(tr("Size trained at"), m_size,
                               tr("Width × height in pixels. Smaller is faster; results are measured at the labels' own size.")));
  settings->addWidget(labelled(tr("Train for"), beside(m_budget, m_unit), tr("The learning-rate schedule is fitted to this budget")));
  m_findRate = new QToolButton;
  m_findRate->setText(tr("Find…"));
  m_findRate->setToolTip(tr("Test which learning rate suits these settings and labels: up to 100 steps, about a minute at most"));
  connect(m_findRate, &QToolButton::clicked, this, &TrainPanel::rateWanted);
  connect(train, &QAction::changed, this, [this, train] { m_findRate->setEnabled(train->isEnabled()); });
  m_rate->setAccessibleName(tr("Learning rate"));
  settings->addWidget(labelled(tr("Learning rate"), beside(m_rate, m_findRate), tr("Peak of the schedule")));
  settings->addWidget(labelled(tr("Device"), m_device, tr("What the engines on this machine can train on")));

  auto* all = new QToolButton;
  all->setText(tr("All Settings…"));
  all->setToolTip(tr("Every setting of the training, presets of tutorials, files to load and save"));
  connect(all, &QToolButton::clicked, this, &TrainPanel::showAllSettings);
  settings->addWidget(all);

  m_bar = new QProgressBar;
  m_bar->setTextVisible(false);
  m_bar->setMaximumHeight(6);
  m_bar->setAccessibleName(tr("Progress of the training"));
  m_state = new QLabel;
  m_state->setWordWrap(true);
  m_figures = new QLabel;
  m_figures->setWordWrap(true);
  m_scores = new QLabel;
  m_scores->setWordWrap(true);
  m_classes = new QLabel;
  m_classes->setWordWrap(true);
  m_classes->setTextFormat(Qt::RichText);

  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(4);
  buttons->addWidget(button(train, Qt::ToolButtonTextBesideIcon));
  buttons->addWidget(button(pause, Qt::ToolButtonIconOnly));
  buttons->addWidget(button(stop, Qt::ToolButtonIconOnly));
  buttons->addWidget(button(decay, Qt::ToolButtonTextOnly));
  auto* top = new QHBoxLayout;
  top->setSpacing(16);
  top->addLayout(buttons);
  top->addWidget(m_settings, 1);

  auto* column = new QVBoxLayout;
  column->setSpacing(6);
  column->addWidget(m_state);
  column->addWidget(m_bar);
  column->addWidget(m_figures);
  column->addWidget(m_scores);
  column->addWidget(m_classes);
  column->addStretch(1);
  m_left = new QWidget;
  m_left->setLayout(column);
  column->setContentsMargins(0, 4, 0, 0);

  m_charts = new RunCharts;
  auto* bottom = new QHBoxLayout;
  bottom->setSpacing(12);
  bottom->addWidget(m_left);
  bottom->addWidget(m_charts, 1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 8, 8, 8);
  layout->setSpacing(8);
  layout->addLayout(top);
  layout->addLayout(bottom, 1);

  connect(m_network, &QComboBox::activated, this, [this] {  // weights of another network do not come along
    const KnownWeights* known = findKnownWeights(m_base.initialWeights);
    if (known && !known->fits(m_network->currentData().toString().toStdString())) m_base.initialWeights.clear();
    showWeights();
  });
  connect(m_unit, &QComboBox::currentIndexChanged, this, [this](int index) {
    m_budget->setDecimals(index == Minutes ? 1 : 0);
    m_budget->setMinimum(index == Minutes ? 0.1 : 1);
    m_budget->setMaximum(index == Steps ? 1e9 : 1e5);
  });
  fillSizes();
  showWeights();
  setEngines({}, tr("Looking for the training engine…"));
}

/// The row of settings takes a second line where the window is narrow or the letters are large; a panel knows no height for its width.
bool TrainPanel::event(QEvent* event) {
  const bool done = QWidget::event(event);
  if (event->type() == QEvent::Resize || event->type() == QEvent::LayoutRequest) {
    m_left->setFixedWidth(std::min(fontMetrics().averageCharWidth() * 40, width() * 2 / 5));
    m_settings->setMinimumHeight(m_settings->layout()->heightForWidth(m_settings->width()));
  }
  return done;
}

void TrainPanel::setEngines(const std::vector<EngineDescription>& engines, const QString& reason) {
  m_network->clear();
  m_device->clear();
  m_device->addItem(tr("Automatic"), QStringList{QString(), QStringLiteral("auto")});
  for (const EngineDescription& engine : engines) {
    for (const std::string& id : engine.networks)
      if (m_network->findData(toQt(id)) < 0) m_network->addItem(networkName(id), toQt(id));
    for (size_t i = 0; i < engine.devices.size(); ++i) {
      const std::string& name = i < engine.deviceNames.size() ? engine.deviceNames[i] : engine.devices[i];
      m_device->addItem(toQt(name), QStringList{toQt(engine.program.string()), toQt(engine.devices[i])});
    }
  }
  const int preferred = m_network->findData(toQt(m_base.network));
  if (preferred >= 0) m_network->setCurrentIndex(preferred);
  setPhase(engines.empty() ? TrainPhase::unavailable : TrainPhase::idle);
  setMessage(reason);
}

void TrainPanel::setImageSize(Size size) {
  if (size == m_imageSize) return;
  m_imageSize = size;
  fillSizes();
}

void TrainPanel::fillSizes() {
  const QString kept = m_size->currentIndex() > 0 ? m_size->currentText() : QString();
  m_size->clear();
  m_size->addItem(tr("Automatic"));
  for (int divisor : {1, 2, 3, 4})
    if (!m_imageSize.empty() && m_imageSize.width / divisor >= 64 && m_imageSize.height / divisor >= 64)
      m_size->addItem(QStringLiteral("%1 × %2").arg(m_imageSize.width / divisor).arg(m_imageSize.height / divisor));
  if (!kept.isEmpty()) m_size->setCurrentText(kept);
}

Expected<Recipe> TrainPanel::recipe() const {
  Recipe recipe = m_base;
  if (m_network->currentIndex() >= 0) recipe.network = m_network->currentData().toString().toStdString();
  recipe.size = {};
  recipe.minutes = recipe.epochs = 0;
  recipe.steps = 0;
  const QString size = m_size->currentText().trimmed();
  if (size != m_size->itemText(0) && !size.isEmpty()) {
    const QStringList parts = QString(size).replace(QLatin1Char('x'), QChar(0xd7)).split(QChar(0xd7));
    bool okW = false, okH = false;
    if (parts.size() == 2) recipe.size = {parts[0].trimmed().toInt(&okW), parts[1].trimmed().toInt(&okH)};
    if (!okW || !okH)
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The size trained at is width × height, e.g. 480 × 360, not “{text}”"),
                  {{"text", size.toStdString()}});
  }
  const auto rate = parseDouble(QString(m_rate->text()).replace(QLatin1Char(','), QLatin1Char('.')).toStdString());
  if (!rate)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The learning rate is a number, e.g. 0.003, not “{text}”"),
                {{"text", m_rate->text().toStdString()}});
  recipe.learningRate = *rate;
  switch (m_unit->currentData().toInt()) {
    case Epochs: recipe.epochs = int(m_budget->value()); break;
    case Steps: recipe.steps = int64_t(m_budget->value()); break;
    default: recipe.minutes = m_budget->value();
  }
  const QStringList device = m_device->currentData().toStringList();
  if (device.size() == 2) recipe.device = device[1].toStdString();
  INTARSIA_CHECK(recipe.check());
  return recipe;
}

void TrainPanel::setBudget(double amount, bool epochs) {
  m_unit->setCurrentIndex(epochs ? Epochs : Minutes);
  m_budget->setValue(amount);
}

void TrainPanel::setRate(double rate) { m_rate->setText(inLocale(QString::number(rate, 'g', 3))); }

void TrainPanel::setRecipe(const Recipe& recipe) {
  m_base = recipe;
  int network = m_network->findData(toQt(recipe.network));
  if (network < 0) {  // of another engine: it says so when it is trained
    m_network->addItem(networkName(recipe.network), toQt(recipe.network));
    network = m_network->count() - 1;
  }
  m_network->setCurrentIndex(network);
  showWeights();
  if (recipe.size.empty()) m_size->setCurrentIndex(0);
  else m_size->setCurrentText(QStringLiteral("%1 × %2").arg(recipe.size.width).arg(recipe.size.height));
  m_unit->setCurrentIndex(recipe.steps > 0 ? Steps : recipe.epochs > 0 ? Epochs : Minutes);
  m_budget->setValue(recipe.steps > 0 ? double(recipe.steps) : recipe.epochs > 0 ? recipe.epochs : recipe.minutes);
  m_rate->setText(inLocale(toQt(formatDouble(recipe.learningRate))));
  for (int i = 0; i < m_device->count(); ++i)
    if (m_device->itemData(i).toStringList().value(1) == toQt(recipe.device)) m_device->setCurrentIndex(i);
}

void TrainPanel::chooseWeights() {
  auto* dialog = new WeightsDialog(m_network->currentData().toString().toStdString(), m_base.initialWeights, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    m_base.initialWeights = dialog->weights();
    showWeights();
  });
  dialog->open();
}

void TrainPanel::showWeights() {
  const std::string& weights = m_base.initialWeights;
  const QString name = toQt(weights.substr(weights.rfind('/') + 1));
  m_weights->setText(weights.empty() ? tr("Pretrained…") : tr("from %1…").arg(fontMetrics().elidedText(name, Qt::ElideMiddle, 20 * fontMetrics().averageCharWidth())));
  m_weights->setToolTip(tr("Get pretrained weights, or choose a file, instead of random numbers to start from"));
}

void TrainPanel::showAllSettings() {
  QStringList networks;
  for (int i = 0; i < m_network->count(); ++i) networks << m_network->itemData(i).toString();
  const auto now = recipe();
  if (!now) return setMessage(sentence(now.error()));
  auto* dialog = new RecipeDialog(*now, networks, this, m_sampleSource ? m_sampleSource() : AugmentPreview::Source());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QDialog::accepted, this, [this, dialog] { setRecipe(dialog->recipe()); });
  dialog->open();
}

std::filesystem::path TrainPanel::engine() const {
  const QStringList device = m_device->currentData().toStringList();
  return device.size() == 2 ? toPath(device[0]) : std::filesystem::path();
}

void TrainPanel::setPhase(TrainPhase phase) {
  m_phase = phase;
  const bool idle = phase == TrainPhase::idle;
  m_settings->setEnabled(idle);
  const bool busy = phase == TrainPhase::preparing || phase == TrainPhase::stopping;
  m_bar->setRange(0, busy ? 0 : 1000);
  m_bar->setVisible(phase != TrainPhase::unavailable && phase != TrainPhase::idle);
  if (idle || phase == TrainPhase::unavailable) m_progress = {};
  showFigures();
}

void TrainPanel::setProgress(const RunProgress& progress) {
  m_progress = progress;
  showFigures();
}

void TrainPanel::setRun(const QString& name, const ClassTable& classes, int validationImages) {
  m_run = name;
  m_table = classes;
  m_validationImages = validationImages;
  m_charts->setValidationNote(validationImages > 0 ? tr("val, %1 images").arg(grouped(validationImages))
                                                   : tr("no validation image yet"));
}

void TrainPanel::clearMetrics() {
  m_lines.clear();
  m_charts->clear();
  showFigures();
}

void TrainPanel::addMetrics(const std::vector<EpochMetrics>& lines) {
  m_lines.insert(m_lines.end(), lines.begin(), lines.end());
  m_charts->append(lines);
  showFigures();
}

void TrainPanel::setMessage(const QString& text) { m_state->setText(text); }

void TrainPanel::showFigures() {
  const bool running = m_phase == TrainPhase::training || m_phase == TrainPhase::paused;
  if (running && m_progress.steps > 0) m_bar->setValue(int(1000 * m_progress.step / m_progress.steps));
  QStringList parts;
  if (running) {
    if (m_progress.epoch > 0)
      parts << (m_progress.epochs > 0 ? tr("epoch %1/%2").arg(m_progress.epoch).arg(m_progress.epochs)
                                      : tr("epoch %1").arg(m_progress.epoch));
    if (m_progress.imagesPerSecond > 0)
      parts << tr("%1 images/s").arg(QLocale().toString(m_progress.imagesPerSecond, 'f', m_progress.imagesPerSecond < 10 ? 1 : 0));
    if (m_progress.secondsLeft > 0) parts << tr("%1 left").arg(duration(m_progress.secondsLeft));
  }
  m_figures->setText(parts.join(QStringLiteral(" · ")));
  m_figures->setVisible(!parts.isEmpty());
  QString scores, classes;
  for (auto line = m_lines.rbegin(); line != m_lines.rend(); ++line) {
    if (!line->meanIoU) continue;
    scores = tr("val, %1 images: mean IoU %2, pixel accuracy %3")
                 .arg(grouped(m_validationImages), percent(*line->meanIoU), percent(line->pixelAccuracy.value_or(0)));
    for (int c = 0; c < m_table.size() && c < int(line->classIoU.size()); ++c)
      if (line->classIoU[size_t(c)])
        classes += QStringLiteral("<span style='color:%1'>■</span>&nbsp;%2&nbsp;%3 &nbsp; ")
                       .arg(toQt(m_table[c].color.hex()), shortText(toQt(m_table[c].name), 24).toHtmlEscaped().replace(QLatin1Char(' '), QStringLiteral("&nbsp;")),
                            percent(*line->classIoU[size_t(c)], 0));
    break;
  }
  m_scores->setText(scores);
  m_scores->setVisible(!scores.isEmpty());
  m_classes->setText(classes);
  m_classes->setVisible(!classes.isEmpty());
  m_classes->setToolTip(classes.isEmpty() ? QString() : tr("Intersection over union of each class on the validation images"));
}

}  // namespace intarsia
