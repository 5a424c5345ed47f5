// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/known_weights.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/subprocess.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

class KnownWeightsTest : public QObject {
  Q_OBJECT
 private slots:
  void tableIsSound() {
    std::set<std::string_view> ids;
    for (const auto& known : knownWeights()) {
      QVERIFY(ids.insert(known.id).second);
      const std::string sum = known.sha256();
      QVERIFY2(sum.size() == 8 && std::ranges::all_of(sum, [](char c) { return std::isxdigit(uint8_t(c)); }), sum.c_str());
      QVERIFY(known.megabytes > 10 && known.url().ends_with(known.file) && !known.networks.empty());
    }
  }

  /// torchvision's own table has the same addresses.
  void torchvisionSaysTheSame() {
    const auto found = runProcess(intarsia::test::kPython, {"-c", R"(
import torchvision.models as m
for module in (m.resnet, m.vgg, m.segmentation.fcn, m.segmentation.deeplabv3):
    for name in dir(module):
        if name.endswith('_Weights'):
            for w in getattr(module, name): print(w.url)
)"});
    if (!found || found->status != 0) QSKIP("python3-torchvision is not installed");
    for (const auto& known : knownWeights()) QVERIFY2(found->out.find(known.url() + "\n") != std::string::npos, known.url().c_str());
  }

  void foundWhereTheyLie() {
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    qputenv("INTARSIA_WEIGHTS", (folder / "ours").c_str());
    qputenv("TORCH_HOME", (folder / "torch").c_str());
    QCOMPARE(weightsFolder(), folder / "ours");
    const auto absent = findWeights("resnet34");
    EXPECT_ERROR(absent, ErrorCode::notFound);
    for (const char* word : {"weights download resnet34", "resnet34-b627a593.pth", "ours"})
      QVERIFY2(absent.error().message().find(word) != std::string::npos, absent.error().message().c_str());
    EXPECT_ERROR(findWeights("resnet35"), ErrorCode::notFound);
    fs::create_directories(folder / "torch/hub/checkpoints");
    QVERIFY(writeFileAtomically(folder / "torch/hub/checkpoints/resnet34-b627a593.pth", "x"));
    QCOMPARE(findWeights("resnet34").value(), folder / "torch/hub/checkpoints/resnet34-b627a593.pth");
    fs::create_directories(folder / "ours");
    QVERIFY(writeFileAtomically(folder / "ours/resnet34-b627a593.pth", "x"));
    QCOMPARE(findWeights("resnet34").value(), folder / "ours/resnet34-b627a593.pth");
    QCOMPARE(findWeights((folder / "ours/resnet34-b627a593.pth").string()).value(), folder / "ours/resnet34-b627a593.pth");
    qunsetenv("INTARSIA_WEIGHTS");
    qunsetenv("TORCH_HOME");
  }
};

INTARSIA_TEST(KnownWeightsTest)
#include "known_weights_test.moc"
