// SPDX-License-Identifier: GPL-3.0-or-later
// kill -9 to the engine while the window trains: the window says so and offers to go on, and the run does.
#include <QPlainTextEdit>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "tests/support/register.h"
#include "tests/ui/sample_window.h"
#include "train/api/safetensors.h"
#include "ui/main_window/message_bar.h"
#include "ui/panels/train_panel.h"

using namespace intarsia;
using namespace intarsia::test;
namespace fs = std::filesystem;

namespace {

/// The engine that this process started; 0 when there is none.
pid_t engine() {
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    const size_t end = line.rfind(')');
    if (end == std::string::npos || line.find("(intarsia-engine)") == std::string::npos) continue;
    char state = 0;
    int parent = 0;
    if (std::sscanf(line.c_str() + end + 1, " %c %d", &state, &parent) == 2 && parent == ::getpid() && state != 'Z') return std::stoi(name);
  }
  return 0;
}

int64_t stepOf(const RunFolder& run) {
  const auto last = readTensorSet(run.lastPath());
  return last ? std::stoll(last->metadata.at("step")) : -1;
}

/// What Train ▸ Details of the Newest Run shows.
QString detailsOf(MainWindow& w) {
  w.actions().runDetails->trigger();
  QPlainTextEdit* lines = nullptr;
  const bool shown = QTest::qWaitFor([&] {
    for (QWidget* top : QApplication::topLevelWidgets())
      if ((lines = top->findChild<QPlainTextEdit*>(QStringLiteral("details"))) && top->isVisible()) return true;
    return false;
  });
  if (!shown) return {};
  const QString text = lines->toPlainText();
  lines->window()->close();
  return text;
}

}  // namespace

class EngineKilledTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    if (!qEnvironmentVariable("INTARSIA_ENGINE").endsWith(QLatin1String("intarsia-engine"))) QSKIP("the engine was not built");
    qputenv("INTARSIA_THREADS", "1");
    m_windows.make();
    const TensorSet one{{{"outc.conv.bias", TensorType::f32, {8}, std::vector<std::byte>(32)}}, {}};
    EXPECT_OK(writeTensorSet(weights(), one));
  }

  void theRunGoesOn() {
    const auto w = begin(true);
    QTRY_VERIFY_WITH_TIMEOUT(w->training().phase() == TrainPhase::training && w->training().run()->hasLast(), 120'000);
    const RunFolder run = *w->training().run();
    QTRY_VERIFY_WITH_TIMEOUT(run.metrics() && run.metrics()->size() >= 3, 120'000);
    const pid_t first = engine();
    QVERIFY(first > 0 && w->training().running());
    ::kill(first, SIGKILL);
    QTRY_COMPARE_WITH_TIMEOUT(w->training().phase(), TrainPhase::idle, 20'000);
    QTRY_VERIFY2(w->messages().text().contains(QLatin1String("The run can go on from its last checkpoint")), qPrintable(w->messages().text()));
    QVERIFY2(w->messages().text().contains(QLatin1String("killed from outside; perhaps the memory ran out. Labels are not affected. ")), qPrintable(w->messages().text()));
    QVERIFY(w->messages().hasButton() && w->actions().resume->isEnabled() && w->session().saved());
    const int64_t step = stepOf(run);
    QVERIFY(step > 0);
    const QString text = detailsOf(*w);
    // Killed in whichever part of an epoch it was.
    static const QRegularExpression interrupted(QStringLiteral("\\bstate +interrupted while (training|evaluating|saving)\\n"));
    QVERIFY2(text.contains(interrupted), qPrintable(text));
    for (const auto& part : {"LibTorch", "threads", "network            unet", "to train on", "Log\n"})
      QVERIFY2(text.contains(QLatin1String(part)), qPrintable(text));

    w->messages().pressButton();
    QTRY_COMPARE_WITH_TIMEOUT(w->training().phase(), TrainPhase::training, 60'000);
    QCOMPARE(w->training().run()->path(), run.path());
    QVERIFY(!w->actions().resume->isEnabled());
    QTRY_VERIFY_WITH_TIMEOUT(run.metrics()->back().step > step && stepOf(run) > step, 120'000);
    QVERIFY(engine() != first);
    w->actions().stop->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(w->training().phase(), TrainPhase::idle, 60'000);
    QCOMPARE(run.status()->phase, std::string("stopped"));
    QVERIFY(run.hasBest());
    const auto lines = run.metrics();
    for (size_t i = 1; i < lines->size(); ++i) QVERIFY((*lines)[i].epoch == (*lines)[i - 1].epoch + 1);  // none lost, none twice
    QVERIFY(!w->actions().resume->isEnabled());
  }

  /// The engine loads while the labels are prepared: they wait here until it is there. One that dies meanwhile ends the preparing.
  void whileLabelsArePrepared_data() {
    QTest::addColumn<bool>("killed");
    QTest::newRow("goes on") << false;
    QTest::newRow("killed") << true;
  }
  void whileLabelsArePrepared() {
    QFETCH(bool, killed);
    AppServices services = windowServices();
    services.prepareRun = [killed, prepare = services.prepareRun](Project& project, const std::string& name, const Recipe& recipe,
                                                                  std::vector<std::string>& notes, const Job& job) {
      const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      const auto wait = [&](auto done) {
        while (!done() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      };
      wait([] { return engine() > 0; });
      if (engine() == 0) notes.emplace_back("no engine meanwhile");
      if (killed) ::kill(engine(), SIGKILL), wait([&] { return job.cancelled(); });
      return prepare(project, name, recipe, notes, job);
    };
    const auto w = begin(false, {}, services);
    if (killed) {
      QTRY_VERIFY2_WITH_TIMEOUT(w->messages().text().contains(QLatin1String("killed from outside")), qPrintable(w->messages().text()), 60'000);
      QTRY_COMPARE_WITH_TIMEOUT(w->training().phase(), TrainPhase::idle, 20'000);
      QVERIFY(RunFolder::list(w->session().project().runsFolder()).empty());
      return;
    }
    QTRY_COMPARE_WITH_TIMEOUT(w->training().phase(), TrainPhase::training, 60'000);
    QVERIFY2(!w->messages().text().contains(QLatin1String("no engine")), qPrintable(w->messages().text()));
    QSignalSpy progressed(&w->training(), &Training::progressed);
    QTRY_VERIFY_WITH_TIMEOUT(!progressed.empty(), 60'000);
    w->actions().stop->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(w->training().phase(), TrainPhase::idle, 60'000);
  }

  /// The mouse over the button is enough for the engine to load; the click finds it.
  void aboutToTrain() {
    const auto w = m_windows.open();
    QTRY_VERIFY_WITH_TIMEOUT(w->training().hasEngine() && w->actions().train->isEnabled(), 60'000);
    QCOMPARE(engine(), 0);
    w->actions().train->hover();
    QTRY_VERIFY_WITH_TIMEOUT(engine() > 0, 20'000);
    const pid_t warm = engine();
    QCOMPARE(w->training().phase(), TrainPhase::idle);
    train(*w, false, {});
    QTRY_COMPARE_WITH_TIMEOUT(w->training().phase(), TrainPhase::training, 60'000);
    QCOMPARE(engine(), warm);
    w->actions().stop->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(w->training().phase(), TrainPhase::idle, 60'000);
  }

  /// Before there is a checkpoint there is nothing to go on from; the next training starts as ever.
  void beforeACheckpoint() {
    const auto w = begin(false);
    QTRY_VERIFY_WITH_TIMEOUT(w->training().phase() == TrainPhase::training && engine() > 0, 60'000);
    QVERIFY(!w->training().run()->hasLast());
    ::kill(engine(), SIGKILL);
    QTRY_COMPARE_WITH_TIMEOUT(w->training().phase(), TrainPhase::idle, 20'000);
    QTRY_VERIFY2(w->messages().text().contains(QLatin1String("had not come to a checkpoint")), qPrintable(w->messages().text()));
    QVERIFY(!w->messages().hasButton() && !w->actions().resume->isEnabled() && w->actions().train->isEnabled());
  }

  /// What a weight file lacks is more than a line: the message leads to the run's log.
  void detailsOfTheWeights() {
    const auto w = begin(true, weights());
    QTRY_VERIFY2_WITH_TIMEOUT(w->messages().text().contains(QLatin1String("Initial weights: 1 of")) && w->messages().hasButton(), qPrintable(w->messages().text()), 120'000);
    w->messages().pressButton();
    const auto* log = w->findChild<QPlainTextEdit*>(QStringLiteral("details"));
    for (auto* top : QApplication::topLevelWidgets())
      if (!log) log = top->findChild<QPlainTextEdit*>(QStringLiteral("details"));
    QVERIFY(log);
    QTRY_VERIFY2(log->toPlainText().contains(QLatin1String("loaded            outc.conv.bias")), qPrintable(log->toPlainText()));
    QVERIFY2(log->toPlainText().contains(QLatin1String("missing           up2.conv.double_conv.3.weight")), qPrintable(log->toPlainText()));
    log->window()->close();
    w->actions().stop->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(w->training().phase(), TrainPhase::idle, 60'000);
  }

 private:
  fs::path weights() const { return fs::path(m_folder.path().toStdString()) / "one.safetensors"; }
  std::unique_ptr<MainWindow> begin(bool checkpoints, const fs::path& initial = {}, const AppServices& services = windowServices()) {
    auto w = m_windows.open(services);
    if (!QTest::qWaitFor([&] { return w->training().hasEngine(); }, 60'000)) qFatal("no engine");
    train(*w, checkpoints, initial);
    return w;
  }
  void train(MainWindow& w, bool checkpoints, const fs::path& initial) {
    Recipe recipe;
    recipe.network = "unet";
    recipe.baseWidth = 4;
    recipe.depth = 2;
    recipe.size = {96, 72};
    recipe.batch = 2;
    recipe.epochs = 90'000;
    recipe.deterministic = checkpoints;  // a checkpoint after each epoch; else every half minute
    recipe.device = "cpu";
    recipe.initialWeights = initial.string();
    w.trainPanel().setRecipe(recipe);
    w.actions().train->trigger();
  }
  SampleWindows m_windows;
  QTemporaryDir m_folder;
};

INTARSIA_TEST(EngineKilledTest)
#include "engine_killed_slow_test.moc"
