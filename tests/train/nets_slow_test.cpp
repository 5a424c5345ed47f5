// SPDX-License-Identifier: GPL-3.0-or-later
#include <malloc.h>
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <climits>
#include <filesystem>
#include <set>

#include "core/base/subprocess.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"
#include "train/api/safetensors.h"
#include "train/io/tensors.h"
#include "train/loop/device.h"
#include "train/loop/weights.h"
#include "train/nets/network.h"

using namespace intarsia;
using intarsia::test::kPython;

namespace {

/// `id` may name the U-Net's up-path behind a colon.
std::shared_ptr<Network> make(const std::string& id, int outputs, int base = 32) {
  NetworkOptions options;
  if (id.ends_with(":bilinear")) options.upPath = "bilinear";
  options.outputs = outputs;
  options.baseWidth = base;
  options.dropout = 0;
  return makeNetwork(id.substr(0, id.find(':')), options).value();
}

int64_t parameterCount(const Network& network) {
  int64_t n = 0;
  for (const auto& p : network.parameters()) n += p.numel();
  return n;
}

double difference(const torch::Tensor& a, const torch::Tensor& b) { return (a.to(torch::kDouble) - b.to(torch::kDouble)).abs().max().item<double>(); }

/// Relative to the largest magnitude.
double relative(const torch::Tensor& a, const torch::Tensor& b) { return difference(a, b) / (1e-12 + b.abs().max().item<double>()); }

constexpr std::string_view kResults[]{"input.", "logits.", "exact_eval_logits.", "gradient.", "exact.", "exact_after.", "after.", "sgd.", "adamw."};

/// What nets_reference.py wrote.
struct Reference {
  TensorSet all, weights;
  explicit Reference(TensorSet set) {
    for (auto& t : set.tensors) {
      const bool other = std::ranges::any_of(kResults, [&](std::string_view prefix) { return t.name.starts_with(prefix); }) || t.name.ends_with("_logits");
      (other ? all : weights).tensors.push_back(std::move(t));
    }
  }
  bool has(const std::string& name) const { return all.find(name); }
  torch::Tensor operator[](const std::string& name) const { return toTensor(*all.find(name)); }
};

/// Every n-th number of a large tensor, as nets_reference.py does.
torch::Tensor thinned(const torch::Tensor& t) {
  return t.numel() > 200000 ? t.contiguous().flatten().slice(0, 0, std::numeric_limits<int64_t>::max(), t.numel() / 100000) : t;
}

/// Nothing where Python lacks what it needs; a failure of the script ends the test.
std::optional<Reference> makeReference(const std::string& network) {
  const std::string library = qgetenv("INTARSIA_PYTHON").toStdString(), program = library.empty() ? kPython : library;
  static const bool installed = [&] {
    const auto python = runProcess(program, {"-c", "import torch, torchvision"});
    return python && python->status == 0;
  }();
  if (!installed) return std::nullopt;
  const QTemporaryDir folder;
  const std::string file = folder.filePath("reference.safetensors").toStdString();
  std::vector<std::string> arguments{INTARSIA_SOURCE_DIR "/tests/train/nets_reference.py", network, file};
  if (!library.empty()) arguments.push_back("library");
  const auto made = runProcess(program, arguments);
  if (!made || made->status != 0) qFatal("%s", made ? made->err.c_str() : "");
  return Reference(readTensorSet(file).value());
}

/// ‖a − b‖ / ‖b‖ over all parameters, a(name, parameter).
double distance(const Network& network, const Reference& reference, const std::string& to, const std::function<torch::Tensor(const std::string&, const torch::Tensor&)>& a) {
  double off = 0, size = 0;
  for (const auto& item : network.named_parameters()) {
    const auto expected = reference[to + item.key()].to(torch::kDouble);
    off += (a(item.key(), item.value()).to(torch::kDouble) - expected).square().sum().item<double>();
    size += expected.square().sum().item<double>();
  }
  return std::sqrt(off / size);
}

/// The gradient of the loss that nets_reference.py takes; its parts beside it.
struct Pass {
  torch::Tensor logits, auxiliary;
};
Pass backward(Network& network, const torch::Tensor& input) {
  network.train();
  network.zero_grad();
  const auto out = network.forward(input);
  const auto [aux, weight] = network.takeAuxiliary();
  torch::Tensor loss = out.square().mean();
  if (aux.defined()) loss = loss + weight * aux.square().mean();
  loss.backward();
  return {out.detach(), aux.defined() ? aux.detach() : aux};
}

/// Module::to() would take the counters of batches along.
void convert(Network& network, torch::ScalarType type) {
  torch::NoGradGuard noGrad;
  for (auto& p : network.parameters()) {
    p.mutable_grad().reset();
    p.set_data(p.to(type));
  }
  for (auto& b : network.buffers())
    if (b.is_floating_point()) b.set_data(b.to(type));
}

/// In double precision rounding explains nothing: forward in both modes, each gradient and each running statistic are PyTorch's.
void compareExactly(Network& network, const Reference& reference) {
  constexpr double kExact = 1e-10;  // found: below 1e-14
  convert(network, torch::kDouble);
  const auto input = reference["input.1"].to(torch::kDouble);
  double most = 0;
  const auto same = [&](double off, const std::string& what) {
    most = std::max(most, off);
    QVERIFY2(off <= kExact, qPrintable(QStringLiteral("%1 is off by %2").arg(QString::fromStdString(what)).arg(off)));
  };
  {
    torch::NoGradGuard noGrad;
    network.eval();
    same(relative(network.forward(input), reference["exact_eval_logits.1"]), "the answer");
  }
  const Pass ours = backward(network, input);
  QCOMPARE(ours.auxiliary.defined(), reference.has("exact_aux_logits"));
  same(relative(ours.logits, reference["exact_logits"]), "the answer in training mode");
  if (ours.auxiliary.defined()) same(relative(ours.auxiliary, reference["exact_aux_logits"]), "the second head's answer");
  double all = 0;
  for (const auto& item : network.named_parameters()) all += reference["exact." + item.key()].square().sum().item<double>();
  for (const auto& item : network.named_parameters()) {  // those that should be 0 are rounding of the whole
    const auto exact = reference["exact." + item.key()];
    same((thinned(item.value().grad()) - exact).norm().item<double>() / (exact.norm().item<double>() + 1e-6 * std::sqrt(all)), "the gradient of " + item.key());
  }
  for (const auto& item : network.named_buffers()) same(relative(item.value(), reference["exact_after." + item.key()]), item.key());
  qInfo("in double precision off by %.1e at most", most);
  convert(network, torch::kFloat);
}

/// The fused kernels' path in fp32. Python's own fp32 gradients lie up to 1.3 % from the exact ones (single tensors' up to 1.5 %): a number
/// that a batch norm puts near 0 falls to the other side of a ReLU. So ours must lie as near to the exact ones as they;
/// gradientsAreExactWithoutSwitches() is strict.
void compareFused(Network& network, const torch::Tensor& input, const Reference& reference) {
  const Pass found = backward(network, input);
  const auto close = [](double ours, double theirs, double always, const char* what, double times = 4) {
    QVERIFY2(ours <= std::max(always, times * theirs), (std::string(what) + " is off by " + std::to_string(ours) + ", PyTorch's by " + std::to_string(theirs)).c_str());
  };
  const auto exact = reference["exact_logits"];
  close(relative(found.logits, exact), relative(reference["train_logits"], exact), 1e-4, "the answer");
  if (found.auxiliary.defined()) {
    const auto exactAux = reference["exact_aux_logits"];
    qInfo("second head: largest %.3g, ours off by %.1e of it, PyTorch by %.1e", exactAux.abs().max().item<double>(), relative(found.auxiliary, exactAux), relative(reference["aux_logits"], exactAux));
    close(relative(found.auxiliary, exactAux), relative(reference["aux_logits"], exactAux), 1e-4, "the second head's answer", 2);
  }
  close(distance(network, reference, "exact.", [](const std::string&, const torch::Tensor& p) { return thinned(p.grad()); }),
        distance(network, reference, "exact.", [&](const std::string& name, const torch::Tensor&) { return reference["gradient." + name]; }), 2e-2, "the gradient");
}

/// One step of our optimizers from Python's gradients against one of torch.optim's.
void compareSteps(const std::shared_ptr<Network>& network, const Reference& reference) {
  for (const bool sgd : {true, false}) {
    if (!sgd && !reference.has("adamw." + network->named_parameters().begin()->key())) continue;  // large networks: one step is enough
    QVERIFY(loadState(*network, reference.weights));
    Recipe recipe;
    recipe.optimizer = sgd ? "sgd" : "adamw";
    recipe.weightDecay = sgd ? 0 : 0.1;
    Weights weights(network, recipe);
    for (auto& item : network->named_parameters()) {
      const auto g = reference["gradient." + item.key()];
      auto whole = torch::zeros(item.value().sizes());
      if (g.numel() == whole.numel()) whole.copy_(g.view(whole.sizes()));
      else thinned(whole).copy_(g);
      item.value().mutable_grad() = whole;
    }
    QVERIFY(weights.step({.rate = 0.01}));
    const double off = distance(*network, reference, sgd ? "sgd." : "adamw.", [](const std::string&, const torch::Tensor& p) { return thinned(p.detach()); });
    qInfo("%s off by %.1e", sgd ? "SGD" : "AdamW", off);
    QVERIFY2(off <= (sgd ? 1e-8 : 3e-6), qPrintable(QString::number(off)));
  }
}

NetworkInfo infoOf(std::string_view id) {
  const auto all = networks();
  return *std::ranges::find(all, id, &NetworkInfo::id);
}

}  // namespace

class NetsTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {  // networks of 500 MB come and go: their pages stay with the process
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
  }

  void sizes() {
    QCOMPARE(parameterCount(*make("unet:bilinear", 2, 64)), 17263042);
    QCOMPARE(parameterCount(*make("unet", 2, 64)), 31037698);   // milesial/Pytorch-UNet, two classes
    // What torchvision and segmentation_models_pytorch say; the table's numbers are of twelve classes, see equalsPyTorch().
    for (const auto& [id, classes, count] : {std::tuple{"resnet50_unet", 1, 32521105}, {"deeplabv3_resnet101", 21, 60996202}, {"deeplabv3_resnet50", 21, 42004074},
                                             {"fcn_resnet50", 21, 35322218}, {"fcn_resnet101", 21, 54314346}})
      QVERIFY2(parameterCount(*make(id, classes)) == count, id);
    for (const auto& info : networks()) QVERIFY(!info.title.empty() && !info.description.empty());
    QCOMPARE(parameterCount(*make("fast", 12)), infoOf("fast").parameters);
    int64_t encoder = 0;
    const auto network = make("resnet18_unet", 3);
    for (const auto& item : network->named_parameters())
      if (item.key().starts_with("encoder.")) encoder += item.value().numel();
    QCOMPARE(encoder, 11176512);  // torchvision's resnet18 without fc
  }

  void registry() {
    std::set<std::string_view> ids;
    for (const auto& info : networks()) ids.insert(info.id);
    for (const char* id : {"unet", "resnet18_unet", "resnet34_unet", "resnet50_unet", "deeplabv3_resnet50", "deeplabv3_resnet101", "fcn_resnet50", "fcn8s_vgg16",
                           "fcn8s_vgg19", "fcn8s_vgg19_tf", "resnet34_dynamic_unet"})
      QVERIFY2(ids.contains(id), id);
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
    static const QStringList heavy{"fcn8s_vgg16", "fcn8s_vgg19", "fcn8s_vgg16_tf"};
    if (heavy.contains(id) && !qEnvironmentVariableIsSet("INTARSIA_LONG")) QSKIP("Too large for a short test: ./test --long; fcn8s_vgg19_tf is tried in any case");
    const auto network = make(id.toStdString(), 4, 8);
    for (const auto& [h, w] : {std::pair{33, 47}, {32, 65}, {3, 3}, {1, 100}, {70, 1}, {1, 1}}) {
      const std::vector<int64_t> expected{2, 4, h, w};
      network->train();  // odd sizes must also find their way back; a batch norm over two numbers may send a gradient anywhere
      network->zero_grad();
      const auto out = network->forward(torch::randn({2, 3, h, w}).contiguous(at::MemoryFormat::ChannelsLast));
      QCOMPARE(out.sizes().vec(), expected);
      out.square().mean().backward();
      for (const auto& item : network->named_parameters())
        QVERIFY2(std::min(h, w) < 32 || !item.value().grad().defined() || item.value().grad().isfinite().all().item<bool>(), item.key().c_str());
      network->eval();
      torch::NoGradGuard noGrad;
      for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast})
        QCOMPARE(network->forward(torch::randn({2, 3, h, w}).contiguous(format)).sizes().vec(), expected);
    }
  }

  void equalsPyTorch_data() {
    QTest::addColumn<QString>("id");
    for (const auto& info : networks())
      if (!info.reference.empty()) QTest::newRow(info.id.data()) << QString::fromUtf8(info.id.data(), qsizetype(info.id.size()));
    QTest::newRow("unet:bilinear") << "unet:bilinear";
  }
  void equalsPyTorch() {
    QFETCH(QString, id);
    static const QStringList heavy{"fcn8s_vgg16", "fcn8s_vgg19", "fcn8s_vgg16_tf", "fcn_resnet101"};  // their relatives are compared in any case
    if (heavy.contains(id) && !qEnvironmentVariableIsSet("INTARSIA_LONG") && !qEnvironmentVariableIsSet("INTARSIA_PYTHON"))
      QSKIP("Too large for a short test: ./test --long, tests/with-reference");
    const auto found = makeReference(id.toStdString());
    if (!found) QSKIP("python3-torch or python3-torchvision is not installed");
    const Reference& reference = *found;
    const auto network = make(id.toStdString(), 12, 8);
    if (!id.startsWith("unet")) QCOMPARE(parameterCount(*network), infoOf(id.toStdString()).parameters);
    const auto loaded = loadState(*network, reference.weights);  // the key sets are equal
    QVERIFY2(loaded, loaded ? "" : loaded.error().message().c_str());
    double most = 0;
    const int threads = torch::get_num_threads();
    torch::set_num_threads(std::min(2, computingThreads()));  // as nets_reference.py does here, so that both compute alike
    for (const std::string size : {".0", ".1", ".2"}) {
      torch::NoGradGuard noGrad;
      network->eval();
      const auto theirs = reference["logits" + size];
      const double off = difference(network->forward(reference["input" + size]), theirs);
      const double own = difference(theirs.to(torch::kDouble), reference["exact_eval_logits" + size]);
      QVERIFY2(off <= 1e-4, qPrintable(QStringLiteral("off by %1, PyTorch from double precision by %2").arg(off).arg(own)));
      most = std::max(most, off);
    }
    torch::set_num_threads(threads);
    qInfo("in fp32 off by %.1e at most", most);
    compareExactly(*network, reference);
    const auto input = reference["input.1"];
    for (const auto format : {at::MemoryFormat::ChannelsLast, at::MemoryFormat::Contiguous}) {
      if (format == at::MemoryFormat::Contiguous && parameterCount(*network) > 20'000'000) break;
      QVERIFY(loadState(*network, reference.weights));
      compareFused(*network, input.contiguous(format), reference);
      for (const auto& item : network->named_buffers()) QVERIFY(relative(item.value(), reference["after." + item.key()]) <= 1e-3);
    }
    compareSteps(network, reference);
    torch::NoGradGuard noGrad;
    QVERIFY(loadState(*network, reference.weights));
    network->fold(torch::kFloat);
    QVERIFY(relative(network->forward(input.contiguous(at::MemoryFormat::ChannelsLast)), reference["logits.1"]) <= 1e-4);
  }

  /// Where no ReLU can switch, each single gradient of the fused kernels is exact: what differs elsewhere is the switching.
  void gradientsAreExactWithoutSwitches() {
    const auto reference = makeReference("resnet34_unet:open");
    if (!reference) QSKIP("python3-torch or python3-torchvision is not installed");
    const auto network = make("resnet34_unet", 12);
    QVERIFY(loadState(*network, reference->weights));
    network->train();
    const auto out = network->forward((*reference)["input.1"].contiguous(at::MemoryFormat::ChannelsLast));
    out.square().mean().backward();
    for (const auto& item : network->named_parameters()) {
      const auto exact = (*reference)["exact." + item.key()];
      const double off = (thinned(item.value().grad()) - exact).norm().item<double>(), size = exact.norm().item<double>(),
                   theirs = ((*reference)["gradient." + item.key()] - exact).norm().item<double>();
      QVERIFY2(off <= 1e-4 * size + 4 * theirs, (item.key() + " is off by " + std::to_string(off / size) + ", PyTorch's by " + std::to_string(theirs / size)).c_str());
    }
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
