// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/brush_tool.h"

#include <algorithm>
#include <cmath>

namespace intarsia {
namespace {
constexpr double kLargest = 2000;  // image pixels
}

BrushTool::BrushTool(ToolHost& host, bool erases) : StrokeTool(host, erases ? AreaMode::subtract : AreaMode::add), m_erases(erases) {}

QString BrushTool::hint() const {
  if (painting()) return tr("Release to finish the stroke; Esc drops it");
  const QString keys = m_erases ? tr("[ and ] or Ctrl+wheel change the size, Alt held paints") : tr("[ and ] or Ctrl+wheel change the size, Alt or E held erases");
  if (!m_host.selection().empty())
    return (m_erases ? tr("Drag to erase from the selected shape, Esc deselects it. %1") : tr("Drag to add to the selected shape, Esc deselects it. %1")).arg(keys);
  return (m_erases ? tr("Drag to erase the current class; select a shape to erase from it alone. %1") : tr("Drag to paint in the current class. %1")).arg(keys);
}

std::vector<ToolOption> BrushTool::options() const {
  const ToolOption size{QStringLiteral("size"), tr("Size"), tr("Diameter in image pixels; [ and ], or the wheel with Ctrl or Alt"),
                        ToolOption::Kind::number, m_size, 1, kLargest, 1, tr(" px")};
  if (m_erases) return {size, targetOption(), simplifyOption()};
  return {size, targetOption(), joinOption(), simplifyOption(), overlapOption()};
}

void BrushTool::setOption(const QString& id, double value) {
  if (id == QLatin1String("size"))
    resize(value);
  else
    StrokeTool::setOption(id, value);
}

void BrushTool::resize(double size) {
  m_host.refresh(ring());
  m_size = std::clamp(std::round(size), 1.0, kLargest);
  m_host.refresh(ring());
}

Rect BrushTool::ring() const {
  if (!m_mouse) return {};
  const double r = m_size / 2 + 4 / m_host.view().scale();
  const auto whole = [](double v) { return int(std::floor(std::clamp(v, -1e8, 1e8))); };
  return {whole(m_mouse->x - r), whole(m_mouse->y - r), int(2 * r) + 2, int(2 * r) + 2};
}

void BrushTool::press(const ToolEvent& event) {
  begin(event);
  m_host.refresh(ring());
  m_mouse = event.image;
  paintTo(event.image);
}

void BrushTool::paintTo(Point image) {
  m_host.refresh(ring());
  add(brushSpans(*m_mouse, image, m_size));
  m_mouse = image;
  m_host.refresh(ring());
}

void BrushTool::move(const ToolEvent& event) {
  if (painting()) return paintTo(event.image);
  m_host.refresh(ring());
  m_mouse = event.image;
  m_now = modeFor(event.modifiers);
  m_host.refresh(ring());
}

void BrushTool::release(const ToolEvent& event) {
  if (!painting()) return;
  paintTo(event.image);
  finish();
}

void BrushTool::leave() {
  m_host.refresh(ring());
  if (!painting()) m_mouse.reset();
}

bool BrushTool::key(int key, Qt::KeyboardModifiers modifiers) {
  switch (key) {
    case Qt::Key_BracketLeft: resize(std::min(m_size - 1, m_size / 1.2)); break;
    case Qt::Key_BracketRight: resize(std::max(m_size + 1, m_size * 1.2)); break;
    default: return StrokeTool::key(key, modifiers);
  }
  m_host.stateChanged();
  return true;
}

bool BrushTool::wheel(double steps, Qt::KeyboardModifiers modifiers) {
  if (!(modifiers & (Qt::ControlModifier | Qt::AltModifier))) return false;
  const double size = m_size * std::pow(1.15, steps);
  resize(steps > 0 ? std::max(size, m_size + 1) : std::min(size, m_size - 1));
  m_host.stateChanged();
  return true;
}

void BrushTool::paint(QPainter& painter) const {
  paintStroke(painter);
  if (!m_mouse) return;
  const QPointF at = m_host.view().toScreen(*m_mouse);
  const double r = std::max(1.5, m_size / 2 * m_host.view().scale());
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(QColor(0, 0, 0, 160), 3));
  painter.drawEllipse(at, r, r);
  painter.setPen(QPen(m_now == AreaMode::subtract ? modeColor(m_now) : QColor(Qt::white), 1.4));
  painter.drawEllipse(at, r, r);
}

}  // namespace intarsia
