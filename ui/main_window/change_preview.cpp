// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/change_preview.h"

#include <QApplication>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QVBoxLayout>
#include <cmath>
#include <unordered_map>

#include "ui/canvas/canvas_view.h"
#include "ui/canvas/shape_painter.h"
#include "ui/main_window/session.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

constexpr int kSteps = 20;  // of the slider, per pixel

ChangePreview::Difference difference(const Annotation& before, const Annotation& after) {
  ChangePreview::Difference d;
  std::unordered_map<ShapeId, const Shape*> known;
  for (const ShapePtr& shape : before.shapes) known[shape->id] = shape.get();
  for (const ShapePtr& shape : after.shapes) {
    const auto old = known.find(shape->id);
    if (old == known.end()) {
      ++d.fresh;
      d.pointsAfter += pointCount(shape->polygon);
      continue;
    }
    if (old->second != shape.get()) {
      d.changed += std::abs(area(old->second->polygon) - area(shape->polygon)) > 1e-6;
      d.pointsBefore += pointCount(old->second->polygon);
      d.pointsAfter += pointCount(shape->polygon);
    }
    known.erase(old);
  }
  d.gone = known.size();
  for (const auto& [id, shape] : known) d.pointsBefore += pointCount(shape->polygon);
  return d;
}

QString words(const ChangePreview::Difference& d) {
  QStringList parts;
  if (d.changed) parts << ChangePreview::tr("changed: %1").arg(d.changed);
  if (d.gone) parts << ChangePreview::tr("gone: %1").arg(d.gone);
  if (d.fresh) parts << ChangePreview::tr("new: %1").arg(d.fresh);
  return parts.isEmpty() ? QString() : ChangePreview::tr("Shapes %1").arg(parts.join(QStringLiteral(", ")));
}

}  // namespace

ChangePreview::ChangePreview(CanvasView& canvas, Session& session) : QFrame(&canvas), m_canvas(canvas), m_session(session) {
  setFrameShape(QFrame::StyledPanel);
  setAutoFillBackground(true);
  setCursor(Qt::ArrowCursor);
  setAccessibleName(tr("Preview"));
  m_title = new QLabel;
  QFont bold = m_title->font();
  bold.setBold(true);
  m_title->setFont(bold);
  m_label = new QLabel;
  m_slider = new QSlider(Qt::Horizontal);
  m_slider->setMinimumWidth(180);
  m_box = new QDoubleSpinBox;
  m_box->setDecimals(2);
  m_box->setSingleStep(0.25);
  m_box->setSuffix(tr(" px"));
  m_result = new QLabel;
  m_keepButton = new QPushButton(tr("Keep (Enter)"));
  m_keepButton->setToolTip(tr("Enter, or the command's key once more"));
  auto* dropButton = new QPushButton(tr("Drop (Esc)"));
  auto* row = new QHBoxLayout;
  row->addWidget(m_title);
  row->addWidget(m_label);
  row->addWidget(m_slider, 1);
  row->addWidget(m_box);
  row->addWidget(m_result);
  row->addSpacing(8);
  row->addWidget(m_keepButton);
  row->addWidget(dropButton);
  setLayout(row);
  hide();
  connect(m_keepButton, &QPushButton::clicked, this, &ChangePreview::keep);
  connect(dropButton, &QPushButton::clicked, this, &ChangePreview::drop);
  m_impatient.setSingleShot(true);
  connect(&m_impatient, &QTimer::timeout, this, [this] {
    if (active() && m_again) look();
  });
  connect(m_slider, &QSlider::valueChanged, this, [this](int v) {
    if (int(m_box->value() * kSteps) != v) m_box->setValue(double(v) / kSteps);
  });
  connect(m_box, &QDoubleSpinBox::valueChanged, this, [this](double v) {
    m_slider->setValue(int(v * kSteps));
    if (active()) look();
  });
}

ChangePreview::~ChangePreview() = default;

void ChangePreview::start(Command command) {
  if (active()) return action() == command.action ? keep() : settle();
  m_before = m_session.annotation();
  m_selection = m_canvas.selectedShapes();
  m_title->setText(command.title);
  m_result->setText(tr("Working…"));
  for (QWidget* w : std::initializer_list<QWidget*>{m_label, m_slider, m_box}) w->setVisible(command.number.has_value());
  if (command.number) {
    m_label->setText(command.number->label);
    m_slider->setRange(0, int(command.number->maximum * kSteps));
    m_slider->setAccessibleName(command.number->label);
    m_box->setRange(0, command.number->maximum);
    m_box->setValue(command.number->value);
    m_box->setAccessibleName(command.number->label);
  }
  m_command = std::move(command);
  qApp->installEventFilter(this);
  m_canvas.setEditable(false);
  place();
  QFrame::show();
  raise();
  look();
  emit stateChanged();
}

QString ChangePreview::hint() const {
  return tr("%1: Enter keeps what is shown, Esc drops it; wheel and middle button move the view").arg(m_command->title);
}

void ChangePreview::look() {
  constexpr int kPatienceMs = 150;  // so long what was wanted before may go on, to be seen while the slider moves
  m_keepButton->setEnabled(false);
  m_again = m_work.running() && m_since.elapsed() < kPatienceMs;
  if (m_again) return m_impatient.start(kPatienceMs);
  m_since.start();
  const auto change = [before = m_before, value = m_box->value(), make = m_command->change, classes = m_session.classes()](const Job& job) {
    Outcome outcome{make(before, value, job), {}, {}};
    if (const auto go = job.check(); !go) outcome.edit = std::unexpected(go.error());
    if (!outcome.edit || !changes(before, *outcome.edit)) return outcome;
    auto labels = std::make_shared<LiveLabels>();
    labels->reset(outcome.edit->after, classes);
    outcome.labels = std::move(labels);
    outcome.difference = difference(before, outcome.edit->after);
    return outcome;
  };
  m_work.start(this, change, [this](Outcome outcome) { show(std::move(outcome)); }, m_session.startTask(m_command->title));
}

void ChangePreview::show(Outcome outcome) {
  const bool again = std::exchange(m_again, false);
  if (!outcome.edit) {
    const bool cancelled = outcome.edit.error().code == ErrorCode::cancelled;
    if (again && !cancelled) return look();
    if (!cancelled) emit failed(sentence(outcome.edit.error()));
    return drop();
  }
  if (!outcome.labels && !again && (!m_command->number || m_keepOnceKnown)) {
    emit said(m_command->nothing);
    return drop();
  }
  m_edit = std::move(*outcome.edit);
  m_canvas.setAnnotation(m_edit->after);
  const auto shown = std::exchange(m_labels, outcome.labels);  // until the canvas has others
  m_canvas.setLabels(m_labels ? &m_labels->map() : &m_session.labels());
  const Difference& d = outcome.difference;
  m_result->setText(!m_labels           ? tr("Nothing changes")
                    : m_command->number ? tr("%1 points become %2").arg(d.pointsBefore).arg(d.pointsAfter)
                                        : words(d));
  m_keepButton->setEnabled(m_labels != nullptr);
  place();
  if (again) return look();
  if (m_keepOnceKnown) keep();
}

void ChangePreview::keep() {
  if (!active()) return;
  if (!known()) {
    m_keepOnceKnown = true;
    m_result->setText(tr("Working; it is kept when it is done"));
    return place();
  }
  if (!m_labels || !m_session.editable()) return drop();
  const Edit edit = *m_edit;
  const QString step = m_command->step;
  m_canvas.setLabels(&m_session.labels());
  const auto then = std::exchange(m_then, {});
  end();
  m_session.edit(edit.after, edit.dirty, step);  // shows what is kept now, this or what was there
  if (then) then();
}

void ChangePreview::drop() {
  if (!active()) return;
  m_canvas.setAnnotation(m_session.annotation());
  m_canvas.setLabels(&m_session.labels());
  m_canvas.setSelection(m_selection);
  const auto then = std::exchange(m_then, {});
  end();
  if (then) then();
}

void ChangePreview::settle() {
  if (!active()) return;
  if (!known()) emit said(tr("%1 was not done yet and has been dropped").arg(m_command->title));
  known() ? keep() : drop();
}

bool ChangePreview::settle(std::function<void()> then) {
  if (!active()) return false;
  if (known()) {
    keep();
    return false;
  }
  m_then = std::move(then);
  keep();
  return true;
}

void ChangePreview::forget() {
  if (!active()) return;
  m_then = {};
  end();
}

bool ChangePreview::outlives(const Annotation& labels) {
  if (!active()) return false;
  if (sameContent(labels, m_before)) return true;
  forget();
  m_canvas.setLabels(&m_session.labels());
  return false;
}

/// What lies on the canvas is the caller's.
void ChangePreview::end() {
  m_work.drop();
  m_command.reset();
  m_edit.reset();
  m_labels.reset();
  m_before = {};
  m_again = m_keepOnceKnown = false;
  qApp->removeEventFilter(this);
  hide();
  m_canvas.setFocus();
  emit stateChanged();
}

void ChangePreview::place() {
  adjustSize();
  const int width = std::min(sizeHint().width(), m_canvas.width() - 16);
  setGeometry((m_canvas.width() - width) / 2, 28, width, sizeHint().height());  // below the ruler
}

bool ChangePreview::eventFilter(QObject* watched, QEvent* event) {
  if (!active()) return false;
  if (watched == &m_canvas && event->type() == QEvent::Resize) place();
  if (event->type() != QEvent::KeyPress && event->type() != QEvent::ShortcutOverride) return false;
  auto* widget = qobject_cast<QWidget*>(watched);
  if (!widget || widget->window() != window() || QApplication::activePopupWidget() || QApplication::activeModalWidget()) return false;
  const int key = static_cast<QKeyEvent*>(event)->key();
  const bool enter = key == Qt::Key_Return || key == Qt::Key_Enter;
  if (!enter && key != Qt::Key_Escape) return false;
  event->accept();
  if (event->type() == QEvent::KeyPress) enter ? keep() : drop();
  return true;
}

}  // namespace intarsia
