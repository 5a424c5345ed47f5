// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "annotate/project/scene_parts.h"
#include "annotate/raster/rasterizer.h"

namespace intarsia::scene {
namespace {

double fraction(double v) { return v - std::floor(v); }

/// How a point of a surface looks. `x`, `y` in pixels; `u`, `v` on the surface, in camera heights.
class Painter {
 public:
  explicit Painter(const Layout& layout) : m_layout(layout), m_c(layout.camera) {}

  Rgb color(const Surface& f, double x, double y, bool shadow) const {
    double u = 0, v = 0, s = f.s;
    switch (f.plane) {
      case Plane::ground:
        s = std::max(y - m_c.horizon, 0.5);
        u = (x - m_c.vanishingX) / s;
        v = m_c.focal / s;
        break;
      case Plane::side:
        s = std::max((x - m_c.vanishingX) / f.lateral, 0.5);
        u = m_c.focal / s;
        v = (m_c.horizon + s - y) / s;
        break;
      case Plane::front:
        if (s <= 0) s = 1;
        u = (x - m_c.vanishingX) / s;
        v = (m_c.horizon + s - y) / s;
        break;
    }
    Rgb c = texture(f, x, y, u, v, s);
    if (f.material == Material::sky) return c;
    if (f.plane == Plane::ground && shadow) c = {c.r * 0.5, c.g * 0.52, c.b * 0.58};
    c = {c.r * m_layout.sun.r * f.light, c.g * m_layout.sun.g * f.light, c.b * m_layout.sun.b * f.light};
    const double haze = std::min(0.75, m_c.focal / std::max(s, 1.0) * 0.008);
    return f.material == Material::hill ? c.mixed(m_layout.skyLow, 0.35) : c.mixed(m_layout.skyLow, haze);
  }

 private:
  Rgb texture(const Surface& f, double x, double y, double u, double v, double s) const {
    switch (f.material) {
      case Material::sky:
        return sky(x, y);
      case Material::hill:
        return f.color * (0.8 + 0.4 * fractal(x * 0.06, y * 0.1, f.seed, 3));
      case Material::asphalt:
        return asphalt(f, u, v, x, y);
      case Material::paving:
        return paving(f, u, v, s);
      case Material::grass:
        return grass(f, u, v, x, y);
      case Material::leaves:
        return leaves(f, x, y, v, s);
      case Material::bark:
        return f.color * (0.6 + 0.8 * noise(u * 40, v * 6, f.seed));
      case Material::concrete:
        return concrete(f, u, v, s);
      case Material::facade:
        return facade(f, u, v, s);
      case Material::car:
        return car(f, u, v);
      case Material::pole:
        return f.color * (0.85 + 0.3 * noise(x * 0.5, y * 0.5, f.seed));
    }
    return f.color;
  }

  Rgb sky(double x, double y) const {
    const double t = std::clamp(y / m_c.horizon, 0.0, 1.0);
    const Rgb base = m_layout.skyTop.mixed(m_layout.skyLow, t * t * 0.6 + t * 0.4);
    const double far = 1.15 - t;  // clouds shrink towards the horizon
    const double cloud = fractal((x - m_c.vanishingX) / m_c.width * 3 / far, 2.2 / far, m_layout.seed, 4);
    return base.mixed({236, 238, 240}, std::clamp((cloud - 0.5) * 4, 0.0, 1.0) * m_layout.clouds);
  }

  Rgb asphalt(const Surface& f, double u, double v, double x, double y) const {
    const double inside = u - m_layout.roadLeft, lanes = inside / m_layout.laneWidth;
    Rgb c = f.color *
            (0.86 + 0.22 * fractal(u * 1.3, v * 0.7, f.seed, 3) + 0.16 * (noise(x * 0.9, y * 0.9, f.seed + 1) - 0.5));
    if (noise(u * 0.8, v * 0.25, f.seed + 2) > 0.78) c = c * 0.86;  // patches
    const double lane = fraction(lanes + 0.5) - 0.5, half = 0.045 / m_layout.laneWidth;
    const double rest = m_layout.roadRight - u;
    const bool between = inside > m_layout.laneWidth * 0.5 && rest > m_layout.laneWidth * 0.5;
    const bool line = between && std::fabs(lane) < half && fraction(v / 4) < 0.5;
    const bool edge = (inside > 0.1 && inside < 0.17) || (rest > 0.1 && rest < 0.17);
    if (line || edge) c = c.mixed({222, 220, 212}, 0.5 + 0.4 * noise(u * 9, v * 3, f.seed + 3));
    if (inside < 0.06 || rest < 0.06) c = c * 0.72;  // gutter
    return c;
  }

  Rgb paving(const Surface& f, double u, double v, double s) const {
    const bool joint = fraction(u / 0.4) < 0.05 || fraction(v / 0.4) < 0.05;
    const Rgb c =
        f.color * (0.84 + 0.2 * fractal(u * 2, v * 2, f.seed, 3) +
                   0.1 * mix(uint32_t(int64_t(std::floor(u / 0.4))), uint32_t(int64_t(std::floor(v / 0.4))), f.seed) /
                       4294967296.0);
    return joint && s > 40 ? c * 0.8 : c;
  }

  Rgb grass(const Surface& f, double u, double v, double x, double y) const {
    const double patches = fractal(u * 1.4, v * 0.9, f.seed, 3), blades = noise(x * 0.8, y * 0.45, f.seed + 1);
    const Rgb c = f.color.mixed({150, 134, 88}, std::clamp((patches - 0.55) * 2.5, 0.0, 0.7));
    return c * (0.65 + 0.35 * patches + 0.4 * blades);
  }

  Rgb leaves(const Surface& f, double x, double y, double v, double s) const {
    const double step = std::max(1.5, s * 0.05);
    const double clumps = fractal(x / (step * 2.5), y / (step * 2.5), f.seed, 3),
                 tips = noise(x / 1.4, y / 1.4, f.seed + 1);
    const double up = f.up > 0 ? std::clamp(v / f.up, 0.0, 1.0) : 0.5;
    return f.color * (0.35 + 0.7 * clumps + 0.35 * tips * up + 0.25 * up);
  }

  Rgb concrete(const Surface& f, double u, double v, double s) const {
    Rgb c = f.color * (0.82 + 0.2 * fractal(u * 1.5, v * 3, f.seed, 3));
    const double stain = fractal(u * 5, v * 0.7, f.seed + 1, 2);
    c = c * (1 - 0.25 * std::clamp((stain - 0.55) * 4, 0.0, 1.0));
    if (fraction(u / 1.8) < 0.02 && s > 30) c = c * 0.75;
    return c;
  }

  Rgb facade(const Surface& f, double u, double v, double s) const {
    const double floors = 1.0 + (f.seed & 3) * 0.12, bays = 0.8 + (f.seed >> 4 & 3) * 0.2;
    const double fu = fraction(u / bays), fv = fraction(v / floors);
    Rgb c = f.color * (0.9 + 0.16 * fractal(u, v, f.seed, 3));
    if ((f.seed >> 8 & 1) && s > 60 &&
        (fraction(v * 12) < 0.15 || fraction(u * 5 + (fraction(v * 6) < 0.5 ? 0.5 : 0)) < 0.06))
      c = c * 0.9;  // bricks
    const bool window = fu > 0.24 && fu < 0.76 && fv > 0.3 && fv < 0.8 && v < f.up - 0.12;
    if (window) {
      const uint32_t cell =
          mix(uint32_t(int64_t(std::floor(u / bays))), uint32_t(int64_t(std::floor(v / floors))), f.seed);
      const Rgb glass = Rgb{52, 58, 66}.mixed(m_layout.skyLow, 0.1 + 0.5 * (cell / 4294967296.0) * fv);
      return fu < 0.28 || fu > 0.72 || fv < 0.34 ? c * 1.12 : glass;
    }
    if (v > f.up - 0.1) c = c * 0.75;
    return c;
  }

  Rgb car(const Surface& f, double u, double v) const {
    const double w = (u - f.lateral) / 0.6, h = v / f.up;
    if (h < 0.16) return {28, 28, 30};
    if (h > 0.62 && h < 0.9 && std::fabs(w) < 0.62) return Rgb{46, 54, 62}.mixed(m_layout.skyLow, 0.35 * h);
    if (h > 0.4 && h < 0.52 && std::fabs(w) > 0.62) return {178, 36, 30};
    if (h > 0.26 && h < 0.36 && std::fabs(w) < 0.25) return {220, 220, 205};
    return f.color * (0.7 + 0.45 * h);
  }

  const Layout& m_layout;
  const Camera& m_c;
};

uint8_t byteOf(double v) { return uint8_t(std::clamp(v + 0.5, 0.0, 255.0)); }

/// A lens is not perfectly sharp: [1 2 1] in both directions.
Image softened(const Image& in) {
  Image out = in;
  for (int y = 0; y < in.height; ++y)
    for (int x = 0; x < in.width; ++x)
      for (int c = 0; c < 3; ++c) {
        int sum = 0;
        for (int dy = -1; dy <= 1; ++dy) {
          const uint8_t* row = in.row(std::clamp(y + dy, 0, in.height - 1));
          for (int dx = -1; dx <= 1; ++dx)
            sum += row[std::clamp(x + dx, 0, in.width - 1) * 3 + c] * (2 - dx * dx) * (2 - dy * dy);
        }
        out.row(y)[x * 3 + c] = uint8_t((sum + 8) / 16);
      }
  return out;
}

void addNoise(Image& image, double strength, uint32_t seed) {
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) {
        const uint32_t bits = mix(uint32_t(x * 3 + c), uint32_t(y), seed);
        const double grain = (double(bits & 0xffff) + double(bits >> 16)) / 65535.0 - 1;  // triangular
        auto& value = image.row(y)[x * 3 + c];
        value = byteOf(value + grain * strength);
      }
}

}  // namespace

uint32_t mix(uint32_t x, uint32_t y, uint32_t seed) {
  uint32_t h = seed ^ (x * 0x9E3779B1u) ^ ((y + 0x7F4A7C15u) * 0x85EBCA77u);
  h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
  h = (h ^ (h >> 12)) * 0x297A2D39u;
  return h ^ (h >> 15);
}

double noise(double x, double y, uint32_t seed) {
  x = std::clamp(x, -1e6, 1e6);
  y = std::clamp(y, -1e6, 1e6);
  const double fx = std::floor(x), fy = std::floor(y);
  const uint32_t ix = uint32_t(int32_t(fx)), iy = uint32_t(int32_t(fy));
  const auto smooth = [](double t) { return t * t * (3 - 2 * t); };
  const double tx = smooth(x - fx), ty = smooth(y - fy);
  const auto at = [&](uint32_t dx, uint32_t dy) { return mix(ix + dx, iy + dy, seed) / 4294967296.0; };
  const double top = at(0, 0) + (at(1, 0) - at(0, 0)) * tx, low = at(0, 1) + (at(1, 1) - at(0, 1)) * tx;
  return top + (low - top) * ty;
}

double fractal(double x, double y, uint32_t seed, int octaves) {
  double sum = 0, weight = 1, total = 0;
  for (int i = 0; i < octaves; ++i, weight *= 0.5, x *= 2, y *= 2) {
    sum += weight * noise(x, y, seed + uint32_t(i) * 101);
    total += weight;
  }
  return sum / total;
}

Image paint(const Layout& layout, Size size) {
  const Rect all{0, 0, size.width, size.height};
  LabelMap shadow(size.width, size.height, 0);
  for (const auto& polygon : layout.shadows)
    for (const auto& span : spans(polygon, all))
      for (int x = span.begin; x < span.end; ++x) shadow.set(x, span.y, 1);
  Image image{size.width, size.height, 3, 8, std::vector<uint8_t>(size_t(size.width) * size.height * 3)};
  const Painter painter(layout);
  for (const auto& surface : layout.surfaces)
    for (const auto& span : spans(surface.polygon, all))
      for (int x = span.begin; x < span.end; ++x) {
        const Rgb c = painter.color(surface, x + 0.5, span.y + 0.5, shadow.at(x, span.y));
        uint8_t* out = image.row(span.y) + x * 3;
        out[0] = byteOf(c.r);
        out[1] = byteOf(c.g);
        out[2] = byteOf(c.b);
      }
  image = softened(image);
  addNoise(image, layout.noise, layout.seed);
  return image;
}

}  // namespace intarsia::scene
