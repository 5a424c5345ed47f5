// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QCoreApplication>
#include <QPainter>
#include <QString>
#include <functional>
#include <optional>
#include <vector>

#include "annotate/edit/borders.h"
#include "annotate/model/annotation.h"
#include "ui/canvas/image_pyramid.h"
#include "ui/canvas/view_transform.h"

namespace intarsia {

class Task;

/// How shapes meet, the same for all tools.
struct BorderSettings {
  Overlap overlap = Overlap::onTop;  // of new shapes
  double snapRadius = 8;             // logical pixels; 0 = no snapping
};

/// What became of an edit that was asked for.
enum class Made { yes, nothing, failed };  // nothing: it would change nothing; failed: or cancelled, the user has been told

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
  /// Steps that follow each other with the same key become one (nudging).
  virtual void commitMerging(Annotation after, const Rect& dirty, const QString& name, const QString& /*mergeKey*/) {
    commit(std::move(after), dirty, name);
  }
  /// One undoable step, made from the labels as they are when its turn comes: at once where it deals with few points, else on a
  /// worker, one after the other; the view can be used meanwhile. `done` follows while the host lives.
  virtual void commitMade(size_t points, const QString& name, MakeEdit make, std::function<void(Made)> done = {});
  /// Something that the tool paints has changed; the second form: within these image pixels.
  virtual void refresh() = 0;
  virtual void refresh(const Rect&) { refresh(); }
  /// A gesture that came to nothing: why, as a sentence.
  virtual void failed(const QString&) {}
  /// Told for a moment in place of the hint.
  virtual void say(const QString&) {}
  /// The hint in the status bar or what undo can do has changed.
  virtual void stateChanged() = 0;
  /// Pixels of the open image for tools that look at them; constant, so workers may share it. Null = none.
  virtual PyramidPtr image() const { return {}; }
  /// Image pixels in view.
  virtual Rect visible() const { return {}; }
  /// The class that withClass would give at once, or kNoClass.
  virtual ClassId currentClass() const { return kNoClass; }
  /// Work that is seen in the status bar, with Cancel, once it takes longer than a moment. Null = nowhere.
  virtual Task* startTask(const QString&) { return nullptr; }
  /// Results of a tool's background work are delivered while this lives (see ui/models/background.h).
  virtual QObject* context() { return nullptr; }
  BorderSettings& settings() { return m_settings; }

 private:
  BorderSettings m_settings;
};

struct ToolEvent {
  QPointF screen;  // logical pixels of the widget
  Point image;
  Qt::MouseButton button = Qt::NoButton;
  Qt::KeyboardModifiers modifiers;  // a held subtract key (E) counts as Alt
};

/// One setting of a tool, shown in the options bar while the tool is in hand and kept in the settings as tools/<tool>/<id>; an id
/// that begins with "all/" is the same setting for every tool that has it, kept as tools/<id>.
struct ToolOption {
  enum class Kind { number, flag, choice };
  QString id;
  QString text, tip;
  Kind kind = Kind::number;
  double value = 0;               // of a flag 0 or 1, of a choice its index
  double minimum = 0, maximum = 1, step = 1;
  QString suffix;
  QStringList choices;
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
  virtual void leave() {}  // the mouse left the view
  virtual bool key(int, Qt::KeyboardModifiers) { return false; }  // true = used
  /// A key that belongs to the tool now, even where it is the shortcut of a command or moves the focus.
  virtual bool wants(int /*key*/, Qt::KeyboardModifiers) const { return false; }
  /// Drops the unfinished gesture; the annotation stays.
  virtual void cancel() {}
  /// The user goes on elsewhere (another tool, another image): what is complete becomes an edit, now or, while `pending`, when its
  /// worker has answered; the rest is dropped.
  virtual void settle() { cancel(); }
  virtual bool pending() const { return false; }
  /// Steps inside an unfinished gesture come before the project's own undo.
  virtual bool canUndo() const { return false; }
  virtual bool canRedo() const { return false; }
  virtual void undo() {}
  virtual void redo() {}
  virtual void paint(QPainter&) const {}
  /// Settings that the options bar offers. A tool that changes one itself calls stateChanged.
  virtual std::vector<ToolOption> options() const { return {}; }
  virtual void setOption(const QString& /*id*/, double /*value*/) {}
  /// The wheel with a modifier held; true = used.
  virtual bool wheel(double /*steps*/, Qt::KeyboardModifiers) { return false; }
  /// Alt, or the subtract key held, takes away: the canvas then leaves that key to the tool.
  virtual bool subtracts() const { return false; }
  /// A shape that the tool paints itself while it is being dragged.
  virtual bool paints(ShapeId) const { return false; }

 protected:
  double pickDistance() const { return kPickRadius / m_host.view().scale(); }  // image pixels
  double snapDistance() const { return m_host.settings().snapRadius / m_host.view().scale(); }
  /// BorderSettings as options; a tool that makes new shapes offers the first.
  ToolOption overlapOption() const;
  ToolOption snapOption() const;
  void setBorderOption(const QString& id, double value);
  ToolHost& m_host;
};

}  // namespace intarsia
