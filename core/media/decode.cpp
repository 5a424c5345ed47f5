// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/decode.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <stdexcept>

#include "core/base/atomic_file.h"
#include "core/base/resize.h"
#include "core/base/text.h"
#include "core/media/codec.h"

namespace intarsia {
namespace {

using media::Codec;
using media::Encoded;

constexpr size_t kLargestFile = size_t(1) << 31;
constexpr size_t kHeaderBytes = size_t(1) << 16;

std::span<const uint8_t> toBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
std::span<const uint8_t> toBytes(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

Expected<const Codec*> codecOf(const Encoded& file) {
  for (const Codec* codec : {&media::kPng, &media::kJpeg, &media::kTiff, &media::kWebp, &media::kBmp, &media::kPnm})
    if (codec->matches(file.bytes)) return codec;
  if (file.bytes.empty()) return media::unreadable(file.name, "it is empty");
  return media::unreadable(file.name, "it is no PNG, JPEG, TIFF, WebP, BMP or PNM picture", ErrorCode::unsupported);
}

Expected<ImageInfo> probeBytes(const Encoded& file) {
  INTARSIA_TRY(const auto codec, codecOf(file));
  INTARSIA_TRY(auto info, codec->probe(file));
  if (info.stored.empty()) return media::unreadable(file.name, "its size is zero");
  info.shown = info.orientation >= 5 ? Size{info.stored.height, info.stored.width} : info.stored;
  return info;
}

Expected<> checkBudget(const Encoded& file, const ImageInfo& info, int64_t budget) {
  const int64_t pixels = int64_t(info.stored.width) * info.stored.height;
  if (pixels <= budget) return {};
  return fail(ErrorCode::tooLarge,
              INTARSIA_TEXT("Cannot read {file}: its {width} × {height} pixels are more than the limit of {limit}"),
              {{"file", file.name},
               {"width", std::to_string(info.stored.width)},
               {"height", std::to_string(info.stored.height)},
               {"limit", std::to_string(budget)}});
}

/// Memory that is not there is an answer, too.
template <class F>
auto guarded(const std::string& name, F work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return media::unreadable(name, "there is not enough memory", ErrorCode::tooLarge);
  } catch (const std::length_error&) {
    return media::unreadable(name, "there is not enough memory", ErrorCode::tooLarge);
  }
}

Expected<Image> decodeBytes(const Encoded& file, const DecodeOptions& options) {
  INTARSIA_TRY(const auto info, probeBytes(file));
  INTARSIA_CHECK(checkBudget(file, info, options.pixelBudget));
  INTARSIA_TRY(const auto codec, codecOf(file));
  INTARSIA_TRY(auto image, codec->decode(file, info, options));
  media::composeOnWhite(image);
  if (!options.keep16) media::narrow(image);
  if (options.maxSide > 0) {
    // From the stored size, so that a scaled decoding does not change the proportions by a pixel.
    const Size size = fitted(info.stored, options.maxSide);
    if (size != image.size()) image = resized(image, size);
  }
  return options.applyOrientation ? media::oriented(std::move(image), info.orientation) : std::move(image);
}

Expected<RawMask> maskFromBytes(const Encoded& file, int64_t pixelBudget) {
  INTARSIA_TRY(const auto info, probeBytes(file));
  INTARSIA_CHECK(checkBudget(file, info, pixelBudget));
  INTARSIA_TRY(const auto codec, codecOf(file));
  return codec->decodeMask(file, info);
}

/// A regular file, open.
struct OpenFile {
  int fd = -1;
  uint64_t bytes = 0;
  ~OpenFile() {
    if (fd >= 0) ::close(fd);
  }
};

/// Opens, reads the first bytes, or says why not.
Expected<std::string> readHead(const std::filesystem::path& path, const std::string& name, OpenFile& file) {
  file.fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO must not hold us up
  struct stat info = {};
  int number = file.fd < 0 || ::fstat(file.fd, &info) != 0 ? errno
               : S_ISDIR(info.st_mode)                     ? EISDIR
               : !S_ISREG(info.st_mode)                    ? EINVAL
                                                           : 0;
  std::string head(kHeaderBytes, '\0');
  ssize_t n = 0;
  if (!number) {
    do n = ::pread(file.fd, head.data(), head.size(), 0);
    while (n < 0 && errno == EINTR);
    if (n < 0) number = errno;
  }
  if (number) return failErrno(number, INTARSIA_TEXT("Cannot read {file}: {reason}"), name);
  file.bytes = uint64_t(info.st_size);
  head.resize(size_t(n));
  return head;
}

}  // namespace

Expected<ImageInfo> probeImage(const std::filesystem::path& path) {
  const std::string name = displayPath(path);
  return guarded(name, [&]() -> Expected<ImageInfo> {
    OpenFile file;
    INTARSIA_TRY(const auto head, readHead(path, name, file));
    auto info = probeBytes({toBytes(head), name, file.fd, file.bytes});
    if (info || head.size() < kHeaderBytes || info.error().code == ErrorCode::unsupported) return info;
    INTARSIA_TRY(const auto whole, readFile(path, kLargestFile));  // a large profile or thumbnail lies before the size
    return probeBytes({toBytes(whole), name});
  });
}

Expected<Image> decodeImage(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions& options) {
  return guarded(name, [&] { return decodeBytes({toBytes(bytes), name}, options); });
}

Expected<Image> decodeImage(const std::filesystem::path& path, const DecodeOptions& options) {
  const std::string name = displayPath(path);
  return guarded(name, [&]() -> Expected<Image> {
    INTARSIA_TRY(const auto content, readFile(path, kLargestFile));
    return decodeBytes({toBytes(content), name}, options);
  });
}

Expected<RawMask> decodeMask(std::span<const std::byte> bytes, const std::string& name, int64_t pixelBudget) {
  return guarded(name, [&] { return maskFromBytes({toBytes(bytes), name}, pixelBudget); });
}

Expected<RawMask> decodeMask(const std::filesystem::path& path, int64_t pixelBudget) {
  const std::string name = displayPath(path);
  return guarded(name, [&]() -> Expected<RawMask> {
    INTARSIA_TRY(const auto content, readFile(path, kLargestFile));
    return maskFromBytes({toBytes(content), name}, pixelBudget);
  });
}

}  // namespace intarsia
