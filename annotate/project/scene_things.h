// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/project/scene_parts.h"

namespace intarsia::scene {

/// Single things of a street, each made of one or more surfaces. Draws no two random numbers within the arguments of
/// one call: compilers may evaluate those in any order. `s` is the scale of what stands on the ground there (Camera).
class Things {
 protected:
  explicit Things(Random& random) : m_random(random) {}
  double u(double low, double high) { return m_random.uniform(low, high); }
  bool chance(double p) { return m_random.uniform() < p; }
  Rgb vary(Rgb c, double by) {
    const double all = u(1 - by, 1 + by);
    return {c.r * all * u(0.95, 1.05), c.g * all * u(0.95, 1.05), c.b * all * u(0.95, 1.05)};
  }
  double scaleAt(double distance) const { return m_out.camera.nearest() / distance; }  // distance 1 = lower border
  Surface make(Class label, Material material, Plane plane, Ring ring, Rgb color);
  /// 32 points on a wobbling ellipse.
  Ring blob(Point centre, double rx, double ry, double rough);
  /// A disc that lies on the ground, seen in perspective.
  Ring groundDisc(double at, double s, double radius);

  void tree(double at, double s, std::vector<Surface>& to);
  void bush(double at, double s, std::vector<Surface>& to);
  void pole(double at, double s, std::vector<Surface>& to);
  void bridge(double s, std::vector<Surface>& to);
  void car(double s, std::vector<Surface>& to);

  Random& m_random;
  Layout m_out;
  double m_sunSide = 1;  // −1 = the sun is on the left
  bool m_shadows = true;
  int64_t m_groups = 0;
};

}  // namespace intarsia::scene
