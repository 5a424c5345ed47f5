// SPDX-License-Identifier: GPL-3.0-or-later
// What a user can get wrong, through the real engine: each ends in a sentence, and the run's folder opens afterwards.
#include <QTemporaryDir>
#include <QTest>
#include <signal.h>
#include <unistd.h>

#include <functional>

#include "core/base/atomic_file.h"
#include "core/base/subprocess.h"
#include "tests/engine/tiny_run.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "train/api/engine_client.h"
#include "train/api/safetensors.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

struct Case {
  std::function<void(Recipe&)> recipe;
  std::function<void(RunFolder::Snapshot&, const fs::path& folder)> change;  // before the run is made
  std::function<void(const RunFolder&, const fs::path& folder)> after;      // before it is trained
  bool trains = true;
  const char* said = "";  // on stderr or in the status
};

/// In run.json as another program might leave it.
void edit(const RunFolder& run, const std::string& from, const std::string& to) {
  std::string text = readFile(run.path() / "run.json").value();
  const size_t at = text.find(from);
  if (at == std::string::npos) qFatal("run.json has no %s", from.c_str());
  text.replace(at, from.size(), to);
  if (!writeFileAtomically(run.path() / "run.json", text)) qFatal("cannot write run.json");
}

void relabel(RunFolder::Snapshot& snapshot, const fs::path& folder, uint16_t value) {
  for (auto& sample : snapshot.samples) {
    sample.labels += "f";
    ClassTable more = snapshot.classes;
    for (int i = 0; i < 8; ++i) (void)more.add("further " + std::to_string(i));
    if (!writeLabelPng(RunFolder(folder / "runs" / "run").labelsPath(sample.labels), LabelMap(96, 64, value), more)) qFatal("cannot write labels");
  }
}

void relabel(RunFolder::Snapshot& snapshot, const fs::path& folder, Split split, uint16_t value) {
  std::vector<RunSample> others;
  std::erase_if(snapshot.samples, [&](const RunSample& s) { return s.split != split && (others.push_back(s), true); });
  relabel(snapshot, folder, value);
  snapshot.samples.insert(snapshot.samples.end(), others.begin(), others.end());
}

/// A third class that does not count.
void addIgnored(RunFolder::Snapshot& snapshot) { (void)snapshot.classes.add("other", {}, true); }

void dropTo(RunFolder::Snapshot& snapshot, int train, int val) {
  std::erase_if(snapshot.samples, [&](const RunSample& s) { return s.split == Split::train ? train-- <= 0 : val-- <= 0; });
}

/// A deeper, larger, grey picture in place of a colour one.
void deepen(const RunSample& sample) {
  const Sample large = test::tinySample(9, {150, 80});
  Image grey{150, 80, 1, 16, std::vector<uint8_t>(150 * 80 * 2)};
  for (int y = 0; y < 80; ++y)
    for (int x = 0; x < 150; ++x) reinterpret_cast<uint16_t*>(grey.row(y))[x] = uint16_t(large.image.row(y)[x * 3] * 257);
  if (!writePng(sample.image, grey)) qFatal("cannot write a picture");
}

const std::map<std::string, Case>& cases() {
  static const std::map<std::string, Case> all{
      {"one image", {{}, [](auto& s, auto&) { dropTo(s, 1, 0); }, {}, true, "no validation image"}},
      {"no validation image", {{}, [](auto& s, auto&) { dropTo(s, 6, 0); }, {}, true, "no validation image"}},
      {"no training image", {{}, [](auto& s, auto&) { dropTo(s, 0, 2); }, {}, false, "no labelled training image"}},
      {"a class that is absent", {{}, [](auto& s, auto&) { (void)s.classes.add("never seen"); }, {}, true, "Training"}},
      {"a class that is absent, with all that looks at frequencies",
       {[](Recipe& r) { r.classWeights = "median", r.rareCrop = r.pasteRare = 0.5, r.loss = "ce+dice"; }, [](auto& s, auto&) { (void)s.classes.add("never seen"); }, {}, true, "Training"}},
      {"all pixels of an ignored class", {{}, [](auto& s, const fs::path& f) { addIgnored(s), relabel(s, f, 2); }, {}, false, "No pixel of the training images is labelled"}},
      {"no pixel to measure with", {{}, [](auto& s, const fs::path& f) { relabel(s, f, Split::val, kUnlabelled); }, {}, true, "Training"}},
      {"no pixel to measure with, by an ignored class", {{}, [](auto& s, const fs::path& f) { addIgnored(s), relabel(s, f, Split::val, 2); }, {}, true, "Training"}},
      {"validation images are missing", {{}, {}, [](auto&, const fs::path& f) { fs::remove(f / "images" / "6.png"), fs::remove(f / "images" / "7.png"); }, true, ".png"}},
      {"a label map is missing", {{}, {}, [](const RunFolder& r, auto&) { fs::remove(r.labelsPath("abc2")); }, true, "abc2.png"}},
      {"a label map is damaged", {{}, {}, [](const RunFolder& r, auto&) { (void)writeFileAtomically(r.labelsPath("abc2"), "no picture"); }, true, "abc2.png"}},
      {"one class only", {{}, [](auto& s, auto&) { s.classes = ClassTable(); (void)s.classes.add("alone"); }, {}, false, "at least two classes"}},
      {"all pixels ignored", {{}, [](auto& s, const fs::path& f) { relabel(s, f, kUnlabelled); }, {}, false, "No pixel of the training images is labelled"}},
      {"labels of more classes than there are", {{}, [](auto& s, const fs::path& f) { relabel(s, f, 7); }, {}, false, "class"}},
      {"weights for another number of classes", {[](Recipe& r) { r.classWeights = "1,2,3"; }, {}, {}, false, "weighs 3 classes, but there are 2"}},
      {"mixed sizes and depths",
       {{}, [](auto& s, const fs::path& f) {
          deepen(s.samples[0]);
          LabelMap labels(150, 80, 1);
          s.samples[0].labels += "dee";
          if (!writeLabelPng(RunFolder(f / "runs" / "run").labelsPath(s.samples[0].labels), labels, s.classes)) qFatal("cannot write labels");
        }, {}, true, "Training"}},
      {"labels of another size than the image", {{}, [](auto& s, auto&) { deepen(s.samples[0]); }, {}, true, "when it was labelled it was 96×64"}},
      {"an image is missing", {{}, {}, [](auto&, const fs::path& f) { fs::remove(f / "images" / "2.png"); }, true, "2.png"}},
      {"all images are missing", {{}, {}, [](auto&, const fs::path& f) { fs::remove_all(f / "images"); }, false, ".png"}},
      {"an image is damaged", {{}, {}, [](auto&, const fs::path& f) { (void)writeFileAtomically(f / "images" / "2.png", "no picture"); }, true, "2.png"}},
      {"unknown field", {{}, {}, [](const RunFolder& r, auto&) { edit(r, "\"batch\"", "\"batsh\""); }, false, "no field batsh"}},
      {"a value out of range", {{}, {}, [](const RunFolder& r, auto&) { edit(r, "\"warmup\": ", "\"warmup\": 7"); }, false, "a number from 0 to 0.99"}},
      {"unknown network", {[](Recipe& r) { r.network = "netnet"; }, {}, {}, false, "netnet"}},
      {"no such device", {[](Recipe& r) { r.device = "cuda:7"; }, {}, {}, false, "no device cuda:7"}},
      {"no such weights", {[](Recipe& r) { r.initialWeights = "/nowhere/x.pth"; }, {}, {}, false, "/nowhere/x.pth"}}};
  return all;
}

/// What it still writes to its stderr, and how it ends.
std::pair<std::string, std::optional<Subprocess::Exit>> lastWords(Subprocess& process) {
  process.closeInput();
  std::string said;
  char buffer[4096];
  for (ssize_t n; (n = ::read(process.errorFd(), buffer, sizeof buffer)) > 0;) said.append(buffer, size_t(n));
  return {std::move(said), process.wait(std::chrono::seconds(60))};
}

}  // namespace

class BadInputTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    const auto engine = findEngine();
    EXPECT_OK(engine);
    m_engine = *engine;
    qputenv("INTARSIA_THREADS", "1");  // small work: more threads only wait for each other
  }
  void init() { m_dir = std::make_unique<QTemporaryDir>(); }

  void endsInASentence_data() {
    QTest::addColumn<QString>("name");
    for (const auto& [name, c] : cases()) QTest::newRow(name.c_str()) << QString::fromStdString(name);
  }
  void endsInASentence() {
    QFETCH(QString, name);
    const Case& c = cases().at(name.toStdString());
    const auto run = make(c);
    EXPECT_OK(run);
    if (c.after) c.after(*run, folder());
    const auto done = train(*run);
    const std::string text = done.err + (run->status() ? run->status()->message : "");
    QVERIFY2((done.status == 0) == c.trains, text.c_str());
    QVERIFY2(done.signal == 0 && (*c.said == 'T' || text.find(c.said) != std::string::npos), text.c_str());
    opens(*run, c.trains);
  }

  /// The second stage reads the images again, at another size.
  void imagesVanishWhileItTrains_data() {
    QTest::addColumn<int>("left");
    QTest::newRow("some") << 3;
    QTest::newRow("all") << 0;
  }
  void imagesVanishWhileItTrains() {
    QFETCH(int, left);
    const auto run = make({.recipe = [](Recipe& r) { r.epochs = 30, r.stages = "share=1 scale=0.5; share=1"; }});
    EXPECT_OK(run);
    auto process = Subprocess::start(m_engine, {"train", run->path().string()});
    EXPECT_OK(process);
    QTRY_VERIFY_WITH_TIMEOUT(run->metrics() && !run->metrics()->empty(), 60'000);
    process->signal(SIGSTOP);
    for (int i = left; i < 8; ++i) fs::remove(folder() / "images" / (std::to_string(i) + ".png"));
    process->signal(SIGCONT);
    const auto [said, exit] = lastWords(*process);
    QVERIFY(exit && exit->signal == 0);
    QVERIFY2(said.find(".png") != std::string::npos && (exit->status == 0) == (left > 0), said.c_str());
    opens(*run, left > 0);
    QVERIFY(run->hasBest());
  }

  /// The disk is full from some write of a checkpoint on: the run ends with a sentence, or goes on with the checkpoint before.
  void diskFillsDuringACheckpoint() {
    const fs::path preload = m_engine.parent_path() / "fault_preload.so";
    if (!fs::exists(preload)) QSKIP("fault_preload.so was not built");
    for (const int at : {12, 30}) {
      init();
      const auto run = make({.recipe = [](Recipe& r) { r.epochs = 6; }});
      EXPECT_OK(run);
      auto process = Subprocess::start(m_engine, {"train", run->path().string()},
                                       {.environment = {{"LD_PRELOAD", preload.string()}, {"FAULT_ROOT", run->path().string()}, {"FAULT_AT", std::to_string(at)},
                                                        {"FAULT_ERRNO", std::to_string(ENOSPC)}, {"FAULT_FOREVER", "1"}}});
      EXPECT_OK(process);
      const auto [said, exit] = lastWords(*process);
      QVERIFY(exit && exit->signal == 0);
      QVERIFY2(said.find("No space left on device") != std::string::npos, said.c_str());
      QVERIFY(run->snapshot());
      for (const fs::path& checkpoint : {run->bestPath(), run->lastPath()})
        if (fs::exists(checkpoint)) EXPECT_OK(readTensorSet(checkpoint));
      const auto again = train(*run, {"--resume"});  // the disk has room again
      QVERIFY2(again.status == 0, again.err.c_str());
      opens(*run, true);
    }
  }

  /// The last checkpoint was cut short or overwritten: it is not believed, and the best one stays what it was.
  void damagedCheckpoint_data() {
    QTest::addColumn<QByteArray>("damage");
    QTest::newRow("cut") << QByteArray();
    QTest::newRow("foreign") << QByteArray("no checkpoint");
    QTest::newRow("flipped") << QByteArray("\xff\xff\xff\xff\xff\xff\xff\x7f");
  }
  void damagedCheckpoint() {
    QFETCH(QByteArray, damage);
    const auto run = make({});
    EXPECT_OK(run);
    QCOMPARE(train(*run).status, 0);
    const std::string before = *readFile(run->bestPath());
    std::string bytes = *readFile(run->lastPath());
    if (damage.isEmpty()) bytes.resize(bytes.size() / 2);
    else bytes.replace(0, size_t(damage.size()), damage.toStdString());
    QVERIFY(writeFileAtomically(run->lastPath(), bytes));
    const auto done = train(*run, {"--resume"});
    QVERIFY2(done.status == 1 && done.signal == 0 && done.err.find("last.safetensors") != std::string::npos, done.err.c_str());
    opens(*run, false);
    QCOMPARE(*readFile(run->bestPath()), before);
  }

  /// A run of a GPU that is not there any more goes on on the CPU.
  void lostDevice() {
    const auto run = make({.recipe = [](Recipe& r) { r.epochs = 25; }});
    EXPECT_OK(run);
    auto process = Subprocess::start(m_engine, {"train", run->path().string()});
    EXPECT_OK(process);
    QTRY_VERIFY_WITH_TIMEOUT(run->hasLast(), 60'000);
    process->signal(SIGKILL);  // as a lost GPU ends it
    QVERIFY(process->wait(std::chrono::seconds(20)));
    edit(*run, "\"device\": \"cpu\"", "\"device\": \"cuda:7\"");
    const auto done = train(*run, {"--resume"});
    QVERIFY2(done.status == 0 && done.err.find("no device cuda:7") != std::string::npos && done.err.find("on the CPU") != std::string::npos, done.err.c_str());
    opens(*run, true);
    QCOMPARE(run->metrics()->back().epoch, 25);
  }

 private:
  fs::path folder() const { return m_dir->path().toStdString(); }
  Expected<RunFolder> make(const Case& c) {
    Recipe recipe = test::tinyRecipe();
    if (c.recipe) c.recipe(recipe);
    INTARSIA_TRY(const RunFolder plain, test::tinyRun(folder(), "plain", recipe));
    INTARSIA_TRY(RunFolder::Snapshot snapshot, plain.snapshot());
    if (c.change) c.change(snapshot, folder());
    RunFolder run(folder() / "runs" / "run");
    INTARSIA_CHECK(run.create(snapshot));
    return run;
  }
  ProcessOutput train(const RunFolder& run, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"train", run.path().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto done = runProcess(m_engine, arguments);
    if (!done) qFatal("%s", done.error().message().c_str());
    return *done;
  }
  /// As the window looks at it.
  void opens(const RunFolder& run, bool trained) {
    QVERIFY(!run.inUse());
    const auto list = RunFolder::list(folder() / "runs");
    QVERIFY(std::ranges::find(list, run.path(), &RunFolder::path) != list.end());
    EXPECT_OK(run.metrics());
    if (!trained) return;
    EXPECT_OK(run.snapshot());
    const auto status = run.status();
    QVERIFY(status && status->phase == "finished");
    EXPECT_OK(readTensorSet(run.bestPath()));
    EXPECT_OK(readTensorSet(run.lastPath()));
  }
  std::unique_ptr<QTemporaryDir> m_dir;
  fs::path m_engine;
};

INTARSIA_TEST(BadInputTest)
#include "bad_input_slow_test.moc"
