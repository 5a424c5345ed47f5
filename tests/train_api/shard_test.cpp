// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/shard.h"

#include <QTemporaryDir>
#include <QTest>
#include <fstream>

#include "core/base/random.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

class ShardTest : public QObject {
  Q_OBJECT
 private slots:
  void writtenIsRead_data();
  void writtenIsRead();
  void splitMakesSeveralFiles();
  void damageIsSeen();
  void cutWhileRead();
  void byteSizes();
  void uncommittedLeavesNothing();
};

static ClassTable table(int classes) {
  ClassTable out;
  for (int i = 0; i < classes; ++i) (void)out.add("class " + std::to_string(i));
  return out;
}

static Sample someSample(Random& random, Size image, Size labels, int channels, int bits, int classes) {
  Sample s;
  s.image = {image.width, image.height, channels, bits, {}};
  s.image.bytes.resize(s.image.rowBytes() * size_t(image.height));
  for (auto& b : s.image.bytes) b = uint8_t(random.below(256));
  s.labels = LabelMap(labels.width, labels.height);
  for (auto& v : s.labels.pixels()) v = random.below(5) == 0 ? kUnlabelled : uint16_t(random.below(classes));
  return s;
}

void ShardTest::writtenIsRead_data() {
  QTest::addColumn<int>("classes");
  QTest::addColumn<int>("bits");
  QTest::newRow("2 classes, 8 bits") << 2 << 8;
  QTest::newRow("255 classes, 8 bits") << 255 << 8;
  QTest::newRow("300 classes, 16 bits") << 300 << 16;
}

void ShardTest::writtenIsRead() {
  QFETCH(int, classes);
  QFETCH(int, bits);
  QTemporaryDir dir;
  const fs::path path = fs::path(dir.path().toStdString()) / "set.shard";
  Random random(7);
  const std::vector<Sample> samples{someSample(random, {31, 17}, {31, 17}, 3, bits, classes), someSample(random, {8, 8}, {64, 48}, 1, bits, classes)};
  auto writer = ShardWriter::open(path, table(classes));
  QVERIFY(writer);
  QVERIFY(writer->add("first.png", Split::train, samples[0].image, samples[0].labels));
  QVERIFY(writer->add("zweites Bild.png", Split::val, samples[1].image, samples[1].labels));
  const auto files = writer->commit();
  QVERIFY(files);
  QCOMPARE(files->size(), size_t(1));
  const auto source = ShardSource::open(*files);
  QVERIFY2(source, source ? "" : source.error().message().c_str());
  QCOMPARE((*source)->count(), 2);
  QVERIFY((*source)->classes() == table(classes));
  QVERIFY((*source)->split(1) == Split::val);
  QCOMPARE((*source)->name(1), std::string("zweites Bild.png"));
  for (int i = 0; i < 2; ++i) {
    const auto back = (*source)->sample(i);
    QVERIFY2(back, back ? "" : back.error().message().c_str());
    const Sample& wanted = samples[size_t(i)];
    QVERIFY(back->labels == wanted.labels);
    QVERIFY(back->image.bytes == wanted.image.bytes && back->image.size() == wanted.image.size() && back->image.bits == bits);
  }
  QVERIFY(!(*source)->image("x.png"));
}

void ShardTest::splitMakesSeveralFiles() {
  QTemporaryDir dir;
  const fs::path path = fs::path(dir.path().toStdString()) / "set.shard";
  Random random(8);
  auto writer = ShardWriter::open(path, table(3), 10'000);
  for (int i = 0; i < 7; ++i) {
    const auto s = someSample(random, {32, 32}, {32, 32}, 3, 8, 3);  // 4 kB
    QVERIFY(writer->add(std::to_string(i), Split::train, s.image, s.labels));
  }
  const auto files = writer->commit();
  QVERIFY(files);
  QCOMPARE(files->size(), size_t(4));
  QCOMPARE(files->front().filename().string(), std::string("set-00001.shard"));
  for (const auto& file : *files) QVERIFY(fs::file_size(file) < 13'000);
  const auto source = ShardSource::open(*files);
  QCOMPARE((*source)->count(), 7);
  for (int i = 0; i < 7; ++i) QCOMPARE((*source)->name(i), std::to_string(i));
}

void ShardTest::damageIsSeen() {
  QTemporaryDir dir;
  const fs::path path = fs::path(dir.path().toStdString()) / "set.shard";
  Random random(9);
  auto writer = ShardWriter::open(path, table(3));
  const auto s = someSample(random, {20, 20}, {20, 20}, 3, 8, 3);
  QVERIFY(writer->add("a", Split::train, s.image, s.labels));
  QVERIFY(writer->commit());
  std::string good;
  {
    std::ifstream in(path, std::ios::binary);
    good.assign(std::istreambuf_iterator<char>(in), {});
  }
  int unseen = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string bad = good;
    const size_t at = size_t(random.below(int(bad.size())));
    bad[at] = char(bad[at] ^ (1 << random.below(8)));
    if (i % 10 == 0) bad.resize(at);
    std::ofstream(path, std::ios::binary) << bad;
    const auto reader = ShardReader::open(path);
    if (reader && (*reader)->sample(0)) ++unseen;
  }
  QVERIFY2(unseen < 150, std::to_string(unseen).c_str());  // only the paddings (under a tenth of the bytes) may change unseen
}

void ShardTest::cutWhileRead() {
  QTemporaryDir dir;
  const fs::path path = fs::path(dir.path().toStdString()) / "set.shard";
  Random random(3);
  auto writer = ShardWriter::open(path, table(3));
  QVERIFY(writer);
  for (int i = 0; i < 20; ++i) {
    const Sample s = someSample(random, {64, 48}, {64, 48}, 3, 8, 3);
    QVERIFY(writer->add("s" + std::to_string(i), Split::train, s.image, s.labels));
  }
  QVERIFY(writer->commit());
  const auto reader = ShardReader::open(path);
  QVERIFY(reader);
  QVERIFY((*reader)->sample(0));
  QVERIFY((*reader)->sample(19));
  fs::resize_file(path, 40'000);
  for (const int i : {19, 12}) {  // one whose checksum was seen to fit, one that is new
    const auto sample = (*reader)->sample(i);
    QVERIFY(!sample);
    QVERIFY2(QString::fromStdString(sample.error().message()).contains("set.shard changed or could not be read"), sample.error().message().c_str());
  }
}

void ShardTest::byteSizes() {
  QCOMPARE(*parseByteSize("50M"), uint64_t(50) << 20);
  QCOMPARE(*parseByteSize(" 2g"), uint64_t(2) << 30);
  QCOMPARE(*parseByteSize("123"), uint64_t(123));
  for (const char* bad : {"", "M", "-1M", "1T", "0", "1.5M"}) QVERIFY2(!parseByteSize(bad), bad);
}

void ShardTest::uncommittedLeavesNothing() {
  QTemporaryDir dir;
  {
    auto writer = ShardWriter::open(fs::path(dir.path().toStdString()) / "set.shard", table(3));
    QVERIFY(writer);
  }
  QVERIFY(fs::is_empty(dir.path().toStdString()));
}

INTARSIA_TEST(ShardTest)
#include "shard_test.moc"
