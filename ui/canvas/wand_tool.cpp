// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/wand_tool.h"

#include <algorithm>
#include <cmath>

#include "annotate/assist/flood.h"
#include "ui/canvas/mask_painter.h"
#include "ui/canvas/shape_painter.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {
constexpr double kPixelsPerStep = 3;  // of the screen, for one more of 255
}

WandTool::WandTool(ToolHost& host) : AreaTool(host) { m_simplify = 1; }

QString WandTool::hint() const {
  if (m_state == State::idle) return tr("Press on a colour and drag: right or up takes more, left or down less. %1").arg(modeHint());
  return tr("Tolerance %1; drag right or up for more, release to take what is shown, Esc drops it").arg(m_tolerance);
}

std::vector<ToolOption> WandTool::options() const {
  return {modeOption(), targetOption(),
          {QStringLiteral("tolerance"), tr("Tolerance"), tr("The largest difference of a colour channel from the pixel clicked, of 255"),
           ToolOption::Kind::number, double(m_tolerance), 0, 255},
          {QStringLiteral("contiguous"), tr("Contiguous"), tr("Only what hangs together with the pixel clicked"), ToolOption::Kind::flag, double(m_contiguous)},
          {QStringLiteral("fill"), tr("Fill holes"), tr("Also what lies enclosed"), ToolOption::Kind::flag, double(m_fillHoles)},
          simplifyOption(), overlapOption()};
}

void WandTool::setOption(const QString& id, double value) {
  if (id == QLatin1String("tolerance"))
    m_tolerance = std::clamp(int(value), 0, 255);
  else if (id == QLatin1String("contiguous"))
    m_contiguous = value != 0;
  else if (id == QLatin1String("fill"))
    m_fillHoles = value != 0;
  else
    AreaTool::setOption(id, value);
}

void WandTool::press(const ToolEvent& event) {
  cancel();
  newGesture();
  const Size size = m_host.annotation().size;
  if (!m_host.image() || event.image.x < 0 || event.image.y < 0 || event.image.x >= size.width || event.image.y >= size.height) return;
  m_state = State::dragging;
  m_seed = event.image;
  m_pressed = event.screen;
  m_from = m_tolerance;
  m_now = modeFor(event.modifiers);
  look();
  m_host.stateChanged();
}

void WandTool::look() {
  FloodOptions options{m_tolerance, m_contiguous, m_fillHoles};
  m_work.start(
      m_host.context(),
      [image = m_host.image(), x = int(m_seed.x), y = int(m_seed.y), options, simplify = m_simplify](const Job& job) -> Expected<Found> {
        INTARSIA_TRY(const std::vector<Span> spans, flood(image->level(0), x, y, options, job));
        INTARSIA_TRY(Polygon area, areaOf(spans, simplify));
        auto pixels = std::make_shared<TileMask>(image->size());
        pixels->add(spans);
        return Found{std::move(pixels), std::move(area)};
      },
      [this](Expected<Found> found) {
        if (!found) {
          if (found.error().code != ErrorCode::cancelled) m_host.failed(sentence(found.error()));
          return cancel();
        }
        m_found = std::move(*found);
        if (m_state == State::released) accept();
        m_host.refresh();
      },
      m_host.startTask(tr("Finding like colours")));
}

void WandTool::move(const ToolEvent& event) {
  if (m_state != State::dragging) return;
  const QPointF d = event.screen - m_pressed;
  const int tolerance = std::clamp(m_from + int(std::lround((d.x() - d.y()) / kPixelsPerStep)), 0, 255);
  if (tolerance == m_tolerance) return;
  m_tolerance = tolerance;
  look();
  m_host.stateChanged();
}

void WandTool::release(const ToolEvent& event) {
  if (m_state != State::dragging) return;
  move(event);
  m_state = State::released;
  m_wish = wish(m_now, "wand");
  if (!m_work.running()) accept();
}

void WandTool::settle() {
  if (m_state == State::released) return;  // it commits when it is found
  if (m_state != State::dragging || !settles(m_now)) return cancel();
  m_state = State::released;
  m_wish = wish(m_now, "wand");
  if (!m_work.running()) accept();
}

void WandTool::accept() {
  if (!m_found) return cancel();
  m_state = State::asking;
  commitArea(m_found->area, m_wish, m_now == AreaMode::subtract ? tr("cut area") : tr("take area"), [this] {
    m_state = State::idle;
    m_found.reset();
  });
}

bool WandTool::key(int key, Qt::KeyboardModifiers) {
  if (key != Qt::Key_Escape) return false;
  if (m_state == State::idle) return dropSelection(key);
  m_tolerance = m_from;
  cancel();
  return true;
}

void WandTool::cancel() {
  m_work.drop();
  if (m_state == State::idle) return;
  m_state = State::idle;
  m_found.reset();
  m_host.stateChanged();
  m_host.refresh();
}

void WandTool::paint(QPainter& painter) const {
  if (m_state == State::idle) return;
  if (m_found && m_found->pixels->size() == m_host.annotation().size) {
    QColor color = modeColor(m_now);
    color.setAlpha(110);
    paintMask(painter, *m_found->pixels, m_host.view(), color);
    paintOutline(painter, outline(m_found->area, m_host.view()), modeColor(m_now), 1.2);
  }
  paintVertex(painter, m_host.view().toScreen(m_seed), modeColor(m_now), false);
}

}  // namespace intarsia
