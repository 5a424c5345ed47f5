// SPDX-License-Identifier: GPL-3.0-or-later
// Pretrained weights in the window, fetched from a server on this machine.
#include "ui/panels/weights_dialog.h"

#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeWidget>

#include "core/base/atomic_file.h"
#include "core/net/sha256.h"
#include "tests/support/expect.h"
#include "tests/support/file_server.h"
#include "tests/support/register.h"
#include "ui/panels/recipe_dialog.h"
#include "ui/panels/train_panel.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

QPushButton* button(const QWidget& parent, const QString& text) {
  for (auto* b : parent.findChildren<QPushButton*>())
    if (b->text() == text) return b;
  return nullptr;
}

bool says(const QWidget& parent, const QString& text) {
  for (const auto* label : parent.findChildren<QLabel*>())
    if (label->isVisible() && label->text().contains(text)) return true;
  return false;
}

}  // namespace

class WeightsDialogTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    m_dir = std::make_unique<QTemporaryDir>();
    fs::create_directories(folder() / "server");
    m_content.assign(300'000, 'w');
    Sha256 hash;
    hash.add(std::as_bytes(std::span(m_content)));
    m_file = "tiny-" + hash.finish().substr(0, 8) + ".pth";
    QVERIFY(writeFileAtomically(folder() / "server" / m_file, m_content));
    qputenv("INTARSIA_WEIGHTS", (folder() / "weights").c_str());
    qputenv("TORCH_HOME", (folder() / "torch").c_str());
    if (!m_server.start(folder() / "server")) QSKIP("python3 is not installed");
  }
  void cleanup() {
    for (const char* name : {"INTARSIA_WEIGHTS", "INTARSIA_WEIGHTS_MIRROR", "TORCH_HOME"}) qunsetenv(name);
  }

  void fetchesWhenAskedAndGoesOn() {
    mirror("slow");
    WeightsDialog dialog("unet", "tiny", nullptr, offers());
    dialog.show();
    QVERIFY(says(dialog, toQtAddress("slow")) && says(dialog, QString::fromStdString(weightsFolder().string())) && says(dialog, QStringLiteral("licence")));
    auto* start = button(dialog, QStringLiteral("Start from It"));
    QVERIFY(start && !start->isEnabled());
    QTest::qWait(200);
    QVERIFY(!fs::exists(folder() / "server" / "log"));  // nobody was asked
    button(dialog, QStringLiteral("Download"))->click();
    auto* cancel = button(dialog, QStringLiteral("Cancel Download"));
    QVERIFY(cancel->isVisible() && !start->isEnabled());
    QTRY_VERIFY_WITH_TIMEOUT(says(dialog, QStringLiteral("of 0")), 10'000);  // "0.1 MB of 0.3 MB"
    cancel->click();
    QTRY_VERIFY_WITH_TIMEOUT(says(dialog, QStringLiteral("Stopped")), 10'000);
    QVERIFY(!fs::exists(weightsFolder() / m_file));
    const auto part = fs::file_size(weightsFolder() / (m_file + ".part"));
    QVERIFY(part > 0);
    mirror("plain");
    auto* go = button(dialog, QStringLiteral("Go On with the Download"));
    QVERIFY(go && go->isVisible());
    go->click();
    QTRY_VERIFY_WITH_TIMEOUT(says(dialog, QStringLiteral("checksum is right")), 10'000);
    QCOMPARE(readFile(weightsFolder() / m_file).value(), m_content);
    QVERIFY(readFile(folder() / "server" / "log").value().find("bytes=" + std::to_string(part) + "-") != std::string::npos);
    QVERIFY(start->isEnabled() && !go->isVisible());
    start->click();
    QCOMPARE(dialog.result(), int(QDialog::Accepted));
    QCOMPARE(dialog.weights(), std::string("tiny"));
  }

  void wrongContentIsRefused() {
    mirror("plain");
    QVERIFY(writeFileAtomically(folder() / "server" / m_file, "something else"));
    WeightsDialog dialog("unet", "tiny", nullptr, offers());
    dialog.show();
    button(dialog, QStringLiteral("Download"))->click();
    QTRY_VERIFY_WITH_TIMEOUT(says(dialog, QStringLiteral("not the file that it should be")), 10'000);
    QVERIFY(!button(dialog, QStringLiteral("Start from It"))->isEnabled() && button(dialog, QStringLiteral("Download"))->isVisible());
    QVERIFY(fs::is_empty(weightsFolder()));
  }

  void closingEndsTheDownload() {
    mirror("slow");
    {
      WeightsDialog dialog("unet", "tiny", nullptr, offers());
      dialog.show();
      button(dialog, QStringLiteral("Download"))->click();
      QTRY_VERIFY_WITH_TIMEOUT(fs::exists(weightsFolder() / (m_file + ".part")), 10'000);
    }
    QThreadPool::globalInstance()->waitForDone();
    QVERIFY(!fs::exists(weightsFolder() / m_file));
  }

  void panelAndSettingsKeepThem() {
    QAction action;
    TrainPanel panel(&action, &action, &action, &action);
    Recipe recipe;
    recipe.minutes = 1;
    recipe.network = "resnet34_unet";
    recipe.initialWeights = "resnet34";
    panel.setRecipe(recipe);
    recipe.network = "unet";
    panel.setRecipe(recipe);  // a second network in the list
    recipe.network = "resnet34_unet";
    panel.setRecipe(recipe);
    QCOMPARE(panel.recipe()->initialWeights, std::string("resnet34"));
    bool shown = false;
    for (const auto* b : panel.findChildren<QToolButton*>()) shown |= b->text() == QStringLiteral("from resnet34…");
    QVERIFY(shown);
    for (auto* combo : panel.findChildren<QComboBox*>())
      if (const int other = combo->findData(QStringLiteral("unet")); other >= 0) {
        combo->setCurrentIndex(other);
        emit combo->activated(other);
      }
    QCOMPARE(panel.recipe()->initialWeights, std::string());  // they do not fit the U-Net

    RecipeDialog settings(recipe, {});
    settings.show();
    button(settings, QStringLiteral("Pretrained…"))->click();
    auto* dialog = settings.findChild<WeightsDialog*>();
    QVERIFY(dialog);
    QCOMPARE(dialog->weights(), std::string("resnet34"));
    auto* list = dialog->findChild<QTreeWidget*>();
    QVERIFY(list->topLevelItemCount() == 2);  // random numbers, ImageNet
    list->setCurrentItem(list->topLevelItem(0));
    dialog->accept();
    settings.accept();
    QCOMPARE(settings.recipe().initialWeights, std::string());
  }

 private:
  fs::path folder() const { return m_dir->path().toStdString(); }
  void mirror(const char* kind) { qputenv("INTARSIA_WEIGHTS_MIRROR", (m_server.address() + kind).c_str()); }
  QString toQtAddress(const char* kind) const { return QString::fromStdString(m_server.address() + kind + "/" + m_file); }
  std::vector<KnownWeights> offers() const { return {{"tiny", m_file, double(m_content.size()) / (1 << 20), "noise", "unet"}}; }
  std::unique_ptr<QTemporaryDir> m_dir;
  std::string m_content, m_file;
  test::FileServer m_server;
};

INTARSIA_TEST(WeightsDialogTest)
#include "weights_dialog_test.moc"
