// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QScrollArea>

#include "ui/canvas/tool_table.h"

class QHBoxLayout;
class QLabel;

namespace intarsia {

/// One row with the settings of the tool in hand, made from Tool::options(). Keeps them in the settings as tools/<tool>/<option>.
/// Never wider than the room there is: where it is short, choices become lists and the tool's name goes; a wheel over it and the Tab key
/// move what still does not fit into view.
class ToolOptionsBar : public QScrollArea {
  Q_OBJECT
 public:
  explicit ToolOptionsBar(QWidget* parent = nullptr);
  /// Gives a tool the settings that were kept; once, before it is used.
  static void restore(ToolKind kind, Tool& tool);
  /// Shows the tool's options; keeps widgets (and the focus in them) when only values changed.
  void setTool(ToolKind kind, Tool& tool);

 protected:
  void wheelEvent(QWheelEvent*) override;
  void resizeEvent(QResizeEvent*) override;
  void changeEvent(QEvent*) override;

 private:
  void build(const std::vector<ToolOption>& options);
  void fill(const std::vector<ToolOption>& options, bool narrow);
  void changed(const QString& id, double value);
  void addNumber(const ToolOption& option);
  void addFlag(const ToolOption& option);
  void addChoice(const ToolOption& option);
  void addList(const ToolOption& option);

  ToolKind m_kind = ToolKind::select;
  Tool* m_tool = nullptr;
  QHBoxLayout* m_layout;
  bool m_narrow = false;
  int m_wideWidth = 0;  // what it takes with buttons
  std::vector<QString> m_shown;                     // ids in order
  std::vector<std::function<void(double)>> m_show;  // sets the widget of each without a signal
};

}  // namespace intarsia
