// SPDX-License-Identifier: GPL-3.0-or-later
// What the window shows of the view: split, adjustments, overlays, map, rulers, and the pixel below the mouse.
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QSettings>

#include "ui/canvas/canvas_view.h"
#include "ui/main_window/main_window.h"
#include "ui/models/qt_text.h"
#include "ui/models/short_text.h"
#include "ui/panels/adjust_panel.h"

namespace intarsia {
namespace {

/// Calls `released` when the key that triggered something comes up again, or the window loses the keyboard.
class KeyRelease : public QObject {
 public:
  KeyRelease(QWidget* window, std::function<void()> released) : QObject(window), m_released(std::move(released)) { qApp->installEventFilter(this); }
  bool eventFilter(QObject*, QEvent* event) override {
    const bool up = event->type() == QEvent::KeyRelease && !static_cast<QKeyEvent*>(event)->isAutoRepeat();
    if (up || event->type() == QEvent::ApplicationStateChange || event->type() == QEvent::WindowDeactivate) {
      qApp->removeEventFilter(this);
      m_released();
      deleteLater();
    }
    return false;
  }

 private:
  std::function<void()> m_released;
};

}  // namespace

void MainWindow::addViewActions(QMenu* menu) {
  const ViewActions& a = m_viewActions;
  menu->addActions({a.split, a.errors, a.confidence, a.hatching, a.peek});
  menu->addSeparator();
  menu->addActions({a.adjust, a.stretch, a.resetAdjustments});
  menu->addSeparator();
  menu->addActions({a.minimap, a.rulers, a.grid});
}

void MainWindow::connectView() {
  const ViewActions& a = m_viewActions;
  m_adjust = new AdjustPanel(m_canvas);
  connect(a.split, &QAction::toggled, m_canvas, &CanvasView::setSplit);
  connect(a.peek, &QAction::triggered, this, [this] {
    m_canvas->setPeek(true);
    new KeyRelease(this, [this] { m_canvas->setPeek(false); });
  });
  const auto predictionView = [this] {
    m_canvas->setPredictionView(m_viewActions.errors->isChecked()       ? PredictionView::errors
                                : m_viewActions.confidence->isChecked() ? PredictionView::confidence
                                                                        : PredictionView::classes);
  };
  for (const auto& [action, other] : {std::pair(a.errors, a.confidence), {a.confidence, a.errors}})
    connect(action, &QAction::toggled, this, [=](bool on) {
      if (on) other->setChecked(false);
      predictionView();
    });
  connect(a.adjust, &QAction::toggled, m_adjust, &QWidget::setVisible);
  connect(m_adjust, &AdjustPanel::closed, a.adjust, [a] { a.adjust->setChecked(false); });
  const auto set = [this](const Adjustments& adjustments) {
    m_canvas->setAdjustments(adjustments);
    m_adjust->setAdjustments(adjustments);
    const QSignalBlocker quiet(m_viewActions.stretch);
    m_viewActions.stretch->setChecked(adjustments.stretch);
  };
  connect(m_adjust, &AdjustPanel::changed, this, set);
  connect(a.stretch, &QAction::toggled, this, [this, set](bool on) {
    Adjustments adjustments = m_canvas->adjustments();
    adjustments.stretch = on;
    set(adjustments);
  });
  connect(a.resetAdjustments, &QAction::triggered, this, [set] { set({}); });
  // Kept from one start to the next.
  const auto kept = [this](QAction* action, bool first, void (CanvasView::*slot)(bool)) {
    const QString key = QStringLiteral("view/") + action->objectName().section(QLatin1Char('.'), -1);
    connect(action, &QAction::toggled, m_canvas, slot);
    action->setChecked(!first);  // so that the next line tells the canvas in any case
    action->setChecked(QSettings().value(key, first).toBool());
    connect(action, &QAction::toggled, this, [key](bool on) { QSettings().setValue(key, on); });
  };
  kept(a.hatching, false, &CanvasView::setHatching);
  kept(a.minimap, true, &CanvasView::setMinimap);
  kept(a.rulers, false, &CanvasView::setRulers);
  kept(a.grid, true, &CanvasView::setPixelGrid);
}

void MainWindow::showPosition(int x, int y, bool inside) {
  if (!inside || !m_session->hasImage()) return m_position->clear();
  const Image& image = m_session->pyramid()->deepLevel(0);
  const auto sample = [&](int c) {
    const size_t i = size_t(x) * size_t(image.channels) + size_t(c);
    return image.bits == 16 ? int(image.row16(y)[i]) : int(image.row(y)[i]);
  };
  QString text = tr("x %1  y %2").arg(x).arg(y);
  text += image.channels == 1 ? tr("   grey %1").arg(sample(0)) : tr("   RGB %1 %2 %3").arg(sample(0)).arg(sample(1)).arg(sample(2));
  const uint16_t label = m_session->labels().at(x, y);
  const ClassTable& table = m_session->classes();
  const auto name = [&](uint16_t index) { return shortText(toQt(table[index].name), 24); };
  if (label < table.size()) text += QStringLiteral("   ") + name(label);
  if (const LabelMap* prediction = m_training->prediction()) {
    const int level = m_training->predictionLevel();
    const uint16_t answer = prediction->at(std::min(x >> level, prediction->width() - 1), std::min(y >> level, prediction->height() - 1));
    if (answer < table.size() && answer != label) text += tr("   (prediction: %1)").arg(name(answer));
  }
  m_position->setText(text);
}

}  // namespace intarsia
