// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/assist/live_wire.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <opencv2/imgproc/segmentation.hpp>

#include "annotate/assist/crop.h"

namespace intarsia {

struct LiveWire::Impl {
  cv::segmentation::IntelligentScissorsMB scissors;
  cv::Size size;
};

LiveWire::LiveWire(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
LiveWire::~LiveWire() = default;

Expected<std::shared_ptr<const LiveWire>> LiveWire::build(const Image& image, int x, int y, const Job& job) {
  if (x < 0 || y < 0 || x >= image.width || y >= image.height)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The place lies outside the image"));
  try {
    const Image eight = cropped8(image, {0, 0, image.width, image.height});
    cv::Mat pixels(eight.height, eight.width, CV_8UC(eight.channels), const_cast<uint8_t*>(eight.bytes.data()));
    auto impl = std::make_unique<Impl>();
    impl->size = pixels.size();
    // Canny finds edges in all channels; gradients above the limit cost nothing, so that a strong edge nearby is no magnet.
    impl->scissors.setEdgeFeatureCannyParameters(32, 100).setGradientMagnitudeMaxLimit(200);
    impl->scissors.applyImage(pixels);
    INTARSIA_CHECK(job.check());
    impl->scissors.buildMap({x, y});
    INTARSIA_CHECK(job.check());
    return std::shared_ptr<const LiveWire>(new LiveWire(std::move(impl)));
  } catch (const std::exception& e) {
    return fail(ErrorCode::failed, INTARSIA_TEXT("Cannot follow edges in this picture: {reason}"), {{"reason", e.what()}});
  }
}

std::vector<Point> LiveWire::pathTo(int x, int y) const {
  std::vector<cv::Point> pixels;
  try {
    m_impl->scissors.getContour({std::clamp(x, 0, m_impl->size.width - 1), std::clamp(y, 0, m_impl->size.height - 1)}, pixels);
  } catch (const std::exception&) {
    return {};  // a library that breaks its word costs a straight line
  }
  std::vector<Point> out;
  for (const cv::Point& p : pixels) out.push_back({double(p.x), double(p.y)});
  return out;
}

}  // namespace intarsia
