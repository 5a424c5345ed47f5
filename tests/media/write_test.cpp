// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>

#include "core/base/random.h"
#include "core/base/subprocess.h"
#include "core/base/text.h"
#include "core/media/decode.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

ClassTable makeTable(int classes) {
  ClassTable table;
  for (int c = 0; c < classes; ++c)
    (void)table.add("class " + std::to_string(c), Color{uint8_t(c), uint8_t(c * 7), uint8_t(255 - c)});
  return table;
}

LabelMap randomMap(Size size, int classes, uint64_t seed) {
  Random random(seed);
  LabelMap map(size.width, size.height);
  for (auto& v : map.pixels()) {
    const int c = random.below(classes + 1);
    v = c == classes ? kUnlabelled : uint16_t(c);
  }
  return map;
}

Image randomImage(Size size, int channels, int bits) {
  Random random(9);
  Image image{size.width, size.height, channels, bits, {}};
  image.bytes.resize(image.rowBytes() * size_t(size.height));
  for (auto& b : image.bytes) b = uint8_t(random.next());
  return image;
}

}  // namespace

class WriteTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    m_temporary = std::make_unique<QTemporaryDir>();
    m_folder = m_temporary->path().toStdString();
  }

  void labelsComeBack_data() {
    QTest::addColumn<int>("classes");
    QTest::addColumn<int>("bits");
    QTest::newRow("1") << 1 << 8;
    QTest::newRow("11") << 11 << 8;
    QTest::newRow("254") << 254 << 8;
    QTest::newRow("255") << 255 << 8;
    QTest::newRow("256") << 256 << 16;
    QTest::newRow("3000") << 3000 << 16;
  }
  void labelsComeBack() {
    QFETCH(int, classes);
    QFETCH(int, bits);
    const fs::path path = m_folder / "labels.png";
    const auto table = makeTable(classes);
    const auto map = randomMap({77, 41}, classes, uint64_t(classes));
    EXPECT_OK(writeLabelPng(path, map, table));
    const auto back = readLabelPng(path);
    EXPECT_OK(back);
    QVERIFY(*back == map);
    const auto raw = decodeMask(path);
    EXPECT_OK(raw);
    QCOMPARE(raw->bits, bits);
    QVERIFY(raw->kind == (bits == 8 ? RawMask::Kind::indexed : RawMask::Kind::grey));
    if (bits == 16) return;
    QCOMPARE(raw->palette.size(), size_t(256));
    for (int c = 0; c < classes; ++c) QVERIFY(raw->palette[size_t(c)] == table[c].color);
    QVERIFY(raw->palette[255] == Color{});
    for (size_t i = 0; i < map.pixels().size(); ++i)
      QCOMPARE(raw->values[i], map.pixels()[i] == kUnlabelled ? uint16_t(255) : map.pixels()[i]);
  }

  void labelsBeyondTheTableAreRefused() {
    LabelMap map(3, 3, 0);
    map.set(1, 1, 2);
    EXPECT_ERROR(writeLabelPng(m_folder / "a.png", map, makeTable(2)), ErrorCode::invalidInput);
    EXPECT_ERROR(writeColorPng(m_folder / "a.png", map, makeTable(2)), ErrorCode::invalidInput);
    EXPECT_ERROR(writeLabelPng(m_folder / "a.png", LabelMap(), makeTable(2)), ErrorCode::invalidInput);
    QVERIFY(!fs::exists(m_folder / "a.png"));
    EXPECT_OK(writeLabelPng(m_folder / "a.png", map, makeTable(3)));
  }

  void othersReadIt() {
    const auto table = makeTable(5);
    LabelMap map = randomMap({13, 7}, 5, 1);
    EXPECT_OK(writeLabelPng(m_folder / "labels.png", map, table));
    EXPECT_OK(writeLabelPng(m_folder / "labels16.png", map, makeTable(300)));
    EXPECT_OK(writeColorPng(m_folder / "colors.png", map, table));
    std::string wanted;
    for (const auto v : map.pixels()) wanted += std::to_string(v == kUnlabelled ? 255 : v) + " ";
    const auto output =
        runProcess(test::kPython,
                   {"-c",
                    "import sys\nfrom PIL import Image\nf = sys.argv[1]\na = Image.open(f + '/labels.png')\nassert "
                    "a.mode == 'P' and a.size == (13, 7)\n"
                    "b = Image.open(f + '/labels16.png')\nassert [v & 255 for v in b.getdata()] == list(a.getdata())\n"
                    "p = a.getpalette()\nc = Image.open(f + '/colors.png')\nassert c.mode == 'RGB'\n"
                    "assert [tuple(p[3 * v:3 * v + 3]) for v in a.getdata()] == list(c.getdata())\n"
                    "print(*a.getdata())",
                    m_folder.string()});
    EXPECT_OK(output);
    if (output->err.find("No module named") != std::string::npos) QSKIP("python3-pil is not installed");
    QVERIFY2(output->status == 0, output->err.c_str());
    QCOMPARE(trim(output->out), trim(wanted));
  }

  void imagesComeBack() {
    for (const int bits : {8, 16})
      for (const int channels : {1, 3}) {
        const fs::path path = m_folder / "image.png";
        const Image image = randomImage({33, 20}, channels, bits);
        EXPECT_OK(writePng(path, image));
        const auto back = decodeImage(path, {.keep16 = true});
        EXPECT_OK(back);
        QCOMPARE(back->channels, channels);
        QCOMPARE(back->bits, bits);
        QVERIFY(back->bytes == image.bytes);
      }
    EXPECT_OK(writePng(m_folder / "alpha.png", randomImage({5, 5}, 4, 8)));
    QCOMPARE(probeImage(m_folder / "alpha.png")->channels, 4);
    EXPECT_ERROR(writePng(m_folder / "a.png", Image{}), ErrorCode::invalidInput);
  }

  void jpeg() {
    Image image{64, 48, 3, 8, {}};
    for (int y = 0; y < 48; ++y)
      for (int x = 0; x < 64; ++x) image.bytes.insert(image.bytes.end(), {uint8_t(x * 4), uint8_t(y * 5), 100});
    EXPECT_OK(writeJpeg(m_folder / "a.jpg", image));
    const auto back = decodeImage(m_folder / "a.jpg");
    EXPECT_OK(back);
    double sum = 0;
    for (size_t i = 0; i < image.bytes.size(); ++i) sum += std::abs(int(image.bytes[i]) - int(back->bytes[i]));
    QVERIFY(sum / double(image.bytes.size()) < 3);
    EXPECT_OK(writeJpeg(m_folder / "grey.jpg", randomImage({9, 9}, 1, 8), 50));
    QCOMPARE(decodeImage(m_folder / "grey.jpg")->channels, 1);
    EXPECT_ERROR(writeJpeg(m_folder / "b.jpg", randomImage({9, 9}, 3, 16)), ErrorCode::invalidInput);
    EXPECT_ERROR(writeJpeg(m_folder / "b.jpg", Image{}), ErrorCode::invalidInput);
    EXPECT_ERROR(writeJpeg(m_folder / "absent" / "b.jpg", image), ErrorCode::notFound);
  }

  void colorsAreNoLabels() {
    EXPECT_OK(writeColorPng(m_folder / "colors.png", randomMap({5, 5}, 3, 1), makeTable(3)));
    EXPECT_ERROR(readLabelPng(m_folder / "colors.png"), ErrorCode::invalidInput);
  }

 private:
  std::unique_ptr<QTemporaryDir> m_temporary;
  fs::path m_folder;
};

INTARSIA_TEST(WriteTest)
#include "write_test.moc"
