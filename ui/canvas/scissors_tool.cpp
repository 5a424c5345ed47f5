// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/scissors_tool.h"

#include <algorithm>
#include <cmath>

#include "annotate/assist/crop.h"
#include "core/geometry/boolean.h"
#include "core/geometry/simplify.h"
#include "ui/canvas/shape_painter.h"
#include "ui/models/background.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {
constexpr double kMostPixels = 8e5;  // searched at once; a coarser level of the image beyond that
}

ScissorsTool::ScissorsTool(ToolHost& host) : AreaTool(host) { m_simplify = 1; }

ScissorsTool::~ScissorsTool() {
  for (const Anchor& a : m_anchors) stop(a);
}

void ScissorsTool::stop(const Anchor& anchor) {
  anchor.stop->request_stop();
  delete anchor.task;
}

QString ScissorsTool::hint() const {
  if (m_anchors.empty()) return tr("Click on an edge, then along it: the border follows the edge. %1").arg(modeHint());
  if (m_closing) return tr("Finding the last way…; Esc drops all");
  if (m_anchors.size() < 2) return tr("Move along the edge and click where the way is right; Backspace takes the last point back, Esc drops all");
  return tr("Enter, double-click or a click on the first point closes; Backspace takes the last point back, Esc drops all");
}

std::vector<ToolOption> ScissorsTool::options() const { return {modeOption(), targetOption(), simplifyOption(), overlapOption()}; }

bool ScissorsTool::ready() const {
  return std::ranges::all_of(m_anchors, [](const Anchor& a) { return a.field.has_value(); });
}

bool ScissorsTool::onFirst(QPointF screen) const {
  if (m_anchors.size() < 2) return false;
  const QPointF d = m_host.view().toScreen(m_anchors.front().at) - screen;
  return std::hypot(d.x(), d.y()) <= kPickRadius;
}

void ScissorsTool::press(const ToolEvent& event) {
  if (m_asking) cancel();
  if (m_closing) return;
  const Point p = m_mouse = withinImage(event.image);
  m_screen = event.screen;
  if (onFirst(event.screen)) return finish();
  if (!m_anchors.empty() && m_anchors.back().at == p) return;
  if (m_anchors.empty()) {
    m_now = modeFor(event.modifiers);
    newGesture();
  }
  addAnchor(p);
  if (m_anchors.size() > 1) setWay(m_anchors.size() - 2);
  m_host.stateChanged();
  m_host.refresh();
}

/// The place in the image; near its border on the border, which no edge of the picture leads along.
Point ScissorsTool::withinImage(Point p) const {
  const Size size = m_host.annotation().size;
  const double near = pickDistance();
  const auto along = [near](double v, int side) { return v < near ? 0.0 : v > side - near ? double(side) : v; };
  return {along(p.x, size.width), along(p.y, size.height)};
}

void ScissorsTool::addAnchor(Point at) {
  Anchor anchor{at, {}, {}, std::make_shared<std::stop_source>(), nullptr};
  const PyramidPtr image = m_host.image();
  Field field;
  if (image) {
    const Size size = image->size();
    const Rect all{0, 0, size.width, size.height};
    // What is in view, and some of what lies beyond; at least the surroundings of the anchor.
    const Rect seen = m_host.visible().intersected(all), near = Rect{int(at.x) - 64, int(at.y) - 64, 128, 128}.intersected(all);
    field.part = Rect{seen.x - seen.width / 8, seen.y - seen.height / 8, seen.width * 5 / 4, seen.height * 5 / 4}.intersected(all).united(near);
    while (field.level + 1 < image->levels() && double(field.part.width) * field.part.height / std::pow(4, field.level) > kMostPixels) ++field.level;
    const int f = field.factor();
    field.part = Rect{field.part.x / f * f, field.part.y / f * f, field.part.width, field.part.height};
  }
  if (!image || field.part.empty()) {
    anchor.field = field;
    m_anchors.push_back(std::move(anchor));
    return;
  }
  anchor.task = m_host.startTask(tr("Looking for edges"));
  inBackground(
      m_host.context(),
      [image, field, at, job = anchor.task ? anchor.task->job() : Job(anchor.stop->get_token())]() mutable {
        const int f = field.factor();
        const Image crop = cropped8(image->level(field.level), {field.part.x / f, field.part.y / f, (field.part.width + f - 1) / f, (field.part.height + f - 1) / f});
        const int x = std::clamp(int(at.x - field.part.x) / f, 0, crop.width - 1), y = std::clamp(int(at.y - field.part.y) / f, 0, crop.height - 1);
        if (auto wire = LiveWire::build(crop, x, y, job)) field.wire = std::move(*wire);
        return field;
      },
      [this, stop = anchor.stop](Field made) {
        if (!stop->stop_requested()) takeField(stop, std::move(made));  // also when this has been destroyed
      });
  m_anchors.push_back(std::move(anchor));
}

void ScissorsTool::takeField(const std::shared_ptr<std::stop_source>& stop, Field field) {
  const auto at = std::ranges::find(m_anchors, stop, &Anchor::stop);
  if (at == m_anchors.end()) return;
  delete at->task;
  at->field = std::move(field);
  setWay(size_t(at - m_anchors.begin()));
  if (m_closing && ready()) commitRing();
  m_host.stateChanged();
  m_host.refresh();
}

Ring ScissorsTool::wayTo(const Anchor& from, Point to) const {
  const Size size = m_host.annotation().size;
  const auto same = [](double a, double b, int side) { return a == b && (a == 0 || a == side); };
  if (same(from.at.x, to.x, size.width) || same(from.at.y, to.y, size.height)) return {};  // straight along the image's border
  if (!from.field || !from.field->wire) return {};
  const Field& field = *from.field;
  const double f = field.factor();
  Ring way;
  for (const Point& p : field.wire->pathTo(int(std::floor((to.x - field.part.x) / f)), int(std::floor((to.y - field.part.y) / f))))
    way.push_back({field.part.x + (p.x + 0.5) * f, field.part.y + (p.y + 0.5) * f});
  // The ends are the pixels of the anchors themselves.
  if (way.size() <= 2) return {};
  return {way.begin() + 1, way.end() - 1};
}

/// The way from an anchor to the next one, or from the last one to the first when the border is closed.
void ScissorsTool::setWay(size_t i) {
  if (i + 1 < m_anchors.size())
    m_anchors[i].way = wayTo(m_anchors[i], m_anchors[i + 1].at);
  else if (m_closing)
    m_anchors[i].way = wayTo(m_anchors[i], m_anchors.front().at);
}

void ScissorsTool::move(const ToolEvent& event) {
  m_mouse = withinImage(event.image);
  m_screen = event.screen;
  if (!m_anchors.empty()) m_host.refresh();
}

void ScissorsTool::doubleClick(const ToolEvent&) { finish(); }  // its first click has set the point

bool ScissorsTool::key(int key, Qt::KeyboardModifiers) {
  if (m_anchors.empty()) return dropSelection(key);
  switch (key) {
    case Qt::Key_Return:
    case Qt::Key_Enter: finish(); return true;
    case Qt::Key_Backspace: undo(); return true;
    case Qt::Key_Escape: cancel(); return true;
    default: return false;
  }
}

void ScissorsTool::undo() {
  if (m_anchors.empty()) return;
  m_closing = m_asking = false;
  stop(m_anchors.back());
  m_anchors.pop_back();
  if (!m_anchors.empty()) m_anchors.back().way.clear();
  m_host.stateChanged();
  m_host.refresh();
}

void ScissorsTool::cancel() {
  if (m_anchors.empty()) return;
  for (const Anchor& a : m_anchors) stop(a);
  m_anchors.clear();
  m_closing = m_asking = false;
  m_host.stateChanged();
  m_host.refresh();
}

void ScissorsTool::finish() {
  if (m_closing || m_anchors.size() < 2) return;
  m_closing = true;
  m_wish = wish(m_now, "scissors");
  setWay(m_anchors.size() - 1);
  if (ready()) commitRing();
  m_host.stateChanged();
}

void ScissorsTool::settle() {
  if (m_closing && !m_asking) return;  // it commits when the last way is known
  if (m_asking || m_anchors.size() < 2 || !settles(m_now)) return cancel();
  finish();
}

Ring ScissorsTool::ring() const {
  Ring out;
  for (const Anchor& a : m_anchors) {
    out.push_back(a.at);
    out.insert(out.end(), a.way.begin(), a.way.end());
  }
  return out;
}

void ScissorsTool::commitRing() {
  // The way may meet itself where two clicks share an edge.
  const Expected<Polygon> area = repaired(simplified(Polygon{{ring()}}, std::max(0.5, m_simplify)));
  if (!area) m_host.failed(sentence(area.error()));
  if (!area || area->rings.empty()) return cancel();
  m_asking = true;
  commitArea(*area, m_wish, m_now == AreaMode::subtract ? tr("cut along edges") : tr("follow edges"), [this] { cancel(); });
}

void ScissorsTool::paint(QPainter& painter) const {
  if (m_anchors.empty()) return;
  const ViewTransform& view = m_host.view();
  const QColor color = modeColor(m_now);
  Ring line = ring();
  if (!m_closing) {
    const Ring live = wayTo(m_anchors.back(), m_mouse);
    line.insert(line.end(), live.begin(), live.end());
    line.push_back(m_mouse);
  }
  QPainterPath path(view.toScreen(line.front()));
  for (size_t i = 1; i < line.size(); ++i) path.lineTo(view.toScreen(line[i]));
  QColor fill = color;
  fill.setAlpha(40);
  if (m_anchors.size() > 1) painter.fillPath(path, fill);
  if (m_closing) path.closeSubpath();
  paintOutline(painter, path, color, 1.8);
  for (size_t i = 0; i < m_anchors.size(); ++i) paintVertex(painter, view.toScreen(m_anchors[i].at), color, i == 0 && onFirst(m_screen));
}

}  // namespace intarsia
