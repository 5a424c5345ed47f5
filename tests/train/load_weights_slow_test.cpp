// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <filesystem>

#include "core/base/subprocess.h"
#include "tests/support/expect.h"
#include "tests/support/mat_network.h"
#include "tests/support/register.h"
#include "tests/train/record.h"
#include "tests/train/synthetic.h"
#include "train/api/model_info.h"
#include "train/api/safetensors.h"
#include "train/io/load_weights.h"
#include "train/io/tensors.h"

using namespace intarsia;
using namespace intarsia::test;
namespace fs = std::filesystem;

namespace {

std::shared_ptr<Network> make(const std::string& id, int outputs) {
  NetworkOptions options;
  options.outputs = outputs;
  return makeNetwork(id, options).value();
}

torch::Tensor stateOf(const Network& network, const std::string& name) {
  for (const auto& [key, tensor] : namedState(network))
    if (key == name) return tensor;
  return {};
}

}  // namespace

class LoadWeightsTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    const auto python = runProcess(kPython, {"-c", R"(
import sys, torch, torchvision.models as m
torch.manual_seed(4)
folder = sys.argv[1] + '/'
for name in ('resnet18', 'resnet34'):
    torch.save(getattr(m, name)().state_dict(), folder + name + '.pth')
torch.save({k: v for k, v in m.resnet18().state_dict().items() if 'num_batches' not in k}, folder + 'old.pth', _use_new_zipfile_serialization=False)
state = m.resnet34().state_dict()
torch.save({'model': torch.nn.DataParallel(m.resnet34()).state_dict(), 'epoch': 1}, folder + 'parallel.pth')
vgg = m.vgg.make_layers(m.vgg.cfgs['D'])
torch.save({'features.' + k: v for k, v in vgg.state_dict().items()}, folder + 'vgg16.pth')
)" + std::string(test::kMatNetworkPython) + R"(
convs = [m for m in vgg if isinstance(m, torch.nn.Conv2d)]
both = lambda m: (filters(m.weight), numbers(m.bias.detach().numpy().reshape(1, -1)))
layers = [layer('conv', *both(m)) if isinstance(m, torch.nn.Conv2d) else layer('relu') for m in vgg]
mean = torch.tensor([123., 117., 104.])
mat(folder + 'vgg16.mat', [cell(layers, 'layers'), record({'averageImage': numbers(mean.numpy().reshape(1, 1, 3))}, 'normalization')], True)
pixels = torch.randint(0, 256, (1, 3, 12, 14)).float()
torch.save({'pixels': pixels, 'first': convs[0](pixels - mean.view(3, 1, 1)).detach()}, folder + 'first.pth')
)", m_dir.path().toStdString()});
    if (!python || python->status != 0) QSKIP("python3-torch or python3-torchvision is not installed");
  }

  void encoders_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("network");
    QTest::addColumn<QString>("theirs");
    QTest::addColumn<QString>("ours");
    QTest::addColumn<int>("loaded");
    const auto row = [](const char* file, const char* network, const char* theirs, const char* ours, int loaded) {
      QTest::addRow("%s into %s", file, network) << file << network << theirs << ours << loaded;
    };
    row("resnet18.pth", "resnet18_unet", "layer4.1.conv2.weight", "encoder.layer4.1.conv2.weight", 120);
    row("old.pth", "resnet18_unet", "layer4.1.conv2.weight", "encoder.layer4.1.conv2.weight", 100);
    row("resnet34.pth", "resnet34_dynamic_unet", "layer3.5.bn2.running_var", "layers.0.6.5.bn2.running_var", 216);
    row("parallel.pth", "resnet34_unet", "module.layer2.0.downsample.0.weight", "encoder.layer2.0.downsample.0.weight", 216);
    row("vgg16.pth", "fcn8s_vgg16", "features.28.weight", "conv5_3.weight", 26);
  }
  void encoders() {
    QFETCH(QString, file);
    QFETCH(QString, network);
    QFETCH(QString, theirs);
    QFETCH(QString, ours);
    QFETCH(int, loaded);
    const auto net = make(network.toStdString(), 3);
    const auto weights = WeightFile::open(path(file.toStdString()));
    EXPECT_OK(weights);
    const auto report = loadWeights(*net, *weights);
    EXPECT_OK(report);
    QVERIFY2(int(report->loaded.size()) == loaded, report->summary().c_str());
    QVERIFY(!report->complete() && report->mismatched.empty());
    QVERIFY(torch::equal(stateOf(*net, ours.toStdString()), toTensor(weights->read(*weights->find(theirs.toStdString())).value())));
    for (const auto& name : report->surplus) QVERIFY2(name.find("fc.") != std::string::npos, name.c_str());
  }

  /// MatConvNet's networks take raw pixels less their mean: what is loaded answers our normalised ones as they answer theirs.
  void matConvNet() {
    const auto answers = readWeights(path("first.pth"));
    EXPECT_OK(answers);
    const torch::Tensor pixels = toTensor(*answers->find("pixels")), first = toTensor(*answers->find("first"));
    const ModelInfo info;
    const auto perChannel = [](const std::array<double, 3>& v) { return torch::tensor({v[0], v[1], v[2]}).view({3, 1, 1}).to(torch::kFloat); };
    const torch::Tensor input = (pixels / 255 - perChannel(info.mean)) / perChannel(info.deviation);
    for (const auto& [id, conv, last] : {std::tuple{"fcn8s_vgg16", "conv1_1", "conv5_3.weight"}, {"fcn8s_vgg16_tf", "features.0", "features.28.weight"}}) {
      const auto net = make(id, 3);
      const auto report = loadWeights(*net, WeightFile::open(path("vgg16.mat")).value());
      EXPECT_OK(report);
      QVERIFY2(report->loaded.size() == 26 && report->mismatched.empty() && report->surplus.empty(), report->summary().c_str());
      const auto pth = WeightFile::open(path("vgg16.pth")).value();
      QVERIFY(torch::equal(stateOf(*net, last), toTensor(pth.read(*pth.find("features.28.weight")).value())));
      const auto ours = at::conv2d(input, stateOf(*net, std::string(conv) + ".weight"), stateOf(*net, std::string(conv) + ".bias"), 1, 1);
      const auto off = (ours - first).slice(2, 1, -1).slice(3, 1, -1).abs().max().item<double>();  // but for the padding
      QVERIFY2(off < 1e-3 && first.abs().max().item<double>() > 10, std::to_string(off).c_str());
    }
  }

  /// The encoder of one network's checkpoint into another's.
  void betweenNetworks() {
    const auto from = make("resnet34_unet", 4), to = make("resnet34_dynamic_unet_v2", 4);
    EXPECT_OK(writePth(path("own.pth"), intarsia::stateOf(*from)));
    const auto report = loadWeights(*to, WeightFile::open(path("own.pth")).value());
    EXPECT_OK(report);
    QCOMPARE(int(report->loaded.size()), 216);
    QVERIFY(torch::equal(stateOf(*from, "encoder.layer1.2.conv1.weight"), stateOf(*to, "layers.0.4.2.conv1.weight")));
  }

  /// A run starts from them: with a rate near 0 its best has the file's encoder.
  void initialWeightsOfARun() {
    const SyntheticSource source(4, 2);
    Recipe r = smallRecipe();
    r.network = "resnet18_unet";
    r.steps = 1;
    r.learningRate = 1e-8;
    r.weightDecay = 0;
    r.initialWeights = path("resnet18.pth").string();
    Record record;
    EXPECT_OK(record.run(source, with(r)));
    QVERIFY2(std::ranges::any_of(record.notices, [](const auto& n) { return n.find("Initial weights: 120 of") != std::string::npos; }), record.notices.empty() ? "" : record.notices[0].c_str());
    const auto theirs = WeightFile::open(path("resnet18.pth")).value();
    const auto ours = toTensor(*record.best->find("encoder.layer3.1.conv1.weight"));
    QVERIFY((ours - toTensor(theirs.read(*theirs.find("layer3.1.conv1.weight")).value())).abs().max().item<double>() < 1e-6);
    const auto& told = *std::ranges::find_if(record.notices, [](const auto& n) { return n.find("Initial weights") != std::string::npos; });
    for (const char* line : {"\nloaded            encoder.layer3.1.conv1.weight", "\nmissing           segmentation_head.0.bias", "\nnot used          fc.weight"})
      QVERIFY2(told.find(line) != std::string::npos, line);
    r.initialWeights = "resnet99";
    EXPECT_ERROR(record.run(source, with(r)), ErrorCode::notFound);
    r.initialWeights = path("vgg16.pth").string();
    EXPECT_ERROR(record.run(source, with(r)), ErrorCode::invalidInput);
  }

  void reportsWhatDoesNotFit() {
    const auto from = make("resnet18_unet", 4), to = make("resnet18_unet", 7);
    TensorSet set = intarsia::stateOf(*from);
    std::erase_if(set.tensors, [](const auto& t) { return t.name == "encoder.bn1.weight"; });
    set.tensors.push_back({"optimizer.rate", TensorType::f32, {1}, std::vector<std::byte>(4)});
    EXPECT_OK(writeTensorSet(path("w"), set));
    const auto before = stateOf(*to, "segmentation_head.0.weight").clone();
    const auto report = loadWeights(*to, WeightFile::open(path("w")).value());
    EXPECT_OK(report);
    QCOMPARE(report->missing, std::vector<std::string>{"encoder.bn1.weight"});
    QCOMPARE(report->surplus, std::vector<std::string>{"optimizer.rate"});
    QCOMPARE(report->mismatched.size(), 2u);
    QVERIFY2(report->summary().find("segmentation_head.0.weight: theirs 4×16×3×3, ours 7×16×3×3") != std::string::npos, report->summary().c_str());
    QVERIFY(torch::equal(before, stateOf(*to, "segmentation_head.0.weight")));
    QVERIFY(torch::equal(stateOf(*from, "encoder.conv1.weight"), stateOf(*to, "encoder.conv1.weight")));
    EXPECT_OK(writeTensorSet(path("w"), {{{"a", TensorType::f32, {1}, std::vector<std::byte>(4)}}, {}}));
    EXPECT_ERROR(loadWeights(*to, WeightFile::open(path("w")).value()), ErrorCode::invalidInput);
  }

 private:
  fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
  QTemporaryDir m_dir;
};

INTARSIA_TEST(LoadWeightsTest)
#include "load_weights_slow_test.moc"
