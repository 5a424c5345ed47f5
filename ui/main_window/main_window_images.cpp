// SPDX-License-Identifier: GPL-3.0-or-later
// Commands on the images of the list: status, notes, flags, split, and shapes that go to the next one.
#include <QClipboard>
#include <QDesktopServices>
#include <QGuiApplication>
#include <QInputDialog>
#include <QLineEdit>
#include <QDockWidget>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QShortcut>
#include <QUrl>

#include "annotate/edit/edit.h"
#include "ui/canvas/canvas_view.h"
#include "ui/main_window/main_window.h"
#include "ui/main_window/message_bar.h"
#include "ui/main_window/split_dialog.h"
#include "ui/models/image_index.h"
#include "ui/models/qt_text.h"
#include "ui/panels/image_panel.h"

namespace intarsia {

/// Several that are selected in the list, else the open one.
std::vector<int> MainWindow::chosenImages() const {
  std::vector<int> images = m_imagePanel->selected();
  if (images.size() < 2) images = m_session->current() >= 0 ? std::vector{m_session->current()} : std::vector<int>();
  return images;
}

void MainWindow::setImageStatus(ImageStatus status) {
  m_session->editImages(chosenImages(), [status](const Annotation& a) { return setStatus(a, status).after; },
                        status == ImageStatus::checked ? tr("mark as checked") : status == ImageStatus::inWork ? tr("mark as in work") : tr("mark as unlabelled"));
}

void MainWindow::toggleChecked(bool goOn) {
  const ProjectImage* image = m_session->currentImage();
  if (!image) return;
  const int next = goOn ? m_imagePanel->neighbour(m_session->current(), 1) : -1;
  setImageStatus(image->status == ImageStatus::checked && !goOn ? ImageStatus::inWork : ImageStatus::checked);
  if (next >= 0) m_session->show(next);
}

void MainWindow::editImageNote() {
  const auto images = chosenImages();
  if (images.empty() || !m_session->editable()) return;
  const ImageFacts& facts = m_index->facts(images.front());
  const QString title = images.size() == 1 ? tr("Note on %1").arg(toQt(m_session->project().images()[size_t(images.front())].name)) : tr("Note on %1 images").arg(images.size());
  bool ok = false;
  const QString note = askText(title, toQt(facts.note), true, &ok);
  if (!ok) return;
  m_session->editImages(images, [text = note.trimmed().toStdString()](const Annotation& a) { return setImageNote(a, text).after; }, tr("note"));
}

QStringList MainWindow::knownFlags() const {
  QStringList flags;
  for (int i = 0; i < m_index->size(); ++i)
    for (const std::string& flag : m_index->facts(i).flags)
      if (!flags.contains(toQt(flag))) flags << toQt(flag);
  flags.sort(Qt::CaseInsensitive);
  return flags;
}

void MainWindow::flagImages(const QString& flag, bool on) {
  m_session->editImages(chosenImages(),
                        [text = flag.toStdString(), on](const Annotation& a) {
                          Annotation after = a;
                          std::erase(after.flags, text);
                          if (on) after.flags.push_back(text);
                          std::ranges::sort(after.flags);
                          return after;
                        },
                        on ? tr("flag “%1”").arg(flag) : tr("remove flag “%1”").arg(flag));
}

void MainWindow::newFlag() {
  bool ok = false;
  const QString flag = askText(tr("New flag"), {}, false, &ok).simplified();
  if (ok && !flag.isEmpty()) flagImages(flag, true);
}

/// What a network was measured on must not have been trained on: a change of split is never silent.
void MainWindow::changeSplit(Split split) {
  const auto& all = m_session->project().images();
  std::map<Split, std::vector<int>> before;
  for (int i : chosenImages())
    if (all[size_t(i)].split != split) before[all[size_t(i)].split].push_back(i);
  std::vector<int> changing;
  for (const auto& [from, images] : before) changing.insert(changing.end(), images.begin(), images.end());
  if (changing.empty()) return;
  const QString to = toQt(std::string(splitName(split)));
  if (!askToChangeSplit(tr("Images that go to “%1”: %2. Figures of networks trained before cannot be compared with later ones, and an image "
                           "that was trained on says nothing about how good a network is.").arg(to, grouped(qint64(changing.size())))))
    return;
  m_session->setSplit(changing, split);
  m_messages->show({Notice::Kind::info, tr("Images moved to “%1”: %2.").arg(to, grouped(qint64(changing.size()))), tr("Put Back"), [this, before] {
                      for (const auto& [from, images] : before) m_session->setSplit(images, from);
                    }, [this, at = m_session->steps()] { return m_session->steps() < at; }});
}

/// Frames of a video: what was drawn here is nearly right there.
void MainWindow::copyShapesToNext() {
  const int next = m_imagePanel->neighbour(m_session->current(), 1);
  std::vector<ShapePtr> shapes;
  const auto& selected = m_canvas->selectedShapes();
  for (const ShapePtr& shape : m_session->annotation().shapes)
    if (selected.empty() || std::ranges::find(selected, shape->id) != selected.end()) shapes.push_back(shape);
  if (next < 0 || shapes.empty()) return;
  m_session->editImages({next},
                        [shapes](const Annotation& a) {
                          Annotation after = paste(a, shapes).after;
                          if (after.status == ImageStatus::unlabelled) after.status = ImageStatus::inWork;
                          return after;
                        },
                        tr("copy shapes to the next image"), [this, next] { m_session->show(next); });
}

void MainWindow::imageMenu(QPoint at) {
  QMenu menu(this);
  auto& registry = m_actions.registry;
  const auto action = [&](const char* id) { return registry.find(QLatin1String(id)); };
  menu.addActions({action("image.checked"), action("image.inWork"), action("image.unlabelled")});
  menu.addSeparator();
  menu.addAction(action("image.note"));
  QMenu* flags = menu.addMenu(tr("Flags"));
  const auto images = chosenImages();
  for (const QString& flag : knownFlags()) {
    QAction* one = flags->addAction(flag);
    one->setCheckable(true);
    const bool on = std::ranges::all_of(images, [&](int i) { return std::ranges::count(m_index->facts(i).flags, flag.toStdString()) > 0; });
    one->setChecked(on);
    connect(one, &QAction::triggered, this, [this, flag, on] { flagImages(flag, !on); });
  }
  if (!flags->isEmpty()) flags->addSeparator();
  flags->addAction(action("image.flag"));
  QMenu* split = menu.addMenu(tr("Split"));
  for (const Split to : {Split::train, Split::val, Split::test}) split->addAction(action(("image.split." + std::string(splitName(to))).c_str()));
  menu.addSeparator();
  menu.addAction(action("shape.copyToNext"));
  if (images.size() == 1) {
    const auto path = m_session->project().images()[size_t(images.front())].path;
    connect(menu.addAction(tr("Copy Path")), &QAction::triggered, this, [path] { QGuiApplication::clipboard()->setText(displayName(path)); });
    connect(menu.addAction(tr("Show in Folder")), &QAction::triggered, this,
            [path] { QDesktopServices::openUrl(toUrl(path.parent_path())); });
  }
  menu.exec(at);
}

void MainWindow::connectImages() {
  auto& registry = m_actions.registry;
  const auto on = [&](const ActionSpec& spec, auto slot) {
    QAction* action = registry.add(spec);
    m_imageMenu->addAction(action);
    connect(action, &QAction::triggered, this, slot);
  };
  using enum ActionGroup;
  const auto key = [](int k) { return QList<QKeySequence>{QKeySequence(k)}; };
  on({"image.checked", images, tr("Checked"), "check", key(int(Qt::CTRL) | Qt::Key_Return), tr("Mark the image as checked, or take that back")}, [this] { toggleChecked(false); });
  on({"image.checkedNext", images, tr("Checked, and Next"), "", key(int(Qt::SHIFT) | Qt::Key_Return), tr("Mark the image as checked and go to the next")}, [this] { toggleChecked(true); });
  on({"image.inWork", images, tr("In Work"), "", {}, tr("Mark the image as in work")}, [this] { setImageStatus(ImageStatus::inWork); });
  on({"image.unlabelled", images, tr("Unlabelled"), "", {}, tr("Mark the image as not begun")}, [this] { setImageStatus(ImageStatus::unlabelled); });
  on({"image.note", images, tr("Note on Image…"), "note", key(int(Qt::ALT) | Qt::Key_N), tr("Write a note on the image")}, &MainWindow::editImageNote);
  on({"image.flag", images, tr("New Flag…"), "flag", key(int(Qt::SHIFT) | Qt::Key_F), tr("Give the image a flag; search it with flag:")}, &MainWindow::newFlag);
  on({"image.search", images, tr("Search Images"), "search", key(Qt::Key_Slash), tr("Search images by name, class, status, split, note or flag")}, [this] {
    m_docks[0]->show();
    m_docks[0]->raise();
    m_imagePanel->focusSearch();
  });
  for (const Split to : {Split::train, Split::val, Split::test}) {
    const QString name = toQt(std::string(splitName(to)));
    on({QStringLiteral("image.split.") + name, images, tr("Split: %1").arg(name), "", {}, tr("Put the image into “%1”, after a question").arg(name)}, [this, to] { changeSplit(to); });
  }
  on({"shape.copyToNext", shapes, tr("Copy Shapes to Next Image"), "", key(int(Qt::CTRL | Qt::SHIFT) | Qt::Key_C), tr("Copy the selected shapes, or all, to the next image and go there")}, &MainWindow::copyShapesToNext);
  on({"image.splitAll", images, tr("Divide into Splits…"), "", {}, tr("Divide all labelled images into train, val and test; videos or folders stay whole")}, [this] {
    if (!m_session->hasProject() || !m_session->editable()) return;
    auto* dialog = new SplitDialog(m_session->project().imagesNow(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
      SplitPlan before;
      for (const ProjectImage& image : m_session->project().images()) before.groups.push_back(image.group), before.splits.push_back(image.split);
      if (m_session->setSplits(dialog->plan()))
        m_messages->show({Notice::Kind::info, tr("The images are divided: %1.").arg(dialog->summary()), tr("Put Back"), [this, before] { m_session->setSplits(before); },
                          [this, at = m_session->steps()] { return m_session->steps() < at; }});
    });
    dialog->open();
  });
  connect(m_imagePanel, &ImagePanel::menuWanted, this, &MainWindow::imageMenu);
  connect(m_session.get(), &Session::labelsChanged, m_index.get(), &ImageIndex::update);
  askToChangeSplit = [this](const QString& text) {
    QMessageBox box(QMessageBox::Warning, tr("Change the split?"), text, QMessageBox::NoButton, this);
    QPushButton* change = box.addButton(tr("Change Split"), QMessageBox::AcceptRole);
    box.setDefaultButton(box.addButton(QMessageBox::Cancel));
    box.exec();
    return box.clickedButton() == change;
  };
  askText = [this](const QString& title, const QString& text, bool lines, bool* ok) {
    if (!lines) return QInputDialog::getText(this, title, tr("Name"), QLineEdit::Normal, text, ok);
    QInputDialog dialog(this);
    dialog.setOption(QInputDialog::UsePlainTextEditForTextInput);
    dialog.setWindowTitle(title);
    dialog.setLabelText(tr("Note (Ctrl+Enter keeps it)"));
    dialog.setTextValue(text);
    for (const Qt::Key enter : {Qt::Key_Return, Qt::Key_Enter})
      connect(new QShortcut(QKeySequence(Qt::CTRL | enter), &dialog), &QShortcut::activated, &dialog, &QDialog::accept);
    *ok = dialog.exec() == QDialog::Accepted;
    return dialog.textValue();
  };
}

void MainWindow::updateImageActions() {
  const bool image = m_session->currentImage() != nullptr;
  const QString why = image ? tr("This project can only be viewed") : tr("No image is open");
  for (QAction* action : m_actions.registry.all()) {
    const QString id = ActionRegistry::idOf(action);
    if (id.startsWith(QLatin1String("image.split")) || id == QLatin1String("image.checked") || id == QLatin1String("image.checkedNext") || id == QLatin1String("image.inWork") ||
        id == QLatin1String("image.unlabelled") || id == QLatin1String("image.note") || id == QLatin1String("image.flag"))
      setAvailable(action, image && m_session->editable(), why);
  }
  const bool next = image && m_imagePanel->neighbour(m_session->current(), 1) >= 0, any = !m_session->annotation().shapes.empty();
  setAvailable(m_actions.registry.find(QStringLiteral("shape.copyToNext")), next && any && m_session->editable(),
               !image ? tr("No image is open") : !any ? tr("There is no shape in this image") : !next ? tr("This is the last image") : why);
}

}  // namespace intarsia
