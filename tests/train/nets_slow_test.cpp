// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <set>

#include "core/base/subprocess.h"
#include "tests/support/register.h"
#include "train/api/safetensors.h"
#include "train/io/tensors.h"
#include "train/nets/network.h"

using namespace intarsia;

namespace {

std::shared_ptr<Network> make(const std::string& id, int outputs, int base = 32) {
  NetworkOptions options;
  options.outputs = outputs;
  options.baseWidth = base;
  return makeNetwork(id, options).value();
}

int64_t parameterCount(const Network& network) {
  int64_t n = 0;
  for (const auto& p : network.parameters()) n += p.numel();
  return n;
}

double difference(const torch::Tensor& a, const torch::Tensor& b) { return (a.to(torch::kFloat) - b.to(torch::kFloat)).abs().max().item<double>(); }

/// Relative to the largest magnitude.
double relative(const torch::Tensor& a, const torch::Tensor& b) { return difference(a, b) / (1e-12 + b.abs().max().item<double>()); }

}  // namespace

class NetsTest : public QObject {
  Q_OBJECT
 private slots:
  void sizes() {
    QCOMPARE(parameterCount(*make("unet", 2, 64)), 31037698);   // milesial/Pytorch-UNet, two classes
    QCOMPARE(parameterCount(*make("resnet34_unet", 12)), 24437964);  // segmentation_models_pytorch, twelve classes
    int64_t encoder = 0;
    const auto network = make("resnet18_unet", 3);
    for (const auto& item : network->named_parameters())
      if (item.key().starts_with("encoder.")) encoder += item.value().numel();
    QCOMPARE(encoder, 11176512);  // torchvision's resnet18 without fc
  }

  void registry() {
    std::set<std::string_view> ids;
    for (const auto& info : networks()) ids.insert(info.id);
    QCOMPARE(ids, (std::set<std::string_view>{"resnet18_unet", "resnet34_unet", "unet"}));
    const auto unknown = makeNetwork("vgg", {});
    QVERIFY(!unknown && unknown.error().message().find("resnet18_unet") != std::string::npos);
    NetworkOptions wrong;
    wrong.decoder = {1, 2};
    QVERIFY(!makeNetwork("resnet18_unet", wrong));
    wrong.baseWidth = 1;
    QVERIFY(!makeNetwork("unet", wrong));
  }

  void anySize_data() {
    QTest::addColumn<QString>("id");
    for (const auto& info : networks()) QTest::newRow(info.id.data()) << QString::fromUtf8(info.id.data(), qsizetype(info.id.size()));
  }
  void anySize() {
    QFETCH(QString, id);
    const auto network = make(id.toStdString(), 4, 8);
    network->eval();
    torch::NoGradGuard noGrad;
    for (const auto& [h, w] : {std::pair{33, 47}, {180, 240}, {32, 65}}) QCOMPARE(network->forward(torch::randn({1, 3, h, w})).sizes().vec(), (std::vector<int64_t>{1, 4, h, w}));
  }

  void equalsPyTorch_data() {
    QTest::addColumn<QString>("id");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    for (const auto& [w, h] : {std::pair{64, 64}, {96, 80}, {83, 61}})
      for (const char* id : {"unet", "resnet18_unet", "resnet34_unet"}) QTest::addRow("%s %dx%d", id, w, h) << id << w << h;
  }
  void equalsPyTorch() {
    QFETCH(QString, id);
    QFETCH(int, width);
    QFETCH(int, height);
    const auto python = runProcess("/usr/bin/python3", {"-c", "import torch, torchvision"});
    if (!python || python->status != 0) QSKIP("python3-torch or python3-torchvision is not installed");
    QTemporaryDir folder;
    const std::string file = folder.filePath("reference.safetensors").toStdString();
    const auto made = runProcess("/usr/bin/python3", {INTARSIA_SOURCE_DIR "/tests/train/nets_reference.py", id.toStdString(), std::to_string(width), std::to_string(height), file});
    QVERIFY2(made && made->status == 0, made ? made->err.c_str() : "");
    TensorSet all = readTensorSet(file).value(), weights;
    const auto reference = [&](const std::string& name) { return toTensor(*all.find(name)); };
    for (const auto& t : all.tensors)
      if (t.name != "input" && !t.name.ends_with("logits") && !t.name.starts_with("gradient.") && !t.name.starts_with("after.")) weights.tensors.push_back(t);
    const auto network = make(id.toStdString(), 5, 8);
    const auto loaded = loadState(*network, weights);  // the key sets are equal
    QVERIFY2(loaded, loaded ? "" : loaded.error().message().c_str());
    const auto input = reference("input");
    {
      torch::NoGradGuard noGrad;
      network->eval();
      QVERIFY(difference(network->forward(input), reference("logits")) <= 1e-4);
    }
    for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
      QVERIFY(loadState(*network, weights));
      network->train();
      network->zero_grad();
      const auto out = network->forward(input.contiguous(format));
      QVERIFY(difference(out, reference("train_logits")) <= 1e-4);
      out.square().mean().backward();
      // Single tensors differ by up to a tenth on the fused path, presumably where a ReLU's input is rounded to the other side of zero:
      // only their whole is compared here; ops_test compares each operation strictly.
      double off = 0, size = 0;
      for (const auto& item : network->named_parameters()) {
        const auto expected = reference("gradient." + item.key());
        off += (item.value().grad() - expected).square().sum().item<double>();
        size += expected.square().sum().item<double>();
      }
      QVERIFY2(std::sqrt(off / size) <= 2e-2, std::to_string(std::sqrt(off / size)).c_str());
      for (const auto& item : network->named_buffers()) QVERIFY(difference(item.value(), reference("after." + item.key())) <= 1e-4);
    }
    torch::NoGradGuard noGrad;
    QVERIFY(loadState(*network, weights));
    network->fold(torch::kFloat);
    QVERIFY(difference(network->forward(input.contiguous(at::MemoryFormat::ChannelsLast)), reference("logits")) <= 2e-4);
  }

  void bf16IsClose() {
    const auto network = make("resnet18_unet", 4);
    const auto input = torch::randn({2, 3, 64, 96}).contiguous(at::MemoryFormat::ChannelsLast);
    network->train();
    const auto a = network->forward(input), b = network->forward(input.to(torch::kBFloat16));
    QCOMPARE(b.scalar_type(), torch::kBFloat16);
    QVERIFY(relative(b, a) < 0.1);
    b.square().mean().backward();
    for (const auto& p : network->parameters()) QVERIFY(p.grad().defined() && p.grad().scalar_type() == torch::kFloat);
  }
};

INTARSIA_TEST(NetsTest)
#include "nets_slow_test.moc"
