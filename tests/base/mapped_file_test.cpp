// SPDX-License-Identifier: GPL-3.0-or-later
// Files that change under the one who reads them: zeros and an error, and no signal that ends the process.
#include "core/base/mapped_file.h"

#include <QTemporaryDir>
#include <QTest>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {
constexpr size_t kBytes = size_t(1) << 20;

int64_t count(const MappedFile& file, char c) { return std::ranges::count(file.text(), c); }

/// In a process of its own, before Qt Test has handlers: reads a mapping that is not ours and was cut short.
const char* const kFault = "INTARSIA_TEST_FAULT";
[[maybe_unused]] const bool faults = [] {
  const char* folder = std::getenv(kFault);
  if (!folder) return false;
  ::alarm(20);
  ::close(2);
  const auto mine = MappedFile::open(fs::path(folder) / "mine");
  const fs::path foreign = fs::path(folder) / "foreign";
  const int fd = ::open(foreign.c_str(), O_RDONLY);
  const auto* data = static_cast<const volatile char*>(::mmap(nullptr, kBytes, PROT_READ, MAP_PRIVATE, fd, 0));
  fs::resize_file(foreign, 0);
  ::_exit(data[5000]);
}();
}  // namespace

class MappedFileTest : public QObject {
  Q_OBJECT
 private:
  fs::path write(const std::string& name, size_t bytes = kBytes) const {
    const fs::path path = fs::path(m_dir->path().toStdString()) / name;
    std::ofstream(path, std::ios::binary) << std::string(bytes, 'x');
    return path;
  }
  std::unique_ptr<QTemporaryDir> m_dir;

 private slots:
  void init() { m_dir = std::make_unique<QTemporaryDir>(); }

  void reads() {
    const auto file = MappedFile::open(write("a"));
    EXPECT_OK(file);
    QCOMPARE(file->text(), std::string(kBytes, 'x'));
    file->expectSequential();
    file->release(0, kBytes);
    QCOMPARE(count(*file, 'x'), int64_t(kBytes));
    EXPECT_OK(file->intact());
    const auto empty = MappedFile::open(write("empty", 0));
    EXPECT_OK(empty);
    QVERIFY(empty->bytes().empty());
    EXPECT_OK(empty->intact());
  }

  void whatIsNoFile() {
    EXPECT_ERROR(MappedFile::open(m_dir->path().toStdString()), ErrorCode::invalidInput);
    EXPECT_ERROR(MappedFile::open("/nowhere/at/all"), ErrorCode::notFound);
    const fs::path pipe = fs::path(m_dir->path().toStdString()) / "pipe";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_ERROR(MappedFile::open(pipe), ErrorCode::invalidInput);
  }

  /// Cut at a page's border, inside a page (where the kernel gives zeros and no signal), to nothing.
  void cutShort_data() {
    QTest::addColumn<int>("left");
    for (const int left : {0, 1, 4096, 100'000, 524'288, int(kBytes) - 1}) QTest::newRow(qPrintable(QString::number(left))) << left;
  }
  void cutShort() {
    QFETCH(int, left);
    const fs::path path = write("cut"), other = write("other");
    const auto file = MappedFile::open(path);
    const auto beside = MappedFile::open(other);
    EXPECT_OK(file);
    EXPECT_OK(beside);
    fs::resize_file(path, uintmax_t(left));
    QCOMPARE(count(*file, 'x'), int64_t(left));
    QCOMPARE(count(*file, '\0'), int64_t(kBytes) - left);
    const auto told = file->intact();
    EXPECT_ERROR(told, ErrorCode::io);
    QVERIFY(QString::fromStdString(told.error().message()).contains("cut changed or could not be read while it was being read"));
    file->release(0, kBytes);
    QCOMPARE(count(*file, '\0') > 0, true);
    QCOMPARE(count(*beside, 'x'), int64_t(kBytes));  // the other mapping is whole
    EXPECT_OK(beside->intact());
  }

  void writtenTo() {
    const fs::path path = write("log");
    const auto file = MappedFile::open(path), careless = MappedFile::open(path, MappedFile::Watch::damage);
    std::ofstream(path, std::ios::binary | std::ios::app) << "more";
    EXPECT_ERROR(file->intact(), ErrorCode::io);
    EXPECT_OK(careless->intact());
    const auto again = MappedFile::open(path);
    fs::remove(path);  // what is mapped stays
    QCOMPARE(count(*again, 'x'), int64_t(kBytes));
    EXPECT_OK(again->intact());
  }

  /// More mappings than a block of the handler's list holds, in several threads, each second one cut.
  void manyAtOnce() {
    std::vector<fs::path> paths;
    for (int i = 0; i < 200; ++i) paths.push_back(write("f" + std::to_string(i), 20'000));
    std::vector<int> good(paths.size());
    std::vector<std::thread> threads;
    for (size_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int round = 0; round < 3; ++round) {
          std::vector<MappedFile> files;
          for (size_t i = t; i < paths.size(); i += 4) files.push_back(MappedFile::open(paths[i], MappedFile::Watch::damage).value());
          for (size_t i = t, k = 0; i < paths.size(); i += 4, ++k) {
            const bool cut = i / 4 % 2 == 0 && round == 1;
            if (cut) fs::resize_file(paths[i], 5000);
            const bool whole = i / 4 % 2 == 1 || round == 0;
            const int64_t seen = count(files[k], 'x');
            good[i] += seen == (whole ? 20'000 : 5'000) && files[k].intact().has_value() == (!cut);
          }
        }
      });
    for (auto& thread : threads) thread.join();
    QCOMPARE(std::ranges::count(good, 3), std::ptrdiff_t(paths.size()));
  }

  /// A fault anywhere else ends the process as before.
  void otherFaultsAreNotOurs() {
    (void)write("mine");
    (void)write("foreign");
    qputenv(kFault, m_dir->path().toUtf8());
    const pid_t child = ::fork();
    if (child == 0) ::execl("/proc/self/exe", "test", nullptr);
    qunsetenv(kFault);
    int status = 0;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QVERIFY((WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS) || (WIFEXITED(status) && WEXITSTATUS(status) != 0));  // a sanitizer exits
  }
};

INTARSIA_TEST(MappedFileTest)
#include "mapped_file_test.moc"
