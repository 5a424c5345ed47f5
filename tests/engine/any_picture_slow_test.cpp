// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of every kind and size, and few or many classes, through the whole of it: import, training, prediction, export.
#include <QTemporaryDir>
#include <QTest>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/subprocess.h"
#include "tests/engine/tiny_run.h"
#include "tests/support/register.h"
#include "train/api/engine_client.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

/// tinySample() in other channels and bits.
Image inOtherForm(const Image& rgb, int channels, int bits) {
  Image out{rgb.width, rgb.height, channels, bits, {}};
  for (size_t p = 0; p < size_t(rgb.width) * size_t(rgb.height); ++p)
    for (int c = 0; c < channels; ++c) {
      const uint16_t value = c == 3 ? 255 : rgb.bytes[p * 3 + size_t(c)];
      const uint16_t stored = bits == 16 ? uint16_t(value * 257) : value;
      const auto* bytes = reinterpret_cast<const uint8_t*>(&stored);
      out.bytes.insert(out.bytes.end(), bytes, bytes + bits / 8);
    }
  return out;
}

}  // namespace

class AnyPictureTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    const auto engine = findEngine();
    QVERIFY2(engine, engine ? "" : engine.error().message().c_str());
    m_cli = engine->parent_path() / "intarsia-cli";
    if (!fs::exists(m_cli)) QSKIP("intarsia-cli is not built");
  }

  void wholePath_data() {
    QTest::addColumn<int>("channels");
    QTest::addColumn<int>("bits");
    QTest::addColumn<QList<QSize>>("sizes");  // of the pictures, in turn
    QTest::addColumn<int>("classes");
    QTest::addColumn<double>("accuracy");     // of the prediction at least
    const QSize usual(96, 64);
    QTest::newRow("grey 8") << 1 << 8 << QList{usual} << 2 << 0.9;
    QTest::newRow("grey 16") << 1 << 16 << QList{usual} << 2 << 0.9;
    QTest::newRow("RGBA") << 4 << 8 << QList{usual} << 2 << 0.9;
    QTest::newRow("mixed sizes") << 3 << 8 << QList{usual, QSize(33, 150), QSize(301, 47), QSize(64, 64)} << 2 << 0.8;
    QTest::newRow("1000×1") << 3 << 8 << QList{QSize(1000, 1)} << 2 << 0.;
    QTest::newRow("1×1000 and 3×3") << 3 << 16 << QList{QSize(1, 1000), QSize(3, 3)} << 2 << 0.;
    QTest::newRow("300 classes") << 3 << 8 << QList{usual} << 300 << 0.;
  }

  void wholePath() {
    QFETCH(int, channels);
    QFETCH(int, bits);
    QFETCH(QList<QSize>, sizes);
    QFETCH(int, classes);
    QFETCH(double, accuracy);
    const fs::path folder = fs::path(m_dir.path().toStdString()) / QTest::currentDataTag(), project = folder / "project";
    fs::create_directories(folder / "images");
    fs::create_directories(folder / "labels");
    ClassTable table;
    for (int c = 0; c < classes; ++c) (void)table.add("class " + std::to_string(c));
    std::vector<Sample> samples;
    for (int i = 0; i < 8; ++i) {
      const QSize size = sizes[i % sizes.size()];
      Sample s = test::tinySample(i, {size.width(), size.height()});
      for (uint16_t& label : s.labels.pixels())
        if (label) label = uint16_t(classes - 1);
      if (size.width() < 4) s.labels.set(0, 0, 0);  // tinySample() has no room for its line
      const std::string name = std::to_string(i) + ".png";
      QVERIFY(writePng(folder / "images" / name, inOtherForm(s.image, channels, bits)));
      QVERIFY(writeLabelPng(folder / "labels" / name, s.labels, table));
      samples.push_back(std::move(s));
    }
    run({"import", (folder / "labels").string(), "--images", (folder / "images").string(), "--project", project.string()});
    run({"train", project.string(), "--run", "run", "--epochs", accuracy > 0 ? "60" : "1", "--device", "cpu", "--set", "network=unet", "--set", "baseWidth=4", "--set", "depth=2",
         "--set", "batch=2", "--set", "size=96x64"});
    const fs::path model = project / "intarsia" / "runs" / "run";
    std::vector<std::string> predict{"predict", model.string(), "--out", (folder / "answers").string()};
    for (int i = 0; i < 8; ++i) predict.push_back((folder / "images" / (std::to_string(i) + ".png")).string());
    run(predict);
    run({"export", project.string(), "--what", "model", "--format", "pth", "--out", (folder / "model").string()});
    run({"export", project.string(), "--what", "masks", "--out", (folder / "masks").string()});
    int64_t same = 0, all = 0;
    for (int i = 0; i < 8; ++i) {
      const auto answer = readLabelPng(folder / "answers" / (std::to_string(i) + ".png"));
      QVERIFY2(answer, answer ? "" : answer.error().message().c_str());
      const LabelMap& truth = samples[size_t(i)].labels;
      QVERIFY(answer->size() == truth.size());
      const auto mask = readLabelPng(folder / "masks" / (std::to_string(i) + ".png"));
      QVERIFY(mask && *mask == truth);
      for (size_t p = 0; p < truth.pixels().size(); ++p) same += answer->pixels()[p] == truth.pixels()[p], ++all;
    }
    QVERIFY2(double(same) >= accuracy * double(all), std::to_string(double(same) / double(all)).c_str());
    QVERIFY(fs::exists(folder / "model" / "model.pth"));
  }

 private:
  void run(const std::vector<std::string>& arguments) {
    const auto done = runProcess(m_cli, arguments);
    QVERIFY2(done && done->status == 0, done ? (arguments[0] + ": " + done->err).c_str() : done.error().message().c_str());
  }
  QTemporaryDir m_dir;
  fs::path m_cli;
};

INTARSIA_TEST(AnyPictureTest)
#include "any_picture_slow_test.moc"
