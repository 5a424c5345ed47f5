// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/area_tool.h"

#include "ui/canvas/shape_painter.h"
#include "ui/models/qt_text.h"

namespace intarsia {

std::vector<ToolOption> AreaTool::options() const { return {modeOption(), targetOption(), overlapOption()}; }

ToolOption AreaTool::modeOption() const {
  ToolOption mode{QStringLiteral("mode"), tr("Mode"), tr("New shape, more or less of the selected one; Shift held adds, Alt or E held subtracts"),
                  ToolOption::Kind::choice, double(m_mode)};
  mode.choices = {tr("New"), tr("Add"), tr("Subtract")};
  return mode;
}

ToolOption AreaTool::targetOption() const {
  ToolOption target{QStringLiteral("target"), tr("On"),
                    tr("Auto: the selected shape; else the pixels of the base map if there is one, taken from the shapes above; else a new shape. "
                       "Pixels: the base map alone, also below shapes"),
                    ToolOption::Kind::choice, double(m_target)};
  target.choices = {tr("Auto"), tr("Shapes"), tr("Pixels")};
  return target;
}

ToolOption AreaTool::simplifyOption() const {
  return {QStringLiteral("simplify"), tr("Simplify"), tr("0 keeps the outline exact to the pixel; else the border may move by as much for fewer points"),
          ToolOption::Kind::number, m_simplify, 0, 20, 0.5, tr(" px")};
}

bool AreaTool::dropSelection(int key) {
  if (key != Qt::Key_Escape || m_host.selection().empty()) return false;
  m_host.select({});
  return true;
}

void AreaTool::setOption(const QString& id, double value) {
  if (id == QLatin1String("mode")) m_mode = AreaMode(std::clamp(int(value), 0, 2));
  if (id == QLatin1String("simplify")) m_simplify = std::clamp(value, 0.0, 20.0);
  setBorderOption(id, value);
  if (id == QLatin1String("target")) m_target = AreaTarget(std::clamp(int(value), 0, 2));
}

AreaMode AreaTool::modeFor(Qt::KeyboardModifiers modifiers) const {
  if (modifiers & Qt::AltModifier) return m_mode == AreaMode::subtract ? AreaMode::add : AreaMode::subtract;
  if (modifiers & Qt::ShiftModifier) return AreaMode::add;
  return m_mode;
}

AreaWish AreaTool::wish(AreaMode mode, const char* kind) const {
  return {mode, m_target, m_host.currentClass(), m_host.selection(), kind, false, m_host.settings().overlap};
}

void AreaTool::commitArea(Polygon area, const AreaWish& wanted, const QString& name, std::function<void()> done) {
  const int gesture = ++m_gesture;
  const auto commit = [this, area = std::move(area), wanted, name, done, gesture](ClassId id) {
    AreaWish wish = wanted;
    wish.classId = id;
    const Annotation& annotation = m_host.annotation();
    size_t points = 0;
    if (wish.target != AreaTarget::pixels || wish.mode == AreaMode::subtract)
      points = pointCount(area) + pointsNear(annotation, bounds(area), wish.selected);
    const MakeEdit make = [area, wish](const Annotation& a, const Job& job) { return applyArea(a, area, wish, job); };
    m_host.commitMade(points, name, make, [this, done, gesture](Made made) {
      if (made == Made::nothing) m_host.say(tr("That changed nothing: there was no pixel for it"));
      if (done && gesture == m_gesture) done();
      m_host.stateChanged();
      m_host.refresh();
    });
  };
  if (needsClass(m_host.annotation(), wanted) && wanted.classId == kNoClass)
    m_host.withClass(commit);
  else
    commit(wanted.classId);
}

bool AreaTool::settles(AreaMode mode) {
  if (m_host.currentClass() == kNoClass && needsClass(m_host.annotation(), wish(mode, ""))) return false;
  m_host.say(tr("What was under way has been accepted; undo takes it back"));
  return true;
}

void AreaTool::selectNew(ShapeId nextIdBefore) {
  if (m_host.annotation().find(nextIdBefore)) m_host.select({nextIdBefore});
}

QColor AreaTool::modeColor(AreaMode mode) const { return mode == AreaMode::subtract ? QColor(255, 90, 80) : QColor(255, 210, 60); }

QString AreaTool::modeHint() { return tr("Shift adds to the selected shape, Alt or E held subtracts, Esc drops it"); }

}  // namespace intarsia
