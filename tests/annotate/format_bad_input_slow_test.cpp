// SPDX-License-Identifier: GPL-3.0-or-later
// Sources that are broken in every way we could think of: an error or a report, within two seconds, and nothing from elsewhere.
#include <QTemporaryDir>
#include <QTest>
#include <chrono>
#include <cmath>
#include <set>

#include "annotate/formats/format.h"
#include "tests/annotate/format_fixtures.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

namespace {

const std::vector<Fixture>& all() {
  static const auto list = fixtures();
  return list;
}

std::string slurp(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool finiteAreas(const ImportedDataset& dataset) {
  for (const auto& image : dataset.images)
    for (const auto& shape : image.shapes) {
      if (shape.classIndex < 0 || shape.classIndex >= int(dataset.classes.size()) || !std::isfinite(shape.area.value_or(0))) return false;
      for (const auto& ring : shape.polygon.rings) {
        if (ring.size() < 3) return false;
        for (const Point p : ring)
          if (!std::isfinite(p.x) || !std::isfinite(p.y)) return false;
      }
    }
  return true;
}

}  // namespace

class FormatBadInputTest : public QObject {
  Q_OBJECT
 private:
  void rows() {
    QTest::addColumn<int>("index");
    for (size_t i = 0; i < all().size(); ++i)
      if (!all()[i].text.empty()) QTest::newRow(all()[i].name.c_str()) << int(i);
  }
  static const Fixture& fixture() {
    QFETCH(int, index);
    return all()[size_t(index)];
  }
  /// Reads and reports slowness or values that no later room could bear. Whether it succeeds is not asked.
  static void bear(const fs::path& source, std::string_view format, const char* what) {
    const auto start = std::chrono::steady_clock::now();
    const auto dataset = readDataset(source, {}, format);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    QVERIFY2(seconds < 2, what);
    if (dataset) QVERIFY2(finiteAreas(*dataset), what);
    else QVERIFY2(!dataset.error().message().empty(), what);
  }


 private slots:
  void truncated_data() { rows(); }
  void truncated() {
    const Fixture& f = fixture();
    QTemporaryDir folder;
    f.write(folder.path().toStdString());
    const fs::path file = fs::path(folder.path().toStdString()) / f.text;
    const std::string whole = slurp(file);
    for (size_t length = 0; length < whole.size(); ++length) {
      put(file, std::string_view(whole).substr(0, length));
      bear(folder.path().toStdString(), f.format, qPrintable(QString("cut at byte %1").arg(length)));
      if (QTest::currentTestFailed()) return;
    }
  }

  /// Each number and each text of the file in turn becomes something else.
  void mutated_data() { rows(); }
  void mutated() {
    const Fixture& f = fixture();
    QTemporaryDir folder;
    f.write(folder.path().toStdString());
    const fs::path file = fs::path(folder.path().toStdString()) / f.text;
    const std::string whole = slurp(file);
    const std::vector<std::string> instead = {"NaN", "-Infinity", "1e308", "1e999", "-1", "1000000000", "99999999999999999999999", "null", "true", "{}", "[]", "\"x\"", "\"\"", "", "../../etc/passwd", "/etc/passwd"};
    for (size_t at = 0; at < whole.size();) {
      size_t end = at;
      while (end < whole.size() && (std::isdigit(static_cast<unsigned char>(whole[end])) || whole[end] == '.')) ++end;
      if (end == at && whole[at] == '"') {
        end = whole.find('"', at + 1);
        end = end == std::string::npos ? whole.size() : end + 1;
      }
      if (end == at) { ++at; continue; }
      for (const auto& text : instead) {
        put(file, whole.substr(0, at) + text + whole.substr(end));
        bear(folder.path().toStdString(), f.format, qPrintable(QString("byte %1: %2").arg(at).arg(text.c_str())));
        if (QTest::currentTestFailed()) return;
      }
      at = end;
    }
  }

  void garbage_data() { rows(); }
  void garbage() {
    const Fixture& f = fixture();
    QTemporaryDir folder;
    f.write(folder.path().toStdString());
    const fs::path file = fs::path(folder.path().toStdString()) / f.text;
    const std::string whole = slurp(file);
    std::string utf16 = "\xFF\xFE";
    for (const char c : whole) (utf16 += c) += '\0';
    std::string crlf;
    for (const char c : whole) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    std::string bomb = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\">";
    for (char c = 'b'; c < 'j'; ++c) bomb += std::string("<!ENTITY ") + c + " \"" + std::string(10, '&') + char(c - 1) + ";\">";
    bomb += "]><annotation><object><name>&i;</name></object></annotation>";
    std::string nested;
    for (int i = 0; i < 100000; ++i) nested += "<a>";
    const std::vector<std::pair<const char*, std::string>> contents = {{"empty", ""}, {"blank", " \n"}, {"zeros", std::string(5000, '\0')}, {"brackets", std::string(1000000, '[')},
        {"objects", [] { std::string s; for (int i = 0; i < 200000; ++i) s += "{\"a\":"; return s; }()}, {"utf16", utf16}, {"entities", bomb}, {"elements", nested},
        {"html", "<!DOCTYPE html><html><body>404</body></html>"}, {"quotes", std::string(300000, '"')}, {"escapes", "{\"a\":\"" + std::string(300000, '\\')},
        {"commas", "[" + std::string(300000, ',')}, {"digits", std::string(300000, '9')}, {"binary", "\x89PNG\r\n\x1a\n\0\0\0"}, {"latin1", "{\"shapes\":[{\"label\":\"stra\xDF" "e\"}]}"}};
    for (const auto& [name, content] : contents) {
      put(file, content);
      bear(folder.path().toStdString(), f.format, name);
      bear(file, f.format, name);
      if (QTest::currentTestFailed()) return;
    }
    put(file, "\xEF\xBB\xBF" + crlf);  // BOM and CRLF change nothing
    const auto dataset = readDataset(folder.path().toStdString(), {}, f.format);
    QVERIFY2(dataset, dataset ? "" : dataset.error().message().c_str());
    QVERIFY2(dataset->report.annotations == f.annotations, "annotations are lost");
    put(file, utf16);
    const auto refused = readDataset(file, {}, f.format);
    static const std::set<std::string> single = {"labelme", "coco", "labelbox", "voc-xml", "cvat", "yolo", "via", "datumaro", "label-studio", "supervisely", "cityscapes", "coco-panoptic"};
    if (single.contains(f.format)) QVERIFY2(!refused && refused.error().message().find("UTF-16") != std::string::npos, refused ? "read" : refused.error().message().c_str());
  }

  /// Names that lead elsewhere are looked up, not followed: nothing outside the folder is found.
  void traversal_data() { rows(); }
  void traversal() {
    const Fixture& f = fixture();
    for (const std::string& name : {std::string("../outside/secret.png"), std::string("/etc/hostname"), std::string("C:\\\\x\\\\secret.png"), std::string("..\\\\..\\\\secret.png")}) {
      QTemporaryDir above;
      const fs::path folder = fs::path(above.path().toStdString()) / "source";
      f.write(folder);
      putPicture(fs::path(above.path().toStdString()) / "outside/secret.png", 7, 7);
      const fs::path file = folder / f.text;
      std::string text = slurp(file);
      for (size_t at = text.find("a.png"); at != std::string::npos; at = text.find("a.png", at + name.size())) text.replace(at, 5, name);
      put(file, text);
      const auto dataset = readDataset(folder, {}, f.format);
      if (!dataset) continue;
      const fs::path root = fs::canonical(folder);
      for (const auto& image : dataset->images) {
        if (image.path.empty()) continue;
        const auto relative = fs::canonical(image.path).lexically_relative(root).string();
        QVERIFY2(!relative.empty() && !relative.starts_with(".."), image.path.c_str());
      }
    }
  }
};

INTARSIA_TEST(FormatBadInputTest)
#include "format_bad_input_slow_test.moc"
