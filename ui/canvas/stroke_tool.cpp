// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/stroke_tool.h"

#include "ui/canvas/mask_painter.h"
#include "ui/models/qt_text.h"

namespace intarsia {

StrokeTool::StrokeTool(ToolHost& host, AreaMode mode) : AreaTool(host), m_now(mode) { m_mode = mode; }

ToolOption StrokeTool::joinOption() const {
  return {QStringLiteral("join"), tr("Join"), tr("A stroke that meets a shape of its class makes it grow; else each stroke is a new shape"),
          ToolOption::Kind::flag, double(m_join)};
}

void StrokeTool::setOption(const QString& id, double value) {
  if (id == QLatin1String("join"))
    m_join = value != 0;
  else
    AreaTool::setOption(id, value);
}

void StrokeTool::begin(const ToolEvent& event) {
  if (m_asking) cancel();
  newGesture();
  if (m_stroke.size() != m_host.annotation().size) m_stroke = TileMask(m_host.annotation().size);
  m_now = modeFor(event.modifiers);
  m_painting = true;
  m_host.stateChanged();
}

void StrokeTool::finish() {
  const Expected<Polygon> area = areaOf(m_stroke.spans(), m_simplify);
  if (!area) m_host.failed(sentence(area.error()));
  if (!area || area->rings.empty()) return cancel();
  m_asking = true;
  AreaWish wanted = wish(m_now, kind());
  wanted.join = m_join;
  commitArea(*area, wanted, m_now == AreaMode::subtract ? tr("erase") : tr("paint"), [this] {
    m_stroke.clear();
    m_painting = m_asking = false;
  });
}

bool StrokeTool::key(int key, Qt::KeyboardModifiers) {
  if (key != Qt::Key_Escape) return false;
  if (!m_painting) return dropSelection(key);
  cancel();
  return true;
}

void StrokeTool::cancel() {
  if (!m_painting) return;
  m_painting = m_asking = false;
  m_stroke.clear();
  m_host.stateChanged();
  m_host.refresh();
}

void StrokeTool::settle() {
  if (painting() && settles(m_now)) return finish();
  if (!m_asking) cancel();
}

QColor StrokeTool::strokeColor() const {
  if (m_now == AreaMode::subtract) return modeColor(m_now);
  if (!m_host.selection().empty())
    if (const Shape* shape = m_host.annotation().find(m_host.selection().back())) return m_host.classColor(shape->classId);
  return m_host.classColor(m_host.currentClass());
}

void StrokeTool::paintStroke(QPainter& painter) const {
  if (!m_painting || m_stroke.size() != m_host.annotation().size) return;
  QColor color = strokeColor();
  color.setAlpha(150);
  paintMask(painter, m_stroke, m_host.view(), color);
}

}  // namespace intarsia
