// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "core/base/text.h"

extern char** environ;

namespace intarsia {
namespace {

using Clock = std::chrono::steady_clock;

/// A descriptor that closes itself.
struct Fd {
  int value = -1;
  Fd() = default;
  explicit Fd(int fd) : value(fd) {}
  Fd(Fd&& other) noexcept : value(std::exchange(other.value, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(value, other.value);
    return *this;
  }
  ~Fd() {
    if (value >= 0) ::close(value);
  }
  int release() { return std::exchange(value, -1); }
};

/// A pipe whose ends are above 2, so that the child's dup2 calls cannot overwrite one another.
int makePipe(Fd& read, Fd& write) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return errno;
  read = Fd(fds[0]);
  write = Fd(fds[1]);
  for (Fd* end : {&read, &write}) {
    if (end->value > 2) continue;
    Fd higher(::fcntl(end->value, F_DUPFD_CLOEXEC, 3));
    if (higher.value < 0) return errno;
    *end = std::move(higher);
  }
  return 0;
}

int remaining(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return int(std::clamp<int64_t>(left, 0, 3'600'000));
}

std::vector<std::string> mergedEnvironment(const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text(*entry);
    const auto name = text.substr(0, text.find('='));
    if (!std::ranges::any_of(added, [&](const auto& pair) { return pair.first == name; })) out.emplace_back(text);
  }
  for (const auto& [name, value] : added) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// posix_spawn: safe while other threads run, and does not copy a large process's page tables. Returns errno.
int spawn(pid_t& pid, const std::filesystem::path& program, const std::vector<std::string>& arguments,
          const Subprocess::Options& options, const int (&streams)[3]) {
  std::vector<std::string> words{program.native()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto environment = mergedEnvironment(options.environment);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int i = 0; i < 3; ++i) posix_spawn_file_actions_adddup2(&actions, streams[i], i);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  int result = 0;
  const auto run = [&] {
    // On Linux niceness belongs to a thread and is inherited: this thread is the child's only.
    if (options.niceness) ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + options.niceness);
    result = posix_spawnp(&pid, program.c_str(), &actions, &attributes, pointers(words).data(),
                          pointers(environment).data());
  };
  if (options.niceness)
    std::jthread{run}.join();
  else
    run();
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return result;
}

}  // namespace

struct Subprocess::State {
  // Constant after construction.
  pid_t pid = -1;
  Fd process, out, err;  // process: a pidfd, readable once the child has ended
  std::atomic<int> in = -1;
  std::mutex mutex;
  std::optional<Exit> exit;  // guarded by mutex; set = reaped, the pid may belong to another

  ~State() {
    if (const int fd = in.exchange(-1); fd >= 0) ::close(fd);
    {
      std::lock_guard lock(mutex);
      if (!exit) ::kill(-pid, SIGKILL);
    }
    reap(0);
  }

  void reap(int flags) {
    std::lock_guard lock(mutex);
    int status = 0;
    pid_t got = 0;
    if (exit) return;
    do got = ::waitpid(pid, &status, flags);
    while (got < 0 && errno == EINTR);
    if (got == 0) return;
    exit = Exit{};
    if (got < 0) return;  // somebody else reaped it (SIGCHLD ignored): its status is unknown
    if (WIFEXITED(status)) exit->status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) exit->signal = WTERMSIG(status);
  }
};

Subprocess::Subprocess(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Subprocess::Subprocess(Subprocess&&) noexcept = default;
Subprocess& Subprocess::operator=(Subprocess&&) noexcept = default;
Subprocess::~Subprocess() = default;

Expected<Subprocess> Subprocess::start(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                       const Options& options) {
  constexpr std::string_view kText = INTARSIA_TEXT("Cannot start {file}: {reason}");
  Fd childIn, childOut, childErr, in, out, err;
  int number = makePipe(childIn, in);
  if (!number) number = makePipe(out, childOut);
  if (!number) number = makePipe(err, childErr);
  pid_t pid = -1;
  if (!number) number = spawn(pid, program, arguments, options, {childIn.value, childOut.value, childErr.value});
  if (number) {
    auto error = failErrno(number, kText, displayPath(program));
    if (number == ENOENT) error.error().code = ErrorCode::missingProgram;
    return error;
  }
  auto state = std::make_unique<State>();
  state->pid = pid;
  state->process = Fd(int(::syscall(SYS_pidfd_open, pid, 0)));  // -1 before Linux 5.3: wait() then polls
  state->in = in.release();
  state->out = std::move(out);
  state->err = std::move(err);
  if (options.oomScoreAdjust) {
    const Fd file(::open(("/proc/" + std::to_string(pid) + "/oom_score_adj").c_str(), O_WRONLY | O_CLOEXEC));
    const std::string value = std::to_string(options.oomScoreAdjust);
    // Advice to the kernel: a system that forbids it runs the child all the same.
    if (file.value >= 0 && ::write(file.value, value.data(), value.size()) < 0) errno = 0;
  }
  return Subprocess(std::move(state));
}

int Subprocess::inputFd() const { return m_state->in; }
int Subprocess::outputFd() const { return m_state->out.value; }
int Subprocess::errorFd() const { return m_state->err.value; }
int Subprocess::pid() const { return m_state->pid; }

void Subprocess::closeInput() {
  if (const int fd = m_state->in.exchange(-1); fd >= 0) ::close(fd);
}

void Subprocess::signal(int number) {
  std::lock_guard lock(m_state->mutex);
  if (!m_state->exit) ::kill(-m_state->pid, number);
}

std::optional<Subprocess::Exit> Subprocess::wait(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + std::min(timeout, std::chrono::milliseconds(std::chrono::years(1)));
  for (;;) {
    m_state->reap(WNOHANG);
    {
      std::lock_guard lock(m_state->mutex);
      if (m_state->exit) return m_state->exit;
    }
    const int left = remaining(deadline);
    if (left == 0) return std::nullopt;
    pollfd item{m_state->process.value, POLLIN, 0};
    ::poll(&item, 1, item.fd >= 0 ? left : std::min(left, 10));
  }
}

Expected<ProcessOutput> runProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                   std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  INTARSIA_TRY(auto child, Subprocess::start(program, arguments));
  child.closeInput();
  ProcessOutput output;
  pollfd items[2] = {{child.outputFd(), POLLIN, 0}, {child.errorFd(), POLLIN, 0}};
  std::string* const texts[2] = {&output.out, &output.err};
  std::optional<Subprocess::Exit> exit;
  std::vector<char> block(65536);
  while (items[0].fd >= 0 || items[1].fd >= 0) {
    // A grandchild may keep the pipes open for ever: once the child has ended, what is there now is all.
    const int ready = ::poll(items, 2, exit ? 0 : std::min(remaining(deadline), 100));
    if (ready < 0 && errno != EINTR) break;
    if (ready == 0 && (exit || Clock::now() >= deadline)) break;
    if (ready <= 0) {
      exit = child.wait(std::chrono::milliseconds(0));
      continue;
    }
    for (int i = 0; i < 2; ++i) {
      if (!items[i].revents) continue;
      const ssize_t n = ::read(items[i].fd, block.data(), block.size());
      if (n > 0) texts[i]->append(block.data(), size_t(n));
      if (n == 0 || (n < 0 && errno != EINTR)) items[i].fd = -1;
    }
    if (Clock::now() >= deadline) break;
  }
  if (!exit) exit = child.wait(std::chrono::milliseconds(remaining(deadline)));
  if (!exit)
    return fail(ErrorCode::failed, INTARSIA_TEXT("{file} did not end within {seconds} s"),
                {{"file", displayPath(program)}, {"seconds", formatDouble(double(timeout.count()) / 1000)}});
  output.status = exit->status;
  output.signal = exit->signal;
  return output;
}

}  // namespace intarsia
