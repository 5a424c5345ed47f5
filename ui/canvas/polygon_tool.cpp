// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/polygon_tool.h"

#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/geometry/boolean.h"
#include "core/geometry/simplify.h"
#include "ui/canvas/shape_painter.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {
constexpr double kStrokeStart = 6;    // logical pixels of a drag before it draws by hand
constexpr double kStrokeStep = 2;     // between points of a stroke
constexpr double kStrokeError = 0.8;  // how far a stroke may lie from what is kept of it
const QColor kFollowed(80, 220, 255);

double screenDistance(QPointF a, QPointF b) { return std::hypot(a.x() - b.x(), a.y() - b.y()); }
}  // namespace

QString PolygonTool::hint() const {
  if (m_points.empty()) return tr("Click around an area or draw its border by hand; Shift adds to the selected shape, Alt or E cuts out, Ctrl suspends snapping");
  if (m_aim.onBorder) return tr("The polygon follows the border; Tab takes the other way round, then the straight line");
  if (m_points.size() < 3) return tr("Click the next point or draw on; Shift keeps to 45°, Backspace takes the last one back, Esc drops all");
  return tr("Enter, double-click or a click on the first point finishes; Backspace takes the last point back, Esc drops all");
}

std::vector<ToolOption> PolygonTool::options() const { return {modeOption(), overlapOption(), snapOption()}; }
void PolygonTool::setOption(const QString& id, double value) { AreaTool::setOption(id, value); }

bool PolygonTool::onFirst(QPointF screen) const {
  return m_points.size() >= 3 && screenDistance(m_host.view().toScreen(m_points.front()), screen) <= kPickRadius;
}

Ring PolygonTool::wayTo(Point to, bool& onBorder) const {
  onBorder = false;
  if (m_points.empty()) return {};
  const auto ways = waysBetween(m_host.annotation(), m_points.back(), to);
  if (!ways || (ways->shorter.empty() && ways->longer.empty())) return {};
  onBorder = true;
  return m_follow == Follow::shorter ? ways->shorter : m_follow == Follow::longer ? ways->longer : Ring{};
}

PolygonTool::Aim PolygonTool::aimFor(const ToolEvent& event) {
  Aim target;
  const bool free = event.modifiers & Qt::ControlModifier;
  if (onFirst(event.screen)) {
    target.point = m_points.front();
    target.closes = true;
    if (!free) target.way = wayTo(target.point, target.onBorder);
    return target;
  }
  // Points outside become points on the border: areas that reach the edge of the image are drawn with a careless click.
  const Size size = m_host.annotation().size;
  const auto inside = [&](Point p) { return Point{std::clamp(p.x, 0.0, double(size.width)), std::clamp(p.y, 0.0, double(size.height))}; };
  target.point = inside(event.image);
  if ((event.modifiers & Qt::ShiftModifier) && !m_points.empty()) {
    const Point from = m_points.back();
    const double step = std::numbers::pi / 4, dx = target.point.x - from.x, dy = target.point.y - from.y;
    const double angle = std::round(std::atan2(dy, dx) / step) * step, along = dx * std::cos(angle) + dy * std::sin(angle);
    target.point = inside({from.x + along * std::cos(angle), from.y + along * std::sin(angle)});
    return target;
  }
  if (free) return target;
  if (const auto snap = snapTo(m_hits, m_host.annotation(), target.point, snapDistance())) {
    target.point = snap->point;
    target.snap = snap->kind;
    if (snap->kind != Snap::Kind::imageBorder) target.way = wayTo(target.point, target.onBorder);
  }
  return target;
}

void PolygonTool::changed() {
  m_host.stateChanged();
  m_host.refresh();
}

void PolygonTool::add(Ring points) {
  if (points.empty()) return;
  m_gestures.push_back(points.size());
  m_points.insert(m_points.end(), points.begin(), points.end());
  m_undone.clear();
  m_follow = Follow::shorter;
}

void PolygonTool::press(const ToolEvent& event) {
  if (m_finished) clear();
  if (m_points.empty()) {
    m_now = modeFor(event.modifiers);
    newGesture();
  }
  m_mouse = event;
  m_aim = aimFor(event);
  if (m_aim.closes) return finish();
  if (m_points.empty() || m_points.back() != m_aim.point) {
    Ring points = std::exchange(m_aim.way, {});
    points.push_back(m_aim.point);
    add(std::move(points));
  }
  m_aim.onBorder = false;
  m_down = true;
  m_stroke.clear();
  changed();
}

void PolygonTool::move(const ToolEvent& event) {
  const QPointF last = m_stroke.empty() ? m_mouse.screen : m_host.view().toScreen(m_stroke.back());
  if (m_down) {
    if (screenDistance(event.screen, last) < (m_stroke.empty() ? kStrokeStart : kStrokeStep)) return;
    const Size size = m_host.annotation().size;
    m_stroke.push_back({std::clamp(event.image.x, 0.0, double(size.width)), std::clamp(event.image.y, 0.0, double(size.height))});
    m_host.refresh();
    return;
  }
  const bool was = m_aim.onBorder;
  m_mouse = event;
  m_aim = aimFor(event);
  if (was != m_aim.onBorder) m_host.stateChanged();
  m_host.refresh();
}

void PolygonTool::release(const ToolEvent& event) {
  if (!std::exchange(m_down, false) || m_stroke.empty()) return;
  Ring line = std::exchange(m_stroke, {});
  line.insert(line.begin(), m_points.back());
  m_mouse = event;
  const bool closes = onFirst(event.screen) && line.size() > 2;
  if (!closes && !(event.modifiers & Qt::ControlModifier))
    if (const auto snap = snapTo(m_hits, m_host.annotation(), line.back(), snapDistance())) line.back() = snap->point;
  line = simplifiedLine(line, kStrokeError / m_host.view().scale());
  line.erase(line.begin());
  if (closes && !line.empty()) line.pop_back();
  add(std::move(line));
  m_aim = {};
  m_aim.point = m_points.back();
  if (closes) return finish();
  changed();
}

void PolygonTool::doubleClick(const ToolEvent& event) {  // its first click has set the point
  m_mouse = event;
  finish();
}

bool PolygonTool::wants(int key, Qt::KeyboardModifiers modifiers) const {
  return !m_points.empty() && !modifiers && key == Qt::Key_Tab;
}

bool PolygonTool::key(int key, Qt::KeyboardModifiers) {
  if (m_points.empty()) return dropSelection(key);
  switch (key) {
    case Qt::Key_Return:
    case Qt::Key_Enter: finish(); return true;
    case Qt::Key_Backspace: takeBack(1); return true;
    case Qt::Key_Escape: cancel(); return true;
    case Qt::Key_Tab:
      m_follow = Follow((int(m_follow) + 1) % 3);
      m_aim = aimFor(m_mouse);
      changed();
      return true;
    default: return false;
  }
}

void PolygonTool::cancel() {
  if (m_points.empty() && m_undone.empty()) return;
  clear();
  changed();
}

void PolygonTool::clear() {
  m_points.clear();
  m_gestures.clear();
  m_undone.clear();
  m_stroke.clear();
  m_down = m_finished = false;
  m_aim = {};
}

void PolygonTool::settle() {
  if (m_finished) return;
  add(std::exchange(m_stroke, {}));
  m_down = false;
  if (m_points.size() < 3 || !settles(m_now)) return cancel();
  finish();
}

void PolygonTool::takeBack(size_t count) {
  m_undone.emplace_back(m_points.end() - int64_t(count), m_points.end());
  m_points.resize(m_points.size() - count);
  m_gestures.back() -= count;
  if (m_gestures.back() == 0) m_gestures.pop_back();
  m_down = false;
  m_stroke.clear();
  m_aim = aimFor(m_mouse);
  changed();
}

void PolygonTool::undo() {
  if (!m_points.empty()) takeBack(m_gestures.back());
}

void PolygonTool::redo() {
  if (m_undone.empty()) return;
  Ring points = std::move(m_undone.back());
  m_undone.pop_back();
  std::vector<Ring> rest = std::move(m_undone);
  add(std::move(points));
  m_undone = std::move(rest);
  changed();
}

void PolygonTool::finish() {
  if (m_finished || m_points.size() < 3) return;
  // The last side follows a border like any other, as it was shown.
  bool onBorder = false;
  if (!(m_mouse.modifiers & Qt::ControlModifier)) add(wayTo(m_points.front(), onBorder));
  m_follow = Follow::shorter;
  Polygon area{{m_points}};
  if (m_now != AreaMode::draw) {
    Expected<Polygon> valid = repaired(area);
    if (!valid) return m_host.failed(sentence(valid.error()));
    area = std::move(*valid);
  }
  const AreaWish wanted = wish(m_now, "polygon");
  // The points stay until a class is known: cancelling the question returns to the drawing.
  m_finished = wanted.classId != kNoClass || !needsClass(m_host.annotation(), wanted);
  const QString name = m_now == AreaMode::subtract ? tr("cut polygon") : m_now == AreaMode::add ? tr("add polygon") : tr("draw polygon");
  commitArea(std::move(area), wanted, name, [this] {
    clear();
    changed();
  });
}

void PolygonTool::paint(QPainter& painter) const {
  const ViewTransform& view = m_host.view();
  const auto at = [&](Point p) { return view.toScreen(p); };
  if (!m_points.empty()) {
    const QColor color = modeColor(m_now);
    QColor fill = color;
    fill.setAlpha(40);
    QPainterPath path(at(m_points.front()));
    for (size_t i = 1; i < m_points.size(); ++i) path.lineTo(at(m_points[i]));
    for (const Point p : m_stroke) path.lineTo(at(p));
    const bool drawing = !m_stroke.empty();
    QPainterPath next(drawing ? path.currentPosition() : at(m_points.back()));
    for (const Point p : drawing ? Ring{} : m_aim.way) next.lineTo(at(p));
    if (!drawing) next.lineTo(at(m_aim.point));
    QPainterPath area = path;
    area.connectPath(next);
    if (m_points.size() > 1 || drawing) painter.fillPath(area, fill);
    paintOutline(painter, path, color, 1.8);
    paintOutline(painter, next, m_aim.way.empty() ? color : kFollowed, m_aim.way.empty() ? 1.8 : 3);
    for (size_t i = 0; i < m_points.size(); ++i) paintVertex(painter, at(m_points[i]), color, i == 0 && m_aim.closes);
  }
  if (m_aim.snap) paintSnap(painter, at(m_aim.point), *m_aim.snap == Snap::Kind::vertex);
}

}  // namespace intarsia
