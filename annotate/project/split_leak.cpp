// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/split_leak.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/base/hash.h"
#include "core/base/resize.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia {
namespace {

namespace fs = std::filesystem;

struct Frame {
  int64_t number = 0;
  const LeakImage* image = nullptr;
};
struct Series {
  std::vector<Frame> trained, measured;  // by number
};

bool isMeasured(Split split) { return split == Split::val || split == Split::test; }

/// Folder and name without the number at its end; empty when there is none.
std::pair<std::string, int64_t> seriesOf(const fs::path& path) {
  const std::string stem = path.stem().string();
  size_t at = stem.size();
  while (at > 0 && stem[at - 1] >= '0' && stem[at - 1] <= '9') --at;
  const auto number = stem.size() - at <= 15 ? parseInt(stem.substr(at)) : std::nullopt;
  if (!number) return {};
  return {stem.substr(0, at) + "\n" + path.extension().string(), *number};
}

std::map<std::string, Series> seriesIn(const std::vector<LeakImage>& images) {
  std::map<std::string, Series> out;
  for (const auto& image : images) {
    const auto [name, number] = seriesOf(image.path);
    if (name.empty()) continue;
    if (image.split == Split::train) out[name].trained.push_back({number, &image});
    if (isMeasured(image.split)) out[name].measured.push_back({number, &image});
  }
  const auto byNumber = [](const Frame& a, const Frame& b) { return a.number < b.number; };
  for (auto& [name, series] : out) {
    std::sort(series.trained.begin(), series.trained.end(), byNumber);
    std::sort(series.measured.begin(), series.measured.end(), byNumber);
  }
  return out;
}

/// The step in which the training images count up, when it is over 1 and most keep to it: frames taken from a video.
int64_t evenStep(const std::vector<Frame>& frames) {
  if (frames.size() < 5) return 0;
  std::map<int64_t, size_t> steps;
  for (size_t i = 1; i < frames.size(); ++i) ++steps[frames[i].number - frames[i - 1].number];
  const auto most = std::max_element(steps.begin(), steps.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most->first > 1 && most->second * 10 >= (frames.size() - 1) * 8 ? most->first : 0;
}

const Frame& nearest(const std::vector<Frame>& frames, int64_t number) {
  auto at = std::lower_bound(frames.begin(), frames.end(), number, [](const Frame& f, int64_t n) { return f.number < n; });
  if (at == frames.end() || (at != frames.begin() && number - std::prev(at)->number < at->number - number)) --at;
  return *at;
}

/// 32 × 24 grey values without mean, of length 1; empty when unreadable.
std::vector<double> thumbnail(const fs::path& path) {
  const auto image = decodeImage(path);
  if (!image) return {};
  const Image small = resized(*image, {32, 24});
  const auto* wide = reinterpret_cast<const uint16_t*>(small.bytes.data());
  const auto n = size_t(small.channels), green = size_t(n >= 3 ? 1 : 0);
  const auto value = [&](size_t i) { return double(small.bits == 16 ? wide[i * n + green] : small.bytes[i * n + green]); };
  std::vector<double> out(32 * 24);
  double mean = 0, squares = 0;
  for (size_t i = 0; i < out.size(); ++i) mean += (out[i] = value(i)) / double(out.size());
  for (double& v : out) v -= mean, squares += v * v;
  for (double& v : out) v /= std::sqrt(squares) + 1e-9;
  return out;
}

bool lookAlike(const Series& series, const Job& job) {
  constexpr size_t kPairs = 24;
  constexpr double kAlike = 0.9;
  const size_t step = std::max<size_t>(1, series.measured.size() / kPairs);
  size_t alike = 0, pairs = 0;
  for (size_t i = 0; i < series.measured.size() && !job.cancelled(); i += step, ++pairs) {
    const auto a = thumbnail(series.measured[i].image->path), b = thumbnail(nearest(series.trained, series.measured[i].number).image->path);
    double sum = 0;
    for (size_t k = 0; k < std::min(a.size(), b.size()); ++k) sum += a[k] * b[k];
    alike += sum >= kAlike;
  }
  return alike * 2 > pairs;
}

size_t duplicates(const std::vector<LeakImage>& images) {
  std::map<uintmax_t, std::vector<const LeakImage*>> bySize;
  std::error_code error;
  for (const auto& image : images)
    if (const auto size = fs::file_size(image.path, error); !error && image.split != Split::none) bySize[size].push_back(&image);
  size_t found = 0;
  for (const auto& [size, same] : bySize) {
    const auto trains = [](const LeakImage* i) { return i->split == Split::train; };
    if (same.size() < 2 || std::ranges::none_of(same, trains) || std::ranges::all_of(same, trains)) continue;
    std::set<std::string> trained;
    for (const bool training : {true, false})
      for (const auto* image : same) {
        if (trains(image) != training) continue;
        const auto hash = fileHash(image->path);
        if (!hash) continue;
        if (training) trained.insert(*hash);
        else found += trained.contains(*hash);
      }
  }
  return found;
}

}  // namespace

std::vector<std::string> splitLeaks(const std::vector<LeakImage>& images, const Job& job) {
  std::vector<std::string> out;
  const auto all = std::ranges::count_if(images, [](const LeakImage& i) { return isMeasured(i.split); });
  if (const size_t n = duplicates(images))
    out.push_back(fmt::format("{} of {} validation and test images are also training images, byte by byte: the figures flatter", n, all));
  for (const auto& [name, series] : seriesIn(images)) {
    if (series.trained.empty() || series.measured.empty()) continue;
    const std::string shown = name.substr(0, name.find('\n')) + "…";
    const int64_t step = evenStep(series.trained), reach = 10 * step;
    const auto near = std::ranges::count_if(series.measured, [&](const Frame& f) {
      return f.number >= series.trained.front().number - reach && f.number <= series.trained.back().number + reach;
    });
    if (step > 0 && near > 0)
      out.push_back(fmt::format("{} of {} validation and test images are frames of a video that is trained on too ({}): the figures flatter. Put whole videos into one split, or give the images of each one group",
                                near, all, shown));
    else if (step == 0 && lookAlike(series, job))
      out.push_back(fmt::format("Validation or test images of the series {} look like their neighbours among the training images: the figures flatter. Give images that belong together one group", shown));
  }
  return out;
}

}  // namespace intarsia
