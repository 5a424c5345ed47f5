// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/assist/superpixels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "annotate/assist/crop.h"

namespace intarsia {
namespace {

struct Centre {
  float l, a, b, x, y;
};

/// CIELAB of every pixel, 3 floats.
cv::Mat labOf(const Image& image) {
  const Image eight = cropped8(image, {0, 0, image.width, image.height});
  const cv::Mat in(eight.height, eight.width, CV_8UC(eight.channels), const_cast<uint8_t*>(eight.bytes.data()));
  cv::Mat rgb, scaled, lab;
  if (eight.channels == 1)
    cv::cvtColor(in, rgb, cv::COLOR_GRAY2RGB);
  else
    rgb = in;
  rgb.convertTo(scaled, CV_32FC3, 1.0 / 255);
  cv::cvtColor(scaled, lab, cv::COLOR_RGB2Lab);
  return lab;
}

std::vector<Centre> grid(const cv::Mat& lab, int side) {
  const int columns = std::max(1, (lab.cols + side / 2) / side), rows = std::max(1, (lab.rows + side / 2) / side);
  std::vector<Centre> out;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) {
      const int x = int((c + 0.5) * lab.cols / columns), y = int((r + 0.5) * lab.rows / rows);
      const float* p = lab.ptr<float>(y) + 3 * x;
      out.push_back({p[0], p[1], p[2], float(x), float(y)});
    }
  return out;
}

/// The nearest centre of each pixel.
void assign(const cv::Mat& lab, const std::vector<Centre>& centres, int side, float weight, std::vector<float>& distance, std::vector<int32_t>& label) {
  std::ranges::fill(distance, std::numeric_limits<float>::max());
  for (size_t k = 0; k < centres.size(); ++k) {
    const Centre& c = centres[k];
    const int x0 = std::max(0, int(c.x) - side), x1 = std::min(lab.cols, int(c.x) + side + 1);
    const int y0 = std::max(0, int(c.y) - side), y1 = std::min(lab.rows, int(c.y) + side + 1);
    for (int y = y0; y < y1; ++y) {
      const float* p = lab.ptr<float>(y) + 3 * x0;
      const size_t row = size_t(y) * size_t(lab.cols);
      const float dy = (float(y) - c.y) * (float(y) - c.y) * weight;
      for (int x = x0; x < x1; ++x, p += 3) {
        const float dl = p[0] - c.l, da = p[1] - c.a, db = p[2] - c.b, dx = float(x) - c.x;
        const float d = dl * dl + da * da + db * db + dx * dx * weight + dy;
        if (d < distance[row + size_t(x)]) {
          distance[row + size_t(x)] = d;
          label[row + size_t(x)] = int32_t(k);
        }
      }
    }
  }
}

void moveCentres(const cv::Mat& lab, const std::vector<int32_t>& label, std::vector<Centre>& centres) {
  struct Sum {
    double l = 0, a = 0, b = 0, x = 0, y = 0;
    int64_t n = 0;
  };
  std::vector<Sum> sums(centres.size());
  for (int y = 0; y < lab.rows; ++y) {
    const float* p = lab.ptr<float>(y);
    for (int x = 0; x < lab.cols; ++x, p += 3) {
      Sum& s = sums[size_t(label[size_t(y) * size_t(lab.cols) + size_t(x)])];
      s.l += p[0], s.a += p[1], s.b += p[2], s.x += x, s.y += y, ++s.n;
    }
  }
  for (size_t k = 0; k < centres.size(); ++k)
    if (const Sum& s = sums[k]; s.n) {
      const double n = double(s.n);
      centres[k] = {float(s.l / n), float(s.a / n), float(s.b / n), float(s.x / n), float(s.y / n)};
    }
}

/// Numbers the areas that hang together anew; small ones become part of the one before them.
Superpixels connected(const std::vector<int32_t>& label, Size size, int smallest) {
  Superpixels out{size, 0, std::vector<int32_t>(label.size(), -1), {}};
  std::vector<size_t> area;
  const size_t width = size_t(size.width);
  for (size_t start = 0; start < label.size(); ++start) {
    if (out.labels[start] >= 0) continue;
    const int before = start % width ? out.labels[start - 1] : start >= width ? out.labels[start - width] : -1;
    area.assign(1, start);
    out.labels[start] = out.count;
    for (size_t i = 0; i < area.size(); ++i) {
      const size_t at = area[i];
      const auto visit = [&](size_t next) {
        if (out.labels[next] >= 0 || label[next] != label[start]) return;
        out.labels[next] = out.count;
        area.push_back(next);
      };
      if (at % width) visit(at - 1);
      if (at % width + 1 < width) visit(at + 1);
      if (at >= width) visit(at - width);
      if (at + width < label.size()) visit(at + width);
    }
    if (int(area.size()) < smallest && before >= 0)
      for (const size_t at : area) out.labels[at] = before;
    else
      ++out.count;
  }
  out.bounds.resize(size_t(out.count));
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      Rect& r = out.bounds[size_t(out.labels[size_t(y) * width + size_t(x)])];
      r = r.united({x, y, 1, 1});
    }
  return out;
}

}  // namespace

std::vector<Span> Superpixels::spans(int label) const {
  std::vector<Span> out;
  if (label < 0 || label >= count) return out;
  const Rect& r = bounds[size_t(label)];
  for (int y = r.y; y < r.bottom(); ++y)
    for (int x = r.x; x < r.right(); ++x) {
      if (at(x, y) != label) continue;
      const int begin = x;
      while (x < r.right() && at(x, y) == label) ++x;
      out.push_back({y, begin, x});
    }
  return out;
}

Expected<Superpixels> superpixels(const Image& image, const SuperpixelOptions& options, const Job& job) {
  if (image.empty()) return Superpixels{};
  const int side = std::clamp(options.side, 2, 1000);
  const float weight = float(std::pow(std::clamp(options.compactness, 0.1, 1000.0) / side, 2));
  try {
    const cv::Mat lab = labOf(image);
    std::vector<Centre> centres = grid(lab, side);
    const size_t pixels = size_t(image.width) * size_t(image.height);
    std::vector<float> distance(pixels);
    std::vector<int32_t> label(pixels, 0);  // those that no centre reaches stay with the first or their last one
    for (int i = 0; i < options.iterations; ++i) {
      INTARSIA_CHECK(job.check());
      job.report(i, options.iterations);
      assign(lab, centres, side, weight, distance, label);
      moveCentres(lab, label, centres);
    }
    INTARSIA_CHECK(job.check());
    return connected(label, image.size(), side * side / 4);
  } catch (const std::exception& e) {
    return fail(ErrorCode::failed, INTARSIA_TEXT("Cannot cut the picture into segments: {reason}"), {{"reason", e.what()}});
  }
}

}  // namespace intarsia
