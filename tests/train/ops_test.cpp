// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/torch.h>

#include <QTest>

#include "tests/support/register.h"
#include "train/nets/ops.h"
#include "train/nets/winograd.h"

using namespace intarsia;
using torch::Tensor;

namespace {

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

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

  /// A 3×3 convolution and its gradients by Winograd's form are off from double precision by a few times what a plain
  /// one is.
  void winograd() {
    if (!winogradFits(torch::zeros({1, 16, 32, 32}).contiguous(kLast), torch::zeros({16, 16, 3, 3}).contiguous(kLast),
                      1))
      QSKIP("It wants AVX2 or AVX-512");
    struct Case {
      int64_t images, in, out, height, width, padding;
      bool biased;
    };
    for (const Case& c : {Case{2, 16, 32, 13, 17, 1, false},
                          {1, 32, 16, 5, 4, 0, true},
                          {1, 16, 16, 6, 9, 2, true},
                          {3, 64, 48, 1, 1, 1, false},
                          {1, 16, 16, 3, 3, 0, false},
                          {1, 304, 16, 20, 41, 1, true},
                          {5, 16, 80, 31, 26, 1, false}}) {
      const Tensor image = torch::randn({c.images, c.in, c.height, c.width}).relu().contiguous(kLast),
                   weight = (torch::randn({c.out, c.in, 3, 3}) / std::sqrt(4.5 * double(c.in))).contiguous(kLast);
      const Tensor bias = torch::randn({c.out});
      Tensor answer;
      const auto run = [&](torch::ScalarType type, auto&& convolve) {
        const Tensor x = image.to(type).clone().requires_grad_(), w = weight.to(type).clone().requires_grad_(),
                     b = bias.to(type).clone().requires_grad_(c.biased);
        const Tensor y = convolve(x, w, c.biased ? b : Tensor());
        if (!answer.defined()) answer = torch::randn(y.sizes()).contiguous(kLast);
        y.backward(answer.to(type));
        std::vector<Tensor> all{y.detach(), x.grad(), w.grad()};
        if (c.biased) all.push_back(b.grad());
        return all;
      };
      const auto plain = [&](const Tensor& x, const Tensor& w, const Tensor& b) {
        return at::conv2d(x, w, b, 1, c.padding);
      };
      const auto exact = run(torch::kDouble, plain), torchs = run(torch::kFloat, plain);
      const auto ours = run(torch::kFloat, [&](const Tensor& x, const Tensor& w, const Tensor& b) {
        return winogradConv(x, w, b, c.padding);
      });
      const auto off = [](const Tensor& found, const Tensor& is) {
        return ((found.to(torch::kDouble) - is).norm() / is.norm()).item<double>();
      };
      for (size_t i = 0; i < exact.size(); ++i) {
        QCOMPARE(ours[i].sizes().vec(), exact[i].sizes().vec());
        const double found = off(ours[i], exact[i]), least = off(torchs[i], exact[i]);
        QVERIFY2(found <= 8 * least + 1e-6,
                 qPrintable(QString("%1 of %2→%3: %4, PyTorch %5").arg(i).arg(c.in).arg(c.out).arg(found).arg(least)));
      }
      torch::NoGradGuard noGrad;
      const Tensor relu = winogradConv(image, winogradFilters(weight), bias, c.padding, true);
      QVERIFY(off(relu,
                  at::conv2d(image.to(torch::kDouble), weight.to(torch::kDouble), bias.to(torch::kDouble), 1, c.padding)
                      .relu()) <= 3e-6);
    }
  }

  /// The number of threads changes nothing, and a number that is not finite stays one.
  void winogradRepeats() {
    const Tensor x = torch::randn({3, 64, 37, 51}).contiguous(kLast),
                 w = torch::randn({32, 64, 3, 3}).contiguous(kLast);
    if (!winogradFits(x, w, 1)) QSKIP("It wants AVX2 or AVX-512");
    const int before = torch::get_num_threads();
    std::vector<Tensor> results;
    for (const int threads : {1, 2, 5}) {
      torch::set_num_threads(threads);
      const Tensor a = x.clone().requires_grad_(), b = w.clone().requires_grad_();
      const Tensor y = winogradConv(a, b, {}, 1);
      y.backward(y.detach().sin());
      for (const Tensor& t : {y.detach(), a.grad(), b.grad()}) results.push_back(t);
    }
    torch::set_num_threads(before);
    for (size_t i = 3; i < results.size(); ++i) QVERIFY(torch::equal(results[i], results[i % 3]));
    Tensor broken = x.clone();
    broken[1][7][20][30] = std::numeric_limits<float>::quiet_NaN();
    QVERIFY(winogradConv(broken, w, {}, 1).isnan().any().item<bool>());
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
