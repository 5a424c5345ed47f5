// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/assist/grab_cut.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <span>

#include "annotate/assist/crop.h"

namespace intarsia {
namespace {

void mark(cv::Mat& mask, std::span<const Span> spans, uint8_t value) {
  for (const Span& s : spans) {
    const int begin = std::max(0, s.begin), end = std::min(mask.cols, s.end);
    if (s.y >= 0 && s.y < mask.rows && begin < end) std::fill_n(mask.ptr(s.y) + begin, end - begin, value);
  }
}

}  // namespace

Expected<std::vector<Span>> grabCut(const Image& image, const GrabCutWish& wish, const Job& job) {
  const Rect all{0, 0, image.width, image.height}, box = wish.box.intersected(all);
  if (box.empty()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The box lies outside the image"));
  try {
    const Image eight = cropped8(image, all);
    const cv::Mat in(eight.height, eight.width, CV_8UC(eight.channels), const_cast<uint8_t*>(eight.bytes.data()));
    cv::Mat rgb, background, foreground;
    if (eight.channels == 1)
      cv::cvtColor(in, rgb, cv::COLOR_GRAY2RGB);
    else
      rgb = in;
    cv::Mat mask(in.size(), CV_8U, cv::Scalar(cv::GC_BGD));
    mask(cv::Rect(box.x, box.y, box.width, box.height)).setTo(cv::GC_PR_FGD);
    mark(mask, wish.foreground, cv::GC_FGD);
    mark(mask, wish.background, cv::GC_BGD);
    const auto surely = [&](int a, int b) { return cv::countNonZero((mask == a) | (mask == b)); };
    if (!surely(cv::GC_BGD, cv::GC_PR_BGD)) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The box must leave some background around it"));
    if (!surely(cv::GC_FGD, cv::GC_PR_FGD)) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Everything in the box is marked as background"));
    cv::theRNG().state = 1;  // it starts k-means; of this thread
    for (int i = 0; i < wish.iterations; ++i) {
      INTARSIA_CHECK(job.check());
      job.report(i, wish.iterations);
      cv::grabCut(rgb, mask, {}, background, foreground, 1, i == 0 ? cv::GC_INIT_WITH_MASK : cv::GC_EVAL);
    }
    std::vector<Span> out;
    for (int y = 0; y < mask.rows; ++y) {
      const uint8_t* row = mask.ptr(y);
      for (int x = 0; x < mask.cols; ++x) {
        if (!(row[x] & 1)) continue;  // GC_FGD = 1, GC_PR_FGD = 3
        const int begin = x;
        while (x < mask.cols && row[x] & 1) ++x;
        out.push_back({y, begin, x});
      }
    }
    return out;
  } catch (const std::exception& e) {
    return fail(ErrorCode::failed, INTARSIA_TEXT("Cannot separate the thing from its background: {reason}"), {{"reason", e.what()}});
  }
}

}  // namespace intarsia
