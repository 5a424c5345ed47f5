// SPDX-License-Identifier: GPL-3.0-or-later
// intarsia-engine's own commands, and what it exports.
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/json.h"
#include "core/base/subprocess.h"
#include "core/base/text.h"
#include "tests/engine/tiny_run.h"
#include "tests/support/odd_names.h"
#include "tests/support/register.h"
#include "train/api/engine_client.h"
#include "train/api/rate_finder.h"
#include "train/api/safetensors.h"
#include "train/api/shard.h"
#include "train/api/weight_file.h"

using namespace intarsia;
namespace fs = std::filesystem;

class CommandsTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase();
  void trainAndEvaluate();
  void exampleOfAnExportedModelRuns();
  void predictsAFolderInOrder();
  void namesOfPredictions();
  void pthOfAnExportedModelOpens();
  void shardsNeedNoProject();
  void findsARateAndLeavesTheRun();
  void replaysBitForBit();
  void runsThatExistTakeAnotherDevice();
  void allThatBecomesOfAWeightFile();
  void firstLossesArePyTorchs_data();
  void firstLossesArePyTorchs();
  void networksAreListed();
  void doctorSaysWhatItRunsOn();
  void wrongUse_data();
  void wrongUse();

 private:
  ProcessOutput engine(std::vector<std::string> arguments) {
    const auto output = runProcess(m_engine, arguments);
    if (!output) qFatal("%s", output.error().message().c_str());
    return *output;
  }
  QTemporaryDir m_dir;
  fs::path m_folder, m_engine;
};

void CommandsTest::initTestCase() {
  m_folder = m_dir.path().toStdString();
  const auto engine = findEngine();
  QVERIFY2(engine, engine ? "" : engine.error().message().c_str());
  m_engine = *engine;
}

void CommandsTest::trainAndEvaluate() {
  Recipe recipe = test::tinyRecipe();
  recipe.epochs = 30;
  const auto run = test::tinyRun(m_folder, "run", recipe);
  QVERIFY(run);
  const auto trained = engine({"train", run->path().string(), "--json"});
  QVERIFY2(trained.status == 0, trained.err.c_str());
  QCOMPARE((*parseJson(trained.out))["epochs"].get<int>(), 30);
  QVERIFY(trained.err.find("epoch  30") != std::string::npos);
  const auto evaluated = engine({"evaluate", run->path().string(), "--split", "val", "--json"});
  QVERIFY2(evaluated.status == 0, evaluated.err.c_str());
  const auto json = parseJson(evaluated.out);
  QVERIFY(json);
  // What training said about its best and what is measured afterwards is the same number.
  double best = 0;
  const auto lines = run->metrics();
  QVERIFY(lines.has_value());
  for (const auto& line : *lines)
    if (line.best) best = *line.meanIoU;
  QVERIFY(best > 0.8);
  QVERIFY2(std::abs((*json)["meanIoU"].get<double>() - best) < 1e-9, evaluated.out.c_str());
  int64_t pixels = 0;
  for (const auto& row : (*json)["confusion"])
    for (const auto& cell : row) pixels += cell.get<int64_t>();
  QCOMPARE(pixels, int64_t(2 * 96 * 64));
  QCOMPARE((*json)["images"].get<int>(), 2);
  QCOMPARE((*json)["imageScores"].size(), 2u);
  QCOMPARE((*json)["imageScores"][0]["key"].get<std::string>(), "6");
  QVERIFY((*json)["imageScores"][1]["score"].get<double>() > 0.5 && (*json)["meanBoundaryF1"].get<double>() > 0);
  // what the image list reads is the same document; people get a table
  const auto kept = readFile(run->evaluationPath(Split::val));
  QVERIFY(kept && *parseJson(*kept) == *json);
  const auto table = engine({"evaluate", run->path().string()});
  QVERIFY(table.out.find("fastai") != std::string::npos && table.out.find("bright") != std::string::npos);
  const auto again = engine({"train", run->path().string()});
  QCOMPARE(again.status, 1);
  QVERIFY(again.err.find("resume") != std::string::npos);
}

void CommandsTest::predictsAFolderInOrder() {
  const fs::path run = m_folder / "runs" / "run", out = m_folder / "in order";
  std::vector<std::string> arguments{"predict", run.string()};
  for (const int i : {3, 1, 2}) arguments.push_back((m_folder / "images" / (std::to_string(i) + ".png")).string());
  arguments.insert(arguments.end(), {"--out", out.string(), "--json"});
  const auto first = engine(arguments);
  QVERIFY2(first.status == 0, first.err.c_str());
  QVERIFY(first.err.find("1 of 3") < first.err.find("2 of 3") && first.err.find("left)") != std::string::npos);
  const auto json = parseJson(first.out);
  QVERIFY(json && (*json)["predicted"].size() == 3 && (*json)["predicted"][0]["mask"].get<std::string>().ends_with("3.png"));
  // resumed: only what is missing or older than its image
  fs::remove(out / "1.png");
  fs::last_write_time(out / "2.png", fs::last_write_time(m_folder / "images" / "2.png") - std::chrono::hours(1));
  arguments.push_back("--resume");
  const auto second = engine(arguments);
  QVERIFY2(second.status == 0, second.err.c_str());
  QVERIFY2(second.err.find("1 of 3 were there already") != std::string::npos, second.err.c_str());
  QCOMPARE((*parseJson(second.out))["predicted"].size(), 3u);
  // an older picture takes the place of one: its time is before the answer's, the answer is not its
  const fs::path older = m_folder / "older.png", third = m_folder / "images" / "3.png";
  const std::string kept = *readFile(third);
  fs::copy_file(m_folder / "images" / "5.png", older);
  fs::last_write_time(older, fs::last_write_time(third) - std::chrono::hours(24));
  fs::rename(older, third);
  const auto moved = engine(arguments);
  QVERIFY2(moved.status == 0 && moved.err.find("2 of 3 were there already") != std::string::npos, moved.err.c_str());
  // no answer in a picture's place
  const auto over = engine({"predict", run.string(), third.string(), "--out", (m_folder / "images").string()});
  QCOMPARE(over.status, 1);
  QVERIFY2(over.err.find("one of the pictures") != std::string::npos, over.err.c_str());
  QCOMPARE(*readFile(third), *readFile(m_folder / "images" / "5.png"));
  QVERIFY(writeFileAtomically(third, kept));
  // stopped in the middle of a picture of many tiles: what is written stays, nothing is half there
  QVERIFY(writePng(m_folder / "large.png", test::tinySample(1, {3000, 2000}).image));
  auto process = Subprocess::start(m_engine, {"predict", run.string(), (m_folder / "images" / "4.png").string(), (m_folder / "large.png").string(), "--out", out.string(), "--scale", "8"});
  QVERIFY(process);
  QTRY_VERIFY_WITH_TIMEOUT(fs::exists(out / "4.png"), 60'000);
  process->signal(SIGTERM);
  const auto end = process->wait(std::chrono::seconds(60));
  QVERIFY(end && end->signal == 0);
  QCOMPARE(end->status, 1);
  QVERIFY(!fs::exists(out / "large.png"));
  for (const auto& entry : fs::directory_iterator(out)) QVERIFY2(entry.path().extension() == ".png", entry.path().c_str());
}

/// Images that share a name, as long as one may be, and names that are no UTF-8.
void CommandsTest::namesOfPredictions() {
  const test::OddFolder folder;
  const std::string longest(251, 'x');
  std::vector<std::string> arguments{"predict", (m_folder / "runs" / "run").string(), "--out", (folder.path() / "\xE4").native(), "--json"};
  std::vector<fs::path> images;
  for (const std::string& where : {std::string("a"), std::string("b"), std::string(250, 'b'), "c/" + std::string(251, 'c')})
    for (const std::string& name : {longest, std::string("latin \xE4"), std::string("latin \xE5")}) {
      images.push_back(folder.path() / where / (name + ".png"));
      fs::create_directories(images.back().parent_path());
      QVERIFY(writePng(images.back(), test::tinySample(int(images.size())).image));
      arguments.push_back(images.back().native());
    }
  const auto said = engine(arguments);
  QVERIFY2(said.status == 0, said.err.c_str());
  const auto json = parseJson(said.out);
  QVERIFY(json && (*json)["predicted"].size() == images.size());
  std::set<fs::path> masks;
  for (size_t i = 0; i < images.size(); ++i) {
    const auto& item = (*json)["predicted"][i];
    QCOMPARE(decodePath(item["image"].get<std::string>()), images[i]);
    const fs::path mask = decodePath(item["mask"].get<std::string>());
    QVERIFY2(readLabelPng(mask).has_value() && masks.insert(mask).second, item.dump().c_str());
  }
  QVERIFY(masks.contains(folder.path() / "\xE4" / (longest + ".png")) && masks.contains(folder.path() / "\xE4" / "b_latin \xE4.png"));
}

void CommandsTest::exampleOfAnExportedModelRuns() {
  const fs::path run = m_folder / "runs" / "run";
  const auto exported = engine({"export-model", run.string(), "--out", (m_folder / "model").string()});
  QVERIFY2(exported.status == 0, exported.err.c_str());
  // The exported folder is a model itself.
  const auto predicted = engine({"predict", (m_folder / "model").string(), (m_folder / "images" / "7.png").string(), "--out", (m_folder / "masks").string()});
  QVERIFY2(predicted.status == 0, predicted.err.c_str());
  const auto ours = readLabelPng(m_folder / "masks" / "7.png");
  QVERIFY(ours);
  const auto python = runProcess("/usr/bin/python3", {(m_folder / "model" / "example.py").string(), (m_folder / "images" / "7.png").string(), (m_folder / "theirs.png").string()});
  if (!python || python->err.find("No module") != std::string::npos) QSKIP("python3-torch or python3-pil is not installed");
  QVERIFY2(python->status == 0, python->err.c_str());
  const auto theirs = decodeMask(m_folder / "theirs.png");
  QVERIFY(theirs && theirs->kind == RawMask::Kind::indexed);
  QVERIFY(theirs->palette[1] == test::twoClasses()[1].color);
  int same = 0;
  for (size_t i = 0; i < theirs->values.size(); ++i) same += theirs->values[i] == ours->pixels()[i];
  QVERIFY2(same >= 96 * 64 * 99 / 100, std::to_string(same).c_str());  // ours computes in bf16
}

void CommandsTest::pthOfAnExportedModelOpens() {
  const fs::path run = m_folder / "runs" / "run", out = m_folder / "pth";
  const auto exported = engine({"export-model", run.string(), "--out", out.string(), "--format", "pth"});
  QVERIFY2(exported.status == 0, exported.err.c_str());
  const auto ours = readTensorSet(run / "best.safetensors"), theirs = readWeights(out / "model.pth");
  QVERIFY(ours && theirs && ours->tensors.size() == theirs->tensors.size());
  for (size_t i = 0; i < ours->tensors.size(); ++i) QVERIFY(ours->tensors[i].name == theirs->tensors[i].name && ours->tensors[i].bytes == theirs->tensors[i].bytes);
  const auto python = runProcess("/usr/bin/python3", {"-c", "import sys, torch; print(len(torch.load(sys.argv[1], weights_only=True)))", (out / "model.pth").string()});
  if (!python || python->err.find("No module") != std::string::npos) QSKIP("python3-torch is not installed");
  QVERIFY2(python->status == 0 && std::stoul(python->out) == ours->tensors.size(), python->err.c_str());
  // The bare network takes it, from either file alike, and a grey picture for three equal channels.
  TensorSet input{{{"input", TensorType::f32, {2, 1, 40, 56}, std::vector<std::byte>(2 * 40 * 56 * 4, std::byte(62))}}, {}};
  QVERIFY(writeTensorSet(out / "grey", input));
  input.tensors[0].shape[1] = 3;
  input.tensors[0].bytes.resize(3 * input.tensors[0].bytes.size(), std::byte(62));
  QVERIFY(writeTensorSet(out / "colour", input));
  const auto forward = [&](const fs::path& weights, const char* pictures, const char* classes) {
    return engine({"forward", "--network", "unet", "--base", "4", "--depth", "2", "--classes", classes, "--weights", weights.string(), "--input", (out / pictures).string(), "--output",
                   (out / "logits").string()});
  };
  std::vector<std::byte> before;
  for (const auto& [weights, pictures] : {std::pair(run / "best.safetensors", "colour"), {out / "model.pth", "colour"}, {out / "model.pth", "grey"}}) {
    const auto done = forward(weights, pictures, "2");
    QVERIFY2(done.status == 0, done.err.c_str());
    const auto logits = readTensorSet(out / "logits");
    const auto* tensor = logits ? logits->find("output") : nullptr;
    QVERIFY(tensor && tensor->type == TensorType::f32 && tensor->shape == (std::vector<int64_t>{2, 2, 40, 56}));
    QVERIFY(before.empty() || before == tensor->bytes);
    before = tensor->bytes;
  }
  const auto wrong = forward(out / "model.pth", "colour", "3");
  QVERIFY2(wrong.status == 1 && wrong.err.find("outc.conv.weight: theirs 2×4×1×1, ours 3×4×1×1") != std::string::npos, wrong.err.c_str());
  QCOMPARE(forward(out / "model.json", "colour", "2").status, 1);
  QCOMPARE(forward(out / "model.pth", "logits", "2").status, 1);
}

void CommandsTest::shardsNeedNoProject() {
  auto writer = ShardWriter::open(m_folder / "set.shard", test::twoClasses());
  for (int i = 0; i < 8; ++i) {
    Sample s = test::tinySample(i);
    if (i >= 6) {  // measured at the labels' own size
      LabelMap large(192, 128);
      for (int y = 0; y < 128; ++y)
        for (int x = 0; x < 192; ++x) large.set(x, y, s.labels.at(x / 2, y / 2));
      s.labels = large;
    }
    QVERIFY(writer->add(std::to_string(i), i < 6 ? Split::train : Split::val, s.image, s.labels));
  }
  QVERIFY(writer->commit());
  const std::string shard = (m_folder / "set.shard").string(), run = (m_folder / "shard run").string();
  const auto trained = engine({"train", shard, "--run", run, "--epochs", "30", "--set", "network=unet", "--set", "baseWidth=4", "--set", "depth=2",
                               "--set", "batch=2", "--set", "size=96x64", "--device", "cpu"});
  QVERIFY2(trained.status == 0, trained.err.c_str());
  for (const auto& arguments : {std::vector<std::string>{"evaluate", shard, "--run", run, "--json"}, {"evaluate", run, "--json"}}) {
    const auto evaluated = engine(arguments);
    QVERIFY2(evaluated.status == 0, evaluated.err.c_str());
    int64_t pixels = 0;
    const auto json = parseJson(evaluated.out);
    for (const auto& row : (*json)["confusion"])
      for (const auto& cell : row) pixels += cell.get<int64_t>();
    QCOMPARE(pixels, int64_t(2 * 192 * 128));
    QVERIFY2((*json)["pixelAccuracy"].get<double>() > 0.8, evaluated.out.c_str());
  }
}

void CommandsTest::findsARateAndLeavesTheRun() {
  const auto run = test::tinyRun(m_folder / "rate", "run", test::tinyRecipe());
  QVERIFY(run);
  const auto found = engine({"find-lr", run->path().string(), "--json"});
  QVERIFY2(found.status == 0, found.err.c_str());
  const auto curve = RateCurve::fromJson(found.out, "stdout");
  QVERIFY(curve && curve->suggestions());
  const auto table = engine({"find-lr", run->path().string()});
  QVERIFY2(table.status == 0 && table.out.find("valley") != std::string::npos, table.out.c_str());
  QVERIFY(!run->hasLast() && !run->status());
}

void CommandsTest::replaysBitForBit() {
  const fs::path cli = m_engine.parent_path() / "intarsia-cli";
  if (!fs::exists(cli)) QSKIP("intarsia-cli is not built");
  const auto run = test::tinyRun(m_folder / "replay", "run", test::tinyRecipe(), true);
  QVERIFY(run);
  QVERIFY(engine({"train", run->path().string()}).status == 0);
  const auto same = runProcess(cli, {"replay", run->path().string(), "--json"});
  QVERIFY2(same && same->status == 0, same ? same->err.c_str() : "");
  QVERIFY2((*parseJson(same->out))["identical"].get<bool>(), same->out.c_str());
  fs::remove(m_folder / "replay" / "images" / "2.png");
  const auto refused = runProcess(cli, {"replay", run->path().string(), "--json"});
  QVERIFY(refused && refused->status == 1);
  QVERIFY2(refused->err.find("2.png") != std::string::npos && (*parseJson(refused->out))["changed"].size() == 1, refused->err.c_str());
}

/// A run of a machine with a graphics card goes on, and is replayed, on one without; its other settings stay.
void CommandsTest::runsThatExistTakeAnotherDevice() {
  const fs::path cli = m_engine.parent_path() / "intarsia-cli";
  if (!fs::exists(cli)) QSKIP("intarsia-cli is not built");
  const auto run = test::tinyRun(m_folder / "device", "run", test::tinyRecipe(), true);
  QVERIFY(run && engine({"train", run->path().string()}).status == 0);
  auto json = *parseOrderedJson(*readFile(run->path() / "run.json"), "run.json");
  json["recipe"]["device"] = json["engine"]["device"] = "cuda:7";
  QVERIFY(writeFileAtomically(run->path() / "run.json", json.dump()));
  const auto call = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin() + 1, run->path().string());
    return runProcess(cli, arguments).value();
  };
  const auto without = call({"replay", "--as", "lost"});
  QVERIFY2(without.status == 1 && without.err.find("no device cuda:7") != std::string::npos, without.err.c_str());
  const auto with = call({"replay", "--device", "cpu", "--json"});
  QVERIFY2(with.status == 0 && (*parseJson(with.out))["identical"].get<bool>(), with.err.c_str());
  QVERIFY2(with.err.find("it was trained on cuda:7") != std::string::npos, with.err.c_str());
  const auto settings = call({"train", "--resume", "--epochs", "3"});
  QVERIFY2(settings.status == 2 && settings.err.find("keeps its settings") != std::string::npos, settings.err.c_str());
  const auto resumed = call({"train", "--resume", "--device", "cpu"});
  QVERIFY2(resumed.status == 0 && resumed.err.find("cuda:7") == std::string::npos, resumed.err.c_str());
  QCOMPARE((*parseJson(*readFile(run->path() / "run.json")))["engine"]["device"].get<std::string>(), std::string("cpu"));
  const auto measured = call({"evaluate", "--device", "cuda:7"});
  QVERIFY2(measured.status == 1 && measured.err.find("no device cuda:7") != std::string::npos, measured.err.c_str());
}

void CommandsTest::allThatBecomesOfAWeightFile() {
  const fs::path cli = m_engine.parent_path() / "intarsia-cli", file = m_folder / "runs" / "run" / "best.safetensors";
  if (!fs::exists(cli) || !fs::exists(file)) QSKIP("intarsia-cli is not built, or there is no run");
  const auto show = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"weights", "show", file.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return runProcess(cli, arguments).value();
  };
  const auto listed = show({"--json"});
  QVERIFY2(listed.status == 0, listed.err.c_str());
  const auto tensors = (*parseJson(listed.out))["tensors"];
  QCOMPARE(tensors.size(), readTensorSet(file)->tensors.size());
  QCOMPARE(tensors[0]["name"].get<std::string>(), std::string("inc.double_conv.0.weight"));
  QVERIFY(show({}).out.find("F32   4×3×3×3              inc.double_conv.0.weight") != std::string::npos);
  const std::vector<std::string> unet{"--network", "unet", "--classes", "3", "--base", "4", "--depth", "2"};
  auto asJson = unet;
  asJson.push_back("--json");
  const auto fitted = *parseJson(show(asJson).out);
  QCOMPARE(fitted["mismatched"].size(), 2u);
  QCOMPARE(fitted["loaded"].size(), tensors.size() - 2);
  const auto text = show(unet).out;
  QVERIFY2(text.find("of another shape  outc.conv.weight: theirs 2×4×1×1, ours 3×4×1×1") != std::string::npos, text.c_str());
  const auto other = show({"--network", "resnet18_unet", "--classes", "2"});
  QVERIFY2(other.status == 1 && other.err.find("No tensor of") != std::string::npos, other.err.c_str());
}

void CommandsTest::firstLossesArePyTorchs_data() {
  QTest::addColumn<bool>("camVid");
  QTest::addColumn<QString>("settings");
  for (const bool camVid : {false, true})
    for (const char* settings : {"optimizer=sgd learningRate=0.01 weightDecay=1e-4", "optimizer=adam learningRate=1e-4 weightDecay=1e-4 epsilon=1e-5", "optimizer=adamw learningRate=1e-4 epsilon=1e-5"})
      if (camVid || settings[10] == 's') QTest::addRow("%s, %s", camVid ? "CamVid" : "drawn pictures", settings) << camVid << QString(settings);
}

/// The same weights and batches in both: twenty losses in a row agree to 1e-4, so forward, loss, gradients and steps do. Rates and epsilon
/// are the tutorials': at 3e-3 and 1e-8 Adam divides rounding by rounding, and PyTorch's own fp32 losses leave its fp64 ones by 1e-4.
void CommandsTest::firstLossesArePyTorchs() {
  QFETCH(bool, camVid);
  QFETCH(QString, settings);
  const fs::path data = fs::path(INTARSIA_SOURCE_DIR) / "../shared/data/camvid";
  if (camVid && !fs::exists(data)) QSKIP("CamVid is not here");
  Recipe recipe = test::tinyRecipe();
  recipe.epochs = 0;
  recipe.steps = 20;
  recipe.baseWidth = 8;
  recipe.loss = "ce";
  recipe.precision = "fp32";
  recipe.batch = camVid ? 4 : 2;
  if (camVid) recipe.size = {120, 90};
  for (const QString& one : settings.split(' ')) QVERIFY(recipe.set(one.toStdString()));
  const fs::path folder = m_folder / ("twenty " + recipe.optimizer + (camVid ? " CamVid" : ""));
  const auto run = camVid ? test::camVidRun(data, folder, "run", recipe) : test::tinyRun(folder, "run", recipe);
  QVERIFY2(run, run ? "" : run.error().message().c_str());
  const std::string dump = (folder / "dump.safetensors").string(), settingsFile = (folder / "recipe.json").string();
  QVERIFY(writeFileAtomically(settingsFile, recipe.toJson()));
  const auto trained = engine({"train", run->path().string(), "--dump", dump});
  QVERIFY2(trained.status == 0, trained.err.c_str());
  const auto python = runProcess("/usr/bin/python3", {INTARSIA_SOURCE_DIR "/tests/engine/twenty_steps.py", dump, settingsFile, camVid ? "11" : "2"});
  if (!python || python->err.find("No module") != std::string::npos) QSKIP("python3-torch is not installed");
  QVERIFY2(python->status == 0, python->err.c_str());
  const auto losses = parseJson(python->out);
  QVERIFY(losses && (*losses)["ours"].size() == 20);
  const auto apart = [&](const char* a, const char* b) {
    double most = 0;
    for (size_t i = 0; i < 20; ++i) {
      const double x = (*losses)[a][i].get<double>(), y = (*losses)[b][i].get<double>();
      most = std::max(most, std::abs(x - y) / y);
    }
    return most;
  };
  const double fromTheirs = apart("ours", "theirs"), fromExact = apart("ours", "exact");
  qInfo("off by %.1e from PyTorch's fp32, by %.1e from its fp64; these are %.1e apart", fromTheirs, fromExact, apart("theirs", "exact"));
  QVERIFY2(fromTheirs <= 1e-4 && fromExact <= 1e-4, python->out.c_str());
  QVERIFY((*losses)["ours"][19].get<double>() < (*losses)["ours"][0].get<double>());
}

/// Each by its id, and each can be made for another number of classes.
void CommandsTest::networksAreListed() {
  const fs::path cli = m_engine.parent_path() / "intarsia-cli";
  if (!fs::exists(cli)) QSKIP("intarsia-cli is not built");
  const auto listed = runProcess(cli, {"networks", "--json"}), table = runProcess(cli, {"networks"});
  QVERIFY(listed && listed->status == 0 && table && table->status == 0);
  const auto json = *parseJson(listed->out);
  QVERIFY(json.size() >= 15);
  for (const auto& network : json) {
    const std::string id = network["id"].get<std::string>();
    QVERIFY2(network["parameters"].get<int64_t>() > 100'000 && !network["description"].get<std::string>().empty(), id.c_str());
    QVERIFY2(table->out.find(id + " ") != std::string::npos, id.c_str());
  }
}

void CommandsTest::doctorSaysWhatItRunsOn() {
  const auto output = engine({"doctor", "--device", "cpu", "--json"});
  const auto json = parseJson(output.out);
  QVERIFY2(json, output.out.c_str());
  QVERIFY((*json)["difference"].get<double>() < 1e-4);
  QVERIFY((*json)["threads"].get<int>() >= 1);
  QVERIFY(!(*json)["blas"].get<std::string>().empty());
  QCOMPARE(output.status, (*json)["problems"].empty() ? 0 : 1);
}

void CommandsTest::wrongUse_data() {
  QTest::addColumn<QStringList>("arguments");
  QTest::addColumn<int>("status");
  QTest::addColumn<QString>("said");
  QTest::newRow("nothing") << QStringList{} << 2 << "Usage";
  QTest::newRow("unknown command") << QStringList{"dance"} << 2 << "dance";
  QTest::newRow("no run") << QStringList{"train", "/nowhere"} << 1 << "--run";
  QTest::newRow("no model") << QStringList{"export-model", "/nowhere", "--out", "/tmp/x"} << 1 << "/nowhere";
  QTest::newRow("no device") << QStringList{"doctor", "--device", "cuda:99"} << 1 << "cuda:99";
  QTest::newRow("no split") << QStringList{"evaluate", "/nowhere", "--split", "best"} << 2 << "split";
}

void CommandsTest::wrongUse() {
  QFETCH(QStringList, arguments);
  QFETCH(int, status);
  QFETCH(QString, said);
  std::vector<std::string> list;
  for (const auto& a : arguments) list.push_back(a.toStdString());
  const auto output = engine(list);
  QCOMPARE(output.status, status);
  QVERIFY2(output.err.find(said.toStdString()) != std::string::npos, output.err.c_str());
}

INTARSIA_TEST(CommandsTest)
#include "commands_slow_test.moc"
