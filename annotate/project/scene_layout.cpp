// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "annotate/project/scene_parts.h"

namespace intarsia::scene {
namespace {

double quarter(double v) { return std::floor(v * 4 + 0.5) / 4; }

/// The part of a ring on one side of a border line (Sutherland–Hodgman).
template <class Inside, class Cut>
Ring cutRing(const Ring& ring, Inside inside, Cut cut) {
  Ring out;
  for (size_t i = 0; i < ring.size(); ++i) {
    const Point a = ring[i], b = ring[(i + 1) % ring.size()];
    if (inside(a)) out.push_back(a);
    if (inside(a) != inside(b)) out.push_back(cut(a, b));
  }
  return out;
}

Ring clipped(Ring ring, double width, double height) {
  const auto atX = [](double x) { return [x](Point a, Point b) { return Point{x, a.y + (b.y - a.y) * ((x - a.x) / (b.x - a.x))}; }; };
  const auto atY = [](double y) { return [y](Point a, Point b) { return Point{a.x + (b.x - a.x) * ((y - a.y) / (b.y - a.y)), y}; }; };
  ring = cutRing(ring, [](Point p) { return p.x >= 0; }, atX(0));
  ring = cutRing(ring, [=](Point p) { return p.x <= width; }, atX(width));
  ring = cutRing(ring, [](Point p) { return p.y >= 0; }, atY(0));
  ring = cutRing(ring, [=](Point p) { return p.y <= height; }, atY(height));
  Ring tidy;
  for (auto& p : ring) {
    p = {quarter(p.x), quarter(p.y)};
    if (tidy.empty() || !(tidy.back() == p)) tidy.push_back(p);
  }
  while (tidy.size() > 1 && tidy.front() == tidy.back()) tidy.pop_back();
  return tidy;
}

/// Draws no two random numbers within the arguments of one call: compilers may evaluate those in any order.
class Builder {
 public:
  Builder(Random& random, Size size) : m_random(random) {
    auto& c = m_out.camera;
    c.width = size.width;
    c.height = size.height;
    c.horizon = c.height * u(0.36, 0.5);
    c.vanishingX = c.width * u(0.32, 0.68);
    c.focal = c.width * u(0.75, 1.1);
    m_out.seed = m_random.next();
  }

  Layout build() {
    light();
    backdrop();
    ground();
    for (auto& thing : m_far) add(std::move(thing));
    walls();
    for (auto& thing : m_near) add(std::move(thing));
    return std::move(m_out);
  }

 private:
  struct Side {
    double sign, strip, walk, line;  // outer borders of planted strip and sidewalk, and the building line (all from the road outwards)
  };

  double u(double low, double high) { return m_random.uniform(low, high); }
  bool chance(double p) { return m_random.uniform() < p; }
  Rgb vary(Rgb c, double by) {
    const double all = u(1 - by, 1 + by);
    return {c.r * all * u(0.95, 1.05), c.g * all * u(0.95, 1.05), c.b * all * u(0.95, 1.05)};
  }
  double scaleAt(double distance) const { return m_out.camera.nearest() / distance; }  // distance 1 = lower border

  void add(Surface surface) {
    Polygon polygon;
    for (auto& ring : surface.polygon.rings) {
      auto cut = clipped(std::move(ring), m_out.camera.width, m_out.camera.height);
      if (cut.size() >= 3) polygon.rings.push_back(std::move(cut));
      else if (polygon.rings.empty()) return;
    }
    if (polygon.rings.empty()) return;
    surface.polygon = std::move(polygon);
    m_out.surfaces.push_back(std::move(surface));
  }
  Surface make(Class label, Material material, Plane plane, Ring ring, Rgb color) {
    Surface s{label, material, plane, {{std::move(ring)}}, color};
    s.seed = m_random.next();
    return s;
  }

  void light() {
    const bool overcast = chance(0.35);
    m_out.skyTop = vary(overcast ? Rgb{175, 180, 188} : Rgb{95, 145, 210}, 0.12);
    m_out.skyLow = vary(overcast ? Rgb{205, 207, 210} : Rgb{190, 212, 232}, 0.07);
    m_out.clouds = overcast ? u(0.1, 0.4) : u(0, 0.9);
    m_sunSide = chance(0.5) ? 1 : -1;
    m_shadows = !overcast;
    const double level = u(0.72, 1.12), warm = u(-0.06, 0.06);
    m_out.sun = {level * (1 + warm), level, level * (1 - warm)};
    m_out.noise = u(3, 9);
  }

  void backdrop() {
    const auto& c = m_out.camera;
    add(make(kSky, Material::sky, Plane::front, {{0, 0}, {c.width, 0}, {c.width, c.horizon + 2}, {0, c.horizon + 2}}, m_out.skyTop));
    Ring hills = {{c.width, c.horizon + 2}, {0, c.horizon + 2}};
    const double high = c.height * u(0.015, 0.09);
    const uint32_t seed = m_random.next();
    for (int i = 0; i <= 24; ++i)
      hills.push_back({c.width * i / 24, c.horizon - high * (0.2 + 0.8 * fractal(i * 0.23, 0, seed, 3))});
    add(make(kBackground, Material::hill, Plane::front, hills, vary({110, 120, 118}, 0.2)));
  }

  Ring strip(double left, double right) const {
    const auto& c = m_out.camera;
    const double near = c.nearest() * 1.02, far = c.height * 0.006;
    return {c.ground(left, near), c.ground(left, far), c.ground(right, far), c.ground(right, near)};
  }

  void ground() {
    const auto& c = m_out.camera;
    add(make(kLandscaping, Material::grass, Plane::ground, {{0, c.horizon}, {c.width, c.horizon}, {c.width, c.height}, {0, c.height}}, grass()));
    m_out.roadLeft = -u(0.9, 2.6);
    m_out.roadRight = u(0.7, 2.0);
    m_out.laneWidth = (m_out.roadRight - m_out.roadLeft) / (chance(0.5) ? 2 : 3);
    const Rgb paving = vary({168, 160, 150}, 0.14);
    for (const double sign : {-1.0, 1.0}) {
      Side side{sign, sign < 0 ? -m_out.roadLeft : m_out.roadRight, 0, 0};
      const double curb = side.strip;
      if (chance(0.5)) side.strip += u(0.25, 0.8);
      side.walk = side.strip + (chance(0.9) ? u(0.45, 1.2) : 0);
      side.line = side.walk + u(0.1, 2.2);
      if (side.walk > side.strip) add(make(kSidewalk, Material::paving, Plane::ground, ordered(sign, side.strip, side.walk), paving));
      if (side.strip > curb) add(make(kLandscaping, Material::grass, Plane::ground, ordered(sign, curb, side.strip), grass()));
      furnish(side, curb);
    }
    add(make(kRoad, Material::asphalt, Plane::ground, strip(m_out.roadLeft, m_out.roadRight), vary({98, 98, 102}, 0.25)));
    cars();
    const auto farFirst = [](const Surface& a, const Surface& b) { return a.s < b.s; };
    std::stable_sort(m_far.begin(), m_far.end(), farFirst);
    std::stable_sort(m_near.begin(), m_near.end(), farFirst);
  }
  Ring ordered(double sign, double inner, double outer) const { return sign < 0 ? strip(-outer, -inner) : strip(inner, outer); }
  Rgb grass() { return vary(chance(0.25) ? Rgb{138, 128, 82} : Rgb{92, 122, 62}, 0.2); }

  /// What stands on one side of the road.
  void furnish(const Side& side, double curb) {
    buildings(side);
    if (chance(0.45)) m_walls.push_back({side.sign * (side.walk + 0.03), u(0.35, 1.25)});
    const int trees = 1 + m_random.below(4);
    for (int i = 0; i < trees; ++i) {
      const bool near = side.strip > curb + 0.2 && chance(0.5);
      const double at = near ? (curb + side.strip) / 2 : side.walk + u(0.1, 1.5);
      tree(side.sign * at, scaleAt(u(1.3, 9)), near ? m_near : m_far);
    }
    for (int i = m_random.below(4); i > 0; --i) {
      const double at = side.walk + u(0.15, 1.2);
      bush(side.sign * at, scaleAt(u(1.1, 6)));
    }
    if (chance(0.5)) pole(side.sign * (curb + 0.1), scaleAt(u(1.5, 6)));
    if (chance(0.13) && !m_bridge) bridge(scaleAt(u(3, 8)));
  }

  void buildings(const Side& side) {
    static constexpr Rgb kWalls[] = {{176, 150, 128}, {150, 92, 78}, {196, 190, 176}, {132, 134, 140}, {206, 184, 140}, {120, 108, 98}};
    const double at = side.sign * side.line;
    for (double z = u(0.7, 3); z < 22;) {
      const double end = z + u(0.8, 4) * (1 + z * 0.15);
      const double up = u(2.0, 7.5), s1 = scaleAt(z), s2 = scaleAt(end), out = at + side.sign * u(1.5, 5);
      const auto& c = m_out.camera;
      const Rgb color = vary(kWalls[m_random.below(6)], 0.15);
      auto facade = make(kBuilding, Material::facade, Plane::side, {c.ground(at, s1), c.ground(at, s2), c.above(at, s2, up), c.above(at, s1, up)}, color);
      facade.lateral = at;
      facade.light = side.sign == m_sunSide ? 0.72 : 1.0;
      auto front = make(kBuilding, Material::facade, Plane::front, {c.ground(at, s1), c.ground(out, s1), c.above(out, s1, up), c.above(at, s1, up)}, color);
      front.light = 0.85;
      front.seed = facade.seed;
      front.s = s1;
      facade.s = s1 - 1e-6 * s1;  // just behind its own front
      facade.up = front.up = up;
      if (m_shadows && side.sign == m_sunSide) {
        const double reach = at - side.sign * up * 0.35;
        m_out.shadows.push_back({{{c.ground(at, s1), c.ground(at, s2), c.ground(reach, s2), c.ground(reach, s1)}}});
      }
      m_far.push_back(std::move(facade));
      m_far.push_back(std::move(front));
      z = end + (chance(0.4) ? u(0.4, 2.5) : 0.02);
    }
  }

  /// `points` points on a wobbling ellipse.
  Ring blob(Point centre, double rx, double ry, double rough) {
    Ring ring;
    double cx = 1, sy = 0;  // rotates by 1/32 of a turn: no sine is asked for
    const uint32_t seed = m_random.next();
    for (int i = 0; i < 32; ++i) {
      const double r = 1 + rough * (fractal(cx * 2.1 + 9, sy * 2.1 + 9, seed, 2) - 0.5) + rough * 0.6 * (mix(uint32_t(i), 7, seed) / 4294967296.0 - 0.5);
      ring.push_back({centre.x + rx * r * cx, centre.y + ry * r * sy});
      const double next = cx * 0.98078528040323043 - sy * 0.19509032201612825;
      sy = cx * 0.19509032201612825 + sy * 0.98078528040323043;
      cx = next;
    }
    return ring;
  }

  void tree(double at, double s, std::vector<Surface>& to) {
    static constexpr Rgb kCrowns[] = {{62, 92, 42}, {84, 104, 50}, {48, 76, 44}, {126, 104, 48}};
    const auto& c = m_out.camera;
    const double up = u(2.0, 4.6), wide = up * u(0.24, 0.4), stem = up * u(0.25, 0.42), thick = up * u(0.018, 0.035);
    const int64_t group = ++m_groups;
    auto trunk = make(kTree, Material::bark, Plane::front,
                      {c.above(at - thick * 1.4, s, 0), c.above(at - thick, s, stem + 0.2 * up), c.above(at + thick, s, stem + 0.2 * up), c.above(at + thick * 1.4, s, 0)},
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

  /// A disc that lies on the ground, seen in perspective.
  Ring groundDisc(double at, double s, double radius) {
    const auto& c = m_out.camera;
    const double distance = c.focal / s;
    Ring ring = blob({0, 0}, radius, radius, 0.35);
    for (auto& p : ring) p = c.ground(at + p.x, c.focal / std::max(distance + p.y, distance * 0.3));
    return ring;
  }

  void bush(double at, double s) {
    const double up = u(0.25, 0.7), wide = up * u(0.7, 1.3);
    const Rgb color = vary({70, 96, 52}, 0.25);
    auto it = make(kLandscaping, Material::leaves, Plane::front, blob(m_out.camera.above(at, s, up * 0.4), wide * s, up * 0.5 * s, 0.4), color);
    it.s = s;
    it.up = up;
    m_far.push_back(std::move(it));
  }

  void pole(double at, double s) {
    const auto& c = m_out.camera;
    const double up = u(2.2, 3.6), thick = 0.035;
    auto it = make(kBackground, Material::pole, Plane::front,
                   {c.above(at - thick, s, 0), c.above(at - thick, s, up), c.above(at + thick, s, up), c.above(at + thick, s, 0)}, vary({120, 122, 124}, 0.3));
    it.s = s;
    m_near.push_back(it);
    auto sign = make(kBackground, Material::pole, Plane::front,
                     {c.above(at - 0.22, s, up), c.above(at + 0.22, s, up), c.above(at + 0.22, s, up - 0.42), c.above(at - 0.22, s, up - 0.42)},
                     chance(0.5) ? Rgb{190, 60, 50} : Rgb{60, 90, 170});
    sign.s = s;
    m_near.push_back(std::move(sign));
  }

  void bridge(double s) {
    m_bridge = true;
    const auto& c = m_out.camera;
    const Rgb color = vary({166, 164, 158}, 0.12);
    const double low = u(2.6, 3.2), high = low + u(0.5, 0.9), left = -c.vanishingX / s, right = (c.width - c.vanishingX) / s;
    std::vector<Ring> parts = {{c.above(left, s, low), c.above(left, s, high), c.above(right, s, high), c.above(right, s, low)}};
    for (const double at : {m_out.roadLeft - 0.4, m_out.roadRight + 0.4})
      parts.push_back({c.above(at - 0.2, s, 0), c.above(at - 0.2, s, low), c.above(at + 0.2, s, low), c.above(at + 0.2, s, 0)});
    for (auto& ring : parts) {
      auto it = make(kConcrete, Material::concrete, Plane::front, std::move(ring), color);
      it.s = s;
      m_near.push_back(std::move(it));
    }
  }

  void walls() {
    const auto& c = m_out.camera;
    for (const auto& [at, up] : m_walls) {
      const double s1 = c.nearest() * 1.3, s2 = scaleAt(u(6, 30));
      auto it = make(kConcrete, Material::concrete, Plane::side, {c.ground(at, s1), c.ground(at, s2), c.above(at, s2, up), c.above(at, s1, up)}, vary({172, 170, 164}, 0.16));
      it.lateral = at;
      it.up = up;
      it.light = (at > 0 ? 1 : -1) == m_sunSide ? 0.75 : 1;
      add(std::move(it));
    }
  }

  void cars() {
    static constexpr Rgb kPaints[] = {{170, 172, 176}, {40, 42, 48}, {150, 34, 32}, {44, 70, 120}, {210, 210, 206}, {96, 98, 92}};
    const auto& c = m_out.camera;
    for (int i = m_random.below(4); i > 0; --i) {
      const double s = scaleAt(u(1.7, 9)), at = u(m_out.roadLeft + 0.7, m_out.roadRight - 0.7), half = u(0.52, 0.66), up = u(0.85, 1.2);
      const auto p = [&](double x, double y) { return c.above(at + x * half, s, y * up); };
      auto it = make(kBackground, Material::car, Plane::front,
                     {p(-0.95, 0.02), p(-1, 0.5), p(-0.82, 0.62), p(-0.66, 0.97), p(0.66, 0.97), p(0.82, 0.62), p(1, 0.5), p(0.95, 0.02), p(0.7, 0), p(0.68, 0.14), p(-0.68, 0.14), p(-0.7, 0)},
                     vary(kPaints[m_random.below(6)], 0.15));
      it.s = s;
      it.up = up;
      it.lateral = at;
      m_near.push_back(std::move(it));
      m_out.shadows.push_back({{{c.ground(at - half * 1.1, s * 1.04), c.ground(at - half, s * 0.86), c.ground(at + half, s * 0.86), c.ground(at + half * 1.1, s * 1.04)}}});
    }
  }

  Random& m_random;
  Layout m_out;
  std::vector<Surface> m_far, m_near;                 // behind and before the walls
  std::vector<std::pair<double, double>> m_walls;     // lateral, height
  double m_sunSide = 1;
  bool m_shadows = true, m_bridge = false;
  int64_t m_groups = 0;
};

}  // namespace

Layout layOut(Random& random, Size size) { return Builder(random, size).build(); }

}  // namespace intarsia::scene
