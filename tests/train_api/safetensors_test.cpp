// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/safetensors.h"

#include <QTemporaryDir>
#include <QTest>
#include <cstring>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/random.h"
#include "core/base/subprocess.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

class SafetensorsTest : public QObject {
  Q_OBJECT
 private slots:
  void writtenIsRead();
  void pythonReadsIt();
  void brokenHeaders_data();
  void brokenHeaders();
  void brokenFiles();
  void mutationsNeverCrash();
};

static TensorSet someTensors() {
  TensorSet set;
  set.metadata = {{"step", "12"}, {"note", "Größe"}};
  std::vector<std::byte> floats(6 * 4);
  const float values[6] = {0, 1, -2.5f, 3e38f, 1e-30f, 7};
  std::memcpy(floats.data(), values, sizeof values);
  set.tensors.push_back({"a.weight", TensorType::f32, {2, 3}, floats});
  set.tensors.push_back({"count", TensorType::i64, {}, std::vector<std::byte>(8, std::byte(1))});
  set.tensors.push_back({"empty", TensorType::u8, {0, 5}, {}});
  set.tensors.push_back({"half", TensorType::bf16, {3}, std::vector<std::byte>(6, std::byte(63))});
  return set;
}

void SafetensorsTest::writtenIsRead() {
  QTemporaryDir dir;
  const fs::path path = fs::path(dir.path().toStdString()) / "x.safetensors";
  const auto set = someTensors();
  QVERIFY(writeTensorSet(path, set));
  const auto back = readTensorSet(path);
  QVERIFY2(back, back ? "" : back.error().message().c_str());
  QVERIFY(back->metadata == set.metadata);
  QCOMPARE(back->tensors.size(), set.tensors.size());
  for (const auto& tensor : set.tensors) {
    const auto* other = back->find(tensor.name);
    QVERIFY(other);
    QVERIFY(other->type == tensor.type && other->shape == tensor.shape && other->bytes == tensor.bytes);
  }
  auto twice = set;
  twice.tensors.push_back(set.tensors[0]);
  QVERIFY(!writeTensorSet(path, twice));
  QVERIFY(readTensorSet(path));  // the old file is still there
}

void SafetensorsTest::pythonReadsIt() {
  QTemporaryDir dir;
  const fs::path path = fs::path(dir.path().toStdString()) / "x.safetensors";
  QVERIFY(writeTensorSet(path, someTensors()));
  // The format's own definition in a few lines of numpy, so that nothing of ours judges itself.
  const auto output = runProcess("/usr/bin/python3", {"-c", R"(
import json, struct, sys, numpy as np
b = open(sys.argv[1], 'rb').read()
n = struct.unpack('<Q', b[:8])[0]
h = json.loads(b[8:8+n]); assert n % 8 == 0
s, e = h['a.weight']['data_offsets']
a = np.frombuffer(b[8+n+s:8+n+e], '<f4').reshape(h['a.weight']['shape'])
assert h['__metadata__']['note'] == 'Größe'
print(a.tolist())
)", path.string()});
  if (!output || output->err.find("No module") != std::string::npos) QSKIP("python3-numpy is not installed");
  QVERIFY2(output->status == 0, output->err.c_str());
  QVERIFY2(output->out.starts_with("[[0.0, 1.0, -2.5], [3"), output->out.c_str());
}

void SafetensorsTest::brokenHeaders_data() {
  QTest::addColumn<QByteArray>("header");
  const auto row = [](const char* name, const char* text) { QTest::newRow(name) << QByteArray(text); };
  row("hole", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})");
  row("overlap", R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})");
  row("too short", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})");
  row("beyond the end", R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})");
  row("reversed", R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[8,0]}})");
  row("shape does not fit", R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})");
  row("shape overflows", R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,8]}})");
  row("negative", R"({"a":{"dtype":"U8","shape":[-8],"data_offsets":[0,8]}})");
  row("fraction", R"({"a":{"dtype":"U8","shape":[8.0],"data_offsets":[0,8]}})");
  row("dtype", R"({"a":{"dtype":"Q8","shape":[8],"data_offsets":[0,8]}})");
  row("twice", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})");
  row("metadata", R"({"__metadata__":{"a":1},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})");
  row("array", "[]");
  row("blank first", R"( {"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})");
  row("unfinished", R"({"a":)");
  row("not UTF-8", "{\"\xff\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}");
}

void SafetensorsTest::brokenHeaders() {
  QFETCH(QByteArray, header);
  const auto parsed = parseSafetensorsHeader(header.toStdString(), 8, "x.safetensors");
  QVERIFY(!parsed);
  QVERIFY(parsed.error().message().find("x.safetensors") != std::string::npos);
}

void SafetensorsTest::brokenFiles() {
  QTemporaryDir dir;
  const fs::path folder = dir.path().toStdString();
  QVERIFY(!readTensorSet(folder));
  QVERIFY(!readTensorSet(folder / "none"));
  QVERIFY(writeFileAtomically(folder / "short", "abc"));
  QVERIFY(!readTensorSet(folder / "short"));
  QVERIFY(writeFileAtomically(folder / "huge", std::string(8, '\xff')));
  QVERIFY(!readTensorSet(folder / "huge"));
}

void SafetensorsTest::mutationsNeverCrash() {
  QTemporaryDir dir;
  const fs::path path = fs::path(dir.path().toStdString()) / "x";
  QVERIFY(writeTensorSet(path, someTensors()));
  const std::string good = *readFile(path);
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    std::string bad = good;
    for (int n = 1 + random.below(3); n > 0; --n) bad[size_t(random.below(int(bad.size())))] = char(random.below(256));
    if (random.below(4) == 0) bad.resize(size_t(random.below(int(bad.size()))));
    std::ofstream(path, std::ios::binary) << bad;
    (void)readTensorSet(path);
  }
}

INTARSIA_TEST(SafetensorsTest)
#include "safetensors_test.moc"
