// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QElapsedTimer>
#include <QImage>
#include <QTimer>
#include <QWidget>
#include <memory>
#include <unordered_set>

#include "core/base/class_table.h"
#include "core/base/label_map.h"
#include "ui/canvas/frame_cache.h"
#include "ui/canvas/painted_once.h"
#include "ui/canvas/shape_index.h"
#include "ui/canvas/split_slider.h"
#include "ui/canvas/tool_table.h"

namespace intarsia {

class Minimap;

/// The open image with labels, prediction and shapes over it, and the tools that edit them.
///
/// What does not move is painted into a FrameCache; selection and tool are drawn over it on every paint. An edit repaints its
/// rectangle of the frame; pan and zoom move what is painted at once and refine it in the pauses between events; an opacity
/// repaints neither image nor outlines.
class CanvasView : public QWidget, private ToolHost {
  Q_OBJECT
 public:
  explicit CanvasView(QWidget* parent = nullptr);
  ~CanvasView() override;

  // ---- what is shown -------------------------------------------------------------------------------------------------
  /// A new image: fits it into the view unless it has the size of the one before. Null shows `emptyText`.
  void setImage(PyramidPtr image);
  void setEmptyText(const QString& text);
  void setAnnotation(const Annotation& annotation);       // keeps those of the selected shapes that still exist
  /// Labels of the whole image, owned by the caller, which calls labelsChanged after each change. Null = none.
  void setLabels(const LabelMap* labels);
  void labelsChanged(const Rect& dirty);
  /// Same for the network's answer at `level` (0 = image pixels, 1 = half size …).
  void setPrediction(const LabelMap* prediction, int level, const Image* confidence = nullptr);
  void predictionChanged(const Rect& dirtyAtLevel);
  void setClasses(const ClassTable& classes);
  void setHiddenClasses(std::vector<ClassId> hidden);
  void setUncovered(uint16_t index);                      // class index of pixels that no label covers, or kUnlabelled
  void setEditable(bool editable);
  /// Of the picture alone; kept from image to image.
  void setAdjustments(const Adjustments& adjustments);

  int labelOpacity() const { return m_labelOpacity; }
  int predictionOpacity() const { return m_predictionOpacity; }
  bool predictionShown() const { return m_prediction != nullptr; }
  bool exactMask() const { return m_exact; }
  const Adjustments& adjustments() const { return m_adjustments; }
  bool hatching() const { return m_hatching; }
  PredictionView predictionView() const { return m_predictionView; }
  const std::vector<ShapeId>& selectedShapes() const { return m_selection; }
  const Annotation& shownAnnotation() const { return m_annotation; }
  const ViewTransform& transform() const { return m_view; }
  ClassId currentClass() const override { return m_classes.find(m_currentClass) ? m_currentClass : kNoClass; }
  ToolKind toolKind() const { return m_toolKind; }
  Tool& tool() { return *m_tools[size_t(m_toolKind)]; }
  Tool& tool(ToolKind kind) { return *m_tools[size_t(kind)]; }
  /// What tools have complete becomes an edit, the rest is dropped. True: one still waits for its worker, and `then` follows.
  bool settleTools(std::function<void()> then);
  /// Drops what tools have pending that are not in hand any more; true if there was something.
  bool dropPending();
  /// Where tools' work is shown.
  void setTasks(std::function<Task*(const QString& title)> start) { m_startTask = std::move(start); }
  /// Held, it makes tools subtract; tapped, it emits subtractKeyTapped. 0 = none.
  void setSubtractKey(int key) { m_subtractKey = key; }
  /// A key by what it means to tools and view, whichever the user has chosen for it. (Events sent to a widget look for shortcuts.)
  void pressKey(int key);
  /// The wheel alone moves the view, with Ctrl it zooms (labelme); else it zooms.
  void setWheelScrolls(bool scrolls) { m_wheelScrolls = scrolls; }
  bool hasImage() const { return m_image != nullptr; }
  bool settled() const { return m_settled; }              // what is on the screen is finished
  Rect visibleImageRect() const;
  /// Moves the view, as little as shows it, to these pixels; to their middle where they do not fit.
  void reveal(const Rect& imagePixels);

 public slots:
  void setHatching(bool on);  // patterns as a second cue beside colour, for every class; ignored classes always carry one
  void setPredictionView(intarsia::PredictionView view);
  void setSplit(bool on);     // image | labels | prediction side by side, behind lines to drag
  void setPeek(bool on);      // nothing but the image, while a key is held
  void setRulers(bool on);
  void setMinimap(bool on);   // where not the whole image is seen
  void setPixelGrid(bool on); // from 16 : 1 on
  void setLabelOpacity(int percent);
  void setPredictionOpacity(int percent);
  void setExactMask(bool on);
  void setTool(intarsia::ToolKind kind);
  void setCurrentClass(intarsia::ClassId id);
  void setSelection(std::vector<intarsia::ShapeId> ids);
  void zoomIn() { zoomCentre(1.25); }
  void zoomOut() { zoomCentre(0.8); }
  void zoomFit();
  void zoomOriginal();
  /// Brings a place into the middle, enlarged so that what lies around it is seen too.
  void showRect(const intarsia::Rect& imagePixels);

 signals:
  /// An edit to be made: one undoable step (see ToolHost::commitMade). Where nobody hears it, it is made at once.
  void editWanted(size_t points, const QString& name, const intarsia::MakeEdit& make, const std::function<void(intarsia::Made)>& done);
  /// The user changed the labels: one undoable step.
  void edited(const intarsia::Annotation& after, const intarsia::Rect& dirty, const QString& name, const QString& mergeKey);
  void selectionChanged();
  void toolChanged();
  void toolStateChanged();
  void viewChanged();
  void subtractKeyTapped();
  void toolFailed(const QString& why);
  void toolSaid(const QString& what);
  void opacityWanted(int by);  // percent; O was held and the wheel turned
  /// Image pixel below the mouse; inside = false when it left the image.
  void hovered(int x, int y, bool inside);
  /// A shape was drawn and there is no class yet: name one and call `answer` (or forget it).
  void classWanted(QPoint at, std::function<void(intarsia::ClassId)> answer);

 protected:
  bool event(QEvent*) override;
  void paintEvent(QPaintEvent*) override;
  void resizeEvent(QResizeEvent*) override;
  void changeEvent(QEvent*) override;
  void wheelEvent(QWheelEvent*) override;
  void mousePressEvent(QMouseEvent*) override;
  void mouseMoveEvent(QMouseEvent*) override;
  void mouseReleaseEvent(QMouseEvent*) override;
  void mouseDoubleClickEvent(QMouseEvent*) override;
  void leaveEvent(QEvent*) override;
  void keyPressEvent(QKeyEvent*) override;
  void keyReleaseEvent(QKeyEvent*) override;
  void focusOutEvent(QFocusEvent*) override;
  QSize sizeHint() const override { return {800, 600}; }

 private:
  // ToolHost
  const Annotation& annotation() const override { return m_annotation; }
  const ViewTransform& view() const override { return m_view; }
  bool editable() const override { return m_editable && m_image && !m_exact; }
  const std::vector<ShapeId>& selection() const override { return m_selection; }
  void select(std::vector<ShapeId> ids) override { setSelection(std::move(ids)); }
  QColor classColor(ClassId id) const override;
  void withClass(std::function<void(ClassId)> go) override;
  void commit(Annotation after, const Rect& dirty, const QString& name) override { commitMerging(std::move(after), dirty, name, {}); }
  void commitMerging(Annotation after, const Rect& dirty, const QString& name, const QString& mergeKey) override;
  void refresh() override { update(); }
  void refresh(const Rect& pixels) override;
  void stateChanged() override;
  void commitMade(size_t points, const QString& name, MakeEdit make, std::function<void(Made)> done) override;
  void failed(const QString& why) override { emit toolFailed(why); }
  void say(const QString& what) override { emit toolSaid(what); }
  Task* startTask(const QString& title) override { return m_startTask ? m_startTask(title) : nullptr; }
  PyramidPtr image() const override { return m_image; }
  Rect visible() const override { return visibleImageRect(); }
  QObject* context() override { return this; }

  ToolEvent toolEvent(const QMouseEvent& event) const;
  void modifiersChanged(Qt::KeyboardModifiers modifiers);  // the tool shows at once what they mean
  void zoomCentre(double factor);
  void viewMoved(QPointF by);      // pans; moves painted pixels
  void viewReplaced();             // everything is painted anew
  void updateCursor();
  void updateStyles();
  DeviceTransform device() const;
  QRect deviceRect(const QRectF& logical) const;
  enum class Layer { labels, outlines };
  void invalidate(const Rect& imagePixels, Layer layer);
  void invalidate(const std::vector<Bounds>& shapes);  // their outlines
  void paintOutlines(QImage& layer, const QRect& deviceRect, const DeviceTransform& view);
  /// Paints what is missing of the frame for a while; false: there is more to do.
  bool prepareFrame(double budgetMs);
  void updateContent();
  bool isHidden(ClassId id) const;
  void fitView();
  double fitMargin() const;
  void placeMinimap();
  void paintGuides(QPainter& painter);
  QString predictionCaption() const;           // what the colours mean, where they are not the classes'
  void updateRulers(QPointF before);           // where the mouse's mark was and is
  bool splitMouse(const QMouseEvent& event);   // true = it was the split slider's
  void paintSelection(QPainter& painter, const QRectF& visible);
  bool loose(const Shape& shape) const;        // selected and painted anew each time, not into the frame
  bool overlaysShown() const { return !m_exact && !m_peek; }

  PyramidPtr m_image;
  QString m_emptyText;
  Annotation m_annotation;
  ShapeIndex m_shapes;
  const LabelMap* m_labels = nullptr;
  const LabelMap* m_prediction = nullptr;
  const Image* m_confidence = nullptr;
  int m_predictionLevel = 0;
  ClassTable m_classes;
  std::vector<ClassId> m_hidden;
  uint16_t m_uncovered = kUnlabelled;
  bool m_editable = true, m_exact = false, m_hatching = false;
  bool m_peek = false, m_rulers = false, m_showMinimap = true, m_pixelGrid = true;
  PredictionView m_predictionView = PredictionView::classes;
  SplitSlider m_split;
  Minimap* m_minimap;
  int m_labelOpacity = 45, m_predictionOpacity = 0;

  ViewTransform m_view;
  Adjustments m_adjustments;
  FrameContent m_content;          // made of the above by updateContent
  FrameCache m_frame;              // all that does not move
  struct SelectionLook {
    ViewTransform view;
    QSize size;
    double ratio = 0;
    std::vector<ShapePtr> shapes;
    std::vector<QColor> colors;
    bool operator==(const SelectionLook&) const = default;
  };
  PaintedOnce<SelectionLook> m_selectionPicture;
  QTimer m_refine;                 // goes on with it
  bool m_settled = false;
  double m_paintedRatio = 0;       // device pixels per logical one at the last paint

  std::vector<std::unique_ptr<Tool>> m_tools;  // by ToolKind
  ToolKind m_toolKind = ToolKind::select;
  std::function<Task*(const QString&)> m_startTask;
  std::function<void()> m_afterSettling;        // once no tool is pending
  std::vector<ShapeId> m_selection;
  std::unordered_set<ShapeId> m_selected;  // the same
  ClassId m_currentClass = kNoClass;
  bool m_space = false, m_panning = false, m_opacityHeld = false;
  int m_subtractKey = 0;
  bool m_wheelScrolls = false;
  bool m_subtractHeld = false, m_subtractUsed = false;  // the key; a gesture began or went on while it was down
  QElapsedTimer m_subtractDown, m_subtractUp;           // since the key last went down, up
  QPointF m_panFrom, m_mouse;
};

}  // namespace intarsia
