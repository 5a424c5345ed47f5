// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "annotate/project/scene_things.h"

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
  const auto atX = [](double x) {
    return [x](Point a, Point b) { return Point{x, a.y + (b.y - a.y) * ((x - a.x) / (b.x - a.x))}; };
  };
  const auto atY = [](double y) {
    return [y](Point a, Point b) { return Point{a.x + (b.x - a.x) * ((y - a.y) / (b.y - a.y)), y}; };
  };
  ring = cutRing(
      ring, [](Point p) { return p.x >= 0; }, atX(0));
  ring = cutRing(
      ring, [=](Point p) { return p.x <= width; }, atX(width));
  ring = cutRing(
      ring, [](Point p) { return p.y >= 0; }, atY(0));
  ring = cutRing(
      ring, [=](Point p) { return p.y <= height; }, atY(height));
  Ring tidy;
  for (auto& p : ring) {
    p = {quarter(p.x), quarter(p.y)};
    if (tidy.empty() || !(tidy.back() == p)) tidy.push_back(p);
  }
  while (tidy.size() > 1 && tidy.front() == tidy.back()) tidy.pop_back();
  return tidy;
}

class Builder : private Things {
 public:
  Builder(Random& random, Size size) : Things(random) {
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
    double sign, strip, walk,
        line;  // outer borders of planted strip and sidewalk, and the building line (all from the road outwards)
  };

  void add(Surface surface) {
    Polygon polygon;
    for (auto& ring : surface.polygon.rings) {
      auto cut = clipped(std::move(ring), m_out.camera.width, m_out.camera.height);
      if (cut.size() >= 3)
        polygon.rings.push_back(std::move(cut));
      else if (polygon.rings.empty())
        return;
    }
    if (polygon.rings.empty()) return;
    surface.polygon = std::move(polygon);
    m_out.surfaces.push_back(std::move(surface));
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
    add(make(kSky, Material::sky, Plane::front, {{0, 0}, {c.width, 0}, {c.width, c.horizon + 2}, {0, c.horizon + 2}},
             m_out.skyTop));
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
    add(make(kLandscaping, Material::grass, Plane::ground,
             {{0, c.horizon}, {c.width, c.horizon}, {c.width, c.height}, {0, c.height}}, grass()));
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
      if (side.walk > side.strip)
        add(make(kSidewalk, Material::paving, Plane::ground, ordered(sign, side.strip, side.walk), paving));
      if (side.strip > curb)
        add(make(kLandscaping, Material::grass, Plane::ground, ordered(sign, curb, side.strip), grass()));
      furnish(side, curb);
    }
    add(make(kRoad, Material::asphalt, Plane::ground, strip(m_out.roadLeft, m_out.roadRight),
             vary({98, 98, 102}, 0.25)));
    for (int i = m_random.below(4); i > 0; --i) car(scaleAt(u(1.7, 9)), m_near);
    const auto farFirst = [](const Surface& a, const Surface& b) { return a.s < b.s; };
    std::stable_sort(m_far.begin(), m_far.end(), farFirst);
    std::stable_sort(m_near.begin(), m_near.end(), farFirst);
  }
  Ring ordered(double sign, double inner, double outer) const {
    return sign < 0 ? strip(-outer, -inner) : strip(inner, outer);
  }
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
      bush(side.sign * at, scaleAt(u(1.1, 6)), m_far);
    }
    if (chance(0.5)) pole(side.sign * (curb + 0.1), scaleAt(u(1.5, 6)), m_near);
    if (chance(0.13) && !m_bridge) {
      m_bridge = true;
      bridge(scaleAt(u(3, 8)), m_near);
    }
  }

  void buildings(const Side& side) {
    static constexpr Rgb kWalls[] = {{176, 150, 128}, {150, 92, 78},   {196, 190, 176},
                                     {132, 134, 140}, {206, 184, 140}, {120, 108, 98}};
    const double at = side.sign * side.line;
    for (double z = u(0.7, 3); z < 22;) {
      const double end = z + u(0.8, 4) * (1 + z * 0.15);
      const double up = u(2.0, 7.5), s1 = scaleAt(z), s2 = scaleAt(end), out = at + side.sign * u(1.5, 5);
      const auto& c = m_out.camera;
      const Rgb color = vary(kWalls[m_random.below(6)], 0.15);
      auto facade = make(kBuilding, Material::facade, Plane::side,
                         {c.ground(at, s1), c.ground(at, s2), c.above(at, s2, up), c.above(at, s1, up)}, color);
      facade.lateral = at;
      facade.light = side.sign == m_sunSide ? 0.72 : 1.0;
      auto front = make(kBuilding, Material::facade, Plane::front,
                        {c.ground(at, s1), c.ground(out, s1), c.above(out, s1, up), c.above(at, s1, up)}, color);
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

  void walls() {
    const auto& c = m_out.camera;
    for (const auto& [at, up] : m_walls) {
      const double s1 = c.nearest() * 1.3, s2 = scaleAt(u(6, 30));
      auto it = make(kConcrete, Material::concrete, Plane::side,
                     {c.ground(at, s1), c.ground(at, s2), c.above(at, s2, up), c.above(at, s1, up)},
                     vary({172, 170, 164}, 0.16));
      it.lateral = at;
      it.up = up;
      it.light = (at > 0 ? 1 : -1) == m_sunSide ? 0.75 : 1;
      add(std::move(it));
    }
  }

  std::vector<Surface> m_far, m_near;              // behind and before the walls
  std::vector<std::pair<double, double>> m_walls;  // lateral, height
  bool m_bridge = false;
};

}  // namespace

Layout layOut(Random& random, Size size) { return Builder(random, size).build(); }

}  // namespace intarsia::scene
