// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/weight_file.h"

#include <QTemporaryDir>
#include <QTest>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/random.h"
#include "core/base/subprocess.h"
#include "tests/support/expect.h"
#include "tests/support/mat_network.h"
#include "tests/support/register.h"
#include "train/api/pickle.h"
#include "train/api/safetensors.h"

using namespace intarsia;
using intarsia::test::kPython;
namespace fs = std::filesystem;

namespace {

/// torch.save in all its forms; beside each file FILE.txt with a line "name type shape sum-of-i·x[i]" per tensor, by Python.
const std::string kWrite = R"(
import argparse, collections, numpy, os, struct, sys, torch, zipfile, zlib
torch.manual_seed(2)
folder = sys.argv[1] + '/'
base = torch.arange(60.).reshape(3, 4, 5)
state = collections.OrderedDict(weight=torch.randn(7, 3, 2, 2), half=torch.randn(5).half(), bf=torch.randn(6).bfloat16(), double=torch.randn(2, 2).double(),
                                count=torch.tensor(7), ints=torch.arange(4, dtype=torch.int32), bytes=torch.arange(9, dtype=torch.uint8), empty=torch.zeros(0, 3),
                                slice=base[1:, ::2, 1:4], turned=base.permute(2, 0, 1), tied=base, parameter=torch.nn.Parameter(torch.randn(3)))
state._metadata = collections.OrderedDict(version=1)
def say(name, expected):
    with open(folder + name + '.txt', 'w') as f:
        for k, t in expected.items():
            x = t.detach().double().flatten()
            print(k, str(t.dtype)[6:], 'x'.join(map(str, t.shape)) or '-', repr(float((x * torch.arange(1, x.numel() + 1)).sum())), file=f)
def save(name, what, expected, **options):
    torch.save(what, folder + name, **options)
    say(name, expected)
save('zip.pth', state, state)
save('old.pth', state, state, _use_new_zipfile_serialization=False)
save('protocol4.pth', state, state, pickle_protocol=4)
save('plain.pth', dict(state), state)
checkpoint = {'epoch': 3, 'state_dict': state, 'optimizer': {'state': {0: {'step': 4, 'moment': torch.randn(3)}}, 'lr': 0.1}, 'args': argparse.Namespace(a=[1, 2]), 'big': 1 << 70}
save('checkpoint.pth', checkpoint, state)
save('oldcheckpoint.pth', checkpoint, state, _use_new_zipfile_serialization=False)
two = {'encoder': collections.OrderedDict(a=torch.randn(3)), 'decoder': {'b': torch.randn(4)}}
save('nested.pth', two, {'encoder.a': two['encoder']['a'], 'decoder.b': two['decoder']['b']})
save('fastai.pth', {'model': state, 'opt': {'state': [{'mom': torch.randn(4), 'step': 3}], 'hypers': [{'lr': 1e-3}]}}, state)
save('counted.pth', {'step': torch.tensor(3), 'model_state_dict': state, 'best': torch.tensor(0.5)}, state)
of_model = {'model.' + k: v for k, v in state.items()}
save('lightning.ckpt', {'epoch': 1, 'state_dict': of_model, 'callbacks': {'ModelCheckpoint': {'best': torch.tensor(1.)}}, 'hyper_parameters': argparse.Namespace(lr=1)}, of_model)
class Image(torch.Tensor): pass
images = {'image': torch.randn(3, 4).as_subclass(Image), 'plain': torch.randn(2)}
save('subclass.pth', images, images)
class Stream:  # that cannot be rewound: sizes follow each member
    def __init__(self, f): self.write, self.flush = f.write, f.flush
def rezip(name, method):
    with zipfile.ZipFile(folder + 'zip.pth') as old, open(folder + name, 'wb') as f, zipfile.ZipFile(Stream(f), 'w', method) as new:
        for one in old.namelist():
            info = zipfile.ZipInfo(one)
            info.compress_type = method
            with new.open(info, 'w', force_zip64=True) as member: member.write(old.read(one))
    say(name, state)
rezip('streamed.pth', zipfile.ZIP_STORED)
rezip('deflated.pth', zipfile.ZIP_DEFLATED)
class Evil:
    def __reduce__(self):
        return os.system, ('touch ' + folder + 'executed',)
save('evil.pth', {'x': torch.ones(2), 'y': Evil()}, {'x': torch.ones(2)})
torch.save(Evil(), folder + 'onlyevil.pth')
torch.save(torch.nn.Linear(2, 2), folder + 'module.pth')
torch.save([1, 2], folder + 'list.pth')
torch.save({'a': 1}, folder + 'empty.pth')
torch.save({'a': torch.ones(3, dtype=torch.bool), 'b': torch.ones(2)}, folder + 'bool.pth')
torch.jit.script(torch.nn.Linear(2, 2)).save(folder + 'script.pt')
)" + std::string(test::kMatNetworkPython) + R"(
convs = {'features.0.weight': torch.randn(4, 3, 3, 2), 'features.0.bias': torch.randn(4), 'features.2.weight': torch.randn(5, 4, 3, 3).double(), 'features.2.bias': torch.randn(5),
         'classifier.0.weight': torch.randn(6, 5, 7, 7), 'classifier.0.bias': torch.randn(6), 'classifier.3.weight': torch.randn(1, 6, 1, 1), 'classifier.3.bias': torch.randn(1)}
def network(old):
    both = lambda key: (filters(convs[key + '.weight']), numbers(convs[key + '.bias'].numpy().reshape(1, -1)))
    return cell([layer('conv1_1', *both('features.0'), old), layer('relu1_1'), layer('conv1_2', *both('features.2'), old), layer('fc6', *both('classifier.0'), old),
                 layer('relu6'), layer('fc7', *both('classifier.3'), old), layer('prob')], 'layers')
mean = numbers(numpy.arange(27, dtype=numpy.float32).reshape(3, 3, 3))
for name, packed, old in ('plain.mat', False, False), ('packed.mat', True, False), ('old.mat', True, True):
    about = record({'averageImage': mean})
    about = record({'normalization': about, 'classes': cell([text('cat')])}, 'meta') if not old else record({'averageImage': mean}, 'normalization')
    mat(folder + name, [network(old), about], packed)
    say(name, convs)
mat(folder + 'other.mat', [numbers(numpy.ones((2, 2)), 'x')], True)
mat(folder + 'bomb.mat', [numbers(numpy.zeros((3000, 3000)), 'layers')], True)
mat(folder + 'integers.mat', [cell([record({'name': text('conv1'), 'weights': cell([matrix(12, (1, 1), '', element(5, bytes(4))), numbers(numpy.ones((1, 1)))])})], 'layers')], False)
open(folder + 'hdf.mat', 'wb').write(b'MATLAB 7.3 MAT-file, Platform: GLNXA64'.ljust(512) + b'\x89HDF\r\n\x1a\n')
)";

double numberAt(const NamedTensor& t, size_t i) {
  const auto as = [&]<class T>(T value) { return std::memcpy(&value, t.bytes.data() + i * sizeof(T), sizeof(T)), value; };
  switch (t.type) {
    case TensorType::f32: return as(0.f);
    case TensorType::f64: return as(0.0);
    case TensorType::i64: return double(as(int64_t(0)));
    case TensorType::i32: return as(int32_t(0));
    case TensorType::u8: return as(uint8_t(0));
    case TensorType::bf16: return std::bit_cast<float>(uint32_t(as(uint16_t(0))) << 16);
    case TensorType::f16: {
      const uint16_t bits = as(uint16_t(0));
      const int exponent = bits >> 10 & 31, fraction = bits & 1023;
      return (bits & 0x8000 ? -1 : 1) * (exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24));
    }
  }
  return 0;
}

std::string lineOf(const NamedTensor& t) {
  static const char* const kNames[] = {"float32", "float64", "bfloat16", "float16", "int64", "int32", "uint8"};
  std::string shape;
  for (const int64_t side : t.shape) shape += (shape.empty() ? "" : "x") + std::to_string(side);
  return t.name + " " + kNames[size_t(t.type)] + " " + (shape.empty() ? "-" : shape);
}

TensorSet someTensors() {
  TensorSet set;
  std::vector<std::byte> floats(24);
  const float values[6] = {0, 1, -2.5f, 3e38f, 1e-30f, 7};
  std::memcpy(floats.data(), values, sizeof values);
  set.tensors = {{"a.weight", TensorType::f32, {2, 3}, floats},
                 {"count", TensorType::i64, {}, std::vector<std::byte>(8, std::byte(1))},
                 {"none", TensorType::u8, {0, 5}, {}},
                 {"half", TensorType::bf16, {3}, std::vector<std::byte>(6, std::byte(63))}};
  return set;
}

}  // namespace

class WeightFileTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    const auto python = runProcess(kPython, {"-c", kWrite, m_dir.path().toStdString()});
    m_python = python && python->status == 0;
    if (python && python->status != 0 && python->err.find("No module") == std::string::npos) QFAIL(python->err.c_str());
  }

  void pythonsFiles_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("part");
    for (const char* name : {"zip.pth", "old.pth", "protocol4.pth", "plain.pth", "nested.pth", "evil.pth", "streamed.pth", "subclass.pth", "plain.mat", "packed.mat", "old.mat"}) QTest::newRow(name) << name << "";
    for (const char* name : {"checkpoint.pth", "oldcheckpoint.pth"}) QTest::newRow(name) << name << "state_dict";
    QTest::newRow("fastai") << "fastai.pth" << "model";
    QTest::newRow("a tensor beside the weights") << "counted.pth" << "model_state_dict";
    QTest::newRow("Lightning") << "lightning.ckpt" << "state_dict";
  }
  void pythonsFiles() {
    if (!m_python) QSKIP("python3-torch is not installed");
    QFETCH(QString, name);
    QFETCH(QString, part);
    const auto file = WeightFile::open(path(name.toStdString()));
    EXPECT_OK(file);
    QCOMPARE(QString::fromStdString(file->list().part), part);
    QStringList wanted = QString::fromStdString(readFile(path(name.toStdString() + ".txt")).value()).split('\n', Qt::SkipEmptyParts);
    QCOMPARE(file->list().tensors.size(), size_t(wanted.size()));
    for (qsizetype i = 0; i < wanted.size(); ++i) {
      const NamedTensor tensor = file->read(file->list().tensors[size_t(i)]).value();
      const qsizetype end = wanted[i].lastIndexOf(' ');
      QCOMPARE(QString::fromStdString(lineOf(tensor)), wanted[i].left(end));
      double sum = 0;
      for (size_t k = 0, n = tensor.bytes.size() / bytesOf(tensor.type); k < n; ++k) sum += double(k + 1) * numberAt(tensor, k);
      const double expected = wanted[i].mid(end + 1).toDouble();
      QVERIFY2(std::abs(sum - expected) <= 1e-9 * (1 + std::abs(expected)), tensor.name.c_str());
    }
    QVERIFY(!fs::exists(path("executed")));
  }

  void refused_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("word");
    QTest::newRow("code") << "onlyevil.pth" << "whole Python object";
    QTest::newRow("module") << "module.pth" << "state_dict";
    QTest::newRow("list") << "list.pth" << "no dictionary";
    QTest::newRow("no tensors") << "empty.pth" << "no tensors";
    QTest::newRow("compressed") << "deflated.pth" << "compressed";
    QTest::newRow("TorchScript") << "script.pt" << "TorchScript";
    QTest::newRow("another MATLAB file") << "other.mat" << "no layers";
    QTest::newRow("MATLAB, far larger than it is") << "bomb.mat" << "too large";
    QTest::newRow("MATLAB, whole numbers") << "integers.mat" << "of another type";
    QTest::newRow("MATLAB 7.3") << "hdf.mat" << "-v7";
  }
  void refused() {
    if (!m_python) QSKIP("python3-torch is not installed");
    QFETCH(QString, name);
    QFETCH(QString, word);
    const auto file = WeightFile::open(path(name.toStdString()));
    QVERIFY(!file);
    QVERIFY2(file.error().message().find(word.toStdString()) != std::string::npos && file.error().message().find(name.toStdString()) != std::string::npos,
             file.error().message().c_str());
    QVERIFY(!fs::exists(path("executed")));
  }

  /// What its pixels lack: means of the file's image, which runs down the columns.
  void matConvNetsMean() {
    if (!m_python) QSKIP("python3-torch is not installed");
    for (const char* name : {"plain.mat", "packed.mat", "old.mat"}) {
      const auto file = WeightFile::open(path(name));
      EXPECT_OK(file);
      QVERIFY(file->list().rawMean && file->list().format == "MatConvNet");
      for (size_t c = 0; c < 3; ++c) QVERIFY(std::abs((*file->list().rawMean)[c] - (12 + double(c))) < 1e-6);
    }
  }

  /// Another writer of the format than the one above.
  void scipysFiles() {
    const std::string program = qgetenv("INTARSIA_PYTHON").isEmpty() ? kPython : qgetenv("INTARSIA_PYTHON").toStdString();
    const auto python = runProcess(program, {"-c", R"(
import sys, numpy as np, scipy.io
def layer(name, *weights):
    one = np.zeros((1, 1), [('name', object), ('type', object), ('weights', object)])
    one[0, 0] = (name, 'conv', np.array([None] * len(weights), object).reshape(1, -1))
    for i, w in enumerate(weights): one[0, 0]['weights'][0, i] = w
    return one
w, b = np.arange(3 * 3 * 3 * 4, dtype=np.float32).reshape(3, 3, 3, 4), np.arange(4, dtype=np.float32).reshape(1, 4)
layers = np.empty((1, 2), object)
layers[0, 0], layers[0, 1] = layer('conv1_1', w, b), layer('relu1_1')
for packed in False, True:
    scipy.io.savemat(sys.argv[1] + ('/scipy1.mat' if packed else '/scipy0.mat'), {'layers': layers, 'normalization': {'averageImage': np.full((1, 1, 3), 9.)}}, do_compression=packed)
)", m_dir.path().toStdString()});
    if (!python || python->err.find("No module") != std::string::npos) QSKIP("scipy is not installed");
    QVERIFY2(python->status == 0, python->err.c_str());
    for (const char* name : {"scipy0.mat", "scipy1.mat"}) {
      const auto set = readWeights(path(name));
      EXPECT_OK(set);
      QCOMPARE(set->tensors.size(), 2u);
      const NamedTensor& w = set->tensors[0];
      QVERIFY(w.name == "features.0.weight" && w.shape == (std::vector<int64_t>{4, 3, 3, 3}));
      QCOMPARE(numberAt(w, 1 * 27 + 2 * 9 + 0 * 3 + 1), double(((0 * 3 + 1) * 3 + 2) * 4 + 1));  // out 1, in 2, row 0, column 1
    }
  }

  void otherFormatsAreLeftOut() {
    if (!m_python) QSKIP("python3-torch is not installed");
    const auto file = WeightFile::open(path("bool.pth"));
    EXPECT_OK(file);
    QCOMPARE(file->list().leftOut, std::vector<std::string>{"a"});
    QCOMPARE(file->list().tensors.size(), 1u);
  }

  void otherFiles() {
    for (const std::string& text : {std::string("<html>not found</html>"), std::string("PK\3\4 and nothing more"), std::string("\x80\2}q\0.", 6) + "....", std::string(100, 'x')}) {
      QVERIFY(writeFileAtomically(path("other"), text));
      EXPECT_ERROR(WeightFile::open(path("other")), ErrorCode::invalidInput);
    }
    QVERIFY(writeFileAtomically(path("other"), ""));
    EXPECT_ERROR(WeightFile::open(path("other")), ErrorCode::invalidInput);
    EXPECT_ERROR(WeightFile::open(m_dir.path().toStdString()), ErrorCode::invalidInput);
    EXPECT_ERROR(WeightFile::open(path("nowhere")), ErrorCode::notFound);
  }

  void cutWhileRead() {
    TensorSet set;
    set.tensors.push_back({"a", TensorType::f32, {100'000}, std::vector<std::byte>(400'000, std::byte(1))});
    QVERIFY(writePth(path("cut.pth"), set));
    const auto file = WeightFile::open(path("cut.pth"));
    EXPECT_OK(file);
    EXPECT_OK(file->read(file->list().tensors[0]));
    fs::resize_file(path("cut.pth"), 50'000);
    EXPECT_ERROR(file->read(file->list().tensors[0]), ErrorCode::io);
  }

  /// A pickle of nested lists ends in a value, not in a full stack.
  void deepNesting() {
    std::string text = "\x80\2" + std::string(1'000'000, ']') + std::string(999'999, 'a') + ".";
    EXPECT_OK(readPickle(std::as_bytes(std::span(text)), "deep"));
    text = "\x80\2]q" + std::string(1, '\0') + "h" + std::string(1, '\0') + "a.";  // a list that contains itself
    EXPECT_OK(readPickle(std::as_bytes(std::span(text)), "cycle"));
  }

  void ownFiles() {
    const TensorSet set = someTensors();
    EXPECT_OK(writePth(path("own.pth"), set));
    EXPECT_OK(writeTensorSet(path("own.safetensors"), set));
    for (const char* name : {"own.pth", "own.safetensors"}) {
      const auto back = readWeights(path(name));
      EXPECT_OK(back);
      QCOMPARE(back->tensors.size(), set.tensors.size());
      for (const auto& tensor : set.tensors) {
        const auto* other = back->find(tensor.name);
        QVERIFY(other && other->type == tensor.type && other->shape == tensor.shape && other->bytes == tensor.bytes);
      }
    }
    if (!m_python) QSKIP("python3-torch is not installed");
    const QByteArray newer = qgetenv("INTARSIA_PYTHON");
    for (const std::string& program : {std::string(kPython), newer.toStdString()}) {
      if (program.empty()) continue;
      const auto loaded = runProcess(program, {"-c", R"(
import sys, torch
d = torch.load(sys.argv[1], weights_only=True)
assert list(d) == ['a.weight', 'count', 'none', 'half'], list(d)
print(d['a.weight'].tolist(), d['count'].item(), tuple(d['none'].shape), d['half'].dtype, d['half'][0].item()))", path("own.pth").string()});
      QVERIFY2(loaded && loaded->status == 0, loaded ? loaded->err.c_str() : "");
      QVERIFY2(loaded->out.starts_with("[[0.0, 1.0, -2.5], [3") && loaded->out.find("72340172838076673 (0, 5) torch.bfloat16 0.74") != std::string::npos, loaded->out.c_str());
    }
  }

  void mutationsNeverCrash() {
    QVERIFY(writePth(path("m1"), someTensors()) && writeTensorSet(path("m2"), someTensors()));
    std::vector<std::string> good;
    for (const char* name : {"m1", "m2", "zip.pth", "old.pth", "checkpoint.pth", "plain.mat", "packed.mat"})
      if (const auto text = readFile(path(name))) good.push_back(*text);
    Random random(1);
    int opened = 0;
    for (int i = 0; i < 2000; ++i) {
      std::string bad = good[size_t(i) % good.size()];
      for (int n = 1 + random.below(4); n > 0; --n) {
        const size_t at = size_t(random.below(int(bad.size())));
        switch (random.below(4)) {
          case 0: bad[at] = char(random.below(256)); break;
          case 1: bad[at] = char(bad[at] ^ (1 << random.below(8))); break;
          case 2: bad.insert(at, 1, char(random.below(256))); break;
          default: for (size_t k = at; k < std::min(bad.size(), at + 8); ++k) bad[k] = char(0xff);
        }
      }
      if (random.below(6) == 0) bad.resize(size_t(random.below(int(bad.size()))));
      const auto bytes = std::as_bytes(std::span(bad));
      const auto list = readWeightList(bytes, "mutated");
      if (!list) continue;
      ++opened;
      size_t total = 0;
      for (const auto& tensor : list->tensors) total += readTensor(list->numbers(bytes), tensor).bytes.size();
      QVERIFY(total < (size_t(1) << 20) * (1 + list->tensors.size()));
    }
    QVERIFY(opened > 100);  // most change numbers alone: the tensors were read as well
  }

 private:
  fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
  QTemporaryDir m_dir;
  bool m_python = false;
};

INTARSIA_TEST(WeightFileTest)
#include "weight_file_test.moc"
