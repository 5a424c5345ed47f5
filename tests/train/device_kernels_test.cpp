// SPDX-License-Identifier: GPL-3.0-or-later
// The GPU's kernels: as C++ they compute what the processor's own paths compute, and NVRTC compiles the same text.
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <filesystem>

#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "tests/train/synthetic.h"
#include "train/cuda/device_batches.h"
#include "train/cuda/device_loss.h"
#include "train/cuda/nvrtc.h"
#include "train/data/loader.h"
#include "train/loop/weights.h"

using namespace intarsia;
using namespace intarsia::test;
using torch::Tensor;

namespace {

std::shared_ptr<const DeviceKernels> onCpu() { return *DeviceKernels::on(torch::kCPU); }

double largest(const Tensor& x) { return x.abs().max().item<double>(); }

}  // namespace

class DeviceKernelsTest : public QObject {
  Q_OBJECT
 private slots:
  void makesTheSameBatches_data() {
    QTest::addColumn<QString>("changes");
    QTest::addColumn<int>("type");
    const auto row = [](const char* name, const char* changes, torch::ScalarType type = torch::kFloat) {
      QTest::newRow(name) << changes << int(type);
    };
    row("default", "");
    row("bf16", "", torch::kBFloat16);
    row("none", "flip=false scaleMin=1 scaleMax=1 rotate=0 contrast=0 brightness=0 saturation=0");
    row("turned", "rotate=170 scaleMin=0.2 scaleMax=0.6 flipVertical=true");
    row("perspective", "warp=0.3");
    row("tone", "light=logit gamma=0.5");
    row("blur", "blur=3");
    row("blur, noise and bf16", "blur=9 noise=20", torch::kBFloat16);
    row("noise", "noise=30");
    row("rare", "rareCrop=0.7 pasteRare=0.8");
    row("rare with blur and noise", "rareCrop=0.7 pasteRare=0.8 blur=2 noise=9 gamma=0.4");
  }
  void makesTheSameBatches() {
    QFETCH(QString, changes);
    QFETCH(int, type);
    const auto precision = torch::ScalarType(type);
    Recipe recipe;
    recipe.batch = 5;
    recipe.seed = 11;
    for (const auto& change : changes.split(' ', Qt::SkipEmptyParts)) EXPECT_OK(recipe.set(change.toStdString()));
    SyntheticSource source(13, 0, {75, 61});
    source.unreadable = 4;
    const Size size{64, 50};
    const auto cache = SampleCache::make(source, Split::train, size, {});
    ModelInfo info;
    BatchLoader loader(**cache, {recipe, size, info, precision, 1});
    const auto batches = DeviceBatches::make(**cache, recipe, info, precision, torch::kCPU, int64_t(1) << 40, 0);
    QVERIFY(batches && !DeviceBatches::make(**cache, recipe, info, precision, torch::kCPU, 1000, 0));
    std::vector<device::Layer> layers(size_t(batches->layers()));
    std::vector<float> tones(size_t(batches->toneNumbers()));
    for (int step = 0; step < 5; ++step) {
      const auto expected = loader.next();
      EXPECT_OK(expected);
      Tensor staging;
      const Tensor images = torch::empty_like(expected->images), target = torch::empty_like(expected->target);
      EXPECT_OK(batches->prepare(step, layers.data(), tones.data(), staging));
      batches->fill(*onCpu(), layers.data(), tones.data(), images, target);
      QVERIFY(target.equal(expected->target));
      const double off = largest(images.to(torch::kFloat) - expected->images.to(torch::kFloat));
      QVERIFY2(off <= (precision == torch::kFloat ? 2e-5 : 2e-2), std::to_string(off).c_str());
    }
    const auto notices = batches->plan().takeNotices();
    QVERIFY(notices.size() == 1 && notices[0].find("picture 4") != std::string::npos);
  }

  void losesTheSame_data() {
    QTest::addColumn<int>("classes");
    QTest::addColumn<double>("smoothing");
    QTest::addColumn<double>("lovasz");
    QTest::addColumn<int>("drawn");
    QTest::newRow("cross-entropy") << 12 << 0.0 << 0.0 << 60000;
    QTest::newRow("smoothed, many classes") << 100 << 0.1 << 0.0 << 60000;
    QTest::newRow("Lovasz over all") << 5 << 0.0 << 0.7 << 60000;
    QTest::newRow("Lovasz over some") << 12 << 0.05 << 0.5 << 700;
    QTest::newRow("Lovasz over nearly all") << 4 << 0.0 << 1.0 << 3400;
  }
  void losesTheSame() {
    QFETCH(int, classes);
    QFETCH(double, smoothing);
    QFETCH(double, lovasz);
    QFETCH(int, drawn);
    torch::manual_seed(classes);
    LossOptions options;
    options.allowed.assign(size_t(classes), 1);
    options.allowed[1] = 0;
    options.labelSmoothing = smoothing;
    options.lovasz = lovasz;
    options.lovaszPixels = drawn;
    auto logits = (3 * torch::randn({2, classes, 43, 51})).contiguous(at::MemoryFormat::ChannelsLast);
    auto target = torch::randint(0, classes, {2, 43, 51}, torch::kLong);
    target.masked_fill_(target == 1, -100);
    const Tensor allowed = torch::tensor(options.allowed, torch::kByte);
    device::StepControl control{};
    control.lossSeed = 99;
    control.step = 7;
    for (const auto type : {torch::kFloat, torch::kBFloat16}) {
      logits = logits.to(type);
      const Loss ours = segmentationLoss(logits, target, options, Random(99, 7, 3));
      const DeviceLoss theirs = deviceLoss(*onCpu(), logits, target, options, allowed, &control, 3);
      QCOMPARE(theirs.pixels.item<int64_t>(), ours.pixels);
      QVERIFY2(std::abs(theirs.value.item<double>() - ours.value) < 2e-5 * ours.value,
               std::to_string(theirs.value.item<double>() - ours.value).c_str());
      QCOMPARE(theirs.gradient.scalar_type(), type);
      const double scale = largest(ours.gradient),
                   off = largest(theirs.gradient.to(torch::kFloat) - ours.gradient.to(torch::kFloat));
      QVERIFY2(off < (type == torch::kFloat ? 2e-4 : 2e-2) * scale, std::to_string(off / scale).c_str());
      Tensor open = logits.to(torch::kFloat).clone();
      open.select(1, 1).fill_(-1e30);
      QVERIFY(theirs.answers.reshape({2, 43, 51}).to(torch::kLong).equal(open.argmax(1)));
    }
    target.fill_(-100);
    const DeviceLoss nothing = deviceLoss(*onCpu(), logits, target, options, allowed, &control, 0);
    QVERIFY(nothing.pixels.item<int64_t>() == 0 && nothing.value.item<double>() == 0 && largest(nothing.gradient) == 0);
  }

  void updatesTheSame_data() {
    QTest::addColumn<QString>("changes");
    for (const char* optimizer : {"adamw", "adam", "sgd", "rmsprop"}) {
      QTest::addRow("%s", optimizer) << QString("optimizer=%1").arg(optimizer);
      QTest::addRow("%s, clipped, in groups, partly frozen", optimizer)
          << QString("optimizer=%1 gradientClip=0.5 rateSpread=9 freeze=inc.* layerGroups=inc;down1").arg(optimizer);
    }
    QTest::newRow("without average") << "ema=0 decayAll=true";
  }
  void updatesTheSame() {
    QFETCH(QString, changes);
    Recipe recipe;
    for (const auto& change : changes.split(' ', Qt::SkipEmptyParts)) EXPECT_OK(recipe.set(change.toStdString()));
    recipe.ema = std::min(recipe.ema, 0.9);
    enum { processor, torchs, kernels, kinds };
    std::vector<TensorSet> results(kinds);
    for (int kind = 0; kind < kinds; ++kind) {
      torch::manual_seed(3);
      NetworkOptions o;
      o.baseWidth = 6;
      o.depth = 1;
      Weights weights(*makeNetwork("unet", o), recipe, kind == torchs);
      if (kind == kernels) weights.prepareForDevice();
      weights.freeze(!recipe.freeze.empty());
      const auto parameters = weights.network().named_parameters();
      for (int step = 0; step < 6; ++step) {
        for (const auto& item : parameters)
          if (item.value().requires_grad())
            item.value().mutable_grad() = (torch::randn_like(item.value()) * (step == 2 ? 100 : 1)).contiguous();
        if (step == 5) parameters.values().back().mutable_grad().fill_(NAN);
        for (const auto& item : weights.network().named_buffers())
          if (item.value().is_floating_point()) item.value().add_(torch::rand_like(item.value()));
        Weights::Rates rates{0.01, recipe.rateSpread, 0.85, 2};
        if (kind != kernels) {
          QCOMPARE(weights.step(rates), step != 5);
          continue;
        }
        device::StepControl control{};
        control.slot = 1;
        device::StretchControl stretches[20];
        QVERIFY(weights.stretchCount() <= 20);
        weights.writeControl(rates, control, stretches);
        if (step == 5) control.emaKeep = NAN;  // nothing may use it
        device::UpdateState state{};
        device::HistoryRow history[2]{};
        const double losses[] = {1, 7, 3};
        const int64_t pixels[] = {10, 0, 20}, extremes[] = {2, 2, 0, 1};
        const Tensor norm = weights.gatherGradients();
        onCpu()->run(kernel::decide, device::DecideArguments{1, norm.data_ptr<float>(), losses, pixels, extremes,
                                                             &control, &state, history, 3});
        QVERIFY(history[1].loss == 2 && history[1].pixels == 30 && history[1].oneAnswer == 1 &&
                history[1].finite == (step != 5));
        weights.update(*onCpu(), &control, stretches, &state);
        for (const auto& item : parameters) QVERIFY(!item.value().grad().defined());
      }
      weights.save(results[size_t(kind)]);
    }
    for (int kind = 1; kind < kinds; ++kind)
      for (const auto& tensor : results[0].tensors) {
        if (tensor.type != TensorType::f32) continue;
        const NamedTensor* other = results[size_t(kind)].find(tensor.name);
        QVERIFY(other && other->bytes.size() == tensor.bytes.size());
        const auto n = int64_t(tensor.bytes.size() / 4);
        const auto values = [n](const NamedTensor& t) {
          return torch::from_blob(const_cast<std::byte*>(t.bytes.data()), {n}, torch::kFloat);
        };
        const Tensor a = values(tensor), b = values(*other);
        QVERIFY2(torch::allclose(a, b, 1e-4, 2e-5), (tensor.name + " " + std::to_string(largest(a - b))).c_str());
      }
  }

  void nvrtcCompilesThem() {
    const auto compiler = Nvrtc::load();
    if (!compiler) QSKIP(compiler.error().message().c_str());
    for (const char* architecture : {"sm_80", "sm_90"}) {
      const auto code = (*compiler)->compile(architecture);
      EXPECT_OK(code);
      QVERIFY(
          code->starts_with("\x7f"
                            "ELF"));
      for (int i = 0; i < int(KernelId::count); ++i)
        QVERIFY2(code->find(kernelSymbol(KernelId(i))) != std::string::npos, kernelSymbol(KernelId(i)).c_str());
    }
    const auto text = (*compiler)->compile("compute_80");
    EXPECT_OK(text);
    for (int i = 0; i < int(KernelId::count); ++i)
      QVERIFY(text->find(".entry " + kernelSymbol(KernelId(i)) + "(") != std::string::npos);
    const auto known = (*compiler)->architectures();
    QVERIFY(std::ranges::find(known, 90) != known.end());
    const auto nonsense = (*compiler)->compile("sm_1");
    QVERIFY(!nonsense && nonsense.error().message().find("sm_1") != std::string::npos);
  }

  void keepsWhatWasCompiled() {
    const auto compiler = Nvrtc::load();
    if (!compiler) QSKIP(compiler.error().message().c_str());
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString() + "/new";
    const auto first = compiledKernels(**compiler, "sm_80", path);
    EXPECT_OK(first);
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
    QCOMPARE(files.size(), 1u);
    QVERIFY(*compiledKernels(**compiler, "sm_80", path) == *first);
    std::filesystem::resize_file(files[0], 1000);
    QVERIFY(*compiledKernels(**compiler, "sm_80", path) == *first);  // not the rest of it
    QVERIFY(*compiledKernels(**compiler, "sm_80", "/proc/nowhere") == *first);
  }

  void tellsWhatIsMissing() {
    qputenv("INTARSIA_NVRTC", "/nowhere/libnvrtc.so");
    const auto compiler = Nvrtc::load();
    qunsetenv("INTARSIA_NVRTC");
    QVERIFY(!compiler && compiler.error().message().find("/nowhere/libnvrtc.so") != std::string::npos);
    if (torch::cuda::is_available()) QSKIP("there is a GPU");
    QVERIFY(!cudaKernels(0));  // without a driver or without headers: a sentence, no crash
  }
};

INTARSIA_TEST(DeviceKernelsTest)
#include "device_kernels_test.moc"
