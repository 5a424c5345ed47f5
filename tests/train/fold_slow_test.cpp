// SPDX-License-Identifier: GPL-3.0-or-later
// Torch before Qt: its headers use names that Qt's keywords take.
#include <torch/torch.h>

#include <QTest>

#include "tests/support/register.h"
#include "train/infer/torch_model.h"

using namespace intarsia;

class FoldTest : public QObject {
  Q_OBJECT
 private slots:
  /// Folding batch norm into the convolutions changes no number beyond rounding.
  void foldedIsUnfolded_data() {
    QTest::addColumn<QString>("network");
    for (const auto& info : networks()) QTest::newRow(std::string(info.id).c_str()) << QString::fromStdString(std::string(info.id));
  }
  void foldedIsUnfolded() {
    QFETCH(QString, network);
    ModelInfo info;
    info.network = network.toStdString();
    info.baseWidth = 8;
    info.depth = 2;
    for (const char* name : {"a", "b", "c"}) (void)info.classes.add(name);
    torch::manual_seed(5);
    auto net = *makeNetwork(info);
    torch::NoGradGuard noGrad;
    for (auto& buffer : net->named_buffers())
      if (buffer.key().find("running_mean") != std::string::npos) buffer.value().uniform_(-0.2, 0.2);
      else if (buffer.key().find("running_var") != std::string::npos) buffer.value().uniform_(0.5, 2);
    net->eval();
    const torch::Tensor x = torch::randn({1, 3, 96, 64}).contiguous(at::MemoryFormat::ChannelsLast);
    const torch::Tensor before = net->forward(x).clone();
    net->fold(torch::kFloat);
    const double difference = (net->forward(x) - before).abs().max().item<double>() / std::max(1.0, before.abs().max().item<double>());
    QVERIFY2(difference <= 1e-4, std::to_string(difference).c_str());
  }
};

INTARSIA_TEST(FoldTest)
#include "fold_slow_test.moc"
