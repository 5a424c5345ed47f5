// SPDX-License-Identifier: GPL-3.0-or-later
// Real pictures beside the source tree, where there are any: sizes, modes and counts per value as other programs read
// them.
#include <QTest>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/media/decode.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

const fs::path kSamples = INTARSIA_SOURCE_DIR "/../shared/samples";

/// "12", "12.0", "True" → a number.
int valueOf(const std::string& key) {
  if (key == "True") return 1;
  if (key == "False") return 0;
  return int(parseDouble(key).value_or(-1));
}

}  // namespace

class SamplesTest : public QObject {
  Q_OBJECT
 private slots:
  void asOthersReadThem_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("expected");
    const auto all = readJson(kSamples / "expected.json");
    if (all)
      for (const auto& [file, entry] : all->items()) {
        const std::string format = jsonString(entry, "format");
        if (format == "PNG" || format == "JPEG" || format == "tiff")
          QTest::newRow(file.c_str()) << QString::fromStdString(file) << QString::fromStdString(entry.dump());
      }
    if (!all) QTest::newRow("none") << QString() << QString();
  }
  void asOthersReadThem() {
    QFETCH(QString, file);
    QFETCH(QString, expected);
    if (file.isEmpty()) QSKIP("there are no samples beside the source tree");
    const fs::path path = kSamples / "formats" / file.toStdString();
    const auto entry = parseJson(expected.toStdString()).value();
    const auto info = probeImage(path);
    EXPECT_OK(info);
    const std::string format = jsonString(entry, "format"), mode = jsonString(entry, "mode");
    QCOMPARE(info->codec, format == "PNG"    ? std::string("png")
                          : format == "JPEG" ? std::string("jpeg")
                                             : std::string("tiff"));
    if (entry.contains("size")) QCOMPARE(info->stored, (Size{entry["size"][0], entry["size"][1]}));
    EXPECT_OK(decodeImage(path));
    const auto mask = decodeMask(path);
    EXPECT_OK(mask);
    if (mode == "P") QVERIFY(mask->kind == RawMask::Kind::indexed);
    if (mode == "L" || mode == "I;16" || mode == "1") QVERIFY(mask->kind == RawMask::Kind::grey);
    if (mode.starts_with("RGB")) QVERIFY(mask->kind == RawMask::Kind::color);
    if (const auto* palette = jsonFind(entry, "palette_first"))
      for (size_t i = 0; i < std::min(palette->size(), mask->palette.size()); ++i)
        QVERIFY(mask->palette[i] == (Color{(*palette)[i][0], (*palette)[i][1], (*palette)[i][2]}));
    checkCounts(entry, *mask);
    checkColors(entry, *mask);
  }

 private:
  void checkCounts(const nlohmann::json& entry, const RawMask& mask) {
    if (!entry.contains("counts") || mask.kind == RawMask::Kind::color) return;
    std::map<int, int64_t> got, wanted;
    for (size_t i = 0; i < mask.values.size(); ++i)
      ++got[mask.values[i] == kUnlabelled && !mask.alpha.empty() && mask.alpha[i] == 0 ? -9999 : mask.values[i]];
    for (const auto& [key, n] : entry["counts"].items()) wanted[valueOf(key)] += n.get<int64_t>();
    QVERIFY2(got == wanted, entry.dump().c_str());
  }

  void checkColors(const nlohmann::json& entry, const RawMask& mask) {
    if (!entry.contains("colours") || mask.kind != RawMask::Kind::color) return;
    std::map<std::string, int64_t> got;
    for (size_t i = 0; i < mask.rgb.size() / 3; ++i) {
      std::string key = std::to_string(mask.rgb[3 * i]) + "," + std::to_string(mask.rgb[3 * i + 1]) + "," +
                        std::to_string(mask.rgb[3 * i + 2]);
      if (!mask.alpha.empty()) key += "," + std::to_string(mask.alpha[i]);
      ++got[key];
    }
    for (const auto& [key, n] : entry["colours"].items()) QCOMPARE(got[key], n.get<int64_t>());
  }
};

INTARSIA_TEST(SamplesTest)
#include "samples_test.moc"
