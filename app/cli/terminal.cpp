// SPDX-License-Identifier: GPL-3.0-or-later
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "app/cli/cli.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace intarsia::cli {
namespace {

int64_t milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Terminal::Terminal() : m_lastTime(milliseconds()) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any other thread begins: they inherit it
  std::thread([signals, stop = m_stop]() mutable {
    for (int received = 0, number = 0; sigwait(&signals, &number) == 0;) {
      if (++received > 1) ::_exit(128 + number);
      stop.request_stop();
    }
  }).detach();
}

Job Terminal::job() const {
  return Job(m_stop.get_token(), [this](const Progress& p) { progress(p); });
}

/// At most five times a second on a terminal, every two seconds elsewhere; nothing for what is over before.
void Terminal::progress(const Progress& p) const {
  std::lock_guard lock(m_mutex);
  const bool terminal = ::isatty(STDERR_FILENO), last = p.total > 0 && p.done >= p.total;
  const int64_t now = milliseconds();
  if (now - m_lastTime < (terminal ? 200 : 2000) && !(last && m_lineOpen)) return;
  m_lastTime = now;
  const std::string of = p.total > 0 ? " of " + std::to_string(p.total) : "";
  const std::string line = std::string(p.what) + (p.done > 0 || p.total > 0 ? ": " + std::to_string(p.done) + of : "…");
  std::fprintf(stderr, terminal ? (last ? "\r%s\033[K\n" : "\r%s\033[K") : "%s\n", line.c_str());
  m_lineOpen = terminal && !last;
}

void Terminal::say(const std::string& line) const {
  if (json) return;
  std::lock_guard lock(m_mutex);
  if (std::exchange(m_lineOpen, false)) std::fputs("\r\033[K", stderr);
  std::printf("%s\n", line.c_str());
}

void Terminal::note(const std::string& line) const {
  std::lock_guard lock(m_mutex);
  if (std::exchange(m_lineOpen, false)) std::fputs("\r\033[K", stderr);
  std::fprintf(stderr, "%s\n", line.c_str());
}

void Terminal::print(const Json& document) const {
  const auto text = dumpJson(document, 1) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int Terminal::fail(const Error& error) const {
  note("intarsia-cli: " + error.message());
  return kFailed;
}

CLI::App& Commands::add(const std::string& name, const std::string& text, Action action) {
  auto* command = app.add_subcommand(name, text);
  command->add_flag("--json", terminal.json, "One JSON document on stdout; progress goes to stderr");
  command->callback([this, action = std::move(action)] { chosen = action; });
  return *command;
}

Json reportLines(const std::vector<ReportLine>& lines) {
  Json out = Json::array();
  for (const auto& line : lines) out.push_back({{"path", line.path}, {"reason", line.reason}});
  return out;
}

Expected<Size> parseSize(const std::string& text) {
  const auto x = text.find('x');
  const auto width = x == std::string::npos ? std::nullopt : parseInt(text.substr(0, x));
  const auto height = x == std::string::npos ? std::nullopt : parseInt(text.substr(x + 1));
  if (!width || !height || *width < 1 || *height < 1 || *width > 65536 || *height > 65536)
    return intarsia::fail(ErrorCode::invalidInput, INTARSIA_TEXT("A size is written like 480x360, not {text}"),
                          {{"text", text}});
  return Size{int(*width), int(*height)};
}

}  // namespace intarsia::cli
