// SPDX-License-Identifier: GPL-3.0-or-later
// Layout: u64 length of the header, header (JSON, padded with blanks), tensor bytes. https://github.com/huggingface/safetensors
#include "train/api/safetensors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "train/api/json_field.h"

namespace intarsia {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

using Json = nlohmann::ordered_json;

struct Dtype {
  std::string_view name;
  size_t bytes;
};
constexpr std::array kDtypes{Dtype{"F64", 8}, Dtype{"F32", 4}, Dtype{"F16", 2}, Dtype{"BF16", 2}, Dtype{"I64", 8},
                             Dtype{"I32", 4}, Dtype{"I16", 2}, Dtype{"I8", 1},  Dtype{"U64", 8},  Dtype{"U32", 4},
                             Dtype{"U16", 2}, Dtype{"U8", 1},  Dtype{"BOOL", 1}};

struct TypeName {
  TensorType type;
  std::string_view name;
};
constexpr std::array kTypes{TypeName{TensorType::f32, "F32"}, TypeName{TensorType::f64, "F64"}, TypeName{TensorType::bf16, "BF16"},
                            TypeName{TensorType::f16, "F16"}, TypeName{TensorType::i64, "I64"}, TypeName{TensorType::i32, "I32"},
                            TypeName{TensorType::u8, "U8"}};

std::string_view nameOf(TensorType type) {
  return std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& t) { return t.type == type; })->name;
}

std::unexpected<Error> broken(const std::string& file, std::string why) {
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is not a valid safetensors file: {reason}"),
              {{"file", file}, {"reason", std::move(why)}});
}

/// Bytes that the shape takes; nothing when the product overflows.
std::optional<uint64_t> bytesOf(const std::vector<int64_t>& shape, size_t elementBytes) {
  uint64_t bytes = elementBytes;
  for (const int64_t side : shape)
    if (__builtin_mul_overflow(bytes, uint64_t(side), &bytes)) return std::nullopt;
  return bytes;
}

Expected<TensorInfo> parseTensor(const std::string& name, const nlohmann::json& json, const std::string& file) {
  TensorInfo info{.name = name};
  const auto dtype = jsonField<std::string>(json, "dtype");
  if (!dtype || dtypeBytes(*dtype) == 0) return broken(file, "tensor " + name + " has an unknown dtype");
  info.dtype = *dtype;
  const auto shape = json.find("shape"), offsets = json.find("data_offsets");
  if (shape == json.end() || !shape->is_array() || shape->size() > 16) return broken(file, "tensor " + name + " has no shape");
  for (const auto& side : *shape) {
    if (!side.is_number_unsigned() || side.get<uint64_t>() > uint64_t(INT64_MAX)) return broken(file, "tensor " + name + " has a wrong shape");
    info.shape.push_back(side.get<int64_t>());
  }
  if (offsets == json.end() || !offsets->is_array() || offsets->size() != 2 || !(*offsets)[0].is_number_unsigned() ||
      !(*offsets)[1].is_number_unsigned())
    return broken(file, "tensor " + name + " has no data_offsets");
  info.begin = (*offsets)[0].get<uint64_t>();
  info.end = (*offsets)[1].get<uint64_t>();
  if (info.end < info.begin || bytesOf(info.shape, dtypeBytes(info.dtype)) != info.bytes())
    return broken(file, "the bytes of tensor " + name + " do not fit its shape");
  return info;
}

/// The object's keys as they stand in the text, so that a name given twice is seen.
Expected<nlohmann::json> parseUnique(std::string_view text, const std::string& file) {
  INTARSIA_CHECK(parseJson(text, file));  // depth and syntax
  std::set<std::string> names;
  bool twice = false;
  auto json = nlohmann::json::parse(text, [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    if (event == nlohmann::json::parse_event_t::key && depth == 1) twice |= !names.insert(value.get<std::string>()).second;
    return true;
  });
  if (twice) return broken(file, "a tensor's name is given twice");
  if (!json.is_object()) return broken(file, "its header is not a JSON object");
  return json;
}

Expected<> preadAll(int fd, std::span<std::byte> out, uint64_t offset, const std::string& file) {
  while (!out.empty()) {
    const ssize_t n = ::pread(fd, out.data(), std::min<size_t>(out.size(), size_t(1) << 30), off_t(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failErrno(errno, INTARSIA_TEXT("Cannot read {file}: {reason}"), file);
    if (n == 0) return broken(file, "it ends too early");
    out = out.subspan(size_t(n));
    offset += uint64_t(n);
  }
  return {};
}

}  // namespace

const TensorInfo* SafetensorsHeader::find(std::string_view name) const {
  for (const auto& tensor : tensors)
    if (tensor.name == name) return &tensor;
  return nullptr;
}

size_t dtypeBytes(std::string_view dtype) {
  for (const auto& known : kDtypes)
    if (known.name == dtype) return known.bytes;
  return 0;
}

Expected<SafetensorsHeader> parseSafetensorsHeader(std::string_view text, uint64_t dataBytes, const std::string& file) {
  if (text.size() > kSafetensorsMaxHeader) return broken(file, "its header is larger than 100 MB");
  if (!text.starts_with('{')) return broken(file, "its header is not a JSON object");
  INTARSIA_TRY(const auto json, parseUnique(text, file));
  SafetensorsHeader header;
  for (const auto& [name, value] : json.items()) {
    if (name == "__metadata__") {
      if (!value.is_object()) return broken(file, "its metadata is not an object of texts");
      for (const auto& [key, item] : value.items()) {
        if (!item.is_string()) return broken(file, "its metadata is not an object of texts");
        header.metadata[key] = item.get<std::string>();
      }
      continue;
    }
    INTARSIA_TRY(TensorInfo tensor, parseTensor(name, value, file));
    header.tensors.push_back(std::move(tensor));
  }
  std::stable_sort(header.tensors.begin(), header.tensors.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t position = 0;
  for (const auto& tensor : header.tensors) {
    if (tensor.begin != position) return broken(file, "its tensors overlap or leave a hole before " + tensor.name);
    position = tensor.end;
  }
  if (position != dataBytes) return broken(file, "its tensors do not fill it exactly");
  return header;
}

Expected<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  SafetensorsFile file;
  file.m_path = displayPath(path);
  file.m_fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file.m_fd < 0) return failErrno(errno, INTARSIA_TEXT("Cannot read {file}: {reason}"), file.m_path);
  struct stat status{};
  if (::fstat(file.m_fd, &status) != 0) return failErrno(errno, INTARSIA_TEXT("Cannot read {file}: {reason}"), file.m_path);
  if (!S_ISREG(status.st_mode)) return broken(file.m_path, "it is not a regular file");
  const auto size = uint64_t(status.st_size);
  uint64_t headerBytes = 0;
  if (size < 8) return broken(file.m_path, "it ends too early");
  INTARSIA_CHECK(preadAll(file.m_fd, std::as_writable_bytes(std::span(&headerBytes, 1)), 0, file.m_path));
  if (headerBytes > kSafetensorsMaxHeader) return broken(file.m_path, "its header is larger than 100 MB");
  if (headerBytes > size - 8) return broken(file.m_path, "it ends too early");
  std::string text(headerBytes, '\0');
  INTARSIA_CHECK(preadAll(file.m_fd, std::as_writable_bytes(std::span(text)), 8, file.m_path));
  file.m_dataOffset = 8 + headerBytes;
  INTARSIA_TRY(file.m_header, parseSafetensorsHeader(text, size - file.m_dataOffset, file.m_path));
  return file;
}

SafetensorsFile::SafetensorsFile(SafetensorsFile&& o) noexcept
    : m_fd(std::exchange(o.m_fd, -1)), m_dataOffset(o.m_dataOffset), m_path(std::move(o.m_path)), m_header(std::move(o.m_header)) {}

SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&& o) noexcept {
  std::swap(m_fd, o.m_fd);
  std::swap(m_dataOffset, o.m_dataOffset);
  std::swap(m_path, o.m_path);
  std::swap(m_header, o.m_header);
  return *this;
}

SafetensorsFile::~SafetensorsFile() {
  if (m_fd >= 0) ::close(m_fd);
}

Expected<> SafetensorsFile::read(const TensorInfo& tensor, std::span<std::byte> out) const {
  if (out.size() != tensor.bytes()) return broken(m_path, "tensor " + tensor.name + " has another size than expected");
  return preadAll(m_fd, out, m_dataOffset + tensor.begin, m_path);
}

Expected<TensorSet> readTensorSet(const std::filesystem::path& path) {
  INTARSIA_TRY(const SafetensorsFile file, SafetensorsFile::open(path));
  TensorSet set;
  set.metadata = file.header().metadata;
  for (const auto& info : file.header().tensors) {
    const auto type = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& t) { return t.name == info.dtype; });
    if (type == kTypes.end())
      return fail(ErrorCode::unsupported, INTARSIA_TEXT("Cannot read {file}: tensors of type {type} are not supported"),
                  {{"file", displayPath(path)}, {"type", info.dtype}});
    NamedTensor tensor{info.name, type->type, info.shape, std::vector<std::byte>(info.bytes())};
    INTARSIA_CHECK(file.read(info, tensor.bytes));
    set.tensors.push_back(std::move(tensor));
  }
  return set;
}

Expected<> writeTensorSet(const std::filesystem::path& path, const TensorSet& set) {
  Json json = Json::object();
  if (!set.metadata.empty()) json["__metadata__"] = set.metadata;
  uint64_t position = 0;
  for (const auto& tensor : set.tensors) {
    const std::string_view dtype = nameOf(tensor.type);
    if (json.contains(tensor.name) || bytesOf(tensor.shape, dtypeBytes(dtype)) != tensor.bytes.size())
      return fail(ErrorCode::failed, INTARSIA_TEXT("Cannot write {file}: tensor {name} is given twice or does not fit its shape"),
                  {{"file", displayPath(path)}, {"name", tensor.name}});
    json[tensor.name] = {{"dtype", dtype}, {"shape", tensor.shape}, {"data_offsets", {position, position + tensor.bytes.size()}}};
    position += tensor.bytes.size();
  }
  std::string header = dumpJson(json);
  header.append((8 - header.size() % 8) % 8, ' ');  // tensors start aligned
  const uint64_t length = header.size();
  INTARSIA_TRY(AtomicFile file, AtomicFile::open(path));
  INTARSIA_CHECK(file.write(std::as_bytes(std::span(&length, 1))));
  INTARSIA_CHECK(file.write(header));
  for (const auto& tensor : set.tensors) INTARSIA_CHECK(file.write(tensor.bytes));
  return file.commit();
}

}  // namespace intarsia
