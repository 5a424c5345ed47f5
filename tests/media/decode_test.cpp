// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/decode.h"

#include <QTest>
#include <cstring>
#include <set>

#include "core/base/resize.h"
#include "tests/media/pictures.h"
#include "tests/support/register.h"

using namespace intarsia;
using test::Picture;
using test::Pictures;

namespace {

/// Samples as numbers, whatever their width.
std::vector<int> samplesOf(const std::vector<uint8_t>& bytes, bool wide) {
  std::vector<int> out;
  if (!wide) return {bytes.begin(), bytes.end()};
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    uint16_t v = 0;
    std::memcpy(&v, &bytes[i], 2);
    out.push_back(v);
  }
  return out;
}

std::vector<int> expectedOf(const Picture& picture) {
  const auto raw = readFile(picture.expected).value_or("");
  return samplesOf({raw.begin(), raw.end()}, picture.what != "image");
}

/// Where the two differ by more than `tolerance`; empty if nowhere.
QByteArray difference(const std::vector<int>& got, const std::vector<int>& wanted, int tolerance) {
  if (got.size() != wanted.size())
    return QByteArray::number(qlonglong(got.size())) + " samples, not " + QByteArray::number(qlonglong(wanted.size()));
  for (size_t i = 0; i < got.size(); ++i)
    if (std::abs(got[i] - wanted[i]) > tolerance)
      return "sample " + QByteArray::number(qlonglong(i)) + " is " + QByteArray::number(got[i]) + ", not " +
             QByteArray::number(wanted[i]);
  return {};
}

}  // namespace

class DecodeTest : public QObject {
  Q_OBJECT
 private slots:
  void agreesWithTheReference_data() {
    QTest::addColumn<int>("index");
    const auto& all = Pictures::instance().all();
    for (size_t i = 0; i < all.size(); ++i)
      QTest::addRow("%s as %s", all[i].file.filename().c_str(), all[i].what.c_str()) << int(i);
    if (all.empty()) QTest::newRow("no pictures") << -1;
  }
  void agreesWithTheReference() {
    QFETCH(int, index);
    if (index < 0) QSKIP(Pictures::instance().reason().c_str());
    const Picture& picture = Pictures::instance().all()[size_t(index)];
    std::vector<int> got;
    const auto info = probeImage(picture.file);
    EXPECT_OK(info);
    if (picture.what == "mask") {
      const auto mask = decodeMask(picture.file);
      EXPECT_OK(mask);
      QCOMPARE(mask->size, (Size{picture.width, picture.height}));
      QCOMPARE(mask->bits, picture.bits);
      const auto kind = picture.kind == "grey"      ? RawMask::Kind::grey
                        : picture.kind == "indexed" ? RawMask::Kind::indexed
                                                    : RawMask::Kind::color;
      QVERIFY(mask->kind == kind);
      if (kind == RawMask::Kind::color)
        got.assign(mask->rgb.begin(), mask->rgb.end());
      else
        got.assign(mask->values.begin(), mask->values.end());
      QVERIFY(mask->alpha.empty() || mask->alpha.size() == size_t(picture.width) * size_t(picture.height));
    } else {
      DecodeOptions options;
      options.keep16 = picture.what == "image16";
      const auto image = decodeImage(picture.file, options);
      EXPECT_OK(image);
      QCOMPARE(image->size(), (Size{picture.width, picture.height}));
      QCOMPARE(image->size(), info->shown);
      QCOMPARE(image->channels, picture.channels);
      QCOMPARE(image->bits, options.keep16 ? 16 : 8);
      got = samplesOf(image->bytes, options.keep16);
    }
    const auto wrong = difference(got, expectedOf(picture), picture.tolerance);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
  }

  /// Whatever is cut off: an error, or (behind the last pixel) the whole picture. Never half of one.
  void truncated() {
    if (Pictures::instance().all().empty()) QSKIP(Pictures::instance().reason().c_str());
    std::set<std::string> seen;
    for (const Picture& picture : Pictures::instance().all()) {
      const std::string name = picture.file.filename();
      if (!seen.insert(name).second) continue;
      const std::string content = readFile(picture.file).value();
      const auto whole = decodeImage(picture.file);
      EXPECT_OK(whole);
      const size_t step = std::max<size_t>(1, content.size() / 60);
      for (size_t n = 0; n < content.size(); n += (n < 64 || n + 16 >= content.size()) ? 1 : step) {
        // The last number of a text without its last digit is a number, too.
        if ((name.starts_with("p2_") || name.starts_with("p3_")) && n + 6 > content.size()) break;
        const auto cut = std::as_bytes(std::span(content).first(n));
        const auto image = decodeImage(cut, name, {});
        if (image)
          QVERIFY2(image->bytes == whole->bytes,
                   (name + " cut to " + std::to_string(n) + " of " + std::to_string(content.size())).c_str());
        else
          QVERIFY(image.error().message().find(name) != std::string::npos);
        (void)decodeMask(cut, name);
      }
    }
  }

  /// Flipped bytes give an error or a picture, never a crash (the sanitizers watch).
  void damaged() {
    if (Pictures::instance().all().empty()) QSKIP(Pictures::instance().reason().c_str());
    std::set<std::string> seen;
    uint32_t state = 1;
    for (const Picture& picture : Pictures::instance().all()) {
      if (!seen.insert(picture.file.filename()).second) continue;
      const std::string content = readFile(picture.file).value();
      for (int round = 0; round < 15; ++round) {
        std::string bad = content;
        for (int i = 0; i < 3; ++i) {
          state = state * 1664525 + 1013904223;
          bad[(state >> 8) % (round % 2 ? bad.size() : std::min<size_t>(bad.size(), 100))] ^= char(1 << (state & 7));
        }
        (void)decodeImage(std::as_bytes(std::span(bad)), "damaged", {.pixelBudget = 1 << 22});
        (void)decodeMask(std::as_bytes(std::span(bad)), "damaged", 1 << 22);
      }
    }
  }

  void thumbnails() {
    if (Pictures::instance().all().empty()) QSKIP(Pictures::instance().reason().c_str());
    std::set<std::string> seen;
    for (const Picture& picture : Pictures::instance().all()) {
      if (picture.what != "image" || !seen.insert(picture.file.filename()).second) continue;
      DecodeOptions options;
      options.maxSide = 16;
      const auto small = decodeImage(picture.file, options);
      EXPECT_OK(small);
      const auto info = probeImage(picture.file);
      const Size fits = fitted(info->stored, 16);
      QCOMPARE(small->size(), info->orientation >= 5 ? (Size{fits.height, fits.width}) : fits);
      if (!picture.file.string().ends_with(".jpg")) continue;
      // JPEG's own scaling and averaging of the whole picture look the same.
      const auto plain = resized(*decodeImage(picture.file), small->size());
      double sum = 0;
      for (size_t i = 0; i < plain.bytes.size(); ++i) sum += std::abs(int(plain.bytes[i]) - int(small->bytes[i]));
      const double mean = sum / double(plain.bytes.size());
      QVERIFY2(mean < 8, (picture.file.filename().string() + ": " + formatDouble(mean)).c_str());
    }
  }

  void orientationCanBeLeftOut() {
    if (Pictures::instance().all().empty()) QSKIP(Pictures::instance().reason().c_str());
    const auto path = Pictures::instance().folder() / "exif6.jpg";
    const auto info = probeImage(path);
    EXPECT_OK(info);
    QCOMPARE(info->orientation, 6);
    QCOMPARE(info->codec, std::string("jpeg"));
    DecodeOptions options;
    options.applyOrientation = false;
    QCOMPARE(decodeImage(path, options)->size(), info->stored);
    QCOMPARE(decodeImage(path)->size(), (Size{info->stored.height, info->stored.width}));
  }

  void transparencyOfMasks() {
    if (Pictures::instance().all().empty()) QSKIP(Pictures::instance().reason().c_str());
    const auto folder = Pictures::instance().folder();
    const auto palette = decodeMask(folder / "palette_trns.png");
    EXPECT_OK(palette);
    for (size_t i = 0; i < palette->values.size(); ++i)
      QCOMPARE(int(palette->alpha[i]), palette->values[i] == 0 ? 0 : palette->values[i] == 1 ? 128 : 255);
    const auto grey = decodeMask(folder / "grey_trns.png");
    for (size_t i = 0; i < grey->values.size(); ++i) QCOMPARE(grey->alpha[i] == 0, grey->values[i] == 2);
    const auto nodata = decodeMask(folder / "nodata.tif");
    for (size_t i = 0; i < nodata->values.size(); ++i) QCOMPARE(nodata->alpha[i] == 0, i < 3);
    QVERIFY(decodeMask(folder / "grey8.png")->alpha.empty());
  }
};

INTARSIA_TEST(DecodeTest)
#include "decode_test.moc"
