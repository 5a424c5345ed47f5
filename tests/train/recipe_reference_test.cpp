// SPDX-License-Identifier: GPL-3.0-or-later
// Losses and optimizers against PyTorch (python3-torch).
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/json.h"
#include "core/base/subprocess.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "train/loop/loss.h"
#include "train/loop/weights.h"

using namespace intarsia;
using Json = nlohmann::json;

namespace {

struct LossCase {
  std::string name;
  LossOptions options;
  std::string base;
  torch::Tensor logits, target;
};

struct OptimizerCase {
  std::string name;
  Recipe recipe;
  std::vector<double> rates, momenta;
  double spread = 1;
  bool frozen = false;
};

void write(const std::string& path, const torch::Tensor& t) {
  const torch::Tensor dense = t.contiguous();
  std::ofstream(path, std::ios::binary).write(static_cast<const char*>(dense.data_ptr()), std::streamsize(dense.nbytes()));
}

torch::Tensor read(const std::string& path, at::IntArrayRef shape) {
  torch::Tensor t = torch::empty(shape);
  std::ifstream file(path, std::ios::binary);
  file.read(static_cast<char*>(t.data_ptr()), std::streamsize(t.nbytes()));
  return file ? t : torch::Tensor();
}

std::shared_ptr<Network> smallNetwork() {
  NetworkOptions o;
  o.baseWidth = 4;
  o.depth = 1;
  return *makeNetwork("unet", o);
}

constexpr const char* kGroups = "inc down1;up1";

}  // namespace

class RecipeReferenceTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase();
  void losses_data();
  void losses();
  void optimizers_data();
  void optimizers();

 private:
  void makeLosses();
  void makeOptimizers();
  Json describeLosses() const;
  Json describeOptimizers() const;
  QTemporaryDir m_dir;
  std::string m_folder;
  std::vector<LossCase> m_losses;
  std::vector<OptimizerCase> m_optimizers;
  std::shared_ptr<Network> m_network;
  torch::Tensor m_gradients;  // step × all parameters
  Json m_values;
  std::string m_skipped;
};

void RecipeReferenceTest::makeLosses() {
  const auto add = [&](const char* name, const char* base, int classes, auto change) {
    torch::manual_seed(int64_t(m_losses.size()));
    LossCase c{name, {}, base, (2 * torch::randn({2, classes, 11, 9})).contiguous(at::MemoryFormat::ChannelsLast), torch::randint(0, classes, {2, 11, 9}, torch::kLong)};
    c.options.allowed.assign(size_t(classes), 1);
    c.options.lovaszPixels = 1 << 20;
    if (c.base == "focal") c.options.base = LossOptions::Base::focal;
    if (c.base == "bce") c.options.base = LossOptions::Base::bce;
    if (c.base == "ohem") c.options.base = LossOptions::Base::ohem;
    if (c.base == "none") c.options.base = LossOptions::Base::none;
    change(c.options);
    c.target.masked_fill_(torch::rand({2, 11, 9}) < 0.2, -100);
    for (int k = 0; k < classes; ++k)
      if (!c.options.allowed[size_t(k)]) c.target.masked_fill_(c.target == k, -100);
    c.target.masked_fill_(c.target == 4, -100);  // absent where there are so many
    m_losses.push_back(std::move(c));
  };
  const auto plain = [](LossOptions&) {};
  const auto ignored = [](LossOptions& o) { o.allowed[1] = 0; };
  const std::vector<double> weights{0.3, 2, 1, 0, 4, 0.7};
  add("ce", "ce", 6, plain);
  add("ce, ignored class", "ce", 6, ignored);
  add("ce, smoothing", "ce", 6, [](LossOptions& o) { o.labelSmoothing = 0.1; });
  add("ce, weights", "ce", 6, [&](LossOptions& o) { o.weights = weights; });
  add("ce, weights, smoothing", "ce", 6, [&](LossOptions& o) { o.weights = weights, o.labelSmoothing = 0.1; });
  add("ce + lovasz", "ce", 6, [](LossOptions& o) { o.lovasz = 0.7; });
  add("ce + lovasz, weights", "ce", 6, [&](LossOptions& o) { o.lovasz = 0.7, o.weights = weights; });
  add("dice", "none", 6, [](LossOptions& o) { o.dice = 1; });
  add("ce + dice", "ce", 6, [](LossOptions& o) { o.dice = 0.6; });
  add("ce + dice, ignored class", "ce", 6, [](LossOptions& o) { o.dice = 0.6, o.allowed[1] = 0; });
  add("focal", "focal", 6, plain);
  add("focal, gamma 0.5", "focal", 3, [](LossOptions& o) { o.focalGamma = 0.5; });
  add("bce, two classes", "bce", 2, plain);
  add("bce, ignored class", "bce", 6, ignored);
  add("ohem", "ohem", 6, plain);
  add("ohem, few below", "ohem", 6, [](LossOptions& o) { o.ohemThreshold = 0.01, o.ohemKeep = 0.3; });
}

void RecipeReferenceTest::makeOptimizers() {
  const std::vector<double> rising{0.001, 0.01, 0.02, 0.005}, constant(4, 0.9), cycled{0.95, 0.9, 0.85, 0.9};
  for (const char* optimizer : {"sgd", "adam", "adamw", "rmsprop"}) {
    const auto add = [&](const char* what, auto change, std::vector<double> momenta, double spread = 1, bool frozen = false) {
      OptimizerCase c{std::string(optimizer) + what, {}, rising, std::move(momenta), spread, frozen};
      c.recipe.optimizer = optimizer;
      c.recipe.weightDecay = 0.05;
      c.recipe.layerGroups = kGroups;
      c.recipe.beta2 = 0.98;
      c.recipe.epsilon = 1e-5;
      change(c.recipe);
      m_optimizers.push_back(c);
    };
    add("", [](Recipe&) {}, constant);
    add(", all decay, momentum cycled", [](Recipe& r) { r.decayAll = true; }, cycled);
    add(", clipped", [](Recipe& r) { r.gradientClip = 0.5; }, constant);
    add(", groups, frozen", [](Recipe& r) { r.freeze = "inc.*", r.frozenNorm = "eval"; }, constant, 100, true);
  }
}

Json RecipeReferenceTest::describeLosses() const {
  Json list = Json::array();
  for (size_t i = 0; i < m_losses.size(); ++i) {
    const auto& [name, o, base, logits, target] = m_losses[i];
    Json ignored = Json::array();
    for (size_t k = 0; k < o.allowed.size(); ++k)
      if (!o.allowed[k]) ignored.push_back(k);
    list.push_back({{"shape", logits.sizes().vec()}, {"base", base}, {"ignored", ignored}, {"weights", o.weights}, {"smoothing", o.labelSmoothing}, {"gamma", o.focalGamma},
                    {"threshold", o.ohemThreshold}, {"keep", o.ohemKeep}, {"dice", o.dice}, {"lovasz", o.lovasz}});
    write(m_folder + "/logits." + std::to_string(i), logits);
    write(m_folder + "/target." + std::to_string(i), target);
  }
  return list;
}

Json RecipeReferenceTest::describeOptimizers() const {
  Json list = Json::array();
  for (const auto& c : m_optimizers) {
    Json frozen = Json::array();
    for (const auto& p : m_network->named_parameters())
      if (c.frozen && matchesPatterns(p.key(), c.recipe.freeze)) frozen.push_back(p.key());
    const Json factors = c.spread > 1 ? Json{1 / c.spread, 1 / std::sqrt(c.spread), 1} : Json{1, 1, 1};
    list.push_back({{"optimizer", c.recipe.optimizer}, {"rates", c.rates}, {"momenta", c.momenta}, {"decay", c.recipe.weightDecay}, {"decayAll", c.recipe.decayAll},
                    {"beta2", c.recipe.beta2}, {"epsilon", c.recipe.epsilon}, {"clip", c.recipe.gradientClip}, {"factors", factors}, {"frozen", frozen}});
  }
  return list;
}

void RecipeReferenceTest::initTestCase() {
  m_folder = m_dir.path().toStdString();
  makeLosses();
  makeOptimizers();
  torch::manual_seed(5);
  m_network = smallNetwork();
  Json parameters = Json::array();
  std::vector<torch::Tensor> flat;
  for (const auto& p : m_network->named_parameters()) {
    const bool first = p.key().starts_with("inc") || p.key().starts_with("down1"), second = p.key().starts_with("up1");
    parameters.push_back({{"name", p.key()}, {"shape", p.value().sizes().vec()}, {"group", first ? 0 : second ? 1 : 2}});
    flat.push_back(p.value().detach().reshape(-1).clone());
  }
  const auto all = torch::cat(flat);
  m_gradients = 0.1 * torch::randn({4, all.size(0)});
  write(m_folder + "/parameters", all);
  write(m_folder + "/gradients", m_gradients);
  std::ofstream(m_folder + "/cases.json") << Json{{"losses", describeLosses()}, {"optimizers", describeOptimizers()}, {"parameters", parameters}}.dump();
  const auto python = runProcess(test::kPython, {INTARSIA_SOURCE_DIR "/tests/train/recipe_reference.py", m_folder});
  if (!python || python->err.find("No module") != std::string::npos) {
    m_skipped = "python3-torch is not installed";
    return;
  }
  QVERIFY2(python->status == 0, python->err.c_str());
  std::ifstream file(m_folder + "/values.json");
  m_values = Json::parse(file);
}

void RecipeReferenceTest::losses_data() {
  QTest::addColumn<int>("index");
  for (size_t i = 0; i < m_losses.size(); ++i) QTest::newRow(m_losses[i].name.c_str()) << int(i);
}

void RecipeReferenceTest::losses() {
  QFETCH(int, index);
  if (!m_skipped.empty()) QSKIP(m_skipped.c_str());
  const auto& c = m_losses[size_t(index)];
  const double expected = m_values["losses"][size_t(index)].get<double>();
  const auto gradient = read(m_folder + "/gradient." + std::to_string(index), c.logits.sizes());
  QVERIFY(gradient.defined());
  const Loss ours = segmentationLoss(c.logits, c.target, c.options, Random(1));
  QVERIFY2(std::abs(ours.value - expected) < 2e-5 * std::abs(expected), (std::to_string(ours.value) + " is not " + std::to_string(expected)).c_str());
  const double scale = gradient.abs().max().item<double>();
  QVERIFY2((ours.gradient - gradient).abs().max().item<double>() < 2e-4 * scale, std::to_string((ours.gradient - gradient).abs().max().item<double>() / scale).c_str());
}

void RecipeReferenceTest::optimizers_data() {
  QTest::addColumn<int>("index");
  for (size_t i = 0; i < m_optimizers.size(); ++i) QTest::newRow(m_optimizers[i].name.c_str()) << int(i);
}

void RecipeReferenceTest::optimizers() {
  QFETCH(int, index);
  if (!m_skipped.empty()) QSKIP(m_skipped.c_str());
  const auto& c = m_optimizers[size_t(index)];
  const auto network = smallNetwork();
  {
    torch::NoGradGuard noGrad;
    const auto from = m_network->named_parameters();
    for (auto& p : network->named_parameters()) p.value().copy_(from[p.key()]);
  }
  Weights weights(network, c.recipe);
  weights.freeze(c.frozen);
  for (int64_t k = 0; k < 4; ++k) {
    int64_t at = 0;
    for (auto& p : network->named_parameters()) {
      const int64_t n = p.value().numel();
      if (p.value().requires_grad()) p.value().mutable_grad() = m_gradients[k].slice(0, at, at + n).reshape(p.value().sizes()).clone();
      at += n;
    }
    QVERIFY(weights.step({c.rates[size_t(k)], c.spread, c.momenta[size_t(k)], 1}));
  }
  std::vector<torch::Tensor> flat;
  for (const auto& p : network->named_parameters()) flat.push_back(p.value().detach().reshape(-1));
  const auto ours = torch::cat(flat), theirs = read(m_folder + "/result." + std::to_string(index), {ours.size(0)});
  QVERIFY(theirs.defined());
  const double difference = (ours - theirs).abs().max().item<double>();
  QVERIFY2(difference < 2e-6, std::to_string(difference).c_str());
  QVERIFY((ours - torch::cat([&] {
             std::vector<torch::Tensor> before;
             for (const auto& p : m_network->named_parameters()) before.push_back(p.value().detach().reshape(-1));
             return before;
           }())).abs().max().item<double>() > 1e-3);
}

INTARSIA_TEST(RecipeReferenceTest)
#include "recipe_reference_test.moc"
