// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/superpixel_tool.h"

#include <algorithm>
#include <cmath>

#include "annotate/assist/crop.h"
#include "annotate/raster/span_outline.h"
#include "ui/canvas/shape_painter.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

constexpr double kMostPixels = 1.2e6;  // cut at once; a coarser level of the image beyond that

Rect levelRect(const Rect& part, int factor) {
  return {part.x / factor, part.y / factor, (part.width + factor - 1) / factor, (part.height + factor - 1) / factor};
}

QImage bordersOf(const Superpixels& s) {
  QImage out(s.size.width, s.size.height, QImage::Format_Indexed8);
  out.setColorTable({0, qRgba(255, 255, 255, 90)});
  for (int y = 0; y < s.size.height; ++y) {
    uchar* row = out.scanLine(y);
    for (int x = 0; x < s.size.width; ++x)
      row[x] = (x + 1 < s.size.width && s.at(x, y) != s.at(x + 1, y)) || (y + 1 < s.size.height && s.at(x, y) != s.at(x, y + 1));
  }
  return out;
}

}  // namespace

QString SuperpixelTool::hint() const {
  if (painting()) return tr("Release to take the segments; Esc drops them");
  if (m_work.running()) return tr("Cutting what is in view into segments…");
  return tr("Click or drag over segments to paint them; [ and ] or Ctrl+wheel change their size, Alt or E held erases");
}

std::vector<ToolOption> SuperpixelTool::options() const {
  return {{QStringLiteral("side"), tr("Segment size"), tr("In image pixels; [ and ], or the wheel with Ctrl or Alt"), ToolOption::Kind::number, m_side, 4, 400, 1, tr(" px")},
          {QStringLiteral("compactness"), tr("Roundness"), tr("Little follows the colours, much makes even pieces"), ToolOption::Kind::number, m_compactness, 1, 100},
          {QStringLiteral("borders"), tr("Show borders"), tr("Show the borders of all segments"), ToolOption::Kind::flag, double(m_showBorders)},
          targetOption(), joinOption(), simplifyOption(), overlapOption()};
}

void SuperpixelTool::setOption(const QString& id, double value) {
  if (id == QLatin1String("side"))
    resize(value);
  else if (id == QLatin1String("compactness"))
    m_compactness = std::clamp(value, 1.0, 100.0);
  else if (id == QLatin1String("borders"))
    m_showBorders = value != 0;
  else
    StrokeTool::setOption(id, value);
  m_host.refresh();
}

void SuperpixelTool::resize(double side) { m_side = std::clamp(std::round(side), 4.0, 400.0); }

/// What is in view and as much again around it, at a level that leaves no more pixels than can be cut in a moment.
SuperpixelTool::Cut SuperpixelTool::wanted() const {
  Cut out;
  out.image = m_host.image();
  out.side = m_side;
  out.compactness = m_compactness;
  if (!out.image) return out;
  const Size size = out.image->size();
  const Rect all{0, 0, size.width, size.height};
  const Rect seen = m_host.visible().intersected(all);
  out.part = Rect{seen.x - seen.width / 4, seen.y - seen.height / 4, seen.width + seen.width / 2, seen.height + seen.height / 2}.intersected(all);
  while (out.level + 1 < out.image->levels() && double(out.part.width) * out.part.height / std::pow(4, out.level) > kMostPixels) ++out.level;
  // On whole pixels of the level.
  const int f = out.factor();
  const int x = out.part.x / f * f, y = out.part.y / f * f;
  out.part = Rect{x, y, out.part.right() - x, out.part.bottom() - y};
  return out;
}

Expected<SuperpixelTool::CutPtr> SuperpixelTool::make(Cut cut, const Job& job) {
  const Image crop = cropped8(cut.image->level(cut.level), levelRect(cut.part, cut.factor()));
  const SuperpixelOptions options{std::max(4, int(std::lround(cut.side / cut.factor()))), cut.compactness};
  INTARSIA_TRY(cut.segments, superpixels(crop, options, job));
  cut.borders = bordersOf(cut.segments);
  return std::make_shared<const Cut>(std::move(cut));
}

void SuperpixelTool::look() {
  if (painting()) return;
  Cut next = wanted();
  if (!next.image || next.part.empty()) return;
  const Rect seen = m_host.visible();
  // The old one still fits: it covers the view, at this level or a finer one that is not much too large.
  if (m_cut && m_cut->image == next.image && m_cut->side == m_side && m_cut->compactness == m_compactness && m_cut->level <= next.level &&
      seen.intersected(m_cut->part) == seen)
    return;
  if (m_work.running() && m_asked.image == next.image && m_asked.part == next.part && m_asked.side == next.side && m_asked.compactness == next.compactness) return;
  if (m_cut && m_cut->image != next.image) m_cut.reset();
  m_asked = next;
  m_hover = -1;
  m_work.start(
      m_host.context(), [next](const Job& job) { return make(next, job); },
      [this](Expected<CutPtr> cut) {
        if (!cut && cut.error().code != ErrorCode::cancelled) m_host.failed(sentence(cut.error()));
        if (!cut) return m_host.stateChanged();
        if (!painting()) m_cut = std::move(*cut);
        m_hover = segmentAt(m_at);
        m_host.stateChanged();
        m_host.refresh();
      },
      m_host.startTask(tr("Cutting into segments")));
  m_host.stateChanged();
}

int SuperpixelTool::segmentAt(Point p) const {
  if (!m_cut || m_cut->image != m_host.image()) return -1;
  const int x = int(std::floor(p.x)), y = int(std::floor(p.y));
  if (x < m_cut->part.x || y < m_cut->part.y || x >= m_cut->part.right() || y >= m_cut->part.bottom()) return -1;
  return m_cut->segments.at((x - m_cut->part.x) / m_cut->factor(), (y - m_cut->part.y) / m_cut->factor());
}

std::vector<Span> SuperpixelTool::spansOf(int segment) const {
  if (!m_cut) return {};
  return enlarged(m_cut->segments.spans(segment), m_cut->factor(), m_cut->part.x, m_cut->part.y, m_cut->part);
}

void SuperpixelTool::sweep(Point to) {
  const double step = double(m_cut->factor());
  const int n = std::max(1, int(std::ceil(std::hypot(to.x - m_at.x, to.y - m_at.y) / step)));
  int last = -1;
  for (int i = 0; i <= n; ++i) {
    const double t = double(i) / n;
    const int segment = segmentAt({m_at.x + t * (to.x - m_at.x), m_at.y + t * (to.y - m_at.y)});
    if (segment >= 0 && segment != last) add(spansOf(segment));
    last = segment;
  }
  m_at = to;
}

void SuperpixelTool::press(const ToolEvent& event) {
  m_at = event.image;
  look();
  // A click on what is not cut yet paints nothing: the pieces are not known.
  if (!ready() || segmentAt(event.image) < 0) return;
  begin(event);
  sweep(event.image);
}

void SuperpixelTool::move(const ToolEvent& event) {
  if (painting()) return sweep(event.image);
  m_at = event.image;
  m_now = modeFor(event.modifiers);
  look();
  const int segment = segmentAt(event.image);
  if (segment != m_hover) {
    m_hover = segment;
    m_host.refresh();
  }
}

void SuperpixelTool::release(const ToolEvent& event) {
  if (!painting()) return;
  sweep(event.image);
  finish();
}

void SuperpixelTool::leave() {
  m_hover = -1;
  m_host.refresh();
}

bool SuperpixelTool::key(int key, Qt::KeyboardModifiers modifiers) {
  switch (key) {
    case Qt::Key_BracketLeft: resize(std::min(m_side - 1, m_side / 1.25)); break;
    case Qt::Key_BracketRight: resize(std::max(m_side + 1, m_side * 1.25)); break;
    default: return StrokeTool::key(key, modifiers);
  }
  look();
  m_host.stateChanged();
  return true;
}

bool SuperpixelTool::wheel(double steps, Qt::KeyboardModifiers modifiers) {
  if (!(modifiers & (Qt::ControlModifier | Qt::AltModifier))) return false;
  resize(m_side * std::pow(1.2, steps));
  look();
  m_host.stateChanged();
  return true;
}

void SuperpixelTool::settle() {
  m_work.drop();
  StrokeTool::settle();
}

void SuperpixelTool::cancel() {
  m_work.drop();
  StrokeTool::cancel();
}

void SuperpixelTool::paint(QPainter& painter) const {
  if (m_cut && m_cut->image == m_host.image()) {
    const ViewTransform& view = m_host.view();
    if (m_showBorders) {
      painter.save();
      painter.setRenderHint(QPainter::Antialiasing, false);
      painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
      const Rect& p = m_cut->part;
      const int f = m_cut->factor();
      painter.drawImage(view.toScreen(Rect{p.x, p.y, m_cut->borders.width() * f, m_cut->borders.height() * f}), m_cut->borders);
      painter.restore();
    }
    if (m_hover >= 0 && !painting()) {
      const QPainterPath path = outline(outlineOf(spansOf(m_hover)), view);
      QColor fill = strokeColor();
      fill.setAlpha(90);
      painter.fillPath(path, fill);
      paintOutline(painter, path, strokeColor(), 1.5);
    }
  }
  paintStroke(painter);
}

}  // namespace intarsia
