// SPDX-License-Identifier: GPL-3.0-or-later
// Each preset with its own network learns on the sample project, on pictures and steps that fit a test.
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include "core/base/json.h"
#include "core/base/subprocess.h"
#include "tests/support/register.h"
#include "train/api/engine_client.h"
#include "train/api/recipe_presets.h"
#include "train/api/run_folder.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

/// What a preset gives up to fit; its network, optimizer, losses, stages and augmentation stay.
struct Reduced {
  const char *size, *steps, *batch, *rate;  // rate: of few steps where the preset's constant one is for thousands
  bool heavy = false;                       // over 25 s of computing
};
Reduced reduced(const std::string& id) {
  if (id == "deeplabv3-flowers") return {"64x64", "24", "4", "learningRate=1e-3", true};
  if (id == "fcn8s-scene-parsing") return {"32x32", "40", "2", "learningRate=1e-4", true};
  if (id == "fcn8s-long") return {"32x32", "60", "2", "learningRate=1e-4", true};
  if (id == "torchvision-segmentation") return {"64x64", "24", "4", "learningRate=0.05", true};
  if (id == "milesial-unet") return {"48x48", "30", "4", "learningRate=2e-5"};  // momentum 0.999: statistics lag behind a higher one
  if (id.starts_with("fastai-camvid")) return {"64x64", "24", "4", "learningRate=2e-3", true};
  if (id == "labelbox-street-unet") return {"48x48", "18", "4", "learningRate=1e-3"};
  return {"96x72", "24", "4", "learningRate=3e-3"};
}

constexpr std::chrono::minutes kPatience{50};  // VGG's 140 million numbers take a second a step, on a busy machine ten

}  // namespace

class PresetsTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    const auto engine = findEngine();
    QVERIFY2(engine, engine ? "" : engine.error().message().c_str());
    m_cli = engine->parent_path() / "intarsia-cli";
    if (!fs::exists(m_cli)) QSKIP("intarsia-cli is not built");
    m_project = fs::path(m_dir.path().toStdString()) / "project";
    const auto made = run({"sample", m_project.string(), "--count", "30", "--size", "96x72"});
    QVERIFY2(made.status == 0, made.err.c_str());
  }

  void learn_data() {
    QTest::addColumn<QString>("id");
    for (const auto& preset : recipePresets()) QTest::newRow(preset.id.c_str()) << QString::fromStdString(preset.id);
  }
  void learn() {
    QFETCH(QString, id);
    const auto [size, steps, batch, rate, heavy] = reduced(id.toStdString());
    if (heavy && !qEnvironmentVariableIsSet("INTARSIA_LONG")) QSKIP("Its network is too large for a short test: ./test --long");
    const std::string name = id.toStdString();
    const auto trained = run({"train", m_project.string(), "--recipe", name, "--run", name, "--device", "cpu", "--seed", "1", "--set",
                              std::string("steps=") + steps, "--set", std::string("size=") + size, "--set",
                              std::string("batch=") + batch, "--set", rate});
    QVERIFY2(trained.status == 0, trained.err.c_str());
    const RunFolder folder(m_project / "intarsia" / "runs" / name);
    QCOMPARE(folder.snapshot()->recipe.network, findPreset(name)->recipe.network);
    const auto lines = folder.metrics();
    QVERIFY(lines && lines->size() > 1);
    const auto evaluated = run({"evaluate", m_project.string(), "--run", name, "--json"});
    const auto measured = parseJson(evaluated.out);
    QVERIFY2(measured, evaluated.err.c_str());
    double all = 0, most = 0, present = 0;
    for (const auto& row : (*measured)["confusion"]) {
      double pixels = 0;
      for (const auto& cell : row) pixels += cell.get<double>();
      all += pixels;
      most = std::max(most, pixels);
      present += pixels > 0;
    }
    const double accuracy = (*measured)["pixelAccuracy"].get<double>(), meanIoU = (*measured)["meanIoU"].get<double>(), first = lines->front().trainLoss, last = lines->back().trainLoss;
    qInfo("loss %.3f to %.3f, accuracy %.3f, mIoU %.3f; the largest class everywhere has %.3f and %.3f", first, last, accuracy, meanIoU, most / all, most / all / present);
    QVERIFY(last < 0.9 * first);
    QVERIFY(accuracy > most / all && meanIoU > 2 * most / all / present);
  }

 private:
  ProcessOutput run(const std::vector<std::string>& arguments) {
    const auto done = runProcess(m_cli, arguments, kPatience);
    return done ? *done : ProcessOutput{.status = -1, .out = {}, .err = done.error().message()};
  }
  QTemporaryDir m_dir;
  fs::path m_cli, m_project;
};

INTARSIA_TEST(PresetsTest)
#include "presets_slow_test.moc"
