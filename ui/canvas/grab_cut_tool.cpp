// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/grab_cut_tool.h"

#include <algorithm>
#include <cmath>

#include "annotate/assist/crop.h"
#include "annotate/assist/grab_cut.h"
#include "ui/canvas/mask_painter.h"
#include "ui/canvas/shape_painter.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

constexpr double kMostPixels = 2.5e5;  // looked at; a coarser level of the image beyond that

Rect boxOf(Point a, Point b, Size size) {
  const auto whole = [](double v, int limit) { return int(std::clamp(std::round(v), 0.0, double(limit))); };
  const int left = whole(std::min(a.x, b.x), size.width), right = whole(std::max(a.x, b.x), size.width);
  const int top = whole(std::min(a.y, b.y), size.height), bottom = whole(std::max(a.y, b.y), size.height);
  return {left, top, right - left, bottom - top};
}

}  // namespace

GrabCutTool::GrabCutTool(ToolHost& host) : AreaTool(host) { m_simplify = 1; }

QString GrabCutTool::hint() const {
  switch (m_state) {
    case State::idle: return tr("Drag a box around a thing, with some background inside. %1").arg(modeHint());
    case State::boxing: return tr("Release to separate what is in the box from its background; Esc drops it");
    default: break;
  }
  if (!m_failure.isEmpty()) return tr("%1. Esc drops the box").arg(m_failure);
  if (m_work.running()) return tr("Separating…; Esc cancels");
  return tr("Enter accepts. Drag over what is missing, with Alt or E held over what is too much; Esc drops it");
}

std::vector<ToolOption> GrabCutTool::options() const { return {modeOption(), targetOption(), simplifyOption(), overlapOption()}; }

void GrabCutTool::press(const ToolEvent& event) {
  if (m_state == State::asking) cancel();
  if (m_state == State::idle) {
    if (!m_host.image()) return;
    m_state = State::boxing;
    newGesture();
    m_from = m_to = event.image;
    m_now = modeFor(event.modifiers);
  } else if (m_state == State::shown) {
    m_state = State::marking;
    m_marks.push_back({bool(event.modifiers & Qt::AltModifier), {event.image}, markSize()});
  }
  m_host.stateChanged();
  m_host.refresh();
}

void GrabCutTool::move(const ToolEvent& event) {
  if (m_state == State::boxing)
    m_to = event.image;
  else if (m_state == State::marking)
    m_marks.back().points.push_back(event.image);
  else
    return;
  m_host.refresh();
}

void GrabCutTool::release(const ToolEvent& event) {
  move(event);
  if (m_state == State::boxing) {
    const Rect box = boxOf(m_from, m_to, m_host.annotation().size);
    if (box.width < 3 || box.height < 3) return cancel();
    m_state = State::shown;
    look();
  } else if (m_state == State::marking) {
    m_state = State::shown;
    look();
  }
  m_host.stateChanged();
}

void GrabCutTool::look() {
  const PyramidPtr image = m_host.image();
  if (!image) return cancel();
  const Size size = image->size();
  const Rect all{0, 0, size.width, size.height}, box = boxOf(m_from, m_to, size);
  // Colours of the background come from around the box.
  const int dx = std::max(16, box.width / 3), dy = std::max(16, box.height / 3);
  Rect part = Rect{box.x - dx, box.y - dy, box.width + 2 * dx, box.height + 2 * dy}.intersected(all);
  int level = 0;
  while (level + 1 < image->levels() && double(part.width) * part.height / std::pow(4, level) > kMostPixels) ++level;
  const int f = 1 << level;
  part = {part.x / f * f, part.y / f * f, part.right() - part.x / f * f, part.bottom() - part.y / f * f};
  m_failure.clear();
  m_work.start(
      m_host.context(),
      [image, level, f, part, box, all, marks = m_marks, simplify = m_simplify](const Job& job) -> Expected<Found> {
        const Image crop = cropped8(image->level(level), {part.x / f, part.y / f, (part.width + f - 1) / f, (part.height + f - 1) / f});
        GrabCutWish wish;
        wish.box = {(box.x - part.x) / f, (box.y - part.y) / f, std::max(1, box.width / f), std::max(1, box.height / f)};
        for (const Mark& mark : marks) {
          const auto at = [&](const Point& p) { return Point{(p.x - part.x) / f, (p.y - part.y) / f}; };
          auto& spans = mark.background ? wish.background : wish.foreground;
          for (size_t i = 0; i < mark.points.size(); ++i) {
            const auto more = brushSpans(at(mark.points[i ? i - 1 : 0]), at(mark.points[i]), mark.size / f);
            spans.insert(spans.end(), more.begin(), more.end());
          }
        }
        INTARSIA_TRY(const std::vector<Span> coarse, grabCut(crop, wish, job));
        const std::vector<Span> spans = enlarged(coarse, f, part.x, part.y, all);
        INTARSIA_TRY(Polygon area, areaOf(spans, simplify > 0 ? std::max(simplify, f * 0.75) : 0));
        auto pixels = std::make_shared<TileMask>(image->size());
        pixels->add(spans);
        return Found{std::move(pixels), std::move(area)};
      },
      [this](Expected<Found> found) {
        if (found)
          m_found = std::move(*found);
        else if (found.error().code == ErrorCode::cancelled)
          return cancel();
        else
          m_failure = sentence(found.error());
        if (std::exchange(m_acceptWhenFound, false) && found) take();
        m_host.stateChanged();
        m_host.refresh();
      },
      m_host.startTask(tr("Separating")));
}

void GrabCutTool::settle() {
  if (m_acceptWhenFound || m_state == State::asking) return;
  const bool answered = m_work.running() || (m_found && !m_found->area.rings.empty());
  if ((m_state != State::shown && m_state != State::marking) || !answered || !settles(m_now)) return cancel();
  m_state = State::shown;
  accept();
}

void GrabCutTool::accept() {
  if (m_state != State::shown) return;
  m_wish = wish(m_now, "grabcut");
  m_acceptWhenFound = m_work.running();
  if (!m_acceptWhenFound) take();
}

void GrabCutTool::take() {
  if (!m_found || m_found->area.rings.empty()) return;
  m_state = State::asking;
  commitArea(m_found->area, m_wish, m_now == AreaMode::subtract ? tr("cut thing") : tr("take thing"), [this] { cancel(); });
}

void GrabCutTool::doubleClick(const ToolEvent&) {
  // Its first click has made a mark.
  if (m_state != State::shown || m_marks.empty() || m_marks.back().points.size() > 2) return;
  undo();
  accept();
}

void GrabCutTool::undo() {
  m_acceptWhenFound = false;
  if (m_marks.empty()) return cancel();
  m_marks.pop_back();
  m_state = State::shown;
  look();
  m_host.stateChanged();
  m_host.refresh();
}

bool GrabCutTool::key(int key, Qt::KeyboardModifiers) {
  if (m_state == State::idle) return dropSelection(key);
  switch (key) {
    case Qt::Key_Return:
    case Qt::Key_Enter: accept(); return true;
    case Qt::Key_Backspace: undo(); return true;
    case Qt::Key_Escape: cancel(); return true;
    default: return false;
  }
}

void GrabCutTool::cancel() {
  m_work.drop();
  if (m_state == State::idle) return;
  m_state = State::idle;
  m_marks.clear();
  m_found.reset();
  m_failure.clear();
  m_acceptWhenFound = false;
  m_host.stateChanged();
  m_host.refresh();
}

void GrabCutTool::paint(QPainter& painter) const {
  if (m_state == State::idle) return;
  const ViewTransform& view = m_host.view();
  const QColor color = modeColor(m_now);
  if (m_found && m_found->pixels->size() == m_host.annotation().size) {
    QColor fill = color;
    fill.setAlpha(90);
    paintMask(painter, *m_found->pixels, view, fill);
    paintOutline(painter, outline(m_found->area, view), color, 1.4);
  }
  painter.setBrush(Qt::NoBrush);
  QPen dashes(color, 1.4, Qt::DashLine);
  painter.setPen(QPen(QColor(0, 0, 0, 130), 2.4));
  painter.drawRect(view.toScreen(boxOf(m_from, m_to, m_host.annotation().size)));
  painter.setPen(dashes);
  painter.drawRect(view.toScreen(boxOf(m_from, m_to, m_host.annotation().size)));
  for (const Mark& mark : m_marks) {
    QPainterPath path(view.toScreen(mark.points.front()));
    for (const Point& p : mark.points) path.lineTo(view.toScreen(p));
    painter.setPen(QPen(mark.background ? QColor(255, 90, 80, 190) : QColor(90, 220, 120, 190), std::max(2.0, mark.size * view.scale()), Qt::SolidLine,
                        Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(path);
  }
}

}  // namespace intarsia
