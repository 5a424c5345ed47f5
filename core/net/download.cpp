// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <mutex>

#include "core/base/text.h"
#include "core/net/sha256.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;
constexpr long kConnectSeconds = 30, kSilentSeconds = 60, kMostRedirects = 5;

/// An open file; closed at the end.
struct Part {
  int fd = -1;
  ~Part() {
    if (fd >= 0) ::close(fd);
  }
};

struct Transfer {
  const Download& what;
  const Job& job;
  int fd;
  uint64_t had = 0, got = 0;
  int failed = 0;  // errno of a write
  bool tooLarge = false;
};

size_t onBytes(char* data, size_t, size_t bytes, void* user) {
  auto& t = *static_cast<Transfer*>(user);
  if (t.had + t.got + bytes > t.what.most) return t.tooLarge = true, 0;
  for (size_t done = 0; done < bytes;) {
    const ssize_t n = ::write(t.fd, data + done, bytes - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return t.failed = errno, 0;
    done += size_t(n);
  }
  t.got += bytes;
  return bytes;
}

int onProgress(void* user, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
  const auto& t = *static_cast<Transfer*>(user);
  if (t.got > 0) t.job.report(int64_t(t.had) + now, total > 0 ? int64_t(t.had) + total : 0, INTARSIA_TEXT("Downloading"));
  return t.job.cancelled();
}

enum class Outcome { complete, noRanges, beyondEnd };

Expected<Outcome> fetch(Transfer& t) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  CURL* c = curl.get();
  char reason[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(c, CURLOPT_URL, t.what.url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(c, CURLOPT_PROTOCOLS, long(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS, long(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(c, CURLOPT_MAXREDIRS, kMostRedirects);
  curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
  curl_easy_setopt(c, CURLOPT_USERAGENT, "Intarsia/" INTARSIA_VERSION);
  curl_easy_setopt(c, CURLOPT_RESUME_FROM_LARGE, curl_off_t(t.had));
  curl_easy_setopt(c, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, onBytes);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &t);
  curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, onProgress);
  curl_easy_setopt(c, CURLOPT_XFERINFODATA, &t);
  const CURLcode code = curl_easy_perform(c);
  long status = 0;
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OK) return Outcome::complete;
  if (code == CURLE_RANGE_ERROR) return Outcome::noRanges;
  if (status == 416) return Outcome::beyondEnd;
  INTARSIA_CHECK(t.job.check());
  if (t.failed) return failErrno(t.failed, INTARSIA_TEXT("Cannot write {file}: {reason}"), displayPath(t.what.target));
  if (t.tooLarge) return fail(ErrorCode::tooLarge, INTARSIA_TEXT("{url} sends more than is expected"), {{"url", t.what.url}});
  return fail(ErrorCode::io, INTARSIA_TEXT("Cannot download {url}: {reason}"), {{"url", t.what.url}, {"reason", *reason ? reason : curl_easy_strerror(code)}});
}

Expected<bool> hasChecksum(const fs::path& file, const std::string& sha256, const Job& job) {
  INTARSIA_TRY(const std::string found, sha256Of(file, job));
  return found.starts_with(sha256);
}

}  // namespace

Expected<> download(const Download& what, const Job& job) {
  if (what.sha256.size() < 8) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("A download needs a checksum"));
  std::error_code error;
  if (fs::is_regular_file(what.target, error)) {
    INTARSIA_TRY(const bool right, hasChecksum(what.target, what.sha256, job));
    if (right) return {};
  }
  if (what.target.has_parent_path()) fs::create_directories(what.target.parent_path(), error);
  fs::path partPath = what.target;
  partPath += ".part";
  Part part{::open(partPath.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND | O_NOFOLLOW, 0644)};
  if (part.fd < 0) return failErrno(errno, INTARSIA_TEXT("Cannot write {file}: {reason}"), displayPath(partPath));
  if (::flock(part.fd, LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorCode::busy, INTARSIA_TEXT("{file} is being downloaded by another program"), {{"file", displayPath(what.target)}});
  for (bool again = true; again;) {
    struct stat status{};
    if (::fstat(part.fd, &status) != 0) return failErrno(errno, INTARSIA_TEXT("Cannot read {file}: {reason}"), displayPath(partPath));
    Transfer transfer{what, job, part.fd, uint64_t(status.st_size)};
    INTARSIA_TRY(const Outcome outcome, fetch(transfer));
    again = outcome == Outcome::noRanges;
    if (again && ::ftruncate(part.fd, 0) != 0) return failErrno(errno, INTARSIA_TEXT("Cannot write {file}: {reason}"), displayPath(partPath));
  }
  INTARSIA_TRY(const bool right, hasChecksum(partPath, what.sha256, job));
  if (!right) {
    fs::remove(partPath, error);
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{url} is not the file that it should be (its checksum does not begin with {sha256}); it was removed"),
                {{"url", what.url}, {"sha256", what.sha256}});
  }
  if (::fsync(part.fd) != 0) return failErrno(errno, INTARSIA_TEXT("Cannot write {file}: {reason}"), displayPath(partPath));
  fs::rename(partPath, what.target, error);
  if (error) return failErrno(error.value(), INTARSIA_TEXT("Cannot write {file}: {reason}"), displayPath(what.target));
  return {};
}

}  // namespace intarsia
