// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/torch.h>

#include <QTest>

#include "tests/support/register.h"
#include "train/nets/ops.h"

using namespace intarsia;
using torch::Tensor;

namespace {

/// Runs `f` on channels-last (fused) and on contiguous fp32 (Torch's) copies of the inputs; results and gradients must agree.
void compare(std::vector<Tensor> inputs, double tolerance, const std::function<Tensor(const std::vector<Tensor>&)>& f) {
  std::vector<Tensor> results[2];
  Tensor weight;
  for (const bool fused : {false, true}) {
    std::vector<Tensor> x;
    for (const auto& t : inputs)
      x.push_back((fused ? t.contiguous(at::MemoryFormat::ChannelsLast).clone() : t.to(torch::kFloat).clone()).requires_grad_());
    const Tensor y = f(x);
    if (!weight.defined()) weight = torch::randn(y.sizes());
    (y.to(torch::kFloat) * weight).sum().backward();
    results[fused].push_back(y);
    for (const auto& t : x) results[fused].push_back(t.grad());
  }
  for (size_t i = 0; i < results[0].size(); ++i) {
    const Tensor a = results[0][i].to(torch::kFloat), b = results[1][i].to(torch::kFloat);
    QCOMPARE(a.sizes().vec(), b.sizes().vec());
    const double off = (a - b).abs().max().item<double>() / (1e-6 + a.abs().max().item<double>());
    QVERIFY2(off <= tolerance, (std::to_string(i) + ": " + std::to_string(off)).c_str());
  }
}

}  // namespace

class OpsTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { torch::manual_seed(5); }

  void formats_data() {
    QTest::addColumn<int>("type");
    QTest::addColumn<double>("tolerance");
    QTest::newRow("fp32") << int(torch::kFloat) << 1e-5;
    QTest::newRow("bf16") << int(torch::kBFloat16) << 2e-2;
  }
  void formats() {
    QFETCH(int, type);
    QFETCH(double, tolerance);
    const auto random = [&](std::vector<int64_t> shape) { return torch::randn(shape).to(torch::ScalarType(type)); };
    for (const auto& [h, w] : {std::pair{8, 12}, {7, 9}, {33, 20}}) {
      compare({random({2, 24, h, w})}, tolerance, [](const auto& x) { return maxPool2(x[0]); });
      compare({random({2, 24, h, w}), random({2, 5, 2 * h, 2 * w})}, tolerance, [](const auto& x) { return upsampleConcat(x[0], x[1]); });
      compare({random({2, 24, h, w}), random({2, 5, 2 * h - 1, 2 * w - 1})}, tolerance, [](const auto& x) { return upsampleConcat(x[0], x[1]); });
      compare({random({2, 24, h, w})}, tolerance, [h = h, w = w](const auto& x) { return upsampleTo(x[0], 2 * h + 1, 2 * w); });
      for (const int channels : {2, 11, 16, 21})
        for (const auto& [height, width] : {std::pair{4 * h, 4 * w}, {3 * h + 2, 5 * w - 1}, {h + 1, w}, {h - 2, w - 3}})
          compare({random({2, channels, h, w})}, tolerance, [height = height, width = width](const auto& x) { return linearTo(x[0], height, width); });
      compare({random({2, 24, h, w}), random({2, 5, 2 * h, 2 * w})}, tolerance, [](const auto& x) { return shuffleConcat(x[0], x[1], Join::upFirst); });
      compare({random({2, 24, h, w}), random({2, 5, 2 * h + 1, 2 * w + 1})}, tolerance, [](const auto& x) { return shuffleConcat(x[0], x[1], Join::upFirst); });
      compare({random({2, 24, h, w}), random({2, 5, 2 * h - 1, 2 * w - 1})}, tolerance, [](const auto& x) { return shuffleConcat(x[0], x[1], Join::skipFirst); });
    }
  }

  /// Statistics are as good as fp32 can tell them, however far the mean lies from 0: networks of a hundred batch norms add up their errors.
  void statisticsAreExact() {
    for (const double mean : {0., 5., 100.}) {
      const Tensor x = (torch::randn({2, 300, 64, 48}) + mean).contiguous(at::MemoryFormat::ChannelsLast);
      torch::nn::BatchNorm2d norm(torch::nn::BatchNorm2dOptions(300).momentum(1));
      normalise(x, *norm, true, {});
      const Tensor exact = x.to(torch::kDouble);
      const Tensor average = exact.mean({0, 2, 3}), variance = exact.var({0, 2, 3}, true);
      const double off = ((norm->running_var - variance) / variance).abs().max().item<double>(),
                   away = (norm->running_mean - average).abs().max().item<double>();
      QVERIFY2(off <= 2e-7, std::to_string(1e6 * off).c_str());
      QVERIFY2(away <= 1e-7 * (1 + mean), std::to_string(1e6 * away).c_str());
    }
  }

  void normalisation() {
    for (const bool relu : {false, true})
      for (const bool residual : {false, true}) {
        torch::nn::BatchNorm2d norms[2] = {torch::nn::BatchNorm2d(24), torch::nn::BatchNorm2d(24)};
        int turn = 0;
        std::vector<Tensor> x;
        x.reserve(2);
        x.push_back(3 * torch::randn({3, 24, 40, 31}) + 2);
        if (residual) x.push_back(torch::randn({3, 24, 40, 31}));
        compare(x, 1e-4, [&](const auto& in) { return normalise(in[0], *norms[turn++], relu, residual ? in[1] : Tensor()); });
        for (const auto& item : norms[0]->named_parameters())
          QVERIFY(torch::allclose(item.value().grad(), norms[1]->named_parameters()[item.key()].grad(), 1e-3, 1e-3));
        for (const auto& item : norms[0]->named_buffers())
          QVERIFY(torch::allclose(item.value(), norms[1]->named_buffers()[item.key()], 1e-4, 1e-5));
      }
  }
};

INTARSIA_TEST(OpsTest)
#include "ops_test.moc"
