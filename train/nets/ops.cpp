// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/nets/ops.h"

#include <torch/csrc/jit/frontend/tracer.h>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "train/kernels/kernels.h"
#include "train/kernels/share.h"

namespace intarsia {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

namespace {

constexpr int64_t kChunkRows = 512;  // pixels per piece of work: sums depend on it, not on the number of threads, and stay exact to 1e-6
constexpr auto kLast = at::MemoryFormat::ChannelsLast;

/// A stand-in for no tensor: Function::apply takes only defined ones on LibTorch 1.13.
Tensor orEmpty(const Tensor& t) { return t.defined() ? t : torch::empty({0}); }
bool given(const Tensor& t) { return t.defined() && t.numel() > 0; }

/// What our loops can read: on the CPU, fp32 or bf16, pixels one after the other.
bool fusible(const Tensor& x) {
  return x.is_cpu() && !torch::jit::tracer::isTracing() && (x.scalar_type() == torch::kBFloat16 || x.scalar_type() == torch::kFloat) && x.is_contiguous(kLast) && x.size(1) > 1;
}

template <class F>
void byType(const Tensor& x, F&& f) {
  if (x.scalar_type() == torch::kBFloat16) f(Bf16{});
  else f(float{});
}

float toFloat(float x) { return x; }
float toFloat(Bf16 x) { return std::bit_cast<float>(uint32_t(x.bits) << 16); }

template <class T>
T* data(const Tensor& t) {
  return given(t) ? static_cast<T*>(t.data_ptr()) : nullptr;
}

int64_t chunkRows(const Tensor& x) { return std::max<int64_t>(16, std::min(kChunkRows, (int64_t(1) << 17) / x.size(1))); }

/// About each channel's mean, from at most 16 pixels that lie apart.
template <class T>
std::vector<float> meanOfSome(const T* x, int64_t rows, int64_t channels) {
  const int64_t count = std::min<int64_t>(rows, 16);
  std::vector<float> mean(static_cast<size_t>(channels));
  for (int64_t k = 0; k < count; ++k) {
    const T* pixel = x + k * rows / count * channels;
    for (int64_t c = 0; c < channels; ++c) mean[size_t(c)] += toFloat(pixel[c]);
  }
  for (float& m : mean) m /= float(count);
  return mean;
}

/// relu(batchNorm(x) + residual) in training mode: two passes forward, two backward; the ReLU's mask is read from the result.
struct Normalise : torch::autograd::Function<Normalise> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& residual, const Tensor& runningMean,
                        const Tensor& runningVariance, double momentum, double epsilon, bool relu) {
    const int64_t channels = x.size(1), rows = x.numel() / channels, step = chunkRows(x), chunks = (rows + step - 1) / step;
    const Tensor y = torch::empty_like(x), mean = torch::empty({channels}, torch::kFloat), inverse = torch::empty({channels}, torch::kFloat);
    std::vector<float> parts(size_t(chunks * channels * 2), 0.f), scale(static_cast<size_t>(channels)), shift(static_cast<size_t>(channels));
    byType(x, [&]<class T>(T) {
      const auto& kernel = kernels().of<T>();
      const T* in = data<T>(x);
      const std::vector<float> origin = meanOfSome(in, rows, channels);
      shareOut(chunks, [&](int64_t k) {
        float* part = &parts[size_t(k * channels * 2)];
        kernel.sums(in + k * step * channels, origin.data(), std::min(step, rows - k * step), channels, part, part + channels);
      });
      auto *m = data<float>(mean), *v = data<float>(inverse), *rm = data<float>(runningMean), *rv = data<float>(runningVariance);
      const auto *w = data<float>(weight), *b = data<float>(bias);
      for (int64_t c = 0; c < channels; ++c) {
        double sum = 0, squares = 0;
        for (int64_t k = 0; k < chunks; ++k) sum += parts[size_t(k * channels * 2 + c)], squares += parts[size_t(k * channels * 2 + channels + c)];
        const double offset = sum / double(rows), variance = std::max(0.0, squares / double(rows) - offset * offset), average = offset + origin[size_t(c)];
        m[c] = float(average);
        v[c] = float(1 / std::sqrt(variance + epsilon));
        rm[c] += float(momentum * (average - rm[c]));
        // A run that diverges may overflow here before its loss does; a checkpoint keeps finite numbers.
        const double unbiased = std::min(variance * double(rows) / double(std::max<int64_t>(1, rows - 1)), double(std::numeric_limits<float>::max()));
        rv[c] += float(momentum * (unbiased - rv[c]));
        scale[size_t(c)] = w[c] * v[c];
        shift[size_t(c)] = b[c] - m[c] * scale[size_t(c)];
      }
      const T* r = data<T>(residual);
      T* out = data<T>(y);
      shareOut(chunks, [&](int64_t k) {
        const int64_t at = k * step * channels;
        kernel.scaleShift(in + at, r ? r + at : nullptr, out + at, std::min(step, rows - k * step), channels, scale.data(), shift.data(), relu);
      });
    });
    context->save_for_backward({x, relu ? y : Tensor(), weight, mean, inverse});
    context->saved_data["residual"] = given(residual);
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &y = saved[1], &weight = saved[2], &mean = saved[3], &inverse = saved[4];
    const Tensor dy = gradients[0].contiguous(kLast);
    const int64_t channels = x.size(1), rows = x.numel() / channels, step = chunkRows(x), chunks = (rows + step - 1) / step;
    const Tensor dx = torch::empty_like(x), dWeight = torch::empty({channels}, torch::kFloat), dBias = torch::empty({channels}, torch::kFloat);
    const Tensor dResidual = context->saved_data["residual"].toBool() ? torch::empty_like(x) : Tensor();
    std::vector<float> parts(size_t(chunks * channels * 2), 0.f), a(static_cast<size_t>(channels)), b(static_cast<size_t>(channels)), d(static_cast<size_t>(channels));
    byType(x, [&]<class T>(T) {
      const auto& kernel = kernels().of<T>();
      const T *g = data<T>(dy), *in = data<T>(x), *out = data<T>(y);
      const auto *m = data<float>(mean), *v = data<float>(inverse), *w = data<float>(weight);
      shareOut(chunks, [&](int64_t k) {
        const int64_t at = k * step * channels;
        kernel.normGradientSums(g + at, in + at, out ? out + at : nullptr, std::min(step, rows - k * step), channels, m, &parts[size_t(k * channels * 2)],
                                &parts[size_t(k * channels * 2 + channels)]);
      });
      for (int64_t c = 0; c < channels; ++c) {
        double sum = 0, products = 0;
        for (int64_t k = 0; k < chunks; ++k) sum += parts[size_t(k * channels * 2 + c)], products += parts[size_t(k * channels * 2 + channels + c)];
        data<float>(dBias)[c] = float(sum);
        data<float>(dWeight)[c] = float(products * v[c]);
        // dx = w·v·(g − Σg/n − (x − m)·v²·Σg(x − m)/n)
        const double slope = double(w[c]) * v[c], pull = -slope * v[c] * v[c] * products / double(rows);
        a[size_t(c)] = float(slope);
        b[size_t(c)] = float(pull);
        d[size_t(c)] = float(-slope * sum / double(rows) - pull * m[c]);
      }
      T *to = data<T>(dx), *rest = data<T>(dResidual);
      shareOut(chunks, [&](int64_t k) {
        const int64_t at = k * step * channels;
        kernel.normGradient(g + at, in + at, out ? out + at : nullptr, to + at, rest ? rest + at : nullptr, std::min(step, rows - k * step), channels, a.data(),
                            b.data(), d.data());
      });
    });
    return {dx, dWeight, dBias, dResidual, Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

/// For each pixel of an axis of `out`, the one of `in` that nearest-neighbour upsampling reads (as Torch computes it).
std::vector<int64_t> nearestIndex(int64_t in, int64_t out) {
  const float scale = float(in) / float(out);
  std::vector<int64_t> index(static_cast<size_t>(out));
  for (int64_t i = 0; i < out; ++i) index[size_t(i)] = std::min(int64_t(std::floor(float(i) * scale)), in - 1);
  return index;
}

Tensor emptyLike(const Tensor& like, int64_t channels, int64_t height, int64_t width) {
  return torch::empty({like.size(0), channels, height, width}, like.options(), kLast);
}

/// [nearest(x), skip]; `skip` may be undefined.
Tensor joinNearest(const Tensor& x, const Tensor& skip, int64_t height, int64_t width) {
  const int64_t channels = x.size(1), more = given(skip) ? skip.size(1) : 0, h = x.size(2), w = x.size(3);
  const auto rows = nearestIndex(h, height), columns = nearestIndex(w, width);
  const Tensor out = emptyLike(x, channels + more, height, width);
  byType(x, [&]<class T>(T) {
    const T *from = data<T>(x), *beside = data<T>(skip);
    T* to = data<T>(out);
    shareOut(x.size(0) * height, [&](int64_t row) {
      const T* source = from + (row / height * h + rows[size_t(row % height)]) * w * channels;
      T* at = to + row * width * (channels + more);
      for (int64_t i = 0; i < width; ++i, at += channels + more) {
        std::memcpy(at, source + columns[size_t(i)] * channels, size_t(channels) * sizeof(T));
        if (more) std::memcpy(at + channels, beside + (row * width + i) * more, size_t(more) * sizeof(T));
      }
    });
  });
  return out;
}

struct JoinNearest : torch::autograd::Function<JoinNearest> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& skip, int64_t height, int64_t width) {
    context->saved_data["shape"] = std::vector<int64_t>{x.size(1), x.size(2), x.size(3), given(skip) ? skip.size(1) : 0};
    return joinNearest(x, skip, height, width);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const Tensor g = gradients[0].contiguous(kLast);
    const auto shape = context->saved_data["shape"].toIntVector();
    const int64_t channels = shape[0], h = shape[1], w = shape[2], more = shape[3], height = g.size(2), width = g.size(3), pixel = channels + more;
    const auto rows = nearestIndex(h, height), columns = nearestIndex(w, width);
    const Tensor dx = emptyLike(g, channels, h, w), dskip = more ? emptyLike(g, more, height, width) : Tensor();
    const auto range = [](const std::vector<int64_t>& index, int64_t i) { return std::equal_range(index.begin(), index.end(), i); };
    byType(g, [&]<class T>(T) {
      const auto& kernel = kernels().of<T>();
      const T* from = data<T>(g);
      shareOut(g.size(0) * h, [&](int64_t row) {
        const auto [top, bottom] = range(rows, row % h);
        std::vector<const T*> sources;
        for (int64_t i = 0; i < w; ++i) {
          const auto [left, right] = range(columns, i);
          sources.clear();
          for (int64_t y = top - rows.begin(); y < bottom - rows.begin(); ++y)
            for (int64_t x = left - columns.begin(); x < right - columns.begin(); ++x) sources.push_back(from + ((row / h * height + y) * width + x) * pixel);
          kernel.sumOf(sources.data(), int64_t(sources.size()), channels, data<T>(dx) + (row * w + i) * channels);
        }
      });
      if (more)
        shareOut(g.size(0) * height, [&](int64_t row) {
          for (int64_t i = 0; i < width; ++i)
            std::memcpy(data<T>(dskip) + (row * width + i) * more, from + (row * width + i) * pixel + channels, size_t(more) * sizeof(T));
        });
    });
    return {dx, dskip, Tensor(), Tensor()};
  }
};

/// shuffle(x) and skip, in either order: quarter (2·i + j) of x's channels is the pixel (2y + i, 2x + j).
template <bool Forward>
void moveShuffled(const Tensor& x, const Tensor& skip, const Tensor& joined, bool skipFirst) {
  const int64_t channels = x.size(1) / 4, more = skip.size(1), upAt = skipFirst ? more : 0, skipAt = skipFirst ? 0 : channels, h = x.size(2), w = x.size(3), height = skip.size(2), width = skip.size(3), pixel = channels + more;
  byType(x, [&]<class T>(T) {
    T *ups = data<T>(x), *beside = data<T>(skip), *all = data<T>(joined);
    const auto move = [](T* a, T* b, int64_t n) { Forward ? std::memcpy(b, a, size_t(n) * sizeof(T)) : std::memcpy(a, b, size_t(n) * sizeof(T)); };
    shareOut(x.size(0) * height, [&](int64_t row) {
      const int64_t n = row / height, y = row % height;
      for (int64_t i = 0; i < width; ++i) {
        T* at = all + (row * width + i) * pixel;
        if (y / 2 < h && i / 2 < w) move(ups + ((n * h + y / 2) * w + i / 2) * 4 * channels + ((y % 2) * 2 + i % 2) * channels, at + upAt, channels);
        else if constexpr (Forward) std::memset(at + upAt, 0, size_t(channels) * sizeof(T));
        move(beside + (row * width + i) * more, at + skipAt, more);
      }
    });
  });
}

struct JoinShuffled : torch::autograd::Function<JoinShuffled> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& skip, bool skipFirst) {
    context->saved_data["shape"] = std::vector<int64_t>{x.size(1), x.size(2), x.size(3), skip.size(1), skipFirst};
    const Tensor out = emptyLike(x, x.size(1) / 4 + skip.size(1), skip.size(2), skip.size(3));
    moveShuffled<true>(x, skip, out, skipFirst);
    return out;
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const Tensor g = gradients[0].contiguous(kLast);
    const auto shape = context->saved_data["shape"].toIntVector();
    const Tensor dx = emptyLike(g, shape[0], shape[1], shape[2]), dskip = emptyLike(g, shape[3], g.size(2), g.size(3));
    if (g.size(2) < 2 * shape[1] || g.size(3) < 2 * shape[2]) dx.zero_();  // what was cut off
    moveShuffled<false>(dx, dskip, g, shape[4]);
    return {dx, dskip, Tensor()};
  }
};

/// Calls body(row pointers of the two input rows, output row index, output width) for each row of a halved picture.
template <class T, class F>
void forHalvedRows(const Tensor& x, F&& body) {
  const int64_t channels = x.size(1), h = x.size(2), w = x.size(3), height = h / 2;
  shareOut(x.size(0) * height, [&](int64_t row) {
    const int64_t top = ((row / height * h + row % height * 2) * w) * channels;
    body(row, top, top + w * channels);
  });
}

struct MaxPool2 : torch::autograd::Function<MaxPool2> {
  static Tensor forward(AutogradContext* context, const Tensor& x) {
    context->save_for_backward({x});
    const int64_t channels = x.size(1), width = x.size(3) / 2;
    const Tensor out = emptyLike(x, channels, x.size(2) / 2, width);
    byType(x, [&]<class T>(T) {
      const T* in = data<T>(x);
      forHalvedRows<T>(x, [&](int64_t row, int64_t top, int64_t bottom) {
        kernels().of<T>().maxOf4(in + top, in + bottom, data<T>(out) + row * width * channels, width, channels);
      });
    });
    return out;
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const Tensor x = context->get_saved_variables()[0], g = gradients[0].contiguous(kLast);
    const int64_t channels = x.size(1), width = x.size(3) / 2;
    const Tensor dx = x.size(2) % 2 || x.size(3) % 2 ? torch::zeros_like(x) : torch::empty_like(x);
    byType(x, [&]<class T>(T) {
      const T *in = data<T>(x), *from = data<T>(g);
      T* to = data<T>(dx);
      forHalvedRows<T>(x, [&](int64_t row, int64_t top, int64_t bottom) {
        kernels().of<T>().maxOf4Gradient(from + row * width * channels, in + top, in + bottom, to + top, to + bottom, width, channels);
      });
    });
    return {dx};
  }
};

/// Where linear upsampling of an axis reads: between pixel left[i] and the next one, at share[i]; as LibTorch computes it.
struct LinearAxis {
  std::vector<int32_t> left;
  std::vector<float> share;

  LinearAxis(int64_t in, int64_t out) : left(static_cast<size_t>(out)), share(static_cast<size_t>(out)) {
    const float scale = float(in) / float(out);
    for (int64_t i = 0; i < out; ++i) {
      const float at = std::max(0.f, scale * (float(i) + 0.5f) - 0.5f);
      left[size_t(i)] = int32_t(std::min(int64_t(at), in - 1));
      share[size_t(i)] = left[size_t(i)] + 1 < in ? at - float(left[size_t(i)]) : 0;
    }
  }
};

struct LinearUp : torch::autograd::Function<LinearUp> {
  static Tensor forward(AutogradContext* context, const Tensor& x, int64_t height, int64_t width) {
    context->saved_data["shape"] = std::vector<int64_t>{x.size(2), x.size(3)};
    const int64_t channels = x.size(1), h = x.size(2), w = x.size(3);
    const LinearAxis rows(h, height), columns(w, width);
    const Tensor out = emptyLike(x, channels, height, width);
    byType(x, [&]<class T>(T) {
      const T* from = data<T>(x);
      T* to = data<T>(out);
      shareOut(x.size(0) * height, [&](int64_t row) {
        std::vector<float> scratch(size_t((w + 1) * padded(channels)));
        const auto y = size_t(row % height);
        const int64_t top = row / height * h + rows.left[y], bottom = top + (rows.left[y] + 1 < h);
        kernels().of<T>().linearRow(from + top * w * channels, from + bottom * w * channels, rows.share[y], w, channels, columns.left.data(), columns.share.data(),
                                    width, scratch.data(), to + row * width * channels);
      });
    });
    return out;
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const Tensor g = gradients[0].contiguous(kLast);
    const auto shape = context->saved_data["shape"].toIntVector();
    const int64_t channels = g.size(1), h = shape[0], w = shape[1], height = g.size(2), width = g.size(3);
    const LinearAxis rows(h, height), columns(w, width);
    const Tensor dx = emptyLike(g, channels, h, w);
    byType(g, [&]<class T>(T) {
      const T* from = data<T>(g);
      shareOut(g.size(0) * h, [&](int64_t row) {
        std::vector<float> scratch(size_t((w + 1) * padded(channels) + width * channels + kLinearLanes));
        std::vector<const T*> sources;
        std::vector<float> weights;
        const auto y = int32_t(row % h);
        const auto begin = std::lower_bound(rows.left.begin(), rows.left.end(), y - 1) - rows.left.begin();
        for (auto i = size_t(begin); i < rows.left.size() && rows.left[i] <= y; ++i) {
          const float weight = rows.left[i] == y ? 1 - rows.share[i] : rows.share[i];
          if (weight == 0) continue;
          sources.push_back(from + (row / h * height + int64_t(i)) * width * channels);
          weights.push_back(weight);
        }
        kernels().of<T>().linearRowGradient(sources.data(), weights.data(), int64_t(sources.size()), w, channels, columns.left.data(), columns.share.data(), width,
                                            scratch.data(), data<T>(dx) + row * w * channels);
      });
    });
    return {dx, Tensor(), Tensor()};
  }
};

}  // namespace

Tensor normalise(const Tensor& x, torch::nn::BatchNorm2dImpl& norm, bool relu, const Tensor& residual) {
  const bool fits = !residual.defined() || (fusible(residual) && residual.sizes() == x.sizes() && residual.scalar_type() == x.scalar_type());
  if (norm.is_training() && fusible(x) && fits && x.numel() > x.size(1)) {
    norm.num_batches_tracked.add_(1);
    return Normalise::apply(x, norm.weight, norm.bias, orEmpty(residual), norm.running_mean, norm.running_var, norm.options.momentum().value(), norm.options.eps(), relu);
  }
  const bool single = norm.is_training() && x.numel() == x.size(1);
  Tensor y = single ? at::batch_norm(x, norm.weight, norm.bias, norm.running_mean, norm.running_var, false, 0, norm.options.eps(), false) : norm.forward(x);
  if (residual.defined()) y = y + residual;
  return relu ? y.relu() : y;
}

Tensor maxPool2(const Tensor& x) { return fusible(x) ? MaxPool2::apply(x) : at::max_pool2d(x, 2); }

Tensor maxPool3(const Tensor& x) { return at::max_pool2d(x, 3, 2, 1); }

Tensor maxPool2Ceil(const Tensor& x) {
  return x.size(2) % 2 == 0 && x.size(3) % 2 == 0 ? maxPool2(x) : at::max_pool2d(x, 2, 2, 0, 1, true);
}

Tensor linearTo(const Tensor& x, int64_t height, int64_t width) {
  if (x.size(2) == height && x.size(3) == width) return x;
  if (fusible(x)) return LinearUp::apply(x, height, width);
  return at::upsample_bilinear2d(x, {height, width}, false);
}

Tensor shuffleConcat(const Tensor& x, const Tensor& skip, Join order) {
  if (fusible(x) && fusible(skip)) return JoinShuffled::apply(x, skip, order == Join::skipFirst);
  // Torch's pixel shuffle wants a channel's four parts side by side; no size is written into a traced graph here.
  const Tensor places = torch::arange(x.size(1), x.device()).view({4, x.size(1) / 4}).t().reshape({-1});
  Tensor up = at::pixel_shuffle(x.index_select(1, places), 2);
  const int64_t right = skip.size(3) - up.size(3), bottom = skip.size(2) - up.size(2);
  if (right || bottom) up = at::constant_pad_nd(up, {0, right, 0, bottom});
  return order == Join::upFirst ? at::cat({up, skip}, 1) : at::cat({skip, up}, 1);
}

Tensor upsampleConcat(const Tensor& x, const Tensor& skip) {
  if (fusible(x) && fusible(skip)) return JoinNearest::apply(x, skip, skip.size(2), skip.size(3));
  return at::cat({upsampleTo(x, skip.size(2), skip.size(3)), skip}, 1);
}

Tensor upsampleTo(const Tensor& x, int64_t height, int64_t width) {
  if (x.size(2) == height && x.size(3) == width) return x;
  if (fusible(x)) return JoinNearest::apply(x, orEmpty({}), height, width);
  return at::upsample_nearest2d(x, {height, width});
}

}  // namespace intarsia
