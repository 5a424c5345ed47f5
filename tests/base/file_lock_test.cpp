// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/file_lock.h"

#include <QTemporaryDir>
#include <QTest>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <atomic>
#include <fstream>
#include <thread>

#include "core/base/atomic_file.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

/// A process that holds the lock until it is killed.
class Holder {
 public:
  explicit Holder(const fs::path& file) {
    int fds[2];
    if (::pipe(fds) != 0) return;
    m_pid = ::fork();
    if (m_pid == 0) {
      const auto lock = FileLock::acquire(file);
      const char answer = lock ? 'y' : 'n';
      if (::write(fds[1], &answer, 1) == 1)
        for (;;) ::pause();
      ::_exit(1);
    }
    m_held = ::read(fds[0], &m_answer, 1) == 1 && m_answer == 'y';
    ::close(fds[0]);
    ::close(fds[1]);
  }
  ~Holder() { kill(); }
  void kill() {
    if (m_pid <= 0) return;
    ::kill(m_pid, SIGKILL);
    ::waitpid(m_pid, nullptr, 0);
    m_pid = 0;
  }
  bool held() const { return m_held; }
  pid_t pid() const { return m_pid; }

 private:
  pid_t m_pid = 0;
  char m_answer = 0;
  bool m_held = false;
};

}  // namespace

class FileLockTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    m_temporary = std::make_unique<QTemporaryDir>();
    m_file = fs::path(m_temporary->path().toStdString()) / "lock";
  }

  void oneAtATime() {
    {
      auto lock = FileLock::acquire(m_file);
      EXPECT_OK(lock);
      const auto holder = FileLock::holder(m_file);
      QVERIFY(holder.has_value());
      QCOMPARE(holder->pid, int(::getpid()));
      const auto second = FileLock::acquire(m_file);
      EXPECT_ERROR(second, ErrorCode::busy);
      QVERIFY(second.error().message().find("pid " + std::to_string(::getpid())) != std::string::npos);
      const FileLock moved = std::move(*lock);
      EXPECT_ERROR(FileLock::acquire(m_file), ErrorCode::busy);
    }
    QVERIFY(!fs::exists(m_file));
    QVERIFY(!FileLock::holder(m_file));
    EXPECT_OK(FileLock::acquire(m_file));
  }

  void anotherProcess() {
    Holder other(m_file);
    QVERIFY(other.held());
    QCOMPARE(FileLock::holder(m_file)->pid, int(other.pid()));
    EXPECT_ERROR(FileLock::acquire(m_file), ErrorCode::busy);
    other.kill();  // leaves its file behind
    QVERIFY(fs::exists(m_file));
    QVERIFY(!FileLock::holder(m_file));
    EXPECT_OK(FileLock::acquire(m_file));
  }

  void staleRecords_data() {
    QTest::addColumn<QByteArray>("content");
    char host[256] = {};
    ::gethostname(host, sizeof host - 1);
    QTest::newRow("empty") << QByteArray("");
    QTest::newRow("garbage") << QByteArray("\xFF\xFE nonsense");
    QTest::newRow("dead process") << QByteArray(host) + "\n4194000\n1\n";
    QTest::newRow("our pid, other start") << QByteArray(host) + "\n" + QByteArray::number(::getpid()) + "\n1\n";
    QTest::newRow("another host, local disk") << QByteArray("elsewhere\n1\n1\n");
    QTest::newRow("negative pid") << QByteArray(host) + "\n-1\n1\n";
  }
  void staleRecords() {
    QFETCH(QByteArray, content);
    EXPECT_OK(writeFileAtomically(m_file, content.toStdString()));
    QVERIFY(!FileLock::holder(m_file));
    const auto lock = FileLock::acquire(m_file);
    EXPECT_OK(lock);
    QCOMPARE(FileLock::holder(m_file)->pid, int(::getpid()));
  }

  void impossiblePlaces() {
    EXPECT_ERROR(FileLock::acquire(m_file / "below"), ErrorCode::notFound);
    fs::create_symlink("/etc/hostname", m_file);  // a lock never writes through a link
    QVERIFY(!FileLock::acquire(m_file));
  }

  void manyThreadsHaveItOneByOne() {
    std::atomic<int> inside = 0, most = 0, times = 0;
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
          for (int i = 0; i < 200; ++i)
            if (const auto lock = FileLock::acquire(m_file)) {
              most = std::max(most.load(), ++inside);
              ++times;
              std::this_thread::yield();
              --inside;
            }
        });
    }
    QCOMPARE(most.load(), 1);
    QVERIFY(times.load() > 0);
  }

 private:
  std::unique_ptr<QTemporaryDir> m_temporary;
  fs::path m_file;
};

INTARSIA_TEST(FileLockTest)
#include "file_lock_test.moc"
