// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/scene_things.h"

#include <algorithm>

namespace intarsia::scene {

Surface Things::make(Class label, Material material, Plane plane, Ring ring, Rgb color) {
  Surface s{label, material, plane, {{std::move(ring)}}, color};
  s.seed = m_random.next();
  return s;
}

Ring Things::blob(Point centre, double rx, double ry, double rough) {
  Ring ring;
  double cx = 1, sy = 0;  // rotates by 1/32 of a turn: no sine is asked for
  const uint32_t seed = m_random.next();
  for (int i = 0; i < 32; ++i) {
    const double r = 1 + rough * (fractal(cx * 2.1 + 9, sy * 2.1 + 9, seed, 2) - 0.5) +
                     rough * 0.6 * (mix(uint32_t(i), 7, seed) / 4294967296.0 - 0.5);
    ring.push_back({centre.x + rx * r * cx, centre.y + ry * r * sy});
    const double next = cx * 0.98078528040323043 - sy * 0.19509032201612825;
    sy = cx * 0.19509032201612825 + sy * 0.98078528040323043;
    cx = next;
  }
  return ring;
}

Ring Things::groundDisc(double at, double s, double radius) {
  const auto& c = m_out.camera;
  const double distance = c.focal / s;
  Ring ring = blob({0, 0}, radius, radius, 0.35);
  for (auto& p : ring) p = c.ground(at + p.x, c.focal / std::max(distance + p.y, distance * 0.3));
  return ring;
}

void Things::tree(double at, double s, std::vector<Surface>& to) {
  static constexpr Rgb kCrowns[] = {{62, 92, 42}, {84, 104, 50}, {48, 76, 44}, {126, 104, 48}};
  const auto& c = m_out.camera;
  const double up = u(2.0, 4.6), wide = up * u(0.24, 0.4), stem = up * u(0.25, 0.42), thick = up * u(0.018, 0.035);
  const int64_t group = ++m_groups;
  auto trunk = make(kTree, Material::bark, Plane::front,
                    {c.above(at - thick * 1.4, s, 0), c.above(at - thick, s, stem + 0.2 * up),
                     c.above(at + thick, s, stem + 0.2 * up), c.above(at + thick * 1.4, s, 0)},
                    vary({84, 68, 54}, 0.2));
  const Point centre = c.above(at, s, (stem + up) / 2);
  const Rgb color = vary(kCrowns[m_random.below(4)], 0.2);
  auto crown = make(kTree, Material::leaves, Plane::front, blob(centre, wide * s, (up - stem) / 2 * s, 0.5), color);
  if (chance(0.3)) {  // a gap in the leaves
    const double side = u(-0.3, 0.3) * wide * s;
    crown.polygon.rings.push_back(blob({centre.x + side, centre.y}, wide * s * 0.16, wide * s * 0.13, 0.5));
  }
  for (auto* part : {&trunk, &crown}) {
    part->group = group;
    part->s = s;
    part->up = up;
  }
  if (m_shadows) m_out.shadows.push_back({{groundDisc(at - m_sunSide * up * 0.45, s, wide)}});
  to.push_back(std::move(trunk));
  to.push_back(std::move(crown));
}

void Things::bush(double at, double s, std::vector<Surface>& to) {
  const double up = u(0.25, 0.7), wide = up * u(0.7, 1.3);
  const Rgb color = vary({70, 96, 52}, 0.25);
  auto it = make(kLandscaping, Material::leaves, Plane::front,
                 blob(m_out.camera.above(at, s, up * 0.4), wide * s, up * 0.5 * s, 0.4), color);
  it.s = s;
  it.up = up;
  to.push_back(std::move(it));
}

void Things::pole(double at, double s, std::vector<Surface>& to) {
  const auto& c = m_out.camera;
  const double up = u(2.2, 3.6), thick = 0.035;
  auto it = make(
      kBackground, Material::pole, Plane::front,
      {c.above(at - thick, s, 0), c.above(at - thick, s, up), c.above(at + thick, s, up), c.above(at + thick, s, 0)},
      vary({120, 122, 124}, 0.3));
  it.s = s;
  to.push_back(it);
  auto sign = make(kBackground, Material::pole, Plane::front,
                   {c.above(at - 0.22, s, up), c.above(at + 0.22, s, up), c.above(at + 0.22, s, up - 0.42),
                    c.above(at - 0.22, s, up - 0.42)},
                   chance(0.5) ? Rgb{190, 60, 50} : Rgb{60, 90, 170});
  sign.s = s;
  to.push_back(std::move(sign));
}

void Things::bridge(double s, std::vector<Surface>& to) {
  const auto& c = m_out.camera;
  const Rgb color = vary({166, 164, 158}, 0.12);
  const double low = u(2.6, 3.2), high = low + u(0.5, 0.9), left = -c.vanishingX / s,
               right = (c.width - c.vanishingX) / s;
  std::vector<Ring> parts = {
      {c.above(left, s, low), c.above(left, s, high), c.above(right, s, high), c.above(right, s, low)}};
  for (const double at : {m_out.roadLeft - 0.4, m_out.roadRight + 0.4})
    parts.push_back(
        {c.above(at - 0.2, s, 0), c.above(at - 0.2, s, low), c.above(at + 0.2, s, low), c.above(at + 0.2, s, 0)});
  for (auto& ring : parts) {
    auto it = make(kConcrete, Material::concrete, Plane::front, std::move(ring), color);
    it.s = s;
    to.push_back(std::move(it));
  }
}

void Things::car(double s, std::vector<Surface>& to) {
  static constexpr Rgb kPaints[] = {{170, 172, 176}, {40, 42, 48},    {150, 34, 32},
                                    {44, 70, 120},   {210, 210, 206}, {96, 98, 92}};
  const auto& c = m_out.camera;
  const double at = u(m_out.roadLeft + 0.7, m_out.roadRight - 0.7), half = u(0.52, 0.66), up = u(0.85, 1.2);
  const auto p = [&](double x, double y) { return c.above(at + x * half, s, y * up); };
  auto it = make(kBackground, Material::car, Plane::front,
                 {p(-0.95, 0.02), p(-1, 0.5), p(-0.82, 0.62), p(-0.66, 0.97), p(0.66, 0.97), p(0.82, 0.62), p(1, 0.5),
                  p(0.95, 0.02), p(0.7, 0), p(0.68, 0.14), p(-0.68, 0.14), p(-0.7, 0)},
                 vary(kPaints[m_random.below(6)], 0.15));
  it.s = s;
  it.up = up;
  it.lateral = at;
  to.push_back(std::move(it));
  m_out.shadows.push_back({{{c.ground(at - half * 1.1, s * 1.04), c.ground(at - half, s * 0.86),
                             c.ground(at + half, s * 0.86), c.ground(at + half * 1.1, s * 1.04)}}});
}

}  // namespace intarsia::scene
