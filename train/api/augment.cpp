// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/augment.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>
#ifdef __SSE2__
#include <immintrin.h>
#endif

namespace intarsia {
namespace {

constexpr int kToneSteps = 1024;

/// fastai's contrast and brightness: in logits, x → (x + brightness) · contrast; then the gamma.
std::vector<float> toneTable(bool logit, double contrast, double brightness, double gamma) {
  std::vector<float> table(kToneSteps + 1);
  for (int i = 0; i <= kToneSteps; ++i) {
    double v = double(i) / kToneSteps;
    if (logit) {
      const double x = std::clamp(v, 1e-7, 1 - 1e-7);
      v = 1 / (1 + std::exp(-(std::log(x / (1 - x)) + brightness) * contrast));
    }
    table[size_t(i)] = float(255 * std::pow(v, gamma));
  }
  return table;
}

void applyTone(const std::vector<float>& table, float* rgb, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const float at = rgb[i] * (kToneSteps / 255.f);
    const int low = std::min(int(at), kToneSteps - 1);
    rgb[i] = table[size_t(low)] + (at - float(low)) * (table[size_t(low) + 1] - table[size_t(low)]);
  }
}

/// The next integer below, of what fits into one: std::floor is a call on plain x86-64.
int below(float x) {
  const int i = int(x);
  return i - (float(i) > x);
}

/// Mirrors a pixel index into [0, n): …1 0 | 0 1 … n-1 | n-1 n-2…
int reflected(int i, int n) {
  i %= 2 * n;
  if (i < 0) i += 2 * n;
  return i < n ? i : 2 * n - 1 - i;
}

/// Gaussian, rows then columns, mirrored at the borders.
void applyBlur(double deviation, Size size, float* rgb) {
  const std::vector<float> taps = blurTaps(deviation);
  const int reach = int(taps.size()) - 1, w = size.width, h = size.height;
  const size_t row = size_t(w) * 3;
  // `line`: a row, mirrored at both ends, so that what is summed lies side by side
  std::vector<float> line(row + size_t(reach) * 6), rows(row * size_t(h));
  for (int y = 0; y < h; ++y) {
    const float* from = rgb + size_t(y) * row;
    for (int x = -reach; x < w + reach; ++x) std::copy_n(from + size_t(reflected(x, w)) * 3, 3, &line[size_t(x + reach) * 3]);
    float* out = &rows[size_t(y) * row];
    for (int k = -reach; k <= reach; ++k) {
      const float tap = taps[size_t(std::abs(k))], *in = &line[size_t(reach + k) * 3];
      for (size_t i = 0; i < row; ++i) out[i] += tap * in[i];
    }
  }
  for (int y = 0; y < h; ++y) {
    float* out = rgb + size_t(y) * row;
    std::fill_n(out, row, 0.f);
    for (int k = -reach; k <= reach; ++k) {
      const float tap = taps[size_t(std::abs(k))], *in = &rows[size_t(reflected(y + k, h)) * row];
      for (size_t i = 0; i < row; ++i) out[i] += tap * in[i];
    }
  }
}

using Four = float __attribute__((vector_size(16)));  // red, green, blue and one that does not count

/// Pixels as floats, four bytes read at a time and none beyond the last pixel.
struct PixelReader {
  const uint8_t* rgb;
  size_t last;  // where the last four bytes begin

  Four operator()(size_t pixel) const {
    const size_t at = pixel * 3, from = std::min(at, last);
    uint32_t bytes;
    std::memcpy(&bytes, rgb + from, 4);
    if constexpr (std::endian::native == std::endian::little) bytes >>= 8 * (at - from);
    else bytes <<= 8 * (at - from);
#ifdef __SSE2__  // GCC 12 converts one by one
    const __m128i zero = _mm_setzero_si128();
    return _mm_cvtepi32_ps(_mm_unpacklo_epi16(_mm_unpacklo_epi8(_mm_cvtsi32_si128(int(bytes)), zero), zero));
#else
    return __builtin_convertvector(std::bit_cast<uint8_t __attribute__((vector_size(4)))>(bytes), Four);
#endif
  }
};

}  // namespace

std::vector<float> blurTaps(double deviation) {
  const int reach = std::max(1, int(std::ceil(3 * deviation)));
  std::vector<float> taps(size_t(reach + 1));
  for (int k = 0; k <= reach; ++k) taps[size_t(k)] = float(std::exp(-k * k / (2 * deviation * deviation)));
  float sum = 0;
  for (int k = -reach; k <= reach; ++k) sum += taps[size_t(std::abs(k))];
  for (float& tap : taps) tap /= sum;
  return taps;
}

static void multiply(const double* a, const double* b, double* c) {
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) c[i * 3 + j] = a[i * 3] * b[j] + a[i * 3 + 1] * b[3 + j] + a[i * 3 + 2] * b[6 + j];
}

SourceMap::SourceMap(const Augmentation& a, Size source, Size output) {
  const double hw = output.width / 2.0, hh = output.height / 2.0;
  const auto& p = a.perspective;
  straight = p == std::array<double, 9>{1, 0, 0, 0, 1, 0, 0, 0, 1};
  const double sx = source.width / 2.0 + a.offset[0], sy = source.height / 2.0 + a.offset[1];
  if (straight) {
    const double x = 0.5 - hw, y = 0.5 - hh;
    m = {a.linear[0], a.linear[1], a.linear[0] * x + a.linear[1] * y + sx, a.linear[2], a.linear[3], a.linear[2] * x + a.linear[3] * y + sy, 0, 0, 1};
    return;
  }
  // output pixel (x, y) → its centre from −1 to 1 → perspective → pixels from the centre → linear → source
  const double in[9] = {1 / hw, 0, 0.5 / hw - 1, 0, 1 / hh, 0.5 / hh - 1, 0, 0, 1};
  const double out[9] = {a.linear[0] * hw, a.linear[1] * hh, sx, a.linear[2] * hw, a.linear[3] * hh, sy, 0, 0, 1};
  double half[9];
  multiply(p.data(), in, half);
  multiply(out, half, m.data());
}

std::array<double, 9> symmetricWarp(const std::array<double, 4>& m) {
  const double from[4][2] = {{-1, -1}, {-1, 1}, {1, -1}, {1, 1}};
  const double to[4][2] = {{-1 - m[3], -1 - m[1]}, {-1 - m[2], 1 + m[1]}, {1 + m[3], -1 - m[0]}, {1 + m[2], 1 + m[0]}};
  double a[8][9] = {};
  for (int i = 0; i < 4; ++i) {
    const double x = from[i][0], y = from[i][1], u = to[i][0], v = to[i][1];
    const double rows[2][9] = {{x, y, 1, 0, 0, 0, -u * x, -u * y, u}, {0, 0, 0, x, y, 1, -v * x, -v * y, v}};
    std::copy_n(rows[0], 9, a[2 * i]);
    std::copy_n(rows[1], 9, a[2 * i + 1]);
  }
  for (int k = 0; k < 8; ++k) {  // Gauss-Jordan with pivoting
    int pivot = k;
    for (int r = k + 1; r < 8; ++r)
      if (std::abs(a[r][k]) > std::abs(a[pivot][k])) pivot = r;
    std::swap(a[k], a[pivot]);
    for (int r = 0; r < 8; ++r) {
      if (r == k) continue;
      const double f = a[r][k] / a[k][k];
      for (int j = k; j < 9; ++j) a[r][j] -= f * a[k][j];
    }
  }
  std::array<double, 9> out{};
  for (size_t k = 0; k < 8; ++k) out[k] = a[k][8] / a[k][k];
  out[8] = 1;
  return out;
}

Augmentation Augmentation::draw(const Recipe& recipe, Size source, Size output, Random random) {
  Augmentation a;
  // All numbers are drawn in any case, so that switching one thing off leaves the others as they were.
  const bool flip = random.uniform() < 0.5 && recipe.flip;
  double zoom = random.uniform(1 / recipe.scaleMax, 1 / recipe.scaleMin);
  double angle = random.uniform(-1, 1) * recipe.rotate * std::numbers::pi / 180;
  const double tx = random.uniform(-1, 1), ty = random.uniform(-1, 1);
  double contrast = random.uniform(-1, 1) * recipe.contrast, brightness = random.uniform(-1, 1) * recipe.brightness;
  double saturation = random.uniform(-1, 1) * recipe.saturation;
  const double contrastDraw = recipe.contrast > 0 ? contrast / recipe.contrast : 0;
  const bool flipVertical = random.uniform() < 0.5 && recipe.flipVertical;
  std::array<double, 4> warp;
  for (double& w : warp) w = random.uniform(-1, 1) * recipe.warp;
  double gamma = random.uniform(-1, 1), blur = random.uniform() * recipe.blur, noise = random.uniform() * recipe.noise;
  a.rareCrop = random.uniform() < recipe.rareCrop;
  const auto happens = [&] { return random.uniform() < recipe.augmentProbability; };
  if (!happens()) zoom = std::clamp(1.0, 1 / recipe.scaleMax, 1 / recipe.scaleMin);
  if (!happens()) angle = 0;
  if (!happens()) warp = {};
  if (!happens()) saturation = 0;
  const bool changesContrast = happens(), changesBrightness = happens();
  if (!happens()) gamma = 0;
  if (!happens()) blur = 0;
  if (!happens()) noise = 0;
  if (!changesContrast) contrast = 0;
  if (!changesBrightness) brightness = 0;

  const double c = zoom * std::cos(angle), s = zoom * std::sin(angle), fx = flip ? -1 : 1, fy = flipVertical ? -1 : 1;
  a.linear = {fx * c, -fy * s, fx * s, fy * c};
  const double roomX = std::max(0.0, source.width - zoom * output.width) / 2, roomY = std::max(0.0, source.height - zoom * output.height) / 2;
  a.offset = {tx * roomX, ty * roomY};
  if (recipe.warp > 0) a.perspective = symmetricWarp(warp);
  const bool logit = recipe.light == "logit";
  const double factor = logit ? 1 : 1 + contrast, shift = logit ? 0 : 110 * (1 - factor) + brightness, keep = 1 + saturation;
  constexpr double kGrey[] = {0.299, 0.587, 0.114};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) a.color[size_t(i * 3 + j)] = float(factor * ((1 - keep) * kGrey[j] + (i == j ? keep : 0)));
    a.shift[size_t(i)] = float(shift);
  }
  const double exponent = recipe.gamma > 0 ? std::pow(1 + recipe.gamma, gamma) : 1;
  if (logit || exponent != 1) {
    const double change = std::clamp(0.5 + brightness / 510, 0.01, 0.99);
    const double scale = changesContrast ? std::pow(1 - recipe.contrast, contrastDraw) : 1;
    a.tone = toneTable(logit, scale, std::log(change / (1 - change)), exponent);
  }
  a.blur = blur > 0.1 ? blur : 0;
  a.noise = noise;
  a.noiseSeed = uint64_t(random.next()) << 32 | random.next();
  return a;
}

void Augmentation::centreOn(std::span<const int> rare, const LabelledPixels& picture, Size output, Random random) {
  const int w = picture.size.width, h = picture.size.height;
  std::vector<std::vector<int>> places(rare.size());
  for (int i = 0; i < w * h; ++i)
    for (size_t k = 0; k < rare.size(); ++k)
      if (picture.labels[i] == rare[k]) places[k].push_back(i);
  std::erase_if(places, [](const auto& list) { return list.empty(); });
  if (places.empty()) return;
  const auto& list = places[size_t(random.below(int(places.size())))];
  const int at = list[size_t(random.below(int(list.size())))];
  const double zoom = std::hypot(linear[0], linear[2]);
  const double roomX = std::max(0.0, w - zoom * output.width) / 2, roomY = std::max(0.0, h - zoom * output.height) / 2;
  offset = {std::clamp(at % w + 0.5 - w / 2.0, -roomX, roomX), std::clamp(at / w + 0.5 - h / 2.0, -roomY, roomY)};
}

void sampleAugmented(const LabelledPixels& picture, const Augmentation& a, Size output, float* rgb, uint16_t* labels) {
  const int w = picture.size.width, h = picture.size.height;
  std::vector<uint8_t> single;  // a picture of one pixel has no four bytes
  const uint8_t* source = picture.rgb;
  if (w * h == 1) single.assign(source, source + 3), single.push_back(0), source = single.data();
  const PixelReader pixel{source, std::max<size_t>(size_t(w) * size_t(h) * 3, 4) - 4};
  const auto& m = a.color;
  const Four red{m[0], m[3], m[6]}, green{m[1], m[4], m[7]}, blue{m[2], m[5], m[8]}, shift{a.shift[0], a.shift[1], a.shift[2]};
  const SourceMap reader(a, picture.size, output);
  float* const firstRgb = rgb;
  for (int y = 0; y < output.height; ++y) {
    const double x0 = reader.m[1] * y + reader.m[2], y0 = reader.m[4] * y + reader.m[5], d0 = reader.m[7] * y + reader.m[8];
    for (int x = 0; x < output.width; ++x, rgb += 3, ++labels) {
      const double d = reader.straight ? 1 : 1 / (d0 + reader.m[6] * x);
      const float sx = float((x0 + reader.m[0] * x) * d), sy = float((y0 + reader.m[3] * x) * d);
      const bool inside = sx >= 0 && sy >= 0 && sx < float(w) && sy < float(h);
      *labels = inside ? picture.labels[size_t(sy) * size_t(w) + size_t(sx)] : kUnlabelled;
      int xa = below(sx - 0.5f), ya = below(sy - 0.5f), xb = xa + 1, yb = ya + 1;
      const float u = sx - 0.5f - float(xa), v = sy - 0.5f - float(ya);
      if (xa < 0 || ya < 0 || xb >= w || yb >= h) xa = reflected(xa, w), xb = reflected(xb, w), ya = reflected(ya, h), yb = reflected(yb, h);
      const size_t top = size_t(ya) * size_t(w), bottom = size_t(yb) * size_t(w);
      const Four t = pixel(top + size_t(xa)) + u * (pixel(top + size_t(xb)) - pixel(top + size_t(xa)));
      const Four b = pixel(bottom + size_t(xa)) + u * (pixel(bottom + size_t(xb)) - pixel(bottom + size_t(xa)));
      const Four color = t + v * (b - t);
      Four out = red * color[0] + green * color[1] + blue * color[2] + shift;
      out = out > 0.f ? out : Four{};
      out = out < 255.f ? out : Four{} + 255.f;
      std::memcpy(rgb, &out, 3 * sizeof(float));
    }
  }
  const size_t n = size_t(output.width) * size_t(output.height) * 3;
  if (!a.tone.empty()) applyTone(a.tone, firstRgb, n);
  if (a.blur > 0) applyBlur(a.blur, output, firstRgb);
  if (a.noise > 0) {
    for (size_t i = 0; i < n; ++i) firstRgb[i] = std::clamp(firstRgb[i] + float(a.noise * Random::normal(a.noiseSeed, i)), 0.f, 255.f);
  }
}

}  // namespace intarsia
