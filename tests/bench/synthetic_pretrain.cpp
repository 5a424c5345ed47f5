// SPDX-License-Identifier: GPL-3.0-or-later
// Trains on scenes that are computed (textures, shapes, occlusion, shadows; exact masks) and writes the weights, to measure whether they are
// worth starting from:
//   synthetic_pretrain OUT.safetensors SCENES [key=value of the recipe]…
//   camvid_train FOLDER initialWeights=OUT.safetensors …
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/random.h"
#include "train/api/safetensors.h"
#include "train/loop/trainer.h"

namespace {

using namespace intarsia;
using Rgb = std::array<double, 3>;
constexpr int kTextures = 6, kShapes = 4, kClasses = kTextures * kShapes;

double lattice(int x, int y, uint32_t seed) {
  uint32_t h = uint32_t(x) * 0x8da6b343u ^ uint32_t(y) * 0xd8163841u ^ seed * 0xcb1ab31fu;
  h = (h ^ h >> 15) * 0x2c1b3c6du;
  h = (h ^ h >> 12) * 0x297a2d39u;
  return double((h ^ h >> 15) & 0xffffff) / 0xffffff;
}
double noise(double x, double y, uint32_t seed) {
  const double fx = std::floor(x), fy = std::floor(y), u = x - fx, v = y - fy, s = u * u * (3 - 2 * u), t = v * v * (3 - 2 * v);
  const int i = int(fx), j = int(fy);
  return std::lerp(std::lerp(lattice(i, j, seed), lattice(i + 1, j, seed), s), std::lerp(lattice(i, j + 1, seed), lattice(i + 1, j + 1, seed), s), t);
}
double fractal(double x, double y, uint32_t seed) { return (4 * noise(x, y, seed) + 2 * noise(2 * x, 2 * y, seed + 1) + noise(4 * x, 4 * y, seed + 2)) / 7; }

Rgb hsv(double h, double s, double v) {
  Rgb out;
  for (int c = 0; c < 3; ++c) {
    const double k = std::fmod(5 - 2 * c + h * 6, 6);
    out[size_t(c)] = 255 * v * (1 - s * std::max(0.0, std::min({k, 4 - k, 1.0})));
  }
  return out;
}

/// What a thing of class `c` is made of: the class fixes the kind of texture and roughly its scale and hue, the instance the rest.
struct Material {
  int kind;
  double scale, angle;
  Rgb a, b;
  uint32_t seed;

  Material(int c, Random& random) : kind(c % kTextures), seed(random.next()) {
    Random own(77, uint32_t(c));
    scale = own.uniform(4, 14) * random.uniform(0.7, 1.4);
    angle = own.uniform(0, std::numbers::pi) + random.uniform(-0.5, 0.5);
    const double hue = own.uniform() + random.uniform(-0.12, 0.12) + 1, saturation = own.uniform(0.05, 0.6), value = own.uniform(0.3, 0.9);
    const auto tone = [&](double by) { return hsv(std::fmod(hue + by / 4, 1), std::clamp(saturation + random.uniform(-0.15, 0.15), 0.0, 1.0), std::clamp(value + by + random.uniform(-0.15, 0.15), 0.05, 1.0)); };
    a = tone(0);
    b = tone(random.uniform(-0.35, 0.35));
  }
  double at(double x, double y) const {
    const double u = (x * std::cos(angle) + y * std::sin(angle)) / scale, v = (y * std::cos(angle) - x * std::sin(angle)) / scale;
    switch (kind) {
      case 0: return fractal(u, v, seed);
      case 1: return 0.5 + 0.5 * std::sin(3 * u + 2 * noise(u / 2, v / 2, seed));
      case 2: return double((int(std::floor(u)) + int(std::floor(v * 2))) & 1) * 0.8 + 0.2 * noise(2 * u, 2 * v, seed);
      case 3: {
        const double du = u - std::floor(u) - lattice(int(std::floor(u)), int(std::floor(v)), seed), dv = v - std::floor(v) - lattice(int(std::floor(u)), int(std::floor(v)), seed + 9);
        return std::clamp(3 * std::hypot(du, dv), 0.0, 1.0);
      }
      case 4: return std::clamp(0.5 + u / 12, 0.0, 1.0);
      default: return std::min(u - std::floor(u), (v - std::floor(v)) * 1.2) < 0.35 ? 1 : 0.15 * noise(u, v, seed);
    }
  }
};

struct Shape {
  double x, y, radius, aspect, angle, wave[4], phase[4];
  int kind, corners;

  Shape(int c, Size size, Random& random) : kind(c / kTextures % kShapes), corners(3 + random.below(5)) {
    x = random.uniform(0, size.width), y = random.uniform(0, size.height);
    radius = std::exp(random.uniform(std::log(4), std::log(0.3 * size.width)));
    aspect = kind == 3 ? std::exp(random.uniform(std::log(1.5), std::log(10))) : random.uniform(0.6, 1.8);
    angle = kind == 3 && random.uniform() < 0.6 ? std::numbers::pi / 2 : random.uniform(0, 2 * std::numbers::pi);
    for (int k = 0; k < 4; ++k) wave[k] = random.uniform(0, 0.35 / (k + 1)), phase[k] = random.uniform(0, 2 * std::numbers::pi);
  }
  /// Below 1 inside.
  double at(double px, double py) const {
    const double u = ((px - x) * std::cos(angle) + (py - y) * std::sin(angle)) / radius / std::sqrt(aspect),
                 v = ((py - y) * std::cos(angle) - (px - x) * std::sin(angle)) / radius * std::sqrt(aspect);
    if (kind == 3) return std::max(std::abs(u), std::abs(v));
    const double r = std::hypot(u, v), theta = std::atan2(v, u);
    if (kind == 0) return r;
    if (kind == 2) return r * std::cos(std::fmod(theta + 4 * std::numbers::pi, 2 * std::numbers::pi / corners) - std::numbers::pi / corners) / std::cos(std::numbers::pi / corners);
    double edge = 1;
    for (int k = 0; k < 4; ++k) edge += wave[k] * std::cos((k + 2) * theta + phase[k]);
    return r / edge;
  }
};

class Scenes final : public SampleSource {
 public:
  Scenes(int train, int val, Size size) : m_train(train), m_val(val), m_size(size) {
    for (int c = 0; c < kClasses; ++c) (void)m_classes.add("thing " + std::to_string(c));
  }
  int count() const override { return m_train + m_val; }
  Split split(int i) const override { return i < m_train ? Split::train : Split::val; }
  std::string name(int i) const override { return "scene " + std::to_string(i); }
  const ClassTable& classes() const override { return m_classes; }
  Expected<Image> image(const std::string&) const override { return fail(ErrorCode::notFound, "there is none"); }
  Expected<Sample> sample(int index) const override {
    Random random(4711, uint32_t(index));
    std::vector<Rgb> color(size_t(m_size.width * m_size.height));
    Sample s{{m_size.width, m_size.height, 3, 8, {}}, LabelMap(m_size.width, m_size.height, 0)};
    s.image.bytes.resize(s.image.rowBytes() * size_t(m_size.height));
    ground(color, s.labels, random);
    for (int n = 8 + random.below(20); n > 0; --n) thing(color, s.labels, random);
    const double gain = random.uniform(0.6, 1.3), gx = random.uniform(-0.4, 0.4) / m_size.width, gy = random.uniform(-0.4, 0.4) / m_size.height, grain = random.uniform(1, 8);
    for (int y = 0; y < m_size.height; ++y)
      for (int x = 0; x < m_size.width; ++x)
        for (int c = 0; c < 3; ++c)
          s.image.row(y)[x * 3 + c] = uint8_t(std::clamp(color[size_t(y * m_size.width + x)][size_t(c)] * gain * (1 + gx * (x - m_size.width / 2) + gy * (y - m_size.height / 2)) + grain * (random.uniform() - 0.5) * 3, 0.0, 255.0));
    return s;
  }

 private:
  void paint(Rgb& at, const Material& m, double x, double y, double light) const {
    const double t = m.at(x, y);
    for (size_t c = 0; c < 3; ++c) at[c] = std::lerp(m.a[c], m.b[c], t) * light;
  }
  /// Bands one below the other with wavy borders.
  void ground(std::vector<Rgb>& color, LabelMap& labels, Random& random) const {
    double top = 0;
    for (int band = 0, bands = 2 + random.below(3); band < bands; ++band) {
      const int c = random.below(kClasses);
      const Material material(c, random);
      const double wave = random.uniform(0, 25), length = random.uniform(10, 60);
      const uint32_t seed = random.next();
      for (int x = 0; x < m_size.width; ++x)
        for (int y = band ? std::max(0, int(top + wave * (noise(x / length, 0, seed) - 0.5))) : 0; y < m_size.height; ++y) {
          paint(color[size_t(y * m_size.width + x)], material, x, y, 1);
          labels.set(x, y, uint16_t(c));
        }
      top += m_size.height * random.uniform(0.7, 1.3) / bands;
    }
  }
  void thing(std::vector<Rgb>& color, LabelMap& labels, Random& random) const {
    const int c = random.below(kClasses);
    const Material material(c, random);
    const Shape shape(c, m_size, random);
    const double reach = shape.radius * std::sqrt(std::max(shape.aspect, 1 / shape.aspect)) * 2.2, dx = random.uniform(-0.4, 0.4) * shape.radius, dy = random.uniform(0, 0.4) * shape.radius,
                 shadow = random.uniform(0.5, 1), tilt = random.uniform(0, 2 * std::numbers::pi);
    for (int y = std::max(0, int(shape.y - reach)); y < std::min(m_size.height, int(shape.y + reach)); ++y)
      for (int x = std::max(0, int(shape.x - reach)); x < std::min(m_size.width, int(shape.x + reach)); ++x) {
        Rgb& at = color[size_t(y * m_size.width + x)];
        if (shape.at(x, y) < 1) {
          paint(at, material, x - shape.x, y - shape.y, 1 + 0.25 * ((x - shape.x) * std::cos(tilt) + (y - shape.y) * std::sin(tilt)) / shape.radius);
          labels.set(x, y, uint16_t(c));
        } else if (shape.at(x - dx, y - dy) < 1) {
          for (double& v : at) v *= shadow;
        }
      }
  }

  const int m_train, m_val;
  const Size m_size;
  ClassTable m_classes;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  TrainerOptions options;
  options.recipe.size = {160, 120};
  for (int i = 3; i < argc; ++i)
    if (const auto done = options.recipe.set(argv[i]); !done) return fmt::print(stderr, "{}\n", done.error().message()), 2;
  const Scenes scenes(std::atoi(argv[2]), 40, options.recipe.size);
  TrainerControl control;
  TrainerEvents events;
  events.epoch = [](const EpochMetrics& m) {
    fmt::print("{:6.1f} s  epoch {:3}  step {:5}  loss {:.4f}", m.seconds, m.epoch, m.step, m.trainLoss);
    if (m.meanIoU) fmt::print("  val {:.2f} / {:.2f}", 100 * *m.pixelAccuracy, 100 * *m.meanIoU);
    fmt::print("\n");
    std::fflush(stdout);
  };
  events.notice = [](const std::string& text) { fmt::print("{}\n", text); };
  events.saveBest = [&](const TensorSet& set) { return writeTensorSet(argv[1], set); };
  const auto result = train(scenes, options, control, events);
  if (!result) return fmt::print(stderr, "{}\n", result.error().message()), 1;
  fmt::print("{} steps, {:.1f} s of training\n", result->steps, result->trainingSeconds);
  return 0;
}
