// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QElapsedTimer>
#include <QFrame>
#include <QTimer>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "annotate/edit/edit.h"
#include "annotate/raster/incremental.h"
#include "ui/canvas/newest_work.h"

class QAction;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSlider;

namespace intarsia {

class CanvasView;
class Session;

/// What a command would make of the labels, outlines and pixels, shown on the canvas: Enter or the command once more keeps it, Esc drops
/// it, and whoever goes on elsewhere keeps it. A bar over the canvas says so; the view can be moved meanwhile, labels cannot be edited.
class ChangePreview : public QFrame {
  Q_OBJECT
 public:
  struct Number {
    QString label;
    double value = 0, maximum = 0;  // pixels
  };
  struct Command {
    QAction* action;
    QString title;
    QString step;     // in the history
    QString nothing;  // said where it would change nothing
    std::function<Expected<Edit>(const Annotation&, double value, const Job&)> change;  // on a worker
    std::optional<Number> number = {};
  };
  struct Difference {
    size_t changed = 0, gone = 0, fresh = 0;   // shapes; those count that have other pixels, not those that only share a new point
    size_t pointsBefore = 0, pointsAfter = 0;  // of all that are not the same
  };
  ChangePreview(CanvasView& canvas, Session& session);
  ~ChangePreview() override;

  void start(Command command);
  bool active() const { return m_command.has_value(); }
  bool known() const { return active() && m_edit && !m_work.running(); }
  const QAction* action() const { return m_command ? m_command->action : nullptr; }
  QString hint() const;

  void keep();  // now, or as soon as it is known
  void drop();
  /// The user goes on elsewhere: keeps what is known. With `then`: true where that has to be waited for first, `then` follows.
  void settle();
  bool settle(std::function<void()> then);
  /// Another image is shown, or none: there is nothing on the canvas any more.
  void forget();
  /// The labels below have changed; false: they are not those that it is shown over, and it is gone.
  bool outlives(const Annotation& labels);

 signals:
  void stateChanged();
  void said(const QString& what);
  void failed(const QString& why);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  struct Outcome {
    Expected<Edit> edit;
    std::shared_ptr<const LiveLabels> labels;
    Difference difference;
  };
  void look();
  void show(Outcome outcome);
  void end();
  void place();

  CanvasView& m_canvas;
  Session& m_session;
  QLabel *m_title, *m_label, *m_result;
  QSlider* m_slider;
  QDoubleSpinBox* m_box;
  QPushButton* m_keepButton;
  std::optional<Command> m_command;
  Annotation m_before;
  std::vector<ShapeId> m_selection;
  std::optional<Edit> m_edit;
  std::shared_ptr<const LiveLabels> m_labels;  // on the canvas
  NewestWork m_work;
  bool m_again = false;       // the number has changed meanwhile
  QElapsedTimer m_since;      // the work began
  QTimer m_impatient;
  bool m_keepOnceKnown = false;
  std::function<void()> m_then;
};

}  // namespace intarsia
