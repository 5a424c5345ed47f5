// SPDX-License-Identifier: GPL-3.0-or-later
// The device's kernels: what one thread does. NVRTC compiles this text when training begins on a GPU; host_kernels.cpp
// compiles it as C++, so that tests run the same lines on the processor. One thread writes only what is its own:
// results depend on no order.
#include "train/cuda/kernel_arguments.h"

#ifdef __CUDACC_RTC__
#define INTARSIA_ON_DEVICE __device__ inline
#else
#define INTARSIA_ON_DEVICE inline
#endif

namespace intarsia::device {

INTARSIA_ON_DEVICE float get(float x) { return x; }
INTARSIA_ON_DEVICE float get(Half x) {
  union {
    unsigned bits;
    float value;
  } u;
  u.bits = unsigned(x.bits) << 16;
  return u.value;
}
INTARSIA_ON_DEVICE void put(float* at, float x) { *at = x; }
INTARSIA_ON_DEVICE void put(Half* at, float x) {  // to nearest, ties to even; a NaN stays one
  union {
    float value;
    unsigned bits;
  } u;
  u.value = x;
  at->bits = (unsigned short)(x == x ? (u.bits + 0x7fff + (u.bits >> 16 & 1)) >> 16 : 0x7fc0);
}

INTARSIA_ON_DEVICE float limited(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

struct Block {
  unsigned word[4];
};

/// Philox 4x32-10 (Salmon et al. 2011), as core/base/random.h.
INTARSIA_ON_DEVICE Block philox(Block c, unsigned key0, unsigned key1) {
  for (int round = 0; round < 10; ++round) {
    const UInt64 p = UInt64(0xD2511F53u) * c.word[0], q = UInt64(0xCD9E8D57u) * c.word[2];
    c = Block{{unsigned(q >> 32) ^ c.word[1] ^ key0, unsigned(q), unsigned(p >> 32) ^ c.word[3] ^ key1, unsigned(p)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c;
}

/// The i-th of Random(seed)'s normal numbers: each takes one block.
INTARSIA_ON_DEVICE double normal(UInt64 seed, Int64 i) {
  const Block b = philox(Block{{unsigned(i), unsigned(UInt64(i) >> 32), 0, 0}}, unsigned(seed), unsigned(seed >> 32));
  unsigned pairs = 0;
  for (int k = 0; k < 4; ++k) pairs += (b.word[k] & 0xff00ffu) + (b.word[k] >> 8 & 0xff00ffu);
  return (int(pairs & 0xffffu) + int(pairs >> 16) - 16 * 255 / 2) * 0.003382937543397;
}

// ---- augmentation: sampleAugmented() of train/api/augment.cpp, pixel by pixel ----

struct Place {
  float x, y;
};

INTARSIA_ON_DEVICE Place placeOf(const Layer& l, int x, int y) {
  const double* m = l.position;
  const double d = l.straight ? 1 : 1 / (m[7] * y + m[8] + m[6] * x);
  return Place{float((m[1] * y + m[2] + m[0] * x) * d), float((m[4] * y + m[5] + m[3] * x) * d)};
}

INTARSIA_ON_DEVICE int labelAt(const Layer& l, const unsigned char* pictures, Place at) {
  if (!(at.x >= 0 && at.y >= 0 && at.x < float(l.width) && at.y < float(l.height))) return kUnlabelledPixel;
  const Int64 bytes = Int64(l.width) * l.height * 3;
  const unsigned short* labels = (const unsigned short*)(pictures + l.picture + (bytes + 1) / 2 * 2);
  return labels[Int64(int(at.y)) * l.width + int(at.x)];
}

INTARSIA_ON_DEVICE int below(float x) {
  const int i = int(x);
  return i - (float(i) > x);
}

INTARSIA_ON_DEVICE int reflected(int i, int n) {
  i %= 2 * n;
  if (i < 0) i += 2 * n;
  return i < n ? i : 2 * n - 1 - i;
}

INTARSIA_ON_DEVICE void colorAt(const Layer& l, const unsigned char* pictures, const float* tones, Place at,
                                float* rgb) {
  int xa = below(at.x - 0.5f), ya = below(at.y - 0.5f), xb = xa + 1, yb = ya + 1;
  const float u = at.x - 0.5f - float(xa), v = at.y - 0.5f - float(ya);
  if (xa < 0 || ya < 0 || xb >= l.width || yb >= l.height) {
    xa = reflected(xa, l.width), xb = reflected(xb, l.width);
    ya = reflected(ya, l.height), yb = reflected(yb, l.height);
  }
  const unsigned char *top = pictures + l.picture + Int64(ya) * l.width * 3,
                      *bottom = pictures + l.picture + Int64(yb) * l.width * 3;
  float c[3];
  for (int k = 0; k < 3; ++k) {
    const float a = top[xa * 3 + k], b = top[xb * 3 + k], d = bottom[xa * 3 + k], e = bottom[xb * 3 + k];
    const float t = a + u * (b - a);
    c[k] = t + v * (d + u * (e - d) - t);
  }
  for (int k = 0; k < 3; ++k) {
    float x =
        limited(l.color[k * 3] * c[0] + l.color[k * 3 + 1] * c[1] + l.color[k * 3 + 2] * c[2] + l.shift[k], 0, 255);
    if (l.tone >= 0) {
      const float* table = tones + Int64(l.tone) * kToneLength;
      const float step = x * ((kToneLength - 1) / 255.f);
      const int low = int(step) < kToneLength - 2 ? int(step) : kToneLength - 2;
      x = table[low] + (step - float(low)) * (table[low + 1] - table[low]);
    }
    rgb[k] = x;
  }
}

INTARSIA_ON_DEVICE void addNoise(const Layer& l, Int64 pixel, float* rgb) {
  if (l.noise <= 0) return;
  for (int k = 0; k < 3; ++k) rgb[k] = limited(rgb[k] + float(l.noise * normal(l.noiseSeed, pixel * 3 + k)), 0, 255);
}

template <class T>
INTARSIA_ON_DEVICE void finish(const AugmentArguments& a, Int64 i, const float* rgb, int label) {
  T* out = (T*)a.images + i * 3;
  for (int k = 0; k < 3; ++k) put(out + k, rgb[k] * a.scale[k] + a.offset[k]);
  a.target[i] = label == kUnlabelledPixel ? kIgnored : label;
}

/// A pixel of a sample, where no layer is blurred.
template <class T>
INTARSIA_ON_DEVICE void augment(const AugmentArguments& a, Int64 i) {
  const Int64 area = Int64(a.width) * a.height, pixel = i % area;
  const int x = int(pixel % a.width), y = int(pixel / a.width);
  const Layer* l = a.layers + i / area * a.layersEach;
  Place at = placeOf(*l, x, y);
  int label = labelAt(*l, a.pictures, at);
  if (a.layersEach > 1 && l[1].width > 0) {
    const Place other = placeOf(l[1], x, y);
    if (labelAt(l[1], a.pictures, other) == l[1].wanted) {
      label = l[1].wanted;
      at = other;
      ++l;
    }
  }
  float rgb[3];
  colorAt(*l, a.pictures, a.tones, at, rgb);
  addNoise(*l, pixel, rgb);
  finish<T>(a, i, rgb, label);
}

/// A pixel of a layer, before its blur.
INTARSIA_ON_DEVICE void drawLayer(const AugmentArguments& a, Int64 i) {
  const Int64 area = Int64(a.width) * a.height, pixel = i % area;
  const Layer& l = a.layers[i / area];
  if (l.width == 0) return;
  const Place at = placeOf(l, int(pixel % a.width), int(pixel / a.width));
  a.labels[i] = (unsigned short)labelAt(l, a.pictures, at);
  colorAt(l, a.pictures, a.tones, at, a.canvas + i * 3);
}

/// `stride`: floats from one pixel to the next along the blur; `at`: number on that line of `length` pixels.
INTARSIA_ON_DEVICE void blurred(const Layer& l, const float* line, int at, int length, Int64 stride, float* out) {
  for (int c = 0; c < 3; ++c) {
    float value = 0;
    for (int k = -l.reach; k <= l.reach; ++k)
      value += l.taps[k < 0 ? -k : k] * line[reflected(at + k, length) * stride + c];
    out[c] = value;
  }
}

INTARSIA_ON_DEVICE void blurRows(const AugmentArguments& a, Int64 i) {
  const Int64 area = Int64(a.width) * a.height;
  const Layer& l = a.layers[i / area];
  if (l.width == 0 || l.reach == 0) return;
  const int x = int(i % a.width);
  blurred(l, a.canvas + (i - x) * 3, x, a.width, 3, a.canvas + a.scratch + i * 3);
}

INTARSIA_ON_DEVICE void blurColumns(const AugmentArguments& a, Int64 i) {
  const Int64 area = Int64(a.width) * a.height;
  const Layer& l = a.layers[i / area];
  if (l.width == 0 || l.reach == 0) return;
  const int y = int(i % area / a.width);
  blurred(l, a.canvas + a.scratch + (i - Int64(y) * a.width) * 3, y, a.height, Int64(a.width) * 3, a.canvas + i * 3);
}

/// A pixel of a sample from its drawn and blurred layers.
template <class T>
INTARSIA_ON_DEVICE void compose(const AugmentArguments& a, Int64 i) {
  const Int64 area = Int64(a.width) * a.height, sample = i / area, pixel = i % area;
  Int64 layer = sample * a.layersEach;
  if (a.layersEach > 1 && a.layers[layer + 1].width > 0 &&
      a.labels[(layer + 1) * area + pixel] == a.layers[layer + 1].wanted)
    ++layer;
  const Int64 from = layer * area + pixel;
  float rgb[3] = {a.canvas[from * 3], a.canvas[from * 3 + 1], a.canvas[from * 3 + 2]};
  addNoise(a.layers[layer], pixel, rgb);
  finish<T>(a, i, rgb, a.labels[from]);
}

// ---- losses: those of train/loop/loss.cpp ----

/// Softmax cross-entropy of a pixel over the allowed channels, and its gradient divided by the number of pixels that
/// count.
template <class T>
INTARSIA_ON_DEVICE void pixelLoss(const PixelLossArguments& a, Int64 i) {
  const T* z = (const T*)a.logits + i * a.channels;
  T* g = (T*)a.gradient + i * a.channels;
  const Int64 t = a.target[i];
  float top = -3e38f, sum = 0, mean = 0;
  int count = 0, answer = 0;
  for (int c = 0; c < a.channels; ++c) {
    if (!a.allowed[c]) continue;
    const float v = get(z[c]);
    if (v > top) top = v, answer = c;
    mean += v;
    ++count;
  }
  a.answers[i] = answer;
  if (t < 0) {
    for (int c = 0; c < a.channels; ++c) put(g + c, 0.f);
    a.losses[i] = 0;
    return;
  }
  for (int c = 0; c < a.channels; ++c)
    if (a.allowed[c]) sum += expf(get(z[c]) - top);
  const float rest = a.smoothing / float(count), weight = float(1 / double(*a.pixels));
  a.losses[i] = top + logf(sum) - (1 - a.smoothing) * get(z[t]) - rest * mean;
  for (int c = 0; c < a.channels; ++c) {
    const float share = a.allowed[c] ? expf(get(z[c]) - top) / sum - rest : 0;
    put(g + c, weight * (share - (c == t ? 1 - a.smoothing : 0)));
  }
}

/// The k-th drawn pixel: of evenly long stretches of those that count, one at random each; all where there are no more
/// than that.
INTARSIA_ON_DEVICE void drawPixel(const LovaszArguments& a, Int64 k) {
  const Int64 counted = a.upTo[a.rows - 1];
  Int64 number = k;
  if (counted > a.drawn) {
    const UInt64 seed = a.control->lossSeed;
    const Block b = philox(Block{{unsigned(k / 4), unsigned(UInt64(k / 4) >> 32), a.control->step, unsigned(a.part)}},
                           unsigned(seed), unsigned(seed >> 32));
    number = Int64((double(k) + double(b.word[k % 4]) * 0x1p-32) * (double(counted) / double(a.drawn)));
    if (number > counted - 1) number = counted - 1;
  }
  if (number >= counted) {
    a.index[k] = -1;
    return;
  }
  Int64 low = 0, high = a.rows - 1;  // the first pixel with `number` + 1 counted ones up to it
  while (low < high) {
    const Int64 middle = (low + high) / 2;
    if (a.upTo[middle] > number)
      high = middle;
    else
      low = middle + 1;
  }
  a.index[k] = int(low);
}

template <class T>
INTARSIA_ON_DEVICE void lovaszErrors(const LovaszArguments& a, Int64 k) {
  const int i = a.index[k];
  if (i < 0) {
    for (int c = 0; c < a.channels; ++c)
      a.shares[c * a.drawn + k] = 0, a.errors[c * a.drawn + k] = -1;  // sorted behind all others
    return;
  }
  const T* z = (const T*)a.logits + Int64(i) * a.channels;
  const Int64 t = a.target[i];
  float top = -3e38f, sum = 0;
  for (int c = 0; c < a.channels; ++c)
    if (a.allowed[c]) top = get(z[c]) > top ? get(z[c]) : top;
  for (int c = 0; c < a.channels; ++c) sum += a.allowed[c] ? expf(get(z[c]) - top) : 0;
  for (int c = 0; c < a.channels; ++c) {
    const float p = a.allowed[c] ? expf(get(z[c]) - top) / sum : 0;
    a.shares[c * a.drawn + k] = p;
    a.errors[c * a.drawn + k] = c == t ? 1 - p : p;
  }
}

INTARSIA_ON_DEVICE void lovaszHit(const LovaszArguments& a, Int64 n) {
  const int i = a.index[a.order[n]];
  a.hits[n] = i >= 0 && a.target[i] == n / a.drawn;
}

/// The n-th number's step of the Jaccard index: its derivative and its share of the loss.
INTARSIA_ON_DEVICE void lovaszStep(const LovaszArguments& a, Int64 n) {
  const Int64 c = n / a.drawn, j = n % a.drawn, first = c * a.drawn;
  const int all = a.hits[first + a.drawn - 1];
  const float error = a.sorted[n];
  if (all == 0 || error < 0) {
    a.derivatives[first + a.order[n]] = 0;
    a.parts[n] = 0;
    return;
  }
  const int now = a.hits[n], before = j > 0 ? a.hits[n - 1] : 0;
  const double after = 1 - double(all - now) / double(all + (j + 1 - now));
  const double step = after - (j > 0 ? 1 - double(all - before) / double(all + (j - before)) : 0);
  a.derivatives[first + a.order[n]] = float(now > before ? -step : step);
  a.parts[n] = float(step * error);
}

/// The thread of the first of neighbours that drew one pixel adds for all of them.
template <class T>
INTARSIA_ON_DEVICE void addLovasz(const LovaszArguments& a, Int64 k) {
  const int i = a.index[k];
  if (i < 0 || (k > 0 && a.index[k - 1] == i)) return;
  const float weight = a.weight / float(*a.present);
  T* g = (T*)a.gradient + Int64(i) * a.channels;
  for (; k < a.drawn && a.index[k] == i; ++k) {
    float mean = 0;
    for (int c = 0; c < a.channels; ++c) mean += a.shares[c * a.drawn + k] * a.derivatives[c * a.drawn + k];
    for (int c = 0; c < a.channels; ++c)
      put(g + c, get(g[c]) + weight * a.shares[c * a.drawn + k] * (a.derivatives[c * a.drawn + k] - mean));
  }
}

// ---- the update: the optimizers of train/kernels/kernels.inc ----

INTARSIA_ON_DEVICE bool isFinite(double x) { return x - x == 0; }

/// Whether the step's gradients may be applied, and how they are scaled.
INTARSIA_ON_DEVICE void decideUpdate(const DecideArguments& a, Int64) {
  double loss = 0;
  Int64 pixels = 0;
  int computed = 0;
  for (int k = 0; k < a.parts; ++k) {
    if (a.pixels[k] == 0) continue;
    loss += a.losses[k];
    pixels += a.pixels[k];
    ++computed;
  }
  if (computed > 0) loss /= computed;
  const double norm = computed > 0 ? double(*a.norm) / computed : 0;
  const float clip = a.control->clip;
  a.state->finite = isFinite(loss) && isFinite(norm);
  a.state->apply = a.state->finite && computed > 0;
  a.state->scale = computed > 0 ? float((clip > 0 && norm > clip ? clip / (norm + 1e-6) : 1) / computed) : 0;
  HistoryRow& row = a.history[a.control->slot];
  row.loss = loss;
  row.pixels = pixels;
  row.finite = a.state->finite;
  row.oneAnswer = a.extremes[0] == a.extremes[1] && a.extremes[2] < a.extremes[3];
}

INTARSIA_ON_DEVICE void average(const UpdateArguments& a, Int64 i) {
  a.average[i] = a.average[i] * a.control->emaKeep + a.values[i] * (1 - a.control->emaKeep);
}

INTARSIA_ON_DEVICE void adamW(const UpdateArguments& a, Int64 i) {
  if (!a.state->apply) return;
  const StepControl& s = *a.control;
  const float g = a.gradients[i] * a.state->scale + a.stretch->l2 * a.values[i];
  const float m = s.beta1 * a.momentum[i] + (1 - s.beta1) * g, v = s.beta2 * a.variance[i] + (1 - s.beta2) * g * g;
  a.momentum[i] = m;
  a.variance[i] = v;
  a.values[i] = a.values[i] * (1 - a.stretch->decay) -
                a.stretch->rate / s.correction1 * m / (sqrtf(v * (1 / s.correction2)) + s.epsilon);
  average(a, i);
}

INTARSIA_ON_DEVICE void rmsProp(const UpdateArguments& a, Int64 i) {
  if (!a.state->apply) return;
  const StepControl& s = *a.control;
  const float g = a.gradients[i] * a.state->scale + a.stretch->l2 * a.values[i];
  const float v = s.beta2 * a.variance[i] + (1 - s.beta2) * g * g,
              m = s.beta1 * a.momentum[i] + g / (sqrtf(v) + s.epsilon);
  a.momentum[i] = m;
  a.variance[i] = v;
  a.values[i] -= a.stretch->rate * m;
  average(a, i);
}

INTARSIA_ON_DEVICE void sgd(const UpdateArguments& a, Int64 i) {
  if (!a.state->apply) return;
  const float g = a.gradients[i] * a.state->scale + a.stretch->l2 * a.values[i],
              m = a.control->beta1 * a.momentum[i] + g;
  a.momentum[i] = m;
  a.values[i] = a.values[i] * (1 - a.stretch->decay) - a.stretch->rate * m;
  average(a, i);
}

/// Parameters that rest.
INTARSIA_ON_DEVICE void averageOnly(const UpdateArguments& a, Int64 i) {
  if (a.state->apply) average(a, i);
}

/// Batch norms' statistics: back to their average after a step whose numbers were not finite.
INTARSIA_ON_DEVICE void averageBuffer(const UpdateArguments& a, Int64 i) {
  if (a.state->apply)
    average(a, i);
  else if (!a.state->finite)
    a.values[i] = a.average[i];
}

#ifdef __CUDACC_RTC__
#define INTARSIA_ENTRY(name, Arguments, body)                     \
  extern "C" __global__ void name##Kernel(const Arguments a) {    \
    const Int64 i = (Int64)blockIdx.x * blockDim.x + threadIdx.x; \
    if (i < a.count) body(a, i);                                  \
  }
INTARSIA_DEVICE_KERNELS(INTARSIA_ENTRY)
#endif

}  // namespace intarsia::device
