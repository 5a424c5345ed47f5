// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/canvas_view.h"

#include <algorithm>

namespace intarsia {

CanvasView::CanvasView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_OpaquePaintEvent);
  setMinimumSize(160, 120);
  setAccessibleName(tr("Image"));
  for (const ToolInfo& info : toolTable()) m_tools.push_back(info.make(*this));
  updateCursor();
}

CanvasView::~CanvasView() = default;

void CanvasView::setImage(PyramidPtr image) {
  const bool sameSize = m_image && image && m_image->size() == image->size();
  tool().cancel();
  m_image = std::move(image);
  if (!m_image) {
    m_annotation = {};
    m_bounds.clear();
    m_labels = m_prediction = nullptr;
  }
  setSelection({});
  if (m_image && !sameSize) m_view.fit(m_image->size(), size());
  m_view.snap(devicePixelRatioF());
  viewReplaced();
  updateCursor();
}

void CanvasView::setEmptyText(const QString& text) {
  m_emptyText = text;
  update();
}

void CanvasView::setAnnotation(const Annotation& annotation) {
  std::unordered_map<const Shape*, Bounds> known;
  for (const ShapePtr& shape : annotation.shapes) {
    const auto old = m_bounds.find(shape.get());
    known[shape.get()] = old != m_bounds.end() ? old->second : bounds(shape->polygon);
  }
  // Only where shapes came or went does the frame change.
  const auto touch = [this](const Bounds& b) {
    const double margin = 3 / m_view.scale() + 1;
    invalidate({int(std::clamp(b.left - margin, -1e8, 1e8)), int(std::clamp(b.top - margin, -1e8, 1e8)),
                int(std::clamp(b.right - b.left + 2 * margin + 1, 0.0, 2e8)),
                int(std::clamp(b.bottom - b.top + 2 * margin + 1, 0.0, 2e8))});
  };
  for (const auto& [shape, box] : m_bounds)
    if (!known.contains(shape)) touch(box);
  for (const auto& [shape, box] : known)
    if (!m_bounds.contains(shape)) touch(box);
  m_annotation = annotation;
  m_bounds = std::move(known);
  std::vector<ShapeId> kept;
  for (ShapeId id : m_selection)
    if (m_annotation.find(id)) kept.push_back(id);
  if (kept != m_selection) setSelection(std::move(kept));
  update();
}

void CanvasView::setLabels(const LabelMap* labels) {
  m_labels = labels;
  m_frameDirty = rect();
  update();
}

void CanvasView::labelsChanged(const Rect& dirty) { invalidate(dirty); }

void CanvasView::setPrediction(const LabelMap* prediction, int level) {
  m_prediction = prediction;
  m_predictionLevel = level;
  updateStyles();
}

void CanvasView::predictionChanged(const Rect& dirty) {
  const int f = 1 << m_predictionLevel;
  invalidate({dirty.x * f, dirty.y * f, dirty.width * f, dirty.height * f});
}

void CanvasView::setClasses(const ClassTable& classes) {
  if (m_classes == classes) return;
  m_classes = classes;
  if (!m_classes.find(m_currentClass)) m_currentClass = m_classes.empty() ? kNoClass : m_classes[0].id;
  updateStyles();
}

void CanvasView::setHiddenClasses(std::vector<ClassId> hidden) {
  m_hidden = std::move(hidden);
  updateStyles();
}

void CanvasView::setUncovered(uint16_t index) {
  m_uncovered = index;
  updateStyles();
}

void CanvasView::setEditable(bool editable) {
  m_editable = editable;
  if (!editable) tool().cancel();
  updateCursor();
}

void CanvasView::setLabelOpacity(int percent) {
  m_labelOpacity = std::clamp(percent, 0, 100);
  updateStyles();
}

void CanvasView::setPredictionOpacity(int percent) {
  m_predictionOpacity = std::clamp(percent, 0, 100);
  updateStyles();
}

void CanvasView::setExactMask(bool on) {
  if (m_exact == on) return;
  tool().cancel();
  m_exact = on;
  updateStyles();
  updateCursor();
  emit toolStateChanged();
}

void CanvasView::setTool(ToolKind kind) {
  if (m_toolKind != kind) {
    tool().cancel();
    m_toolKind = kind;
    if (!toolInfo(kind).keepsSelection) setSelection({});
  }
  updateCursor();
  update();
  emit toolChanged();
  emit toolStateChanged();
}

void CanvasView::setCurrentClass(ClassId id) { m_currentClass = id; }

void CanvasView::setSelection(std::vector<ShapeId> ids) {
  if (ids == m_selection) return;
  const auto repaint = [this](const std::vector<ShapeId>& list) {
    for (ShapeId id : list)
      if (const Shape* shape = m_annotation.find(id)) {
        const Bounds b = m_bounds[shape];
        const double m = 3 / m_view.scale() + 1;
        invalidate({int(b.left - m), int(b.top - m), int(b.right - b.left + 2 * m + 1), int(b.bottom - b.top + 2 * m + 1)});
      }
  };
  repaint(m_selection);
  m_selection = std::move(ids);
  repaint(m_selection);
  update();
  emit selectionChanged();
}

QColor CanvasView::classColor(ClassId id) const {
  const ClassInfo* info = m_classes.find(id);
  return info ? QColor(info->color.r, info->color.g, info->color.b) : QColor(200, 200, 200);
}

void CanvasView::withClass(std::function<void(ClassId)> go) {
  if (m_classes.find(m_currentClass)) return go(m_currentClass);
  emit classWanted(m_mouse.toPoint(), std::move(go));
}

void CanvasView::commit(Annotation after, const Rect& dirty, const QString& name) {
  emit edited(after, dirty, name);
}

void CanvasView::refresh(const Rect& pixels) {
  const QRectF screen = m_view.toScreen(pixels).adjusted(-2, -2, 2, 2) & QRectF(rect());
  if (!screen.isEmpty()) update(screen.toAlignedRect());
}

void CanvasView::stateChanged() {
  updateCursor();
  emit toolStateChanged();
}

bool CanvasView::isHidden(ClassId id) const { return std::ranges::find(m_hidden, id) != m_hidden.end(); }

void CanvasView::updateStyles() {
  const auto styles = [this](int opacity, bool exact) {
    LabelStyles out;
    for (const ClassInfo& c : m_classes) {
      const int shown = !exact && isHidden(c.id) ? 0 : opacity;
      out.classes.push_back({qRgb(c.color.r, c.color.g, c.color.b), shown, c.ignore});
    }
    return out;
  };
  // Where the network's answer lies above, the fill of the labels recedes, or the two would mix to colours of neither.
  const int covered = m_prediction ? m_predictionOpacity : 0;
  m_labelStyles = styles(m_exact ? 255 : m_labelOpacity * 255 / 100 * (100 - covered) / 100, m_exact);
  if (m_exact)
    m_labelStyles.unlabelled = m_uncovered < m_labelStyles.classes.size() ? m_labelStyles.classes[m_uncovered]
                                                                          : LabelStyle{qRgb(28, 28, 30), 255, false};
  m_predictionStyles = styles(m_predictionOpacity * 255 / 100, false);
  m_frameDirty = rect();
  update();
}

void CanvasView::updateCursor() {
  if (m_panning)
    setCursor(Qt::ClosedHandCursor);
  else if (m_space)
    setCursor(Qt::OpenHandCursor);
  else
    setCursor(editable() ? tool().cursor() : Qt::ArrowCursor);
}

Rect CanvasView::visibleImageRect() const {
  return m_image ? m_view.toImage(QRectF(rect()), m_image->size()) : Rect{};
}

void CanvasView::zoomCentre(double factor) {
  const QPointF at = underMouse() ? m_mouse : QRectF(rect()).center();
  m_view.zoomAt(at, factor);
  viewReplaced();
}

void CanvasView::zoomFit() {
  if (m_image) m_view.fit(m_image->size(), size());
  viewReplaced();
}

void CanvasView::zoomOriginal() {
  m_view.setScaleAt(QRectF(rect()).center(), 1 / devicePixelRatioF());
  viewReplaced();
}

}  // namespace intarsia
