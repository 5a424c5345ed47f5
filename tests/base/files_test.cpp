// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>
#include <sys/resource.h>
#include <sys/stat.h>
#include <csignal>
#include <fstream>

#include "core/base/append_file.h"
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/base/source_files.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

int entries(const fs::path& folder) { return int(std::distance(fs::directory_iterator(folder), fs::directory_iterator())); }

/// No file may grow beyond `bytes`, as if the disk were full.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    m_handler = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &m_before);
    const rlimit limit{bytes, m_before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &m_before);
    std::signal(SIGXFSZ, m_handler);
  }

 private:
  rlimit m_before{};
  void (*m_handler)(int) = nullptr;
};

}  // namespace

class FilesTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    m_temporary = std::make_unique<QTemporaryDir>();
    m_folder = m_temporary->path().toStdString();
  }

  void writesNewAndReplaces() {
    const fs::path target = m_folder / "a.json";
    EXPECT_OK(writeFileAtomically(target, "one"));
    EXPECT_OK(writeFileAtomically(target, "two"));
    QCOMPARE(*readFile(target), std::string("two"));
    QCOMPARE(entries(m_folder), 1);
  }

  void sourcesAreKnownByAnyName() {
    const fs::path source = m_folder / "a.png", other = m_folder / "b.png";
    EXPECT_OK(writeFileAtomically(source, "picture"));
    EXPECT_OK(writeFileAtomically(other, "mask"));
    fs::create_directory_symlink(m_folder, m_folder / "link");
    fs::create_hard_link(source, m_folder / "twin.png");
    const SourceFiles sources({source, m_folder / "missing.png"});
    for (const auto* name : {"a.png", "link/a.png", "twin.png"}) QVERIFY2(!sources.check(m_folder / name), name);
    for (const auto* name : {"b.png", "missing.png", "new.png"}) EXPECT_OK(sources.check(m_folder / name));
  }

  void nothingChangesBeforeCommit() {
    const fs::path target = m_folder / "a";
    EXPECT_OK(writeFileAtomically(target, "old"));
    {
      auto file = AtomicFile::open(target);
      EXPECT_OK(file);
      EXPECT_OK(file->write("new"));
      QCOMPARE(*readFile(target), std::string("old"));
      QCOMPARE(entries(m_folder), 2);
    }
    QCOMPARE(*readFile(target), std::string("old"));
    QCOMPARE(entries(m_folder), 1);
  }

  void aFullDiskKeepsTheOldFile() {
    const fs::path target = m_folder / "a";
    EXPECT_OK(writeFileAtomically(target, "old"));
    {
      const FileLimit limit(10000);
      auto file = AtomicFile::open(target);
      EXPECT_OK(file);
      QVERIFY(!file->write(std::string(20000, 'x')));  // the first 10000 bytes do get written
      QVERIFY(!file->write("y"));                      // and nothing makes it good again
      QVERIFY(!file->commit());
      QVERIFY(!writeFileAtomically(target, std::string(20000, 'x')));
    }
    QCOMPARE(*readFile(target), std::string("old"));
    QCOMPARE(entries(m_folder), 1);
  }

  void keepsPermissionsAndFollowsLinks() {
    const fs::path target = m_folder / "real", link = m_folder / "link", dangling = m_folder / "dangling";
    EXPECT_OK(writeFileAtomically(target, "old"));
    fs::permissions(target, fs::perms(0640));
    fs::create_symlink("real", link);
    EXPECT_OK(writeFileAtomically(link, "new"));
    QVERIFY(fs::is_symlink(link));
    QCOMPARE(*readFile(target), std::string("new"));
    QCOMPARE(int(fs::status(target).permissions()), 0640);
    fs::create_symlink("later", dangling);
    EXPECT_OK(writeFileAtomically(dangling, "x"));
    QVERIFY(fs::is_symlink(dangling));
    QCOMPARE(*readFile(m_folder / "later"), std::string("x"));
    fs::create_symlink("loop", m_folder / "loop");
    QVERIFY(!writeFileAtomically(m_folder / "loop", "x"));
  }

  void refusesWhatIsNoFile() {
    EXPECT_ERROR(writeFileAtomically(m_folder, "x"), ErrorCode::invalidInput);
    EXPECT_ERROR(writeFileAtomically("/dev/full", "x"), ErrorCode::invalidInput);
    EXPECT_ERROR(writeFileAtomically(m_folder / "absent" / "a", "x"), ErrorCode::notFound);
    const auto error = writeFileAtomically(m_folder / "absent" / "a", "x");
    QVERIFY(error.error().message().find("absent/a") != std::string::npos);
  }

  void longNamesFit() {
    const fs::path target = m_folder / std::string(255, 'n');
    EXPECT_OK(writeFileAtomically(target, "x"));
    QCOMPARE(*readFile(target), std::string("x"));
  }

  void relativePaths() {
    const auto before = fs::current_path();
    fs::current_path(m_folder);
    const auto written = writeFileAtomically("plain", "x");
    fs::current_path(before);
    EXPECT_OK(written);
    QCOMPARE(*readFile(m_folder / "plain"), std::string("x"));
  }

  void readFileRefusals() {
    EXPECT_ERROR(readFile(m_folder / "absent"), ErrorCode::notFound);
    EXPECT_ERROR(readFile(m_folder), ErrorCode::invalidInput);
    EXPECT_ERROR(readFile("/dev/zero"), ErrorCode::invalidInput);
    const fs::path fifo = m_folder / "fifo";
    QCOMPARE(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_ERROR(readFile(fifo), ErrorCode::invalidInput);  // and does not wait for a writer
    EXPECT_OK(writeFileAtomically(m_folder / "ten", "0123456789"));
    EXPECT_ERROR(readFile(m_folder / "ten", 9), ErrorCode::tooLarge);
    EXPECT_OK(readFile(m_folder / "ten", 10));
    QVERIFY(readFile("/proc/self/stat")->size() > 10);  // says that it has 0 bytes
  }

  void appendsWholeLines() {
    const fs::path path = m_folder / "log";
    {
      auto log = AppendFile::open(path);
      EXPECT_OK(log);
      EXPECT_OK(log->line("one"));
      EXPECT_OK(log->line("two\nlines"));
    }
    std::ofstream(path, std::ios::app) << "unfinis";
    size_t offset = 0;
    auto lines = readLines(path, offset);
    EXPECT_OK(lines);
    QCOMPARE(*lines, (std::vector<std::string>{"one", "two lines"}));
    QCOMPARE(offset, size_t(14));
    auto log = AppendFile::open(path);
    EXPECT_OK(log->line("three"));
    QCOMPARE(*readLines(path, offset), (std::vector<std::string>{"unfinis", "three"}));
    QVERIFY(readLines(path, offset)->empty());
    std::ofstream(path, std::ios::trunc) << "again\n";
    QCOMPARE(*readLines(path, offset), std::vector<std::string>{"again"});
    size_t start = 0;
    QVERIFY(readLines(m_folder / "absent", start)->empty());
  }

  void aCutLineIsEndedByTheNext() {
    const fs::path path = m_folder / "log";
    auto log = AppendFile::open(path);
    EXPECT_OK(log->line("first"));
    {
      const FileLimit limit(10);
      QVERIFY(!log->line("does not fit"));
    }
    EXPECT_OK(log->line("last"));
    size_t offset = 0;
    QCOMPARE(*readLines(path, offset), (std::vector<std::string>{"first", "does", "last"}));
  }

  void manyLinesInPieces() {
    const fs::path path = m_folder / "log";
    std::string content;
    for (int i = 0; i < 30000; ++i) content += std::to_string(i) + "\n";
    std::ofstream(path) << content;
    size_t offset = 0;
    const auto lines = readLines(path, offset);
    EXPECT_OK(lines);
    QCOMPARE(lines->size(), size_t(30000));
    QCOMPARE(lines->at(29999), std::string("29999"));
    QCOMPARE(offset, content.size());
  }

  void hashes() {
    // xxhsum -H2 of the empty text.
    QCOMPARE(contentHash(""), std::string("99aa06d3014798d86001c324468d497f"));
    const std::string content(1'000'003, 'q');
    EXPECT_OK(writeFileAtomically(m_folder / "a", content));
    QCOMPARE(*fileHash(m_folder / "a"), contentHash(content));
    QVERIFY(contentHash("a") != contentHash("b"));
    EXPECT_ERROR(fileHash(m_folder / "absent"), ErrorCode::notFound);
  }

 private:
  std::unique_ptr<QTemporaryDir> m_temporary;
  fs::path m_folder;
};

INTARSIA_TEST(FilesTest)
#include "files_test.moc"
