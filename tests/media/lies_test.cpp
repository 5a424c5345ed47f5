// SPDX-License-Identifier: GPL-3.0-or-later
// Small files whose headers claim to be enormous, within the limit of pixels and beyond: each is read in a process of its own that may
// take 512 MB and 2 s, and must end in an error that names the file, not in one that says that memory is short.
#include <QTemporaryDir>
#include <QTest>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/media/decode.h"
#include "tests/support/expect.h"
#include "tests/support/lying_png.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;
namespace fs = std::filesystem;

namespace {

std::string little(uint32_t v, int bytes = 4) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += char(v >> (8 * i) & 255);
  return out;
}

/// A real file of 8 × 8 pixels whose frame header says otherwise.
std::string jpeg(uint32_t width, uint32_t height) {
  QTemporaryDir folder;
  const fs::path path = folder.path().toStdString() + "/x.jpg";
  if (!writeJpeg(path, Image{8, 8, 3, 8, std::vector<uint8_t>(192, 100)})) return {};
  std::string bytes = readFile(path).value();
  const size_t frame = bytes.find("\xFF\xC0");
  return bytes.replace(frame + 5, 4, big(height, 2) + big(width, 2));
}

/// One strip or tile that holds what there is.
std::string tiff(uint32_t width, uint32_t height, uint32_t bits, uint32_t samples, uint32_t compression, uint32_t tile = 0) {
  std::vector<std::array<uint32_t, 2>> tags = {{256, width}, {257, height}, {258, bits}, {259, compression}, {262, samples >= 3 ? 2u : 1u}};
  if (!tile) tags.push_back({273, 8});
  tags.push_back({277, samples});
  if (tile) tags.insert(tags.end(), {{322, tile}, {323, tile}, {324, 8}, {325, 100}});
  else tags.insert(tags.end(), {{278, height}, {279, 100}});
  std::ranges::sort(tags);
  std::string out = std::string("II*\0\x08\0\0\0", 8) + little(uint32_t(tags.size()), 2);
  for (const auto& [tag, value] : tags) out += little(tag, 2) + little(4, 2) + little(1) + little(value);
  return out + little(0) + std::string(100, '\x7f');
}

std::string bmp(int32_t width, int32_t height, uint32_t bits, uint32_t compression, const std::string& data = {}) {
  const std::string palette = bits <= 8 ? std::string(size_t(4) << bits, '\0') : "";
  return "BM" + little(0) + little(0) + little(uint32_t(54 + palette.size())) + little(40) + little(uint32_t(width)) + little(uint32_t(height)) + little(1, 2) + little(bits, 2) + little(compression) +
         little(0) + little(0) + little(0) + little(0) + little(0) + palette + data;
}

std::string webp(uint32_t width, uint32_t height, bool lossless, uint32_t claimed) {
  std::string frame = lossless ? std::string("\x2f") + little((width - 1) | (height - 1) << 14) + std::string(20, '\x55')
                               : std::string("\x10\x02\0", 3) + "\x9d\x01\x2a" + little(width, 2) + little(height, 2) + std::string(20, '\x55');
  if (frame.size() % 2) frame += '\0';
  return "RIFF" + little(claimed + 12) + "WEBP" + (lossless ? "VP8L" : "VP8 ") + little(claimed) + frame;
}

std::string message(const fs::path& path, int how) {
  if (how == 0) {
    const auto image = decodeImage(path);
    return image ? "" : image.error().message();
  }
  const auto mask = decodeMask(path);
  return mask ? "" : mask.error().message();
}

}  // namespace

class LiesTest : public QObject {
  Q_OBJECT
 private slots:
  void lies_data() {
    QTest::addColumn<QByteArray>("content");
    const auto add = [](const std::string& name, const std::string& content) { QTest::newRow(name.c_str()) << QByteArray::fromStdString(content); };
    const uint32_t k = 1'000'000'000;
    for (const auto& [w, h] : {std::pair(k, 1u), {k, k}, {16'000u, 16'000u}, {1u, 250'000'000u}, {250'000'000u, 1u}, {4'000u, 4'000u}}) {
      const std::string size = " " + std::to_string(w) + " × " + std::to_string(h);
      add("PNG, grey" + size, lyingPng(w, h, 8, 0));
      add("PNG, colours of 16 bits" + size, lyingPng(w, h, 16, 6));
      add("PNG, palette of 1 bit" + size, lyingPng(w, h, 1, 3));
      add("PNG, interlaced" + size, lyingPng(w, h, 8, 2, 1));
      add("TIFF, strip" + size, tiff(w, h, 8, 1, 1));
      add("TIFF, 16 bits of 4 samples" + size, tiff(w, h, 16, 4, 1));
      add("TIFF, LZW" + size, tiff(w, h, 8, 3, 5));
      add("TIFF, deflate" + size, tiff(w, h, 8, 3, 8));
      add("TIFF, tiles" + size, tiff(w, h, 8, 1, 1, 256));
      add("TIFF, one tile" + size, tiff(w, h, 8, 1, 8, 1u << 20));
      add("BMP" + size, bmp(int32_t(w), int32_t(h), 24, 0));
      add("BMP, 1 bit" + size, bmp(int32_t(w), -int32_t(h), 1, 0));
      add("BMP, runs" + size, bmp(int32_t(w), int32_t(h), 8, 1, std::string("\xff\x01", 2)));
      add("BMP, runs of 4 bits" + size, bmp(int32_t(w), int32_t(h), 4, 2));
      const std::string text = std::to_string(w) + " " + std::to_string(h);
      for (const char* kind : {"P1", "P4"}) add(std::string("PNM ") + kind + size, std::string(kind) + "\n" + text + "\n");
      for (const char* kind : {"P2", "P3", "P5", "P6"}) add(std::string("PNM ") + kind + size, std::string(kind) + "\n" + text + "\n65535\n1 2 3 ");
    }
    for (const uint32_t side : {65'500u, 16'000u, 4'000u}) add("JPEG " + std::to_string(side), jpeg(side, side));
    for (const uint32_t side : {16'383u, 4'000u})
      for (const bool lossless : {true, false})
        for (const uint32_t claimed : {26u, 4'000'000'000u}) add(std::string("WebP, ") + (lossless ? "lossless " : "lossy ") + std::to_string(side) + ", claims " + std::to_string(claimed), webp(side, side, lossless, claimed));
  }
  void lies() {
    QFETCH(QByteArray, content);
    QTemporaryDir folder;
    const fs::path path = folder.path().toStdString() + "/claim.png", said = folder.path().toStdString() + "/said";
    EXPECT_OK(writeFileAtomically(path, content.toStdString()));
    for (const int how : {0, 1}) {
      const pid_t child = ::fork();
      if (child == 0) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        long pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        const rlim_t most = rlim_t(pages) * rlim_t(::sysconf(_SC_PAGESIZE)) + (rlim_t(512) << 20);
        const rlimit limit{most, most};
        ::setrlimit(RLIMIT_AS, &limit);
#endif
        const rlimit seconds{2, 2};
        ::setrlimit(RLIMIT_CPU, &seconds);
        std::ofstream(said) << message(path, how);
        ::_exit(0);
      }
      int status = 0;
      QCOMPARE(::waitpid(child, &status, 0), child);
      const std::string text = readFile(said).value_or("");
      QVERIFY2(WIFEXITED(status) && WEXITSTATUS(status) == 0, how ? "as a mask: killed" : "killed");
      QVERIFY2(text.find("claim.png") != std::string::npos, ("it says: " + text).c_str());
      QVERIFY2(text.find("memory") == std::string::npos, text.c_str());
    }
  }
};

INTARSIA_TEST(LiesTest)
#include "lies_test.moc"
