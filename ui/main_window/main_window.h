// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QMainWindow>
#include <QPointer>
#include <QTimer>
#include <memory>
#include <optional>

#include "annotate/edit/edit.h"
#include "annotate/raster/checker.h"
#include "annotate/raster/vectorizer.h"
#include "ui/main_window/actions.h"
#include "ui/main_window/border_actions.h"
#include "ui/main_window/services.h"
#include "ui/main_window/session.h"
#include "ui/main_window/training.h"
#include "ui/main_window/view_actions.h"

class QDockWidget;
class QLabel;
class QMenu;
class QSlider;
class QStackedWidget;

namespace intarsia {

class AdjustPanel;
class CanvasView;
class ChangePreview;
class CheatSheet;
class CheckPanel;
class ClassPanel;
class FindingMarker;
class HistoryPanel;
class ImageIndex;
class ImagePanel;
class MessageBar;
class ShapePanel;
class StartPage;
class TaskBar;
class ToolOptionsBar;
class TrainPanel;

/// The one window. It joins session, training, canvas and panels; none of those knows another.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  explicit MainWindow(AppServices services);
  ~MainWindow() override;
  void open(const std::filesystem::path& path);
  /// Closes and ends the program without a question: edits are saved, a training's state is kept.
  void end();

  // For the program's main and for tests.
  Session& session() { return *m_session; }
  Training& training() { return *m_training; }
  CanvasView& canvas() { return *m_canvas; }
  ImagePanel& imagePanel() { return *m_imagePanel; }
  ShapePanel& shapePanel() { return *m_shapePanel; }
  ImageIndex& index() { return *m_index; }
  ClassPanel& classPanel() { return *m_classPanel; }
  TrainPanel& trainPanel() { return *m_trainPanel; }
  MessageBar& messages() { return *m_messages; }
  Actions& actions() { return m_actions; }
  ViewActions& viewActions() { return m_viewActions; }
  ChangePreview& preview() { return *m_preview; }
  /// What closing during a training asks; tests answer in its place. True = end the training and close.
  std::function<bool()> askToEndTraining;
  /// What closing asks when the last edits could not be saved. True = close all the same.
  std::function<bool()> askToLoseEdits;
  std::function<bool(const QString& text)> askToChangeSplit;
  std::function<bool(const QString& text, const QString& verb)> askToChangeLabels;
  std::function<QString(const QString& title, const QString& text, bool lines, bool* ok)> askText;

 protected:
  void closeEvent(QCloseEvent*) override;
  bool closeUnsaved();
  void showEvent(QShowEvent*) override;
  void dragEnterEvent(QDragEnterEvent*) override;
  void dropEvent(QDropEvent*) override;

 private:
  void buildLayout();
  void buildMenus();
  void buildToolBar();
  void buildStatusBar();
  QDockWidget* addPanel(const QString& title, const QString& name, QWidget* panel, Qt::DockWidgetArea area);
  void connectSession();
  void connectCanvas();
  void connectTraining();
  void connectActions();
  // main_window_view.cpp
  void addViewActions(QMenu* menu);
  void connectView();
  void showPosition(int x, int y, bool inside);
  // main_window_borders.cpp
  void addBorderActions(QMenu* menu);
  void connectBorders();
  void updateBorderActions(bool editable, const QString& why);
  void connectPreview();

  void showImage();
  void showHint();
  void sayForAMoment(const QString& what);  // in place of the hint
  void showToolOptions();
  void showSaved();
  void showZoom();
  void showClasses();
  void updateActions();
  void askClassName(QPoint at, std::function<void(ClassId)> answer);
  void chooseClass(ClassId id);
  void pressClassKey(ClassId id);
  void stepImage(int step);
  void showUnlabelled(int step);
  void contextMenu(QPoint at);
  void undo();
  void redo();

  // main_window_shapes.cpp
  void copyShapes();
  void pasteShapes();
  void duplicateShapes();
  void deleteShapes();

  // main_window_classes.cpp
  void connectClasses();
  void updateClassActions();
  void mergeClass(ClassId from, ClassId to);

  // main_window_shape_list.cpp
  void connectShapes();
  void updateShapeActions();
  void editShapes(const QString& name, const std::function<Edit(const Annotation&, const std::vector<ShapeId>&)>& change);
  void stepShape(int step);
  void hideShapes(const std::vector<ShapeId>& ids, bool hidden);
  void lockShapes(const std::vector<ShapeId>& ids, bool locked);
  void shapeMenu(QMenu& menu);

  // main_window_images.cpp
  void connectImages();
  void updateImageActions();
  std::vector<int> chosenImages() const;
  void setImageStatus(ImageStatus status);
  void toggleChecked(bool goOn);
  void editImageNote();
  QStringList knownFlags() const;
  void flagImages(const QString& flag, bool on);
  void newFlag();
  void changeSplit(Split split);
  void copyShapesToNext();
  void imageMenu(QPoint at);

  // main_window_files.cpp
  void chooseFolder();
  void chooseFile();
  void openSample();
  void chooseSaveAs();
  void fillEarlier(QMenu* menu);
  void addRecent(const std::filesystem::path& path);
  std::vector<std::filesystem::path> recent() const;  // newest first
  QString newestFolder() const;
  void importFrom(const std::filesystem::path& source);
  void showImport();
  void showExport();
  void showCheck();
  void showFinding();

  // main_window_regions.cpp
  using RegionWork = std::function<Expected<Edit>(const Annotation&, const VectorizeOptions&, const Job&)>;
  void addRegionActions(QMenu* menu);
  void regionsToShapes(const QString& name, int minimumArea, RegionWork work);
  void showKeys();
  void editKeys();
  void showPalette(const QString& text = {});
  void showAbout();
  void offerResume();

  std::unique_ptr<Session> m_session;
  std::unique_ptr<Training> m_training;
  AppServices m_services;
  Actions m_actions;
  ViewActions m_viewActions{m_actions.registry};
  BorderActions m_borderActions{m_actions.registry};
  CanvasView* m_canvas;
  AdjustPanel* m_adjust;
  std::unique_ptr<ImageIndex> m_index;
  ImagePanel* m_imagePanel;
  ClassPanel* m_classPanel;
  ShapePanel* m_shapePanel;
  TrainPanel* m_trainPanel;
  CheckPanel* m_checkPanel;
  HistoryPanel* m_historyPanel;
  StartPage* m_startPage;
  MessageBar* m_messages;
  FindingMarker* m_marker;
  ChangePreview* m_preview;
  QAction *m_maskToShapes, *m_answerToShapes;
  std::optional<std::pair<std::string, Finding>> m_wantedFinding;  // once its image, by key, is there
  TaskBar* m_tasks;
  ToolOptionsBar* m_toolOptions;
  QStackedWidget* m_stack;
  static constexpr int kIdleTrainHeight = 130, kTrainHeight = 250;  // of the panel below the image
  QList<QDockWidget*> m_docks;
  QList<QDockWidget*> m_hiddenDocks;   // by F11
  QSlider *m_labelSlider, *m_predictionSlider;
  QLabel *m_hint, *m_position, *m_zoom, *m_saved;
  QMenu *m_recentMenu, *m_imageMenu, *m_shapeMenu;
  QPointer<CheatSheet> m_cheatSheet;
  ToolKind m_lastDrawTool = ToolKind::polygon;          // what “draw again” takes
  std::vector<ShapePtr> m_clipboard;
  std::string m_clipboardImage;        // key of the image that it came from
  QTimer m_said;                       // while it runs the hint waits
  bool m_shownOnce = false, m_closing = false, m_ending = false;
  QPointer<Task> m_savingToClose;
  bool m_offerResume = false;  // of the project that was opened
  bool m_trainHint = false;  // the train panel says why Train cannot be clicked
};

}  // namespace intarsia
