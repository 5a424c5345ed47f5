// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/subprocess.h"

#include <QTest>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#include <atomic>
#include <thread>

#include "core/base/atomic_file.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace std::chrono_literals;

namespace {

Expected<ProcessOutput> shell(const std::string& script, std::chrono::milliseconds timeout = 20s) {
  return runProcess("/bin/sh", {"-c", script}, timeout);
}

std::string readLine(int fd) {
  std::string line;
  for (char c; ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

class SubprocessTest : public QObject {
  Q_OBJECT
 private slots:
  void collectsBothStreams() {
    // More than any pipe holds, on both at once.
    const auto output = shell("head -c 3000000 /dev/zero & head -c 2000000 /dev/zero >&2; wait; exit 3");
    EXPECT_OK(output);
    QCOMPARE(output->out.size(), size_t(3000000));
    QCOMPARE(output->err.size(), size_t(2000000));
    QCOMPARE(output->status, 3);
    QCOMPARE(output->signal, 0);
  }

  void argumentsArriveAsTheyAre() {
    const auto output = runProcess("printf", {"%s|", "a b", "", "\"'$x\n"});  // found on PATH
    EXPECT_OK(output);
    QCOMPARE(output->out, std::string("a b||\"'$x\n|"));
  }

  void signalsAreTold() {
    const auto output = shell("kill -SEGV $$");
    EXPECT_OK(output);
    QCOMPARE(output->signal, SIGSEGV);
  }

  void missingPrograms() {
    EXPECT_ERROR(runProcess("/nowhere/program", {}), ErrorCode::missingProgram);
    EXPECT_ERROR(runProcess("no-such-program-anywhere", {}), ErrorCode::missingProgram);
    EXPECT_ERROR(runProcess("/etc/hostname", {}), ErrorCode::io);  // not executable
  }

  void timeoutKillsTheGroup() {
    const auto begin = std::chrono::steady_clock::now();
    const auto output = shell("echo $$; sleep 60 & sleep 60", 300ms);
    EXPECT_ERROR(output, ErrorCode::failed);
    QVERIFY(std::chrono::steady_clock::now() - begin < 5s);
    QVERIFY(output.error().message().find("0.3 s") != std::string::npos);
  }

  void anOpenPipeOfAGrandchildDoesNotHoldUsUp() {
    const auto begin = std::chrono::steady_clock::now();
    const auto output = shell("echo done; setsid sleep 30 &");
    EXPECT_OK(output);
    QCOMPARE(output->out, std::string("done\n"));
    QVERIFY(std::chrono::steady_clock::now() - begin < 5s);
  }

  void signalReachesGrandchildren() {
    auto child = Subprocess::start("/bin/sh", {"-c", "sleep 60 & echo $!; wait"});
    EXPECT_OK(child);
    const int grandchild = std::stoi(readLine(child->outputFd()));
    QCOMPARE(::kill(grandchild, 0), 0);
    QVERIFY(!child->wait(10ms));
    child->signal(SIGKILL);
    const auto exit = child->wait(5s);
    QVERIFY(exit.has_value());
    QCOMPARE(exit->signal, SIGKILL);
    QCOMPARE(child->wait(0ms)->signal, SIGKILL);  // may be asked again
    child->signal(SIGKILL);                       // and does nothing now
    const auto gone = [&] {
      const auto stat = readFile("/proc/" + std::to_string(grandchild) + "/stat");
      return !stat || stat->find(") Z") != std::string::npos;
    };
    QTRY_VERIFY_WITH_TIMEOUT(gone(), 5000);
  }

  void theDestructorKillsAndReaps() {
    int pid = 0;
    {
      auto child = Subprocess::start("/bin/sleep", {"60"});
      EXPECT_OK(child);
      pid = child->pid();
    }
    QCOMPARE(::kill(pid, 0), -1);
    QCOMPARE(errno, ESRCH);
  }

  void talksBothWays() {
    auto child = Subprocess::start("/bin/cat", {});
    EXPECT_OK(child);
    QCOMPARE(::write(child->inputFd(), "hello\n", 6), ssize_t(6));
    QCOMPARE(readLine(child->outputFd()), std::string("hello"));
    child->closeInput();
    QCOMPARE(child->inputFd(), -1);
    QCOMPARE(child->wait(5s)->status, 0);
  }

  void noDescriptorLeaksIn() {
    const int open = ::open("/dev/null", O_RDONLY);  // without CLOEXEC
    const auto output = shell("ls /proc/self/fd | tr '\\n' ' '");
    ::close(open);
    EXPECT_OK(output);
    QCOMPARE(output->out, std::string("0 1 2 3 "));  // 3 is the folder that ls reads
  }

  void environmentPriorityAndGroup() {
    Subprocess::Options options;
    options.environment = {{"INTARSIA_TEST", "a=b"}, {"HOME", "/nowhere"}};
    options.niceness = 5;
    options.oomScoreAdjust = 500;
    const int ours = ::getpriority(PRIO_PROCESS, 0);
    // `read` waits until the parent has set what is set from outside.
    auto child = Subprocess::start("/bin/sh", {"-c", "read x; echo $INTARSIA_TEST $HOME $(nice) $(cat /proc/self/oom_score_adj) $(ps -o pgid= -p $$)"}, options);
    EXPECT_OK(child);
    child->closeInput();
    const auto words = QString::fromStdString(readLine(child->outputFd())).split(' ', Qt::SkipEmptyParts);
    QCOMPARE(words.value(0), QString("a=b"));
    QCOMPARE(words.value(1), QString("/nowhere"));
    QCOMPARE(words.value(2).toInt(), std::min(19, ours + 5));
    QCOMPARE(words.value(3), QString("500"));
    if (words.size() > 4) QCOMPARE(words.value(4).toInt(), child->pid());
    QCOMPARE(::getpriority(PRIO_PROCESS, 0), ours);
  }

  void ignoredSignalsAreNotInherited() {
    const auto before = ::signal(SIGPIPE, SIG_IGN);
    const auto output = shell("grep SigIgn /proc/self/status");
    ::signal(SIGPIPE, before);
    EXPECT_OK(output);
    const uint64_t ignored = std::stoull(output->out.substr(output->out.find('\t')), nullptr, 16);
    QCOMPARE(ignored & ~uint64_t(0x180000000), uint64_t(0));  // but 32 and 33, which glibc keeps for itself
  }

  void manyAtOnce() {
    std::atomic<int> good = 0;
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
          for (int i = 0; i < 15; ++i) {
            const auto output = shell("cat; echo x");
            good += output && output->out == "x\n";
          }
        });
    }
    QCOMPARE(good.load(), 60);
  }
};

INTARSIA_TEST(SubprocessTest)
#include "subprocess_test.moc"
