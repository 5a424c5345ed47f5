// SPDX-License-Identifier: GPL-3.0-or-later
// The registry of actions, its presets, the dialog of keys, cheat sheet and palette.
#include <QLineEdit>
#include <QMainWindow>
#include <QSettings>
#include <QTest>
#include <QTextBrowser>
#include <QTextDocument>
#include <set>

#include "app/window/window_services.h"
#include "core/base/atomic_file.h"
#include "tests/support/register.h"
#include "ui/main_window/cheat_sheet.h"
#include "ui/main_window/command_palette.h"
#include "ui/main_window/keys_dialog.h"
#include "ui/main_window/main_window.h"
#include "ui/models/fuzzy.h"

using namespace intarsia;

class KeysTest : public QObject {
  Q_OBJECT
 private slots:
  void init() { QSettings().clear(); }
  void everyPresetGivesEachKeyOnce_data();
  void everyPresetGivesEachKeyOnce();
  void theUsersKeysWinAndAreKept();
  void presetsKnowTheirPrograms();
  void dialogWarnsBeforeItTakes();
  void canvasKeysFollowTheBindings();
  void cheatSheetShowsTheLiveKeys();
  void guideHasTheseKeys();
  void fuzzyFindsWhatIsMeant();
  void paletteFindsCommandsClassesAndImages();
};

void KeysTest::everyPresetGivesEachKeyOnce_data() {
  QTest::addColumn<QString>("preset");
  for (const auto& preset : ActionRegistry::presets()) QTest::newRow(qPrintable(preset.id)) << preset.id;
}

void KeysTest::everyPresetGivesEachKeyOnce() {
  QFETCH(QString, preset);
  MainWindow w(windowServices());
  ActionRegistry& r = w.actions().registry;
  r.setPreset(preset);
  std::map<QString, QString> owners;
  for (const QAction* action : r.all())
    for (const QKeySequence& key : action->shortcuts()) {
      const auto [owner, isNew] = owners.try_emplace(key.toString(), ActionRegistry::idOf(action));
      QVERIFY2(isNew, qPrintable(QStringLiteral("%1: %2 and %3").arg(key.toString(), owner->second, ActionRegistry::idOf(action))));
    }
  QVERIFY(owners.size() > 50);
  for (const QAction* action : r.all()) QVERIFY2(!whatOf(action).isEmpty(), qPrintable(ActionRegistry::idOf(action)));
}

void KeysTest::theUsersKeysWinAndAreKept() {
  const QKeySequence ctrlD(Qt::CTRL | Qt::Key_D), f7(Qt::Key_F7);
  {
    MainWindow w(windowServices());
    ActionRegistry& r = w.actions().registry;
    QCOMPARE(r.holder(ctrlD), w.actions().duplicate);
    r.setKeys(w.actions().train, {f7, ctrlD});
    QVERIFY(w.actions().duplicate->shortcuts().isEmpty());
    QCOMPARE(r.holder(ctrlD), w.actions().train);
    QVERIFY(w.actions().train->toolTip().contains(f7.toString(QKeySequence::NativeText)));
  }
  MainWindow w(windowServices());
  ActionRegistry& r = w.actions().registry;
  QCOMPARE(w.actions().train->shortcuts(), (QList<QKeySequence>{f7, ctrlD}));
  QVERIFY(w.actions().duplicate->shortcuts().isEmpty() && r.hasOwn());
  // What was taken comes back with its owner's reset.
  r.reset(w.actions().duplicate);
  QCOMPARE(r.holder(ctrlD), w.actions().duplicate);
  QCOMPARE(w.actions().train->shortcuts(), QList<QKeySequence>{f7});
  r.resetAll();
  QVERIFY(!r.hasOwn());
  QCOMPARE(w.actions().train->shortcuts(), QList<QKeySequence>{QKeySequence(Qt::CTRL | Qt::Key_T)});
}

void KeysTest::presetsKnowTheirPrograms() {
  MainWindow w(windowServices());
  Actions& a = w.actions();
  const auto holder = [&](const char* key) { return a.registry.holder(QKeySequence::fromString(QLatin1String(key))); };
  QCOMPARE(holder("D"), a.nextImage);
  QCOMPARE(holder("Space"), nullptr);
  a.registry.setPreset(QStringLiteral("cvat"));
  QCOMPARE(holder("D"), a.previousImage);
  QCOMPARE(holder("F"), a.nextImage);
  QCOMPARE(holder("N"), a.drawOrFinish);
  QCOMPARE(holder("Ctrl+0"), a.classes[9]);
  QCOMPARE(holder("3"), nullptr);
  QVERIFY(!a.zoomFit->shortcuts().isEmpty());  // Ctrl+F is left to it
  a.registry.setPreset(QStringLiteral("labelme"));
  QCOMPARE(holder("Space"), a.finish);
  QCOMPARE(holder("Ctrl+U"), a.openFolder);
  QCOMPARE(holder("A"), a.previousImage);
  QCOMPARE(a.registry.gesture(QStringLiteral("wheel")), QStringLiteral("scroll"));
  QCOMPARE(MainWindow(windowServices()).actions().registry.preset(), QStringLiteral("labelme"));
}

void KeysTest::dialogWarnsBeforeItTakes() {
  MainWindow w(windowServices());
  Actions& a = w.actions();
  KeysDialog dialog(a.registry, &w);
  dialog.show();
  dialog.choose(a.train);
  auto* capture = dialog.findChild<KeyCapture*>();
  QTest::keyClick(capture, Qt::Key_D, Qt::ControlModifier);
  QVERIFY2(dialog.warning().contains(QLatin1String("Duplicate")), qPrintable(dialog.warning()));
  QCOMPARE(a.registry.holder(QKeySequence(Qt::CTRL | Qt::Key_D)), a.duplicate);
  dialog.takeOffered();
  QCOMPARE(a.registry.holder(QKeySequence(Qt::CTRL | Qt::Key_D)), a.train);
  QVERIFY(dialog.warning().isEmpty());
  // A free key is taken at once; Tab, Enter and Esc can be keys too.
  for (const Qt::Key key : {Qt::Key_F9, Qt::Key_Tab}) QTest::keyClick(capture, key);
  QCOMPARE(a.registry.holder(Qt::Key_F9), a.train);
  QCOMPARE(a.registry.holder(Qt::Key_Tab), a.train);
  auto* search = dialog.findChild<QLineEdit*>();
  for (auto* edit : dialog.findChildren<QLineEdit*>())
    if (edit != capture) search = edit;
  search->setText(QStringLiteral("F9"));
  QCOMPARE(dialog.shown(), QStringList{a.train->text()});
  a.registry.resetAll();
  QVERIFY(!a.train->shortcuts().contains(QKeySequence(Qt::Key_F9)));
}

void KeysTest::canvasKeysFollowTheBindings() {
  MainWindow w(windowServices());
  Actions& a = w.actions();
  for (QAction* action : {a.finish, a.stepBack, a.cancel, a.panLeft}) QCOMPARE(action->shortcutContext(), Qt::WidgetShortcut);
  QVERIFY(!w.actions().finish->isEnabled());  // nothing is being drawn: Space, if it finishes, still moves the view
  QVERIFY(!reasonOf(a.finish).isEmpty());
}

void KeysTest::cheatSheetShowsTheLiveKeys() {
  MainWindow w(windowServices());
  Actions& a = w.actions();
  CheatSheet sheet(a.registry, &w);
  sheet.show();
  auto* text = sheet.findChild<QTextBrowser*>();
  QVERIFY(text->toPlainText().contains(QLatin1String("Train the network")));
  a.registry.setKeys(a.train, {QKeySequence(Qt::CTRL | Qt::Key_F12)});
  QVERIFY(text->toPlainText().contains(QLatin1String("Ctrl+F12")));
  sheet.findChild<QLineEdit*>()->setText(QStringLiteral("Ctrl+F12"));
  QVERIFY(text->toPlainText().contains(QLatin1String("Train the network")));
  QVERIFY(!text->toPlainText().contains(QLatin1String("Zoom in")));
  // On paper: every command that has a key, on few pages.
  QTextDocument page;
  page.setHtml(keysHtml(a.registry, 2));
  for (const QAction* action : a.registry.all())
    if (!action->shortcuts().isEmpty() && a.registry.groupOf(action) != ActionGroup::classes)
      QVERIFY2(page.toPlainText().contains(whatOf(action)), qPrintable(whatOf(action)));
}

void KeysTest::guideHasTheseKeys() {
  MainWindow w(windowServices());
  const std::filesystem::path file = INTARSIA_SOURCE_DIR "/docs/USER-GUIDE.md";
  auto read = readFile(file);
  QVERIFY(read.has_value());
  QString guide = QString::fromStdString(*read);
  const QString begin = QStringLiteral("<!-- keys -->\n"), end = QStringLiteral("<!-- end of keys -->");
  const qsizetype from = guide.indexOf(begin) + begin.size(), to = guide.indexOf(end);
  QVERIFY(from > begin.size() && to >= from);
  const QString wanted = keysMarkdown(w.actions().registry);
  if (guide.mid(from, to - from) == wanted) return;
  if (qEnvironmentVariableIsSet("INTARSIA_WRITE_GUIDE")) {
    guide.replace(from, to - from, wanted);
    QVERIFY(writeFileAtomically(file, guide.toStdString()).has_value());
    return;
  }
  QFAIL("docs/USER-GUIDE.md lists other keys than the program has; INTARSIA_WRITE_GUIDE=1 test_ui --file keys_test writes them");
}

void KeysTest::fuzzyFindsWhatIsMeant() {
  const auto score = [](const char* q, const char* t) { return fuzzyScore(QString::fromLatin1(q), QString::fromLatin1(t)); };
  QCOMPARE(score("xyz", "next image"), 0);
  QVERIFY(score("nui", "images: next unlabelled image") > 0);
  QVERIFY(score("next", "next image") > score("next", "annext image"));
  QVERIFY(score("tree", "class: tree") > score("tree", "class: street"));
  QVERIFY(score("image next", "images: next image") > 0);
  QVERIFY(score("ex", "export") > score("ex", "next"));
  QVERIFY(score("", "anything") > 0);
  QCOMPARE(score("imagex", "image"), 0);
}

void KeysTest::paletteFindsCommandsClassesAndImages() {
  MainWindow w(windowServices());
  w.show();
  ClassTable classes;
  QVERIFY(classes.add("tree") && classes.add("street"));
  int asked = 0;
  const auto images = [&] {
    ++asked;
    QStringList names;
    for (int i = 0; i < 100'000; ++i) names << QStringLiteral("frame_%1.png").arg(i, 6, 10, QLatin1Char('0'));
    return names;
  };
  CommandPalette palette(w.actions().registry, classes, images, &w);
  palette.setAttribute(Qt::WA_DeleteOnClose, false);
  int image = -1;
  ClassId chosen = kNoClass;
  QObject::connect(&palette, &CommandPalette::imageChosen, &palette, [&](int i) { image = i; });
  QObject::connect(&palette, &CommandPalette::classChosen, &palette, [&](ClassId id) { chosen = id; });
  palette.popUp();
  QCOMPARE(asked, 0);
  QTest::keyClicks(palette.edit(), "tree");
  QCOMPARE(palette.shown().first(), QStringLiteral("class: tree"));
  QTest::keyClick(palette.edit(), Qt::Key_Return);
  QCOMPARE(chosen, classes[0].id);
  palette.popUp();
  QTest::keyClicks(palette.edit(), "077321");
  QCOMPARE(palette.shown().first(), QStringLiteral("image: frame_077321.png"));
  QTest::keyClick(palette.edit(), Qt::Key_Return);
  QCOMPARE(image, 77321);
  QCOMPARE(asked, 1);
  palette.popUp();
  QTest::keyClicks(palette.edit(), "exact mask");
  QCOMPARE(palette.shown().first(), QStringLiteral("View: Exact Mask"));
  QTest::keyClick(palette.edit(), Qt::Key_Return);  // disabled: nothing happens, the list stays and says why
  QVERIFY(palette.isVisible() && !w.actions().exactMask->isChecked());
  palette.edit()->setText(QStringLiteral("hide panels"));
  QTest::keyClick(palette.edit(), Qt::Key_Return);
  QVERIFY(w.actions().hidePanels->isChecked());
}

INTARSIA_TEST(KeysTest)
#include "keys_test.moc"
