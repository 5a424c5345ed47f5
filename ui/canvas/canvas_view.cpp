// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/canvas_view.h"

#include <QGuiApplication>
#include <QMetaMethod>
#include <algorithm>
#include <unordered_map>

#include "ui/canvas/minimap.h"

namespace intarsia {

CanvasView::CanvasView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_OpaquePaintEvent);
  setMinimumSize(160, 120);
  setAccessibleName(tr("Image"));
  for (const ToolInfo& info : toolTable()) m_tools.push_back(info.make(*this));
  m_minimap = new Minimap(this);
  connect(m_minimap, &Minimap::moveTo, this, [this](QPointF centre) {
    const QPointF now = m_view.toScreen(Point{centre.x(), centre.y()});
    viewMoved(QRectF(rect()).center() - now);
  });
  connect(this, &CanvasView::viewChanged, this, &CanvasView::placeMinimap);
  m_refine.setSingleShot(true);
  connect(&m_refine, &QTimer::timeout, this, qOverload<>(&QWidget::update));
  m_content.paintOutlines = [this](QImage& layer, const QRect& rect, const DeviceTransform& view) { paintOutlines(layer, rect, view); };
  updateCursor();
}

CanvasView::~CanvasView() = default;

void CanvasView::setImage(PyramidPtr image) {
  const bool sameSize = m_image && image && m_image->size() == image->size();
  const bool finer = sameSize && m_image->preview();  // of the same picture
  for (const auto& t : m_tools) t->cancel();
  m_image = std::move(image);
  m_content.image = m_image;
  if (m_image) m_content.curve = toneCurve(m_adjustments, m_image->bits(), m_image->range());
  m_minimap->setImage(m_image, m_content.curve);
  if (!m_image) {
    m_annotation = {};
    m_shapes.clear();
    m_labels = m_prediction = nullptr;
    m_confidence = nullptr;
  }
  setSelection({});
  if (!sameSize) fitView();
  if (finer)
    m_frame.imageChanged();
  else
    m_frame.clear();
  viewReplaced();
  updateContent();
  updateCursor();
}

void CanvasView::setEmptyText(const QString& text) {
  m_emptyText = text;
  update();
}

/// The shapes with these ids, null where there is none: in one walk, for all may be selected.
static std::vector<const Shape*> found(const Annotation& annotation, const std::vector<ShapeId>& ids) {
  std::vector<const Shape*> shapes(ids.size());
  std::unordered_map<ShapeId, size_t> places;
  for (size_t i = 0; i < ids.size(); ++i) places.emplace(ids[i], i);
  if (!ids.empty())
    for (const auto& shape : annotation.shapes)
      if (const auto at = places.find(shape->id); at != places.end()) shapes[at->second] = shape.get();
  return shapes;
}

void CanvasView::setAnnotation(const Annotation& annotation) {
  m_annotation = annotation;
  invalidate(m_shapes.reset(annotation));
  std::vector<ShapeId> kept;
  const auto shapes = found(m_annotation, m_selection);
  for (size_t i = 0; i < shapes.size(); ++i)
    if (shapes[i]) kept.push_back(m_selection[i]);
  if (kept != m_selection) setSelection(std::move(kept));
  update();
}

void CanvasView::setLabels(const LabelMap* labels) {
  m_labels = labels;
  updateContent();
}

void CanvasView::labelsChanged(const Rect& dirty) { invalidate(dirty, Layer::labels); }

void CanvasView::setPrediction(const LabelMap* prediction, int level, const Image* confidence) {
  m_prediction = prediction;
  m_confidence = prediction ? confidence : nullptr;
  m_predictionLevel = level;
  updateContent();
}

void CanvasView::predictionChanged(const Rect& dirty) {
  const int f = 1 << m_predictionLevel;
  invalidate({dirty.x * f, dirty.y * f, dirty.width * f, dirty.height * f}, Layer::labels);
}

void CanvasView::setClasses(const ClassTable& classes) {
  if (m_classes == classes) return;
  m_classes = classes;
  if (!m_classes.find(m_currentClass)) m_currentClass = m_classes.empty() ? kNoClass : m_classes[0].id;
  m_frame.outlinesChanged();
  updateContent();
}

void CanvasView::setHiddenClasses(std::vector<ClassId> hidden) {
  m_hidden = std::move(hidden);
  m_frame.outlinesChanged();
  updateContent();
}

void CanvasView::setUncovered(uint16_t index) {
  m_uncovered = index;
  updateContent();
}

void CanvasView::setEditable(bool editable) {
  m_editable = editable;
  if (!editable && QGuiApplication::mouseButtons()) tool().cancel();  // it would miss the release
  updateCursor();
}

void CanvasView::setAdjustments(const Adjustments& adjustments) {
  if (adjustments == m_adjustments) return;
  m_adjustments = adjustments;
  if (m_image) m_content.curve = toneCurve(m_adjustments, m_image->bits(), m_image->range());
  m_minimap->setImage(m_image, m_content.curve);
  m_frame.imageChanged();
  update();
}

void CanvasView::setHatching(bool on) {
  m_hatching = on;
  updateContent();
}

void CanvasView::setLabelOpacity(int percent) {
  m_labelOpacity = std::clamp(percent, 0, 100);
  updateContent();
}

void CanvasView::setPredictionOpacity(int percent) {
  m_predictionOpacity = std::clamp(percent, 0, 100);
  updateContent();
}

void CanvasView::setExactMask(bool on) {
  if (m_exact == on) return;
  tool().settle();
  m_exact = on;
  updateContent();
  updateCursor();
  emit toolStateChanged();
}

void CanvasView::setTool(ToolKind kind) {
  if (m_toolKind != kind) {
    tool().settle();
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
  std::vector<Bounds> boxes;
  for (const auto& list : {m_selection, ids})
    for (const Shape* shape : found(m_annotation, list))
      if (const Bounds* box = shape ? m_shapes.bounds(shape) : nullptr) boxes.push_back(*box);
  m_selection = std::move(ids);
  m_selected = {m_selection.begin(), m_selection.end()};
  invalidate(boxes);
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

void CanvasView::commitMerging(Annotation after, const Rect& dirty, const QString& name, const QString& mergeKey) {
  emit edited(after, dirty, name, mergeKey);
}

void CanvasView::commitMade(size_t points, const QString& name, MakeEdit make, std::function<void(Made)> done) {
  const auto made = [this, done = std::move(done)](Made how) {
    if (done) done(how);
    stateChanged();
    update();
  };
  static const QMetaMethod heard = QMetaMethod::fromSignal(&CanvasView::editWanted);
  if (isSignalConnected(heard))
    emit editWanted(points, name, make, made);
  else
    ToolHost::commitMade(points, name, std::move(make), made);
}

bool CanvasView::settleTools(std::function<void()> then) {
  tool().settle();
  if (std::ranges::none_of(m_tools, [](const auto& t) { return t->pending(); })) return false;
  m_afterSettling = std::move(then);
  return true;
}

bool CanvasView::dropPending() {
  bool any = false;
  for (const auto& t : m_tools)
    if (t->pending() && t.get() != &tool()) any = true, t->cancel();
  if (any) stateChanged();
  return any;
}

void CanvasView::refresh(const Rect& pixels) {
  const QRectF screen = m_view.toScreen(pixels).adjusted(-2, -2, 2, 2) & QRectF(rect());
  if (!screen.isEmpty()) update(screen.toAlignedRect());
}

void CanvasView::stateChanged() {
  updateCursor();
  emit toolStateChanged();
  if (!m_afterSettling || std::ranges::any_of(m_tools, [](const auto& t) { return t->pending(); })) return;
  QMetaObject::invokeMethod(this, std::exchange(m_afterSettling, {}), Qt::QueuedConnection);
}

bool CanvasView::isHidden(ClassId id) const { return std::ranges::find(m_hidden, id) != m_hidden.end(); }

void CanvasView::updateContent() {
  const auto styles = [this](int opacity, bool exact) {
    LabelStyles out;
    out.hatchSize = std::max(1, int(devicePixelRatioF()));
    for (const ClassInfo& c : m_classes) {
      const int shown = !exact && isHidden(c.id) ? 0 : opacity;
      const int hatch = m_hatching ? 1 + int(out.classes.size()) % kHatches : c.ignore ? 1 : 0;
      out.classes.push_back({qRgb(c.color.r, c.color.g, c.color.b), shown, exact && !c.ignore ? 0 : hatch});
    }
    return out;
  };
  // Where the network's answer lies above, the fill of the labels recedes, or the two would mix to colours of neither.
  const bool split = m_split.enabled(), answered = m_prediction && m_predictionView == PredictionView::classes;
  const int covered = answered && !split ? m_predictionOpacity : 0;
  FrameContent& c = m_content;
  c.labelStyles = styles(m_exact ? 255 : m_labelOpacity * 255 / 100 * (100 - covered) / 100, m_exact);
  if (m_exact)
    c.labelStyles.unlabelled = m_uncovered < c.labelStyles.classes.size() ? c.labelStyles.classes[m_uncovered]
                                                                        : LabelStyle{qRgb(28, 28, 30), 255, 0};
  c.predictionStyles = styles(m_exact ? 255 : m_predictionOpacity * 255 / 100, m_exact);
  // Errors and doubts are read over the bare picture.
  const bool fills = split || m_exact || !m_prediction || m_predictionOpacity == 0 || answered;
  c.labels = !m_peek && fills && (m_exact || m_labelOpacity > 0) ? m_labels : nullptr;
  c.truth = m_labels;
  c.prediction = !m_peek && (m_exact ? split : m_predictionOpacity > 0) ? m_prediction : nullptr;
  c.predictionFactor = double(1 << m_predictionLevel);
  c.predictionView = m_exact ? PredictionView::classes : m_predictionView;
  c.confidence = c.prediction ? m_confidence : nullptr;
  c.errors.ignored.clear();
  for (const ClassInfo& info : m_classes) c.errors.ignored.push_back(info.ignore);
  c.errors.uncovered = m_uncovered;
  c.errors.opacity = std::min(255, m_predictionOpacity * 2 * 255 / 100);
  c.outlines = overlaysShown() && m_labelOpacity > 0;
  m_split.setLines(c.prediction ? 2 : 1);
  const double k = devicePixelRatioF();
  c.splitLabels = split && !m_peek ? qRound(m_split.place(0, width()) * k) : -1;
  c.splitPrediction = split && !m_peek ? qRound(m_split.place(1, width()) * k) : -1;
  m_frame.layersChanged();
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

void CanvasView::reveal(const Rect& pixels) {
  const QRectF wanted = m_view.toScreen(pixels), room = QRectF(rect()).adjusted(16, 16, -16, -16);
  if (!m_image || pixels.empty() || room.contains(wanted)) return;
  const auto shift = [](double low, double high, double from, double to) {
    if (high - low > to - from) return (from + to - low - high) / 2;
    return low < from ? from - low : high > to ? to - high : 0.0;
  };
  viewMoved({shift(wanted.left(), wanted.right(), room.left(), room.right()), shift(wanted.top(), wanted.bottom(), room.top(), room.bottom())});
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
  fitView();
  viewReplaced();
}

void CanvasView::fitView() {
  if (m_image) m_view.fit(m_image->size(), size(), fitMargin());
}

void CanvasView::showRect(const Rect& pixels) {
  if (!m_image) return;
  if (pixels.empty()) return zoomFit();
  constexpr double kShare = 0.4, kMost = 8;  // of the view; screen pixels per image pixel
  ViewTransform whole;
  whole.fit(m_image->size(), size());
  const double scale = std::min(width() * kShare / pixels.width, height() * kShare / pixels.height);
  const QPointF centre = QRectF(rect()).center();
  m_view.setScaleAt(centre, std::clamp(scale, whole.scale(), std::max(whole.scale(), kMost)));
  m_view.pan(centre - m_view.toScreen(pixels).center());
  viewReplaced();
}

void CanvasView::zoomOriginal() {
  m_view.setScaleAt(QRectF(rect()).center(), 1 / devicePixelRatioF());
  viewReplaced();
}

}  // namespace intarsia
