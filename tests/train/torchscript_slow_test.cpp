// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/torch.h>
#define QT_NO_KEYWORDS
#include "train/io/torchscript.h"

#include <QTemporaryDir>
#include <QTest>

#include "core/base/atomic_file.h"
#include "core/base/subprocess.h"
#include "tests/support/register.h"
#include "train/api/safetensors.h"
#include "train/io/tensors.h"

using namespace intarsia;
namespace fs = std::filesystem;

class TorchscriptTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void stateComesBack();
  void wrongStatesAreNamed();
  void pythonGivesTheSameLogits_data();
  void pythonGivesTheSameLogits();
};

static std::shared_ptr<Network> someNetwork(const std::string& id, int seed) {
  torch::manual_seed(seed);
  auto network = *makeNetwork(id, {.outputs = 5, .baseWidth = 8, .depth = 3});
  torch::NoGradGuard noGrad;
  for (auto& buffer : network->named_buffers())  // as after training, not the initial 0 and 1
    if (buffer.value().is_floating_point()) buffer.value().uniform_(0.2, 1.5);
  network->eval();
  return network;
}

void TorchscriptTest::stateComesBack() {
  const auto one = someNetwork("resnet18_unet", 1), other = someNetwork("resnet18_unet", 2);
  QVERIFY(loadState(*other, stateOf(*one)));
  torch::NoGradGuard noGrad;
  const auto x = torch::randn({1, 3, 64, 64});
  QVERIFY(torch::equal(one->forward(x), other->forward(x)));
  const auto state = stateOf(*one);
  QVERIFY(state.find("encoder.layer1.0.bn1.running_mean"));
  QVERIFY(state.find("encoder.bn1.num_batches_tracked"));
}

void TorchscriptTest::wrongStatesAreNamed() {
  const auto network = someNetwork("unet", 1);
  const auto good = stateOf(*network);
  auto state = good;
  state.tensors[3].shape.push_back(1);
  auto result = loadState(*network, state);
  QVERIFY(!result && result.error().message().find(good.tensors[3].name) != std::string::npos);
  state = good;
  state.tensors.pop_back();
  result = loadState(*network, state);
  QVERIFY(!result && result.error().message().find(good.tensors.back().name) != std::string::npos);
  state = good;
  state.tensors.push_back({"surplus", TensorType::f32, {1}, std::vector<std::byte>(4)});
  result = loadState(*network, state);
  QVERIFY(!result && result.error().message().find("surplus") != std::string::npos);
}

void TorchscriptTest::pythonGivesTheSameLogits_data() {
  QTest::addColumn<QByteArray>("id");
  for (const auto& info : networks())
    if (info.parameters < 50'000'000) QTest::newRow(std::string(info.id).c_str()) << QByteArray(info.id.data(), int(info.id.size()));
}

void TorchscriptTest::pythonGivesTheSameLogits() {
  QFETCH(QByteArray, id);
  const auto network = someNetwork(id.toStdString(), 3);
  const auto script = toTorchScript(*network);
  QVERIFY2(script, script ? "" : script.error().message().c_str());
  QTemporaryDir dir;
  const fs::path folder = dir.path().toStdString();
  QVERIFY(writeFileAtomically(folder / "model.pt", *script));
  torch::NoGradGuard noGrad;
  TensorSet set;
  for (const auto& [height, width] : {std::pair(64, 64), std::pair(32, 128), std::pair(160, 96)}) {
    const auto x = torch::randn({2, 3, height, width});
    set.tensors.push_back(toNamed("x" + std::to_string(height), x));
    set.tensors.push_back(toNamed("y" + std::to_string(height), network->forward(x)));
  }
  QVERIFY(writeTensorSet(folder / "pairs.safetensors", set));
  const auto output = runProcess("/usr/bin/python3", {"-c", R"(
import json, struct, sys, numpy as np, torch
b = open(sys.argv[1] + '/pairs.safetensors', 'rb').read()
n = struct.unpack('<Q', b[:8])[0]
h = json.loads(b[8:8+n])
t = lambda k: torch.from_numpy(np.frombuffer(b, '<f4', offset=8+n+h[k]['data_offsets'][0], count=int(np.prod(h[k]['shape']))).reshape(h[k]['shape']).copy())
net = torch.jit.load(sys.argv[1] + '/model.pt').eval()
with torch.no_grad():
    print(max(float((net(t('x%d' % s)) - t('y%d' % s)).abs().max() / (1 + t('y%d' % s).abs().max())) for s in (64, 32, 160)))
)", folder.string()});
  if (!output || output->err.find("No module") != std::string::npos) QSKIP("python3-torch is not installed");
  QVERIFY2(output->status == 0, output->err.c_str());
  QVERIFY2(std::stod(output->out) <= 1e-5, output->out.c_str());
}

INTARSIA_TEST(TorchscriptTest)
#include "torchscript_slow_test.moc"
