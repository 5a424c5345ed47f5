// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/model_info.h"

#include <QTemporaryDir>
#include <QTest>

#include "core/base/atomic_file.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

class ModelInfoTest : public QObject {
  Q_OBJECT
 private slots:
  void jsonComesBack();
  void wrongCardsAreRefused_data();
  void wrongCardsAreRefused();
  void modelsAreFound();
};

static ModelInfo someInfo() {
  ModelInfo info;
  info.network = "resnet18_unet";
  (void)info.classes.add("road");
  (void)info.classes.add("void", Color{1, 2, 3}, true);
  info.size = {480, 360};
  info.decoder = {256, 128, 64, 32, 16};
  info.meanIoU = 0.5;
  info.classIoU = {0.5, std::nullopt};
  info.step = 1234;
  return info;
}

void ModelInfoTest::jsonComesBack() {
  const auto info = someInfo();
  const auto back = ModelInfo::fromJson(info.toJson(), "model.json");
  QVERIFY2(back, back ? "" : back.error().message().c_str());
  QCOMPARE(back->toJson(), info.toJson());
  QVERIFY(back->classes == info.classes && back->classIoU == info.classIoU && back->mean == info.mean && back->size == info.size && back->decoder == info.decoder);
}

void ModelInfoTest::wrongCardsAreRefused_data() {
  QTest::addColumn<QByteArray>("from");
  QTest::addColumn<QByteArray>("to");
  QTest::newRow("format") << QByteArray("intarsia-model") << QByteArray("other");
  QTest::newRow("version") << QByteArray("\"version\": 1") << QByteArray("\"version\": 2");
  QTest::newRow("deviation") << QByteArray("0.229") << QByteArray("0.0");
  QTest::newRow("size") << QByteArray("480") << QByteArray("-480");
  QTest::newRow("classes") << QByteArray("#") << QByteArray("!");
  QTest::newRow("width") << QByteArray("\"baseWidth\": 32") << QByteArray("\"baseWidth\": 1e9");
  QTest::newRow("decoder") << QByteArray("256,") << QByteArray("2,");
  QTest::newRow("early U-Net") << QByteArray("\"network\": \"resnet18_unet\"") << QByteArray("\"network\": \"unet\"");
  QTest::newRow("cut") << QByteArray("}\n") << QByteArray("");
}

void ModelInfoTest::wrongCardsAreRefused() {
  QFETCH(QByteArray, from);
  QFETCH(QByteArray, to);
  std::string text = someInfo().toJson();
  const size_t at = text.rfind(from.toStdString());
  QVERIFY(at != std::string::npos);
  text.replace(at, size_t(from.size()), to.toStdString());
  if (const size_t path = text.find("\"upPath\""); QByteArray(QTest::currentDataTag()) == "early U-Net")
    text.erase(path, text.find('\n', path) - path);
  const auto parsed = ModelInfo::fromJson(text, "folder/model.json");
  QVERIFY(!parsed);
  QVERIFY2(parsed.error().message().find("folder/model.json") != std::string::npos, parsed.error().message().c_str());
}

void ModelInfoTest::modelsAreFound() {
  QTemporaryDir dir;
  const fs::path folder = dir.path().toStdString();
  QVERIFY(!findModel(folder));
  QVERIFY(writeFileAtomically(folder / "model.safetensors", "x"));
  QVERIFY(!findModel(folder / "model.safetensors"));
  QVERIFY(someInfo().write(folder / "model.json"));
  QCOMPARE(findModel(folder)->weights, folder / "model.safetensors");
  QCOMPARE(findModel(folder / "model.safetensors")->info, folder / "model.json");
  QVERIFY(writeFileAtomically(folder / "best.safetensors", "x"));
  QCOMPARE(findModel(folder)->weights, folder / "best.safetensors");
}

INTARSIA_TEST(ModelInfoTest)
#include "model_info_test.moc"
