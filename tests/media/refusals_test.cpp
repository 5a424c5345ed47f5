// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QTest>
#include <ctime>
#include <map>

#include "core/base/atomic_file.h"
#include "core/media/decode.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

void big(std::string& out, uint32_t v) { out += {char(v >> 24), char(v >> 16), char(v >> 8), char(v)}; }
void little(std::string& out, uint32_t v, int bytes = 4) {
  for (int i = 0; i < bytes; ++i) out += char(v >> (8 * i));
}

/// Everything but the pixels. Its check sums are wrong, which must not matter: the size is refused first.
std::string pngHeader(uint32_t width, uint32_t height, int bits, int colorType) {
  std::string out = "\x89PNG\r\n\x1A\n";
  big(out, 13);
  out += "IHDR";
  big(out, width);
  big(out, height);
  out += {char(bits), char(colorType), 0, 0, 0, 0, 0, 0, 0};
  big(out, 10);
  out += "IDAT" + std::string(14, 'x');
  return out;
}

std::string bmpHeader(int32_t width, int32_t height) {
  std::string out = "BM";
  little(out, 0);
  little(out, 0);
  little(out, 54);
  little(out, 40);
  little(out, uint32_t(width));
  little(out, uint32_t(height));
  little(out, 1, 2);
  little(out, 24, 2);
  for (int i = 0; i < 6; ++i) little(out, 0);
  return out;
}

std::string tiffHeader(uint32_t width, uint32_t height, uint32_t tile) {
  std::string out("II*\0\x08\0\0\0", 8);
  const std::pair<uint32_t, uint32_t> tags[] = {{256, width}, {257, height}, {258, 8},    {259, 1}, {262, 1},
                                                {277, 1},     {322, tile},   {323, tile}, {324, 8}, {325, 100}};
  little(out, std::size(tags), 2);
  for (const auto& [tag, value] : tags) {
    little(out, tag, 2);
    little(out, 4, 2);
    little(out, 1);
    little(out, value);
  }
  little(out, 0);
  return out;
}

using Tags = QVector<QPair<int, int>>;  // tag, value

}  // namespace

class RefusalsTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    m_temporary = std::make_unique<QTemporaryDir>();
    m_folder = m_temporary->path().toStdString();
  }

  /// Small files that claim to be enormous are refused by their header: no time, no memory.
  void bombs_data() {
    QTest::addColumn<QByteArray>("content");
    const auto add = [](const char* name, const std::string& content) {
      QTest::newRow(name) << QByteArray::fromStdString(content);
    };
    add("PNG 32000², 1 bit", pngHeader(32000, 32000, 1, 0));
    add("PNG 2³¹-1 squared", pngHeader(0x7FFFFFFF, 0x7FFFFFFF, 8, 6));
    add("BMP", bmpHeader(30000, -30000));
    add("BMP, largest", bmpHeader(INT32_MAX, INT32_MAX));
    add("TIFF", tiffHeader(100000, 100000, 256));
    add("PPM", "P6\n100000 100000\n255\n");
    add("PBM", "P4\n100000 100000\n");
  }
  void bombs() {
    QFETCH(QByteArray, content);
    const fs::path path = m_folder / "bomb";
    EXPECT_OK(writeFileAtomically(path, content.toStdString()));
    rusage before{}, after{};
    ::getrusage(RUSAGE_SELF, &before);
    const std::clock_t begin = std::clock();  // of this process: other programs do not count
    EXPECT_ERROR(decodeImage(path), ErrorCode::tooLarge);
    EXPECT_ERROR(decodeMask(path), ErrorCode::tooLarge);
    QVERIFY(std::clock() - begin < CLOCKS_PER_SEC / 5);
    ::getrusage(RUSAGE_SELF, &after);
    QVERIFY(after.ru_maxrss - before.ru_maxrss < 20000);  // kB
    const auto error = decodeImage(path).error().message();
    QVERIFY2(error.find("bomb") != std::string::npos && error.find("×") != std::string::npos, error.c_str());
  }

  void theBudgetIsTheCallers() {
    const Image image{100, 50, 1, 8, std::vector<uint8_t>(5000)};
    const fs::path path = m_folder / "a.png";
    EXPECT_OK(writePng(path, image));
    EXPECT_OK(decodeImage(path, {.pixelBudget = 5000}));
    EXPECT_ERROR(decodeImage(path, {.pixelBudget = 4999}), ErrorCode::tooLarge);
    EXPECT_ERROR(decodeMask(path, 4999), ErrorCode::tooLarge);
  }

  /// Headers that ask for much more than there is, within the budget.
  void hollow_data() {
    QTest::addColumn<QByteArray>("content");
    const auto add = [](const char* name, const std::string& content) {
      QTest::newRow(name) << QByteArray::fromStdString(content);
    };
    add("BMP", bmpHeader(10000, 10000));
    add("PPM", "P6\n10000 10000\n255\nxyz");
    add("PGM text", "P2\n10000 10000\n255\n1 2 3");
    add("TIFF with a giant tile", tiffHeader(10, 10, 1 << 20));
    add("TIFF", tiffHeader(10000, 10000, 256));
  }
  void hollow() {
    QFETCH(QByteArray, content);
    rusage before{}, after{};
    ::getrusage(RUSAGE_SELF, &before);
    EXPECT_ERROR(decodeImage(std::as_bytes(std::span(content.constData(), size_t(content.size()))), "hollow", {}),
                 ErrorCode::invalidInput);
    ::getrusage(RUSAGE_SELF, &after);
    QVERIFY(after.ru_maxrss - before.ru_maxrss < 120000);  // kB
  }

  void notPictures_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<int>("code");
    const auto add = [](const char* name, const std::string& content, ErrorCode code = ErrorCode::invalidInput) {
      QTest::newRow(name) << QByteArray::fromStdString(content) << int(code);
    };
    add("empty", "");
    add("text", "hello, this is no picture", ErrorCode::unsupported);
    add("GIF", "GIF89a............", ErrorCode::unsupported);
    add("signature only", "\x89PNG\r\n\x1A\n");
    add("PNG of size 0", pngHeader(0, 5, 8, 0));
    add("PNG of negative size", pngHeader(0x80000000, 5, 8, 0));
    add("PNG with nonsense behind", pngHeader(5, 5, 8, 0));
    add("PNG of 3 bits", pngHeader(5, 5, 3, 0));
    add("JPEG start only", "\xFF\xD8\xFF");
    add("PNG of 256 million pixels in 60 bytes", pngHeader(16000, 16000, 8, 2));
    add("JPEG nonsense", "\xFF\xD8\xFF\xE0 nonsense that goes on for a while");
    add("TIFF start only", std::string("II*\0", 4));
    add("TIFF, directory far away", std::string("II*\0\xFF\xFF\xFF\x7F", 8));
    add("TIFF of size 0", tiffHeader(0, 10, 16));
    add("WebP start only", "RIFF\x10\1\1\1WEBPVP8 ");
    add("BMP start only", "BM");
    add("BMP of size 0", bmpHeader(0, 0));
    add("PNM without a size", "P6\n");
    add("PNM of size 0", "P5\n0 4\n255\n");
    add("PNM, sample too large", "P2\n1 1\n7\n8\n");
  }
  void notPictures() {
    QFETCH(QByteArray, content);
    QFETCH(int, code);
    const fs::path path = m_folder / "file.png";
    EXPECT_OK(writeFileAtomically(path, content.toStdString()));
    EXPECT_ERROR(decodeImage(path), ErrorCode(code));
    EXPECT_ERROR(decodeMask(path), ErrorCode(code));
    const auto message = decodeImage(path).error().message();
    QVERIFY2(message.find("file.png") != std::string::npos, message.c_str());
  }

  /// A TIFF's directory may lie behind gigabytes of pixels: its header is found without reading them.
  void theHeaderOfALargeTiff() {
    const fs::path path = m_folder / "large.tif";
    std::string tail = tiffHeader(50, 40, 16).substr(8);
    constexpr uint32_t kWhere = 3'000'000'000;
    std::string head("II*\0", 4);
    little(head, kWhere);
    EXPECT_OK(writeFileAtomically(path, head));
    const int fd = ::open(path.c_str(), O_WRONLY);
    QCOMPARE(::pwrite(fd, tail.data(), tail.size(), kWhere), ssize_t(tail.size()));  // a hole, no bytes on the disk
    ::close(fd);
    const std::clock_t begin = std::clock();  // of this process: other programs do not count
    const auto info = probeImage(path);
    EXPECT_OK(info);
    QCOMPARE(info->stored, (Size{50, 40}));
    QVERIFY(std::clock() - begin < CLOCKS_PER_SEC / 5);
    EXPECT_ERROR(decodeImage(path), ErrorCode::tooLarge);
  }

  void notFiles() {
    EXPECT_ERROR(decodeImage(m_folder / "absent.png"), ErrorCode::notFound);
    EXPECT_ERROR(probeImage(m_folder / "absent.png"), ErrorCode::notFound);
    QVERIFY(!decodeImage(m_folder));
    QVERIFY(!probeImage(m_folder));
    ::mkfifo((m_folder / "fifo").c_str(), 0600);
    QVERIFY(!decodeImage(m_folder / "fifo"));
    QVERIFY(!probeImage(m_folder / "fifo"));
  }

  /// Samples that call themselves floating point and are smaller than any such number that is read.
  void smallFloats() {
    for (const uint32_t bits : {8u, 16u}) {
      std::string file("II*\0\x08\0\0\0", 8);
      const std::pair<uint32_t, uint32_t> tags[] = {{256, 3}, {257, 3}, {258, bits}, {259, 1}, {262, 1}, {273, 130}, {277, 1}, {278, 3}, {279, 9 * bits / 8}, {339, 3}};
      little(file, std::size(tags), 2);
      for (const auto& [tag, value] : tags) little(file, tag, 2), little(file, 4, 2), little(file, 1), little(file, value);
      little(file, 0);
      file.resize(130 + 9 * bits / 8, '\1');
      const auto bytes = std::as_bytes(std::span(file));
      for (const auto& error : {decodeImage(bytes, "x.tif", {}).error(), decodeMask(bytes, "x.tif").error()}) {
        QCOMPARE(int(error.code), int(ErrorCode::unsupported));
        QVERIFY2(error.message().find("x.tif") != std::string::npos && error.message().find("floating point") != std::string::npos, error.message().c_str());
      }
    }
  }

  /// A tag that promises more samples than a pixel has.
  void promisedSamples_data() {
    QTest::addColumn<Tags>("tags");
    QTest::addColumn<bool>("reads");
    QTest::newRow("alpha beside one sample") << Tags{{262, 1}, {277, 1}, {338, 2}} << true;
    QTest::newRow("YCbCr of one sample") << Tags{{262, 6}, {277, 1}} << false;
    QTest::newRow("RGB of two samples") << Tags{{262, 2}, {277, 2}} << false;
  }
  void promisedSamples() {
    QFETCH(const Tags, tags);
    QFETCH(bool, reads);
    std::map<uint32_t, uint32_t> all{{256, 3}, {257, 3}, {258, 8}, {259, 1}, {273, 200}, {278, 3}, {279, 9}};
    for (const auto& [tag, value] : tags) all[uint32_t(tag)] = uint32_t(value);
    std::string file("II*\0\x08\0\0\0", 8);
    little(file, uint32_t(all.size()), 2);
    for (const auto& [tag, value] : all) little(file, tag, 2), little(file, tag == 338 ? 3 : 4, 2), little(file, 1), little(file, value);
    little(file, 0);
    file.resize(209, '\1');
    const auto bytes = std::as_bytes(std::span(file));
    const auto image = decodeImage(bytes, "x.tif", {});
    QCOMPARE(image.has_value(), reads);
    QCOMPARE(decodeMask(bytes, "x.tif").has_value(), reads);
    if (reads) QCOMPARE(image->bytes, std::vector<uint8_t>(9, 1));
  }

  /// The libraries' own messages must not reach the terminal.
  void nothingIsPrinted() {
    const fs::path captured = m_folder / "stderr";
    const int saved = ::dup(2), file = ::open(captured.c_str(), O_WRONLY | O_CREAT, 0600);
    ::dup2(file, 2);
    for (const auto& content : {pngHeader(5, 5, 8, 0), std::string("\xFF\xD8\xFF\xE0 nonsense"),
                                tiffHeader(100, 100, 16), std::string("RIFF\x10\1\1\1WEBPVP8 ")}) {
      (void)decodeImage(std::as_bytes(std::span(content)), "x", {});
      (void)decodeMask(std::as_bytes(std::span(content)), "x");
    }
    ::dup2(saved, 2);
    ::close(saved);
    ::close(file);
    QCOMPARE(fs::file_size(captured), uintmax_t(0));
  }

 private:
  std::unique_ptr<QTemporaryDir> m_temporary;
  fs::path m_folder;
};

INTARSIA_TEST(RefusalsTest)
#include "refusals_test.moc"
