// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/checker.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "annotate/raster/components.h"
#include "annotate/raster/rasterizer.h"
#include "core/base/parallel.h"
#include "core/geometry/boolean.h"
#include "core/geometry/nesting.h"

namespace intarsia {

namespace {

using Kind = Finding::Kind;

class Checker {
 public:
  Checker(const Annotation& annotation, const ClassTable& classes, const CheckOptions& options)
      : m_annotation(annotation), m_classes(classes), m_options(options), m_image{0, 0, annotation.size.width, annotation.size.height} {}

  std::vector<Finding> run() {
    for (const ShapePtr& shape : m_annotation.shapes) checkShape(*shape);
    if (!m_image.empty()) {
      checkOverlaps();
      checkAreas();
    }
    std::stable_sort(m_findings.begin(), m_findings.end(), [](const Finding& a, const Finding& b) {
      return a.kind != b.kind ? a.kind < b.kind : a.rect.y != b.rect.y ? a.rect.y < b.rect.y : a.rect.x < b.rect.x;
    });
    return std::move(m_findings);
  }

 private:
  double share(int64_t pixels) const { return double(pixels) / (double(m_image.width) * m_image.height); }

  void checkShape(const Shape& shape) {
    const Rect rect = pixelBounds(shape.polygon, m_image);
    const auto& rings = shape.polygon.rings;
    const int64_t pixels = pixelCount(shape.polygon, m_image);
    m_pixels.push_back(pixels);
    if (pixels == 0 || !std::all_of(rings.begin(), rings.end(), [](const Ring& ring) { return usable(ring); }))
      m_findings.push_back({Kind::degenerate, rect, {shape.id}, pixels, share(pixels)});
    bool outside = false;
    for (const Ring& ring : rings) {
      for (const Point& p : ring)
        outside |= p.x < 0 || p.y < 0 || p.x > m_image.width || p.y > m_image.height;
      if (!usable(ring)) continue;
      if (const auto crossing = selfIntersection(ring)) {
        const double x = std::clamp(crossing->x, 0.0, double(m_image.width)), y = std::clamp(crossing->y, 0.0, double(m_image.height));
        m_findings.push_back({Kind::selfIntersection, Rect{int(x) - 2, int(y) - 2, 5, 5}.intersected(m_image), {shape.id}, 0, 0});
      }
    }
    if (outside) m_findings.push_back({Kind::outOfImage, rect, {shape.id}, pixels, share(pixels)});
  }

  /// Each pixel that a shape paints over another one counts for the pair.
  void checkOverlaps() {
    constexpr uint32_t kNone = ~uint32_t(0);
    struct Overlap {
      int64_t pixels = 0;
      Rect rect;
    };
    std::map<std::pair<uint32_t, uint32_t>, Overlap> overlaps;
    std::vector<uint32_t> top(size_t(m_image.width) * size_t(m_image.height), kNone);
    for (uint32_t i = 0; i < m_annotation.shapes.size(); ++i)
      for (const Span& span : spans(m_annotation.shapes[i]->polygon, m_image)) {
        uint32_t* row = top.data() + size_t(span.y) * size_t(m_image.width);
        for (int x = span.begin; x < span.end;) {
          const uint32_t under = row[x];
          const int begin = x;
          for (; x < span.end && row[x] == under; ++x) row[x] = i;
          if (under == kNone) continue;
          Overlap& overlap = overlaps[{under, i}];
          overlap.pixels += x - begin;
          overlap.rect = overlap.rect.united({begin, span.y, x - begin, 1});
        }
      }
    for (const auto& [pair, overlap] : overlaps)
      if (overlap.pixels >= m_options.overlapPixels)
        m_findings.push_back({Kind::overlap, overlap.rect, {m_annotation.shapes[pair.first]->id, m_annotation.shapes[pair.second]->id}, overlap.pixels,
                              double(overlap.pixels) / double(std::min(m_pixels[pair.first], m_pixels[pair.second]))});
  }

  void checkAreas() {
    const LabelMap map = rasterize(m_annotation, m_classes);
    const Components components(map);
    const std::vector<int> widths = widthsOf(map, components);
    int64_t unlabelled = 0;
    Rect around;
    for (size_t c = 0; c < components.all().size(); ++c) {
      const auto& area = components.all()[c];
      if (area.label == kUnlabelled) {
        unlabelled += area.pixels;
        around = around.united(area.bounds);
        if (!m_options.background && (area.pixels <= m_options.gapPixels || widths[c] < 3))
          m_findings.push_back({Kind::gap, area.bounds, {}, area.pixels, share(area.pixels)});
      } else if (widths[c] < 2) {
        m_findings.push_back({Kind::sliver, area.bounds, {}, area.pixels, share(area.pixels)});
      }
    }
    if (unlabelled > 0 && !m_options.background) m_findings.push_back({Kind::unlabelled, around, {}, unlabelled, share(unlabelled)});
  }

  /// Per component the side of the largest square of pixels in it, up to 3.
  static std::vector<int> widthsOf(const LabelMap& map, const Components& components) {
    std::vector<int> widths(components.all().size(), 1);
    const auto square = [&](int x, int y, int side, uint16_t label) {
      if (y + side > map.height()) return false;
      for (int dy = 1; dy < side; ++dy)
        if (!std::all_of(map.row(y + dy) + x, map.row(y + dy) + x + side, [label](uint16_t v) { return v == label; })) return false;
      return true;
    };
    components.eachRun([&](int y, int begin, int end, int component) {
      int& width = widths[size_t(component)];
      for (int x = begin; x < end && width < 3; ++x)
        while (width < 3 && x + width + 1 <= end && square(x, y, width + 1, components.all()[size_t(component)].label)) ++width;
    });
    return widths;
  }

  const Annotation& m_annotation;
  const ClassTable& m_classes;
  const CheckOptions& m_options;
  const Rect m_image;
  std::vector<int64_t> m_pixels;  // per shape
  std::vector<Finding> m_findings;
};

}  // namespace

std::string_view nameOf(Kind kind) {
  switch (kind) {
    case Kind::gap: return "gap";
    case Kind::overlap: return "overlap";
    case Kind::sliver: return "sliver";
    case Kind::outOfImage: return "outOfImage";
    case Kind::selfIntersection: return "selfIntersection";
    case Kind::degenerate: return "degenerate";
    case Kind::unlabelled: return "unlabelled";
  }
  return {};
}

std::vector<Finding> check(const Annotation& annotation, const ClassTable& classes, const CheckOptions& options) {
  return Checker(annotation, classes, options).run();
}

Expected<std::vector<CheckedImage>> checkAll(int count, const std::function<Expected<Annotation>(int)>& annotation, const ClassTable& classes,
                                             const CheckOptions& options, const Job& job) {
  std::vector<CheckedImage> checked(static_cast<size_t>(count));
  const auto one = [&](int i) -> Expected<> {
    CheckedImage& image = checked[size_t(i)];
    if (const auto labels = annotation(i); !labels) {
      image.problem = labels.error().message();
    } else if (labels->size.empty()) {
      image.problem = "the size of the image is not known";
    } else {
      image.size = labels->size;
      image.findings = check(*labels, classes, options);
      for (const Finding& finding : image.findings)
        if (finding.kind == Kind::unlabelled) image.unlabelledShare = finding.share;
    }
    return {};
  };
  INTARSIA_CHECK(parallelFor(count, INTARSIA_TEXT("Checking"), one, job));
  return checked;
}

}  // namespace intarsia
