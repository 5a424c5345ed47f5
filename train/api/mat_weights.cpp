// SPDX-License-Identifier: GPL-3.0-or-later
// MatConvNet, simplenn: `layers` is a cell of structures with `name` and `weights` = {filters, biases} (before 1.0-beta7 `filters` and `biases`);
// `normalization` or `meta.normalization` holds `averageImage`, which is taken from pixels of 0 to 255, RGB.
#include "train/api/mat_weights.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "core/base/inflate.h"
#include "core/base/mat_element.h"

namespace intarsia {
namespace {

constexpr size_t kMostUnpacked = size_t(1) << 30, kMostGain = 64;  // VGG-19 takes 575 MB; trained numbers hardly shrink
constexpr int64_t kMostLayers = 4096;
constexpr size_t kMostFields = 64;
constexpr std::array<double, 3> kVggMean{123.68, 116.779, 103.939};

std::unexpected<Error> broken(const std::string& file, std::string why) {
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is not a valid weight file: {reason}"), {{"file", file}, {"reason", std::move(why)}});
}

/// The matrix at `at`, which moves behind it.
std::optional<MatMatrix> nextMatrix(std::string_view bytes, size_t& at) {
  const auto element = matElement(bytes, at);
  if (!element || element->type != MatElement::matrix) return std::nullopt;
  at = element->next;
  return element->begin == element->end ? MatMatrix() : matMatrix(bytes.substr(element->begin, element->end - element->begin));
}

/// The fields of a single structure; none of anything else.
std::map<std::string, MatMatrix, std::less<>> fieldsOf(const MatMatrix& matrix) {
  std::map<std::string, MatMatrix, std::less<>> fields;
  if (matrix.kind != MatMatrix::structure || matrix.count() != uint64_t(1)) return fields;
  const auto length = matElement(matrix.content, 0), names = length ? matElement(matrix.content, length->next) : std::nullopt;
  if (!names || length->type != MatElement::int32 || length->end - length->begin != 4 || names->type != MatElement::int8) return fields;
  int32_t each = 0;
  std::memcpy(&each, matrix.content.data() + length->begin, 4);
  if (each < 1 || each > 1024 || (names->end - names->begin) / size_t(each) > kMostFields) return fields;
  size_t at = names->next;
  for (size_t i = names->begin; i + size_t(each) <= names->end; i += size_t(each)) {
    auto value = nextMatrix(matrix.content, at);
    if (!value) break;
    const std::string_view name = matrix.content.substr(i, size_t(each));
    fields.emplace(name.substr(0, name.find('\0')), std::move(*value));
  }
  return fields;
}

const MatMatrix* find(const std::map<std::string, MatMatrix, std::less<>>& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? nullptr : &found->second;
}

/// Letters of a short text, without those beyond ASCII.
std::string textOf(const MatMatrix& matrix) {
  const auto letters = matrix.kind == MatMatrix::text ? matElement(matrix.content, 0) : std::nullopt;
  std::string text;
  if (!letters || letters->end - letters->begin > 1024) return text;
  for (const char c : matrix.content.substr(letters->begin, letters->end - letters->begin))
    if (c > ' ') text += c;  // 8 bits each, or 16 with zeros between
  return text;
}

/// Where the numbers of a real matrix of floats lie; nothing of other matrices and of those that lie about their size.
struct Numbers {
  const char* first = nullptr;
  TensorType type = TensorType::f32;
  uint64_t count = 0;

  double at(uint64_t i) const {
    if (type == TensorType::f64) return read<double>(i);
    return double(read<float>(i));
  }

 private:
  template <class T>
  T read(uint64_t i) const {
    T value;
    std::memcpy(&value, first + i * sizeof(T), sizeof(T));
    return value;
  }
};
std::optional<Numbers> numbersOf(const MatMatrix& matrix) {
  const auto count = matrix.count();
  const auto element = count && !matrix.complex ? matElement(matrix.content, 0) : std::nullopt;
  if (!element) return std::nullopt;
  const bool single = matrix.kind == MatMatrix::singles && element->type == MatElement::single;
  if (!single && (matrix.kind != MatMatrix::doubles || element->type != MatElement::real)) return std::nullopt;
  if ((element->end - element->begin) / (single ? 4 : 8) != *count) return std::nullopt;
  return Numbers{matrix.content.data() + element->begin, single ? TensorType::f32 : TensorType::f64, *count};
}

/// The mean of each channel of `averageImage`.
std::optional<std::array<double, 3>> meanOf(const MatMatrix& holder) {
  const auto fields = fieldsOf(holder);
  if (const auto* inner = find(fields, "normalization")) return meanOf(*inner);
  const auto* image = find(fields, "averageImage");
  const auto numbers = image ? numbersOf(*image) : std::nullopt;
  if (!numbers || numbers->count == 0 || numbers->count % 3 || numbers->count > 10'000'000) return std::nullopt;
  std::array<double, 3> mean{};
  const uint64_t plane = numbers->count / 3;
  for (uint64_t i = 0; i < numbers->count; ++i) mean[size_t(i / plane)] += numbers->at(i) / double(plane);
  return mean;
}

class Layers {
 public:
  Layers(std::string_view bytes, const std::string& file, WeightList& out) : m_bytes(bytes), m_file(file), m_out(out) {}

  Expected<> read(const MatMatrix& layers) {
    const auto count = layers.count();
    if (layers.kind != MatMatrix::cell || !count || *count > kMostLayers) return broken(m_file, "its layers are no list");
    size_t at = 0;
    int dense = 0;
    for (uint64_t i = 0; i < *count; ++i) {
      const auto layer = nextMatrix(layers.content, at);
      if (!layer) return broken(m_file, "its layers end too early");
      const auto fields = fieldsOf(*layer);
      const auto *name = find(fields, "name"), *weights = find(fields, "weights");
      const bool full = name && textOf(*name).starts_with("fc");
      const std::string ours = full ? "classifier." + std::to_string(3 * dense) : "features." + std::to_string(i);
      std::optional<MatMatrix> filters, biases;
      if (weights && weights->kind == MatMatrix::cell && weights->count() >= uint64_t(2)) {
        size_t inside = 0;
        filters = nextMatrix(weights->content, inside);
        biases = nextMatrix(weights->content, inside);
      } else if (const auto *f = find(fields, "filters"), *b = find(fields, "biases"); f && b) {
        filters = *f, biases = *b;
      }
      if (!filters || !biases) continue;  // ReLU, pooling
      dense += full;
      INTARSIA_CHECK(add(ours + ".weight", *filters, true));
      INTARSIA_CHECK(add(ours + ".bias", *biases, false));
    }
    if (m_out.tensors.empty()) return broken(m_file, "none of its layers has weights");
    return {};
  }

 private:
  Expected<> add(const std::string& name, const MatMatrix& matrix, bool filters) {
    const auto numbers = numbersOf(matrix);
    if (!numbers || matrix.dimensions.size() > 4) return broken(m_file, "the numbers of " + name + " are missing or of another type");
    WeightTensor tensor{name, numbers->type, {}, {}, uint64_t(numbers->first - m_bytes.data())};
    if (filters) {
      int64_t side[4] = {1, 1, 1, 1};
      std::ranges::copy(matrix.dimensions, side);
      const auto [height, width, in, out] = side;
      tensor.shape = {out, in, height, width};
      tensor.strides = {height * width * in, height * width, 1, height};
    } else {
      tensor.shape = {int64_t(numbers->count)};
      tensor.strides = {1};
    }
    m_out.tensors.push_back(std::move(tensor));
    return {};
  }

  const std::string_view m_bytes;
  const std::string& m_file;
  WeightList& m_out;
};

}  // namespace

Expected<WeightList> readMatWeights(std::span<const std::byte> data, const std::string& file) {
  const std::string_view bytes(reinterpret_cast<const char*>(data.data()), data.size());
  if (bytes.starts_with("MATLAB 7.3"))
    return fail(ErrorCode::unsupported, INTARSIA_TEXT("{file} was saved as version 7.3, which is HDF5. Save it with -v7 instead"), {{"file", file}});
  if (bytes.size() < 128 || bytes.substr(124, 4) != std::string_view("\0\1IM", 4)) return broken(file, "it is no little-endian MATLAB 5 file");
  WeightList list{.format = "MatConvNet"};
  bool found = false;
  std::array<double, 3> mean = kVggMean;
  for (size_t at = 128; at < bytes.size();) {
    const auto element = matElement(bytes, at);
    if (!element) return broken(file, "it ends too early");
    at = element->next;
    std::string_view content = bytes.substr(element->begin, element->end - element->begin), whole = bytes;
    std::shared_ptr<const std::string> unpacked;
    if (element->type == MatElement::compressed) {
      auto inflated = inflateZlib(content, std::min(kMostUnpacked, kMostGain * content.size() + 65536));
      if (!inflated) return broken(file, "its compressed part is damaged or too large, or this build cannot unpack it");
      unpacked = std::make_shared<const std::string>(std::move(*inflated));
      whole = *unpacked;
      const auto inner = matElement(whole, 0);
      if (!inner || inner->type != MatElement::matrix) return broken(file, "its compressed part holds no matrix");
      content = whole.substr(inner->begin, inner->end - inner->begin);
    } else if (element->type != MatElement::matrix) {
      continue;
    }
    const auto matrix = matMatrix(content);
    if (!matrix) continue;  // a kind that we do not know
    if (matrix->name == "layers" && !found) {
      found = true;
      list.unpacked = unpacked;
      INTARSIA_CHECK(Layers(whole, file, list).read(*matrix));
    } else if (matrix->name == "normalization" || matrix->name == "meta") {
      mean = meanOf(*matrix).value_or(mean);
    }
  }
  if (!found) return broken(file, "it has no layers, so it is none of MatConvNet's networks");
  list.rawMean = mean;
  return list;
}

}  // namespace intarsia
