// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <vector>

#include "annotate/formats/format.h"
#include "core/base/image.h"
#include "core/base/random.h"

namespace intarsia::scene {

// Only + − × ÷, floor and sqrt, which IEEE 754 fixes to the last bit: scenes are the same on every machine.

enum Class { kBackground, kRoad, kSidewalk, kLandscaping, kTree, kSky, kConcrete, kBuilding };
enum class Material { sky, hill, asphalt, paving, grass, leaves, bark, concrete, facade, car, pole };
/// How a pixel of a surface gets its texture coordinates.
enum class Plane { ground, side, front };

struct Rgb {
  double r = 0, g = 0, b = 0;
  Rgb operator*(double f) const { return {r * f, g * f, b * f}; }
  Rgb mixed(const Rgb& o, double t) const { return {r + (o.r - r) * t, g + (o.g - g) * t, b + (o.b - b) * t}; }
};

/// A camera one unit above flat ground that looks along the street. A ground point `lateral` units beside it whose
/// camera height appears as `s` pixels lies at (vanishingX + lateral · s, horizon + s); its distance is focal / s.
struct Camera {
  double width = 0, height = 0, vanishingX = 0, horizon = 0, focal = 0;
  Point ground(double lateral, double s) const { return {vanishingX + lateral * s, horizon + s}; }
  Point above(double lateral, double s, double up) const { return {vanishingX + lateral * s, horizon + s - up * s}; }
  double nearest() const { return height - horizon; }  // s at the lower border
};

/// One polygon of the picture and how it looks.
struct Surface {
  Class label = kBackground;
  Material material = Material::sky;
  Plane plane = Plane::ground;
  Polygon polygon;
  Rgb color;
  double lateral = 0;  // side: where the plane stands
  double s = 0;        // front: its scale
  double up = 0;       // height of the thing, in units
  uint32_t seed = 0;
  int64_t group = 0;  // 0 = none
  double light = 1;
};

struct Layout {
  Camera camera;
  std::vector<Surface> surfaces;  // painter's order
  std::vector<Polygon> shadows;   // on the ground
  Rgb skyTop, skyLow, sun;        // sun: factor for lit things
  double clouds = 0, roadLeft = 0, roadRight = 0, laneWidth = 1, noise = 4;
  uint32_t seed = 0;
};

Layout layOut(Random& random, Size size);
/// Draws by the rule that labels are rasterized with.
Image paint(const Layout& layout, Size size);

/// Smooth noise in [0, 1) with features of size 1.
double noise(double x, double y, uint32_t seed);
double fractal(double x, double y, uint32_t seed, int octaves);
uint32_t mix(uint32_t x, uint32_t y, uint32_t seed);

}  // namespace intarsia::scene
