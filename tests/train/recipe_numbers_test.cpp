// SPDX-License-Identifier: GPL-3.0-or-later
// Schedules, augmentation, class weights, accumulation and the running average against PyTorch's own operations.
#include <torch/torch.h>

#include <QTest>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/base/json.h"
#include "core/base/subprocess.h"
#include "core/media/decode.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "train/api/recipe_presets.h"
#include "train/api/augment.h"
#include "train/data/class_statistics.h"
#include "train/loop/schedule.h"
#include "train/loop/weights.h"

using namespace intarsia;
namespace F = torch::nn::functional;

namespace {

constexpr int kWidth = 97, kHeight = 71;

/// Noise in pictures and labels: nothing is smooth by chance.
struct Noise {
  std::vector<uint8_t> rgb = std::vector<uint8_t>(size_t(kWidth) * kHeight * 3);
  std::vector<uint16_t> labels = std::vector<uint16_t>(size_t(kWidth) * kHeight);
  Noise() {
    Random random(1);
    for (auto& v : rgb) v = uint8_t(random.below(256));
    for (auto& v : labels) v = uint16_t(random.below(5));
  }
  SampleCache::Picture picture() const { return {{kWidth, kHeight}, rgb.data(), labels.data()}; }
  torch::Tensor image() const {  // 1×3×H×W
    return torch::from_blob(const_cast<uint8_t*>(rgb.data()), {1, kHeight, kWidth, 3}, torch::kByte).to(torch::kDouble).permute({0, 3, 1, 2}).contiguous();
  }
  torch::Tensor labelImage() const {
    std::vector<double> values(labels.begin(), labels.end());
    return torch::tensor(values, torch::kDouble).reshape({1, 1, kHeight, kWidth}) + 1;  // 0 = outside
  }
};

/// Output positions → source positions from −1 to 1, step by step as the fields of an Augmentation say.
torch::Tensor gridOf(const Augmentation& a, Size out) {
  const auto ramp = [](int n) { return (torch::arange(n, torch::kDouble) + 0.5) * (2.0 / n) - 1; };
  const auto y0 = ramp(out.height).reshape({-1, 1}).expand({out.height, out.width}), x0 = ramp(out.width).reshape({1, -1}).expand({out.height, out.width});
  const auto& p = a.perspective;
  const auto w = p[6] * x0 + p[7] * y0 + p[8];
  const auto x = (p[0] * x0 + p[1] * y0 + p[2]) / w * (out.width / 2.0), y = (p[3] * x0 + p[4] * y0 + p[5]) / w * (out.height / 2.0);
  const auto sx = a.linear[0] * x + a.linear[1] * y + a.offset[0], sy = a.linear[2] * x + a.linear[3] * y + a.offset[1];
  return torch::stack({sx * (2.0 / kWidth), sy * (2.0 / kHeight)}, -1).unsqueeze(0);
}

torch::Tensor sampled(const torch::Tensor& image, const torch::Tensor& grid, bool labels) {
  F::GridSampleFuncOptions options;
  options.align_corners(false);
  if (labels) options.mode(torch::kNearest).padding_mode(torch::kZeros);
  else options.mode(torch::kBilinear).padding_mode(torch::kReflection);
  return F::grid_sample(image, grid, options);
}

torch::Tensor ours(const Noise& noise, const Augmentation& a, Size out, torch::Tensor* labels = nullptr) {
  std::vector<float> rgb(size_t(out.width) * size_t(out.height) * 3);
  std::vector<uint16_t> map(rgb.size() / 3);
  sampleAugmented(noise.picture(), a, out, rgb.data(), map.data());
  if (labels) {
    std::vector<double> values;
    for (const uint16_t v : map) values.push_back(v == kUnlabelled ? 0 : v + 1);
    *labels = torch::tensor(values, torch::kDouble).reshape({1, 1, out.height, out.width});
  }
  return torch::tensor(rgb, torch::kFloat).to(torch::kDouble).reshape({1, out.height, out.width, 3}).permute({0, 3, 1, 2});
}

/// Colour of a picture from 0 to 255, by the fields.
torch::Tensor colored(torch::Tensor image, const Augmentation& a) {
  const auto m = torch::tensor(std::vector<float>(a.color.begin(), a.color.end())).to(torch::kDouble).reshape({3, 3});
  const auto shift = torch::tensor(std::vector<float>(a.shift.begin(), a.shift.end())).to(torch::kDouble).reshape({1, 3, 1, 1});
  return (torch::einsum("ij,njhw->nihw", {m, image}) + shift).clamp(0, 255);
}

double furthest(const torch::Tensor& a, const torch::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

class RecipeNumbersTest : public QObject {
  Q_OBJECT
 private slots:
  /// Everything that a recipe moves is one sampling: PyTorch's grid_sample at the composed positions, for image and labels.
  void oneSamplingOfAllMoves_data() {
    QTest::addColumn<QString>("settings");
    QTest::newRow("flips") << "flipVertical=true scaleMin=1 scaleMax=1 rotate=0";
    QTest::newRow("zoom and rotation") << "scaleMin=0.5 scaleMax=2 rotate=30";
    QTest::newRow("perspective") << "warp=0.3 scaleMin=1 scaleMax=1 rotate=0";
    QTest::newRow("all") << "warp=0.3 scaleMin=0.5 scaleMax=2 rotate=45 flipVertical=true";
    QTest::newRow("get_transforms") << "";
  }
  void oneSamplingOfAllMoves() {
    QFETCH(QString, settings);
    Recipe recipe;
    if (settings.isEmpty()) recipe = findPreset("fastai-camvid")->recipe;
    for (const auto& one : settings.split(' ', Qt::SkipEmptyParts)) EXPECT_OK(recipe.set(one.toStdString()));
    const Noise noise;
    const Size out{64, 81};
    for (uint32_t k = 0; k < 12; ++k) {
      Augmentation a = Augmentation::draw(recipe, noise.picture().size, out, Random(11, 0, k));
      a.tone.clear(), a.blur = a.noise = 0;
      torch::Tensor labels;
      const auto got = ours(noise, a, out, &labels), grid = gridOf(a, out);
      QVERIFY2(furthest(got, colored(sampled(noise.image(), grid, false), a)) < 0.05, std::to_string(k).c_str());
      const double same = (labels == sampled(noise.labelImage(), grid, true)).to(torch::kDouble).mean().item<double>();
      QVERIFY2(same > 0.999, std::to_string(same).c_str());  // positions on the edge between two pixels may fall to either side
    }
  }

  /// fastai's brightness and contrast: logit, shifted, scaled, and back (vision/transform.py).
  void lightAsInFastai() {
    Recipe recipe;
    recipe.light = "logit", recipe.contrast = 0.2, recipe.brightness = 51, recipe.saturation = 0, recipe.gamma = 0.3;
    const Noise noise;
    const Size same{kWidth, kHeight};
    for (uint32_t k = 0; k < 10; ++k) {
      const Augmentation drawn = Augmentation::draw(recipe, same, same, Random(4, 0, k));
      Augmentation a;
      a.tone = drawn.tone;
      // the three unknowns from points of the curve, then the whole picture
      const auto logit = [](double v) { return std::log(v / (1 - v)); };
      double best = 1e9, contrast = 0, brightness = 0, exponent = 0;
      for (double gamma = 1 / 1.3; gamma <= 1.3 + 1e-9; gamma += 1e-4) {
        const auto back = [&](size_t i) { return logit(std::clamp(std::pow(double(drawn.tone[i]) / 255, 1 / gamma), 1e-9, 1 - 1e-9)); };
        const double c = (back(768) - back(256)) / (logit(0.75) - logit(0.25)), b = back(512) / c;
        double worst = 0;
        for (size_t i = 64; i < 1024; i += 64) {
          const double v = double(i) / 1024;
          worst = std::max(worst, std::abs(drawn.tone[i] - 255 * std::pow(1 / (1 + std::exp(-(logit(v) + b) * c)), gamma)));
        }
        if (worst < best) best = worst, contrast = c, brightness = b, exponent = gamma;
      }
      QVERIFY2(contrast > 0.79 && contrast < 1.26 && std::abs(brightness) < logit(0.6) + 0.01, std::to_string(contrast).c_str());
      const auto x = (noise.image() / 255).clamp(1e-7, 1 - 1e-7);
      const double difference = furthest(ours(noise, a, same), 255 * torch::sigmoid((torch::logit(x) + brightness) * contrast).pow(exponent));
      QVERIFY2(difference < 0.3, std::to_string(difference).c_str());
    }
  }

  void blurIsAGaussian() {
    const Noise noise;
    Augmentation a;
    a.blur = 1.4;
    const auto got = ours(noise, a, {kWidth, kHeight});
    auto kernel = torch::exp(-torch::arange(-12, 13, torch::kDouble).square() / (2 * 1.4 * 1.4));
    kernel /= kernel.sum();
    const auto wanted = F::conv2d(noise.image(), torch::outer(kernel, kernel).reshape({1, 1, 25, 25}).repeat({3, 1, 1, 1}), F::Conv2dFuncOptions().groups(3));
    using torch::indexing::Slice;
    QVERIFY(furthest(got.index({Slice(), Slice(), Slice(12, -12), Slice(12, -12)}), wanted) < 0.5);  // it ends at three deviations
  }

  void schedulesArePyTorchs() {
    const auto python = runProcess(test::kPython, {"-c", R"(
import json, torch
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau
p = [torch.nn.Parameter(torch.zeros(1))]
def run(make, steps, values=None):
    o = torch.optim.AdamW(p, lr=0.01, betas=(0.95, 0.99))
    s = make(o)
    out = []
    for k in range(steps):
        out.append([o.param_groups[0]['lr'], o.param_groups[0]['betas'][0]])
        o.step()
        if k + 1 < steps: s.step(*([values[k]] if values else []))
    return out
losses = [3, 2, 2.1, 1.9, 1.9, 1.91, 1.9, 1.95, 2, 1.8999, 1.8, 1.8, 1.8, 1.8, 1.8, 1.8, 1.7, 1.8, 1.8, 1.8, 1.8, 1.8, 1.8, 1.8]
print(json.dumps({
  'one-cycle': run(lambda o: OneCycleLR(o, 0.01, total_steps=101, pct_start=0.25, base_momentum=0.85, max_momentum=0.95, div_factor=25, final_div_factor=1e4), 101),
  'plateau': run(lambda o: ReduceLROnPlateau(o, factor=0.3, patience=2), len(losses), losses), 'losses': losses}))
)"});
    if (!python || python->err.find("No module") != std::string::npos) QSKIP("python3-torch is not installed");
    QVERIFY2(python->status == 0, python->err.c_str());
    const auto json = parseJson(python->out);
    EXPECT_OK(json);
    Recipe r;
    r.learningRate = 0.01, r.warmup = 0.25, r.warmupShape = "cosine", r.startDivisor = 25, r.endDivisor = 25e4, r.momentum = 0.95, r.momentumLow = 0.85;
    // PyTorch's peak lies one step earlier (0.25 · 101 − 1 of 100): fastai's lies at a quarter.
    const auto& cycle = (*json)["one-cycle"];
    const double peak = 0.25 * 101 - 1;
    for (int k = 0; k <= 100; ++k) {
      const double done = k < peak ? 0.25 * k / peak : 0.25 + 0.75 * (k - peak) / (100 - peak);
      const double rate = cycle[size_t(k)][0].get<double>(), momentum = cycle[size_t(k)][1].get<double>();
      QVERIFY2(std::abs(learningRateAt(r, {}, done) - rate) < 1e-9 && std::abs(momentumAt(r, {}, done) - momentum) < 1e-9, std::to_string(k).c_str());
    }
    r.schedule = "plateau", r.warmup = 0, r.patience = 2, r.plateauFactor = 0.3;
    Plateau plateau;
    for (size_t k = 0; k < (*json)["losses"].size(); ++k) {
      const double rate = learningRateAt(r, {}, 0.5, plateau.factor), wanted = (*json)["plateau"][k][0].get<double>();
      QVERIFY2(std::abs(rate / wanted - 1) < 1e-9, (std::to_string(k) + ": " + std::to_string(rate)).c_str());
      plateau.add(r, (*json)["losses"][k].get<double>());
    }
    r.schedule = "poly", r.power = 0.9, r.endDivisor = 1e9;
    for (int k = 0; k < 100; ++k) QVERIFY(std::abs(learningRateAt(r, {}, k / 100.0) / (0.01 * std::pow(1 - k / 100.0, 0.9)) - 1) < 1e-6);
  }

  /// The median of the classes' frequencies in the pictures that show them, over each (Eigen and Fergus 2015): CamVid's, as published.
  void medianFrequencyWeights() {
    const std::vector<std::vector<int64_t>> pictures{{50, 30, 20, 0}, {10, 0, 90, 0}, {70, 30, 0, 0}};
    ClassStatistics s;
    s.pixels.assign(4, 0), s.pixelsWith.assign(4, 0);
    for (const auto& counts : pictures)
      for (size_t c = 0; c < 4; ++c)
        if (counts[c]) s.pixels[c] += counts[c], s.pixelsWith[c] += 100;
    const double f[] = {130 / 300.0, 60 / 200.0, 110 / 200.0}, median = f[0];
    const auto weights = s.medianFrequencyWeights();
    for (size_t c = 0; c < 3; ++c) QVERIFY(std::abs(weights[c] - median / f[c]) < 1e-12);
    QCOMPARE(weights[3], 0.0);
  }

  /// Gradients of k parts count as their mean; the average moves by 1 − ema per step.
  void accumulationAndAverage() {
    torch::manual_seed(2);
    NetworkOptions o;
    o.baseWidth = 4;
    o.depth = 1;
    const auto network = *makeNetwork("unet", o);
    const std::string name = "outc.conv.weight";
    const auto at = [&] { return network->named_parameters()[name]; };
    Recipe recipe;
    recipe.optimizer = "sgd", recipe.momentum = 0, recipe.weightDecay = 0, recipe.ema = 0.9;
    Weights weights(network, recipe);
    auto value = at().detach().clone().to(torch::kDouble), average = value.clone();
    for (int step = 0; step < 4; ++step) {
      torch::Tensor sum = torch::zeros_like(value);
      for (int part = 0; part < 3; ++part) {
        const auto loss = network->forward(torch::randn({1, 3, 16, 16})).square().mean();
        const auto before = at().grad().defined() ? at().grad().clone() : torch::zeros_like(at());
        loss.backward();
        sum += (at().grad() - before).to(torch::kDouble);
      }
      QVERIFY(weights.step({0.05, 1, 0, 3}));
      value -= 0.05 * sum / 3;
      QVERIFY2(furthest(at().detach().to(torch::kDouble), value) < 1e-6, std::to_string(furthest(at().detach().to(torch::kDouble), value)).c_str());
      value = at().detach().clone().to(torch::kDouble);
      const double keep = std::min(0.9, (1.0 + step + 1) / (10.0 + step + 1));
      average = keep * average + (1 - keep) * value;
    }
    TensorSet saved;
    weights.save(saved);
    const auto* kept = saved.find("ema." + name);
    QVERIFY(kept);
    const auto ema = torch::from_blob(const_cast<std::byte*>(kept->bytes.data()), at().sizes().vec(), torch::kFloat).to(torch::kDouble);
    QVERIFY2(furthest(ema, average) < 1e-5, std::to_string(furthest(ema, average)).c_str());
  }
};

INTARSIA_TEST(RecipeNumbersTest)
#include "recipe_numbers_test.moc"
