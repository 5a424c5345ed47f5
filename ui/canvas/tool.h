// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QCoreApplication>
#include <QPainter>
#include <QString>
#include <functional>
#include <optional>
#include <vector>

#include "annotate/model/annotation.h"
#include "ui/canvas/view_transform.h"

namespace intarsia {

/// What a tool may ask of the place it works in: the canvas, or a test without a window. UI thread only.
class ToolHost {
 public:
  virtual ~ToolHost() = default;
  virtual const Annotation& annotation() const = 0;
  virtual const ViewTransform& view() const = 0;
  virtual bool editable() const = 0;
  virtual const std::vector<ShapeId>& selection() const = 0;
  virtual void select(std::vector<ShapeId> ids) = 0;
  virtual QColor classColor(ClassId id) const = 0;
  /// Calls `go` with the class to draw in: at once, or after the user has named the first one. Never called if they cancel.
  virtual void withClass(std::function<void(ClassId)> go) = 0;
  /// One undoable step. `dirty` is in image pixels; `name` is the translated text behind "Undo".
  virtual void commit(Annotation after, const Rect& dirty, const QString& name) = 0;
  /// Something that the tool paints has changed.
  virtual void refresh() = 0;
  /// The hint in the status bar or what undo can do has changed.
  virtual void stateChanged() = 0;
};

struct ToolEvent {
  QPointF screen;  // logical pixels of the widget
  Point image;
  Qt::MouseButton button = Qt::NoButton;
  Qt::KeyboardModifiers modifiers;
};

/// A way of editing. A gesture is the tool's own state; it becomes one commit when it is complete.
class Tool {
 public:
  static constexpr double kPickRadius = 8;  // logical pixels

  explicit Tool(ToolHost& host) : m_host(host) {}
  virtual ~Tool() = default;
  virtual QString hint() const = 0;  // one line for the status bar
  virtual Qt::CursorShape cursor() const { return Qt::CrossCursor; }
  virtual void press(const ToolEvent&) {}
  virtual void move(const ToolEvent&) {}
  virtual void release(const ToolEvent&) {}
  virtual void doubleClick(const ToolEvent&) {}
  virtual bool key(int, Qt::KeyboardModifiers) { return false; }  // true = used
  /// Drops the unfinished gesture; the annotation stays.
  virtual void cancel() {}
  /// Steps inside an unfinished gesture come before the project's own undo.
  virtual bool canUndo() const { return false; }
  virtual bool canRedo() const { return false; }
  virtual void undo() {}
  virtual void redo() {}
  virtual void paint(QPainter&) const {}
  /// A shape that the tool paints itself while it is being dragged.
  virtual bool paints(ShapeId) const { return false; }

 protected:
  double pickDistance() const { return kPickRadius / m_host.view().scale(); }  // image pixels
  ToolHost& m_host;
};

}  // namespace intarsia
