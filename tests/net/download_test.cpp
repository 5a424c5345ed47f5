// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/download.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/random.h"
#include "core/net/sha256.h"
#include "tests/support/expect.h"
#include "tests/support/file_server.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

class DownloadTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    Random random(3);
    m_content.resize(300'000);
    for (char& c : m_content) c = char(random.below(256));
    fs::create_directories(path("server"));
    QVERIFY(writeFileAtomically(path("server") / "weights.pth", m_content));
    Sha256 hash;
    hash.add(std::as_bytes(std::span(m_content)));
    m_sum = hash.finish().substr(0, 8);
    if (!m_server.start(path("server"))) QSKIP("python3 is not installed");
  }
  void cleanup() {
    std::error_code ignored;
    fs::remove_all(path("here"), ignored);
    fs::remove(path("server") / "log", ignored);
  }

  void checksums() {
    const auto sum = [](std::string_view text) {
      Sha256 hash;
      hash.add(std::as_bytes(std::span(text)));
      return hash.finish();
    };
    QCOMPARE(sum(""), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));  // FIPS 180-4's examples
    QCOMPARE(sum("abc"), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(sum("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), std::string("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
    for (int n = 50; n < 70; ++n) {  // around the padding's edges: in one piece as in many
      Sha256 pieces;
      const std::string text(size_t(n), 'x');
      for (const char& c : text) pieces.add(std::as_bytes(std::span(&c, 1)));
      QCOMPARE(pieces.finish(), sum(text));
    }
  }

  void fetchesInAllWays_data() {
    QTest::addColumn<QString>("kind");
    for (const char* kind : {"plain", "norange", "moved"}) QTest::newRow(kind) << kind;
  }
  void fetchesInAllWays() {
    QFETCH(QString, kind);
    int64_t last = 0;
    const Job job({}, [&](const Progress& p) { last = p.done; });
    EXPECT_OK(download(of(kind.toStdString()), job));
    QCOMPARE(readFile(target()).value(), m_content);
    QVERIFY(!fs::exists(path("here") / "weights.pth.part"));
    QVERIFY(last <= int64_t(m_content.size()));
    EXPECT_OK(download(of("nowhere"), {}));  // it is there: nobody is asked
    QCOMPARE(requests().size(), kind == "moved" ? 2u : 1u);
  }

  void goesOn() {
    const auto broken = download(of("cut"), {});
    QVERIFY(!broken && broken.error().message().find("127.0.0.1") != std::string::npos);
    QVERIFY(!fs::exists(target()));
    QCOMPARE(fs::file_size(path("here") / "weights.pth.part"), m_content.size() / 2);
    EXPECT_OK(download(of("cut"), {}));
    QCOMPARE(readFile(target()).value(), m_content);
    QCOMPARE(requests().back(), std::string("/cut/weights.pth bytes=150000-"));
  }

  void startsAgainWithoutRanges() {
    fs::create_directories(path("here"));
    QVERIFY(writeFileAtomically(path("here") / "weights.pth.part", m_content.substr(0, 1000)));
    EXPECT_OK(download(of("norange"), {}));
    QCOMPARE(readFile(target()).value(), m_content);
  }

  void completePartIsTaken() {
    fs::create_directories(path("here"));
    QVERIFY(writeFileAtomically(path("here") / "weights.pth.part", m_content));
    EXPECT_OK(download(of("plain"), {}));
    QCOMPARE(readFile(target()).value(), m_content);
  }

  void wrongContentIsRemoved() {
    fs::create_directories(path("here"));
    QVERIFY(writeFileAtomically(target(), "an older file"));
    Download what = of("plain");
    what.sha256 = "0123456789";
    const auto result = download(what, {});
    EXPECT_ERROR(result, ErrorCode::invalidInput);
    QVERIFY(result.error().message().find("checksum") != std::string::npos);
    QVERIFY(!fs::exists(path("here") / "weights.pth.part"));
    QCOMPARE(readFile(target()).value(), std::string("an older file"));
    what.sha256 = "";
    EXPECT_ERROR(download(what, {}), ErrorCode::invalidInput);
  }

  void stops() {
    std::stop_source source;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      source.request_stop();
    });
    EXPECT_ERROR(download(of("slow"), Job(source.get_token())), ErrorCode::cancelled);
    QVERIFY(!fs::exists(target()) && fs::file_size(path("here") / "weights.pth.part") > 0);
    EXPECT_OK(download(of("plain"), {}));
    QCOMPARE(readFile(target()).value(), m_content);
  }

  void refuses() {
    Download what = of("more");
    what.most = 1'000'000;
    EXPECT_ERROR(download(what, {}), ErrorCode::tooLarge);
    QVERIFY(fs::file_size(path("here") / "weights.pth.part") <= 1'000'000);
    cleanup();
    what = of("plain");
    what.url = m_server.address() + "plain/absent";
    const auto absent = download(what, {});
    QVERIFY(!absent && absent.error().message().find("404") != std::string::npos);
    what.url = "file://" + (path("server") / "weights.pth").string();
    QVERIFY(!download(what, {}));
    what.url = m_server.address() + "away/weights.pth";
    QVERIFY(!download(what, {}));
    what.url = "http://127.0.0.1:1/weights.pth";
    QVERIFY(!download(what, {}));
    QVERIFY(!fs::exists(target()));
  }

 private:
  fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
  fs::path target() const { return path("here") / "weights.pth"; }
  Download of(const std::string& kind) const { return {m_server.address() + kind + "/weights.pth", target(), m_sum}; }
  std::vector<std::string> requests() const {
    std::vector<std::string> lines;
    for (const auto& line : QString::fromStdString(readFile(path("server") / "log").value_or("")).split('\n', Qt::SkipEmptyParts)) lines.push_back(line.toStdString());
    return lines;
  }
  QTemporaryDir m_dir;
  std::string m_content, m_sum;
  test::FileServer m_server;
};

INTARSIA_TEST(DownloadTest)
#include "download_test.moc"
