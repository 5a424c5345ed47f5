// SPDX-License-Identifier: GPL-3.0-or-later
// Sources that are broken in every way we could think of: an error or a report, within two seconds and 512 MB, and nothing from
// elsewhere.
#include <QTemporaryDir>
#include <QTest>
#include <sys/resource.h>
#include <sys/stat.h>
#include <cmath>
#include <cstring>
#include <set>

#include "annotate/formats/format.h"
#include "core/base/text.h"
#include "tests/annotate/format_fixtures.h"
#include "tests/support/lying_png.h"
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

/// Most memory that this process held since the last call, in MiB; 0 where the kernel does not say.
int64_t peakMemory() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#else
  int64_t peak = 0;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) peak = std::atoll(line.c_str() + 6) / 1024;
  std::ofstream("/proc/self/clear_refs") << "5";
  return peak;
#endif
}

std::string jpegBytes(int width, int height) {
  QTemporaryDir folder;
  const fs::path path = folder.path().toStdString() + "/x.jpg";
  (void)writeJpeg(path, Image{width, height, 3, 8, std::vector<uint8_t>(size_t(width) * size_t(height) * 3, 100)});
  return slurp(path);
}

std::string greyBytes(int width, int height, int value) {
  QTemporaryDir folder;
  const fs::path path = folder.path().toStdString() + "/x.png";
  putGreyMask(path, value, width, height);
  return slurp(path);
}

double cpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
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
  void rows(bool textOnly = true) {
    QTest::addColumn<int>("index");
    for (size_t i = 0; i < all().size(); ++i)
      if (!textOnly || !all()[i].text.empty()) QTest::newRow(all()[i].name.c_str()) << int(i);
  }
  static const Fixture& fixture() {
    QFETCH(int, index);
    return all()[size_t(index)];
  }
  /// Reads and reports slowness or values that no later room could bear. Whether it succeeds is not asked.
  static void bear(const fs::path& source, std::string_view format, const char* what) {
    peakMemory();
    const double start = cpuSeconds();
    const auto dataset = readDataset(source, {}, format);
    QVERIFY2(cpuSeconds() - start < 2, what);
    QVERIFY2(peakMemory() < 512, what);
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
    const std::vector<std::pair<const char*, std::string>> contents = {{"empty", ""}, {"blank", " \n"}, {"zeros", std::string(5000, '\0')}, {"brackets", std::string(1000000, '[')}, {"nested", std::string(1000000, '[') + std::string(1000000, ']')},
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

  /// Each picture or mask of the source in turn becomes something else.
  void pictures_data() { rows(false); }
  void pictures() {
    const Fixture& f = fixture();
    QTemporaryDir above;
    const fs::path folder = fs::path(above.path().toStdString()) / "source", elsewhere = fs::path(above.path().toStdString()) / "elsewhere.png";
    put(elsewhere, greyBytes(40, 30, 1));
    f.write(folder);
    std::vector<fs::path> pictures;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".png" || entry.path().extension() == ".jpg") pictures.push_back(entry.path());
    struct Bad { const char* name; std::string bytes; bool told; };
    const std::vector<Bad> bads = {{"header bomb", lyingPng(2'000'000'000, 2'000'000'000, 8, 0), true}, {"colour header bomb", lyingPng(200'000, 200'000, 16, 6), true},
        {"pixels missing", lyingPng(16'000, 16'000, 8, 2), false}, {"grey pixels missing", lyingPng(16'000, 16'000, 8, 0), false}, {"no width", lyingPng(0, 10, 8, 0), true}, {"empty", "", true}, {"text", "<html>404</html>", true},
        {"cut", greyBytes(40, 30, 1).substr(0, 50), false}, {"signature", "\x89PNG\r\n\x1a\n", true}, {"jpeg named png", jpegBytes(40, 30), false}, {"other size", greyBytes(41, 29, 1), false},
        {"class beyond the table", greyBytes(40, 30, 254), false}};
    for (const auto& picture : pictures) {
      const std::string good = slurp(picture);
      for (const Bad& bad : bads) {
        put(picture, bad.bytes);
        const QString what = QString("%1: %2").arg(picture.filename().c_str(), bad.name);
        bear(folder, f.format, qPrintable(what));
        if (QTest::currentTestFailed()) return;
        const auto dataset = readDataset(folder, {}, f.format);
        const bool said = !dataset || dataset->report.skipped.size() + dataset->report.notes.size() + dataset->report.repaired.size() > 0;
        if (bad.told && f.format != "yolo") QVERIFY2(said, qPrintable(what));  // YOLO's coordinates fit any size
        if (dataset)
          for (const auto& image : dataset->images)
            if (image.mask) (void)image.mask();
      }
      fs::remove(picture);
      bear(folder, f.format, "missing");
      fs::create_directory(picture);
      put(picture / "inside.png", good);
      bear(folder, f.format, "a folder named like a file");
      fs::remove_all(picture);
      for (const fs::path& target : {elsewhere, picture, fs::path("."), fs::path("/etc/hostname"), fs::path("nowhere.png")}) {
        fs::create_symlink(target, picture);
        bear(folder, f.format, "a link");
        const auto dataset = readDataset(folder, {}, f.format);
        for (size_t i = 0; dataset && i < dataset->images.size(); ++i) QVERIFY(dataset->images[i].path != picture || !fs::is_symlink(picture));
        fs::remove(picture);
      }
      put(picture, good);
      if (QTest::currentTestFailed()) return;
    }
  }

  /// The annotation file is a folder, a loop, a link to a good file elsewhere, a pipe, or holds everything twice.
  void places_data() { rows(); }
  void places() {
    const Fixture& f = fixture();
    QTemporaryDir above;
    const fs::path folder = fs::path(above.path().toStdString()) / "source", elsewhere = fs::path(above.path().toStdString()) / "elsewhere";
    f.write(folder);
    const fs::path file = folder / f.text;
    fs::rename(file, elsewhere);
    bear(folder, f.format, "missing");
    fs::create_directory(file);
    bear(folder, f.format, "a folder named like a file");
    bear(file, f.format, "a folder named like a file, opened");
    fs::remove(file);
    for (const fs::path& target : {file, fs::path("."), fs::path(".."), fs::path("/dev/zero"), fs::path("/proc/self/mem")}) {
      fs::create_symlink(target, file);
      bear(folder, f.format, "a link");
      fs::remove(file);
    }
    if (!f.carries) {
      fs::create_symlink(elsewhere, file);
      const auto dataset = readDataset(folder, {}, f.format);
      QVERIFY2(!dataset || dataset->report.annotations == 0, "a file outside was read");
      fs::remove(file);
    }
    QCOMPARE(mkfifo(file.c_str(), 0600), 0);
    bear(folder, f.format, "a pipe");
    bear(file, f.format, "a pipe, opened");
    fs::remove(file);
    fs::copy_file(elsewhere, file);
    // The same pictures in two folders: whichever is meant, nothing is taken twice and nothing crashes.
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".png") {
        for (const char* sub : {"one", "two"}) {
          fs::create_directories(folder / sub);
          fs::copy_file(entry.path(), folder / sub / entry.path().filename(), fs::copy_options::overwrite_existing);
        }
        fs::remove(entry.path());
        const auto dataset = readDataset(folder, {}, f.format);
        QVERIFY(dataset);
        const bool told = f.carries ? dataset->report.notes.size() + dataset->report.skipped.size() > 0 : std::any_of(dataset->report.notes.begin(), dataset->report.notes.end(), [](const auto& line) { return line.reason.find("2 images have this name") != std::string::npos; });
        QVERIFY2(told, "an ambiguous name was not reported");
        break;
      }
    for (const char* name : {"a", "b"}) fs::create_directory_symlink("..", folder / name);
    fs::create_directory_symlink(folder, folder / "self");
    bear(folder, f.format, "loops of links");
  }

  /// A letter that is Latin-1, in the middle of every name.
  void latin1_data() { rows(); }
  void latin1() {
    const Fixture& f = fixture();
    QTemporaryDir folder;
    f.write(folder.path().toStdString());
    const fs::path file = fs::path(folder.path().toStdString()) / f.text;
    std::string text = slurp(file);
    for (size_t at = text.find("car"); at != std::string::npos; at = text.find("car", at + 3)) text.replace(at, 3, "c\xE4r");
    put(file, text);
    bear(folder.path().toStdString(), f.format, "Latin-1");
    const auto dataset = readDataset(folder.path().toStdString(), {}, f.format);
    if (dataset)
      for (const auto& c : dataset->classes) QVERIFY2(validUtf8(c.name), c.name.c_str());
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
