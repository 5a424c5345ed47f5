// SPDX-License-Identifier: GPL-3.0-or-later
// torch.save's two layouts: a zip of data.pkl and one member per storage (since 1.6); before, five pickles followed by the storages, each
// after its number of elements (torch/serialization.py, _legacy_load).
#include "train/api/weight_file.h"

#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "core/base/text.h"
#include "train/api/mat_weights.h"
#include "train/api/pickle.h"
#include "train/api/safetensors.h"
#include "train/api/zip_list.h"

namespace intarsia {
namespace {

using Kind = PickleValue::Kind;
constexpr size_t kMostTensors = 200'000;
constexpr int kDeepest = 4;  // of dicts in dicts
// 119547037146038801333356, what the first pickle of an old file says.
constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);

std::unexpected<Error> broken(const std::string& file, std::string why) {
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is not a valid weight file: {reason}"), {{"file", file}, {"reason", std::move(why)}});
}

/// Of safetensors.
const std::map<std::string_view, TensorType> kTypeNames{{"F32", TensorType::f32}, {"F64", TensorType::f64}, {"F16", TensorType::f16}, {"BF16", TensorType::bf16},
                                                        {"I64", TensorType::i64}, {"I32", TensorType::i32}, {"U8", TensorType::u8}};

std::optional<TensorType> typeOf(std::string_view storage) {
  static const std::map<std::string_view, TensorType> types{{"FloatStorage", TensorType::f32}, {"DoubleStorage", TensorType::f64}, {"HalfStorage", TensorType::f16},
                                                            {"BFloat16Storage", TensorType::bf16}, {"LongStorage", TensorType::i64}, {"IntStorage", TensorType::i32},
                                                            {"ByteStorage", TensorType::u8}};
  const auto found = types.find(storage);
  return found == types.end() ? std::nullopt : std::optional(found->second);
}
size_t storageBytes(std::string_view storage) {
  if (const auto type = typeOf(storage)) return bytesOf(*type);
  return storage == "ShortStorage" ? 2 : 1;
}

/// Where the numbers of each storage lie, by key.
using Storages = std::map<std::string, ZipEntry>;

/// One past the last element that the tensor reads, or nothing if that number is out of range or the tensor repeats elements.
std::optional<uint64_t> lastElement(const PickleValue& tensor, uint64_t elements) {
  uint64_t count = 1, last = uint64_t(tensor.integer);
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    if (tensor.shape[i] == 0) return 0;
    uint64_t span = 0;
    if (__builtin_mul_overflow(count, uint64_t(tensor.shape[i]), &count) || count > elements) return std::nullopt;
    if (__builtin_mul_overflow(uint64_t(tensor.shape[i] - 1), uint64_t(tensor.strides[i]), &span) || __builtin_add_overflow(last, span, &last)) return std::nullopt;
  }
  return last < elements ? std::optional(last + 1) : std::nullopt;
}

/// Turns a pickle's dict of tensors into a list.
class Collector {
 public:
  Collector(const Pickle& pickle, const Storages& storages, const std::string& file, WeightList& out)
      : m_pickle(pickle), m_storages(storages), m_file(file), m_out(out) {}

  Expected<> run() {
    const PickleValue* from = &m_pickle[m_pickle.root];
    if (from->kind == Kind::other)
      return fail(ErrorCode::unsupported, INTARSIA_TEXT("{file} holds a whole Python object. Save its numbers instead: torch.save(model.state_dict(), …)"), {{"file", m_file}});
    if (from->kind != Kind::dict) return broken(m_file, "it holds no dictionary of tensors");
    const size_t here = tensorCount(*from);  // a counter beside the weights may be a tensor too
    for (const char* name : {"state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "model_ema", "ema"})
      if (const auto* inner = m_pickle.find(*from, name); inner && tensorCount(*inner) > here) {
        m_out.part = name;
        from = inner;
        break;
      }
    INTARSIA_CHECK(collect(*from, "", 0));
    if (m_out.tensors.empty() && m_out.leftOut.empty()) return broken(m_file, "it holds no tensors under names");
    return {};
  }

 private:
  size_t tensorCount(const PickleValue& dict) const {
    size_t count = 0;
    for (size_t i = 1; dict.kind == Kind::dict && i < dict.items.size(); i += 2) count += m_pickle[dict.items[i]].kind == Kind::tensor;
    return count;
  }

  Expected<> collect(const PickleValue& dict, const std::string& prefix, int depth) {
    for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      const PickleValue &key = m_pickle[dict.items[i]], &value = m_pickle[dict.items[i + 1]];
      if (key.kind != Kind::text || !validUtf8(key.text)) continue;
      if (value.kind == Kind::tensor) {
        INTARSIA_CHECK(add(prefix + key.text, value));
      } else if (value.kind == Kind::dict && depth < kDeepest) {
        INTARSIA_CHECK(collect(value, prefix + key.text + ".", depth + 1));
      }
      if (++m_looked > kMostTensors) return broken(m_file, "it holds too many tensors");
    }
    return {};
  }

  Expected<> add(const std::string& name, const PickleValue& tensor) {
    const PickleValue& storage = m_pickle[tensor.storage];
    const auto type = typeOf(storage.type);
    if (!type) return m_out.leftOut.push_back(name), Expected<>();
    if (!m_names.insert(name).second) return broken(m_file, "the name " + name + " is given twice");
    const auto place = m_storages.find(storage.text);
    if (place == m_storages.end()) return broken(m_file, "the numbers of " + name + " are missing");
    const auto last = lastElement(tensor, uint64_t(storage.integer));
    if (!last || *last > place->second.size / bytesOf(*type)) return broken(m_file, "the numbers of " + name + " reach beyond their storage");
    m_out.tensors.push_back({name, *type, tensor.shape, tensor.strides, place->second.offset + (*last ? uint64_t(tensor.integer) * bytesOf(*type) : 0)});
    return {};
  }

  const Pickle& m_pickle;
  const Storages& m_storages;
  const std::string& m_file;
  WeightList& m_out;
  std::set<std::string> m_names;
  size_t m_looked = 0;
};

Expected<WeightList> readZip(std::span<const std::byte> data, const std::string& file) {
  INTARSIA_TRY(const auto entries, readZipList(data, file));
  std::string folder;
  bool found = false;
  for (const auto& [name, entry] : entries)
    if (name.ends_with("/data.pkl") && name.find('/') == name.size() - 9) found = true, folder = name.substr(0, name.size() - 8);
  if (!found) return broken(file, "it is a zip archive, but not one of torch.save");
  const auto bytesOfMember = [&](const std::string& name) {
    const auto member = entries.find(folder + name);
    return member == entries.end() ? std::span<const std::byte>() : data.subspan(member->second.offset, member->second.size);
  };
  if (entries.contains(folder + "constants.pkl"))
    return fail(ErrorCode::unsupported, INTARSIA_TEXT("{file} is a TorchScript program. Save its numbers instead: torch.save(model.state_dict(), …)"), {{"file", file}});
  for (const auto& [name, entry] : entries)
    if (!entry.plain) return broken(file, "its members are compressed or encrypted, which torch.save never does");
  const auto order = bytesOfMember("byteorder");
  if (order.size() == 3 && std::memcmp(order.data(), "big", 3) == 0) return broken(file, "its numbers are big-endian");
  INTARSIA_TRY(const Pickle pickle, readPickle(bytesOfMember("data.pkl"), file));
  Storages storages;
  const std::string prefix = folder + "data/";
  for (auto at = entries.lower_bound(prefix); at != entries.end() && at->first.starts_with(prefix); ++at) storages[at->first.substr(prefix.size())] = at->second;
  WeightList list{.format = "PyTorch"};
  INTARSIA_CHECK(Collector(pickle, storages, file, list).run());
  return list;
}

Expected<WeightList> readLegacy(std::span<const std::byte> data, const std::string& file) {
  std::vector<Pickle> pickles;
  size_t at = 0;
  for (int i = 0; i < 5; ++i) {  // magic number, version, system, object, keys
    INTARSIA_TRY(auto pickle, readPickle(data.subspan(at), file));
    if (i == 0 && (pickle[pickle.root].kind != Kind::other || pickle[pickle.root].text != kMagic)) return broken(file, "it was not written by torch.save");
    at += pickle.bytes;
    pickles.push_back(std::move(pickle));
  }
  const Pickle &object = pickles[3], &keys = pickles[4];
  std::map<std::string, std::string_view> types;  // of the storages that the object names
  for (const auto& value : object.values)
    if (value.kind == Kind::storage) types.emplace(value.text, value.type);
  if (keys[keys.root].kind != Kind::list) return broken(file, "its list of storages is damaged");
  Storages storages;
  for (const size_t index : keys[keys.root].items) {
    const PickleValue& key = keys[index];
    const auto type = types.find(key.text);
    if (key.kind != Kind::text || type == types.end()) return broken(file, "its list of storages is damaged");
    uint64_t count = 0, bytes = 0;
    if (data.size() - at < 8) return broken(file, "it ends too early");
    std::memcpy(&count, data.data() + at, 8);
    at += 8;
    if (__builtin_mul_overflow(count, uint64_t(storageBytes(type->second)), &bytes) || bytes > data.size() - at) return broken(file, "it ends too early");
    storages[key.text] = {at, bytes};
    at += size_t(bytes);
  }
  WeightList list{.format = "PyTorch before 1.6"};
  INTARSIA_CHECK(Collector(object, storages, file, list).run());
  return list;
}

Expected<WeightList> readSafetensors(std::span<const std::byte> data, const std::string& file) {
  uint64_t length = 0;
  std::memcpy(&length, data.data(), 8);
  if (length > data.size() - 8) return broken(file, "it ends too early");
  const std::string_view text(reinterpret_cast<const char*>(data.data()) + 8, size_t(length));
  INTARSIA_TRY(const auto header, parseSafetensorsHeader(text, data.size() - 8 - length, file));
  WeightList list{.format = "safetensors"};
  for (const auto& tensor : header.tensors) {
    const auto type = kTypeNames.find(tensor.dtype);
    if (type == kTypeNames.end()) {
      list.leftOut.push_back(tensor.name);
      continue;
    }
    WeightTensor one{tensor.name, type->second, tensor.shape, std::vector<int64_t>(tensor.shape.size(), 1), 8 + length + tensor.begin};
    if (tensor.bytes() > 0)
      for (size_t i = one.shape.size(); i-- > 1;) one.strides[i - 1] = one.strides[i] * one.shape[i];
    list.tensors.push_back(std::move(one));
  }
  return list;
}

}  // namespace

std::string_view typeName(TensorType type) {
  for (const auto& [name, known] : kTypeNames)
    if (known == type) return name;
  return {};
}

size_t bytesOf(TensorType type) {
  switch (type) {
    case TensorType::f64: case TensorType::i64: return 8;
    case TensorType::f32: case TensorType::i32: return 4;
    case TensorType::f16: case TensorType::bf16: return 2;
    case TensorType::u8: return 1;
  }
  return 0;
}

Expected<WeightList> readWeightList(std::span<const std::byte> data, const std::string& file) {
  if (data.size() < 9) return broken(file, "it is too short");
  const std::string_view head(reinterpret_cast<const char*>(data.data()), 9);
  if (head.starts_with("PK\3\4")) return readZip(data, file);
  if (head[0] == '\x80' && head[1] <= 5) return readLegacy(data, file);
  if (head.starts_with("MATLAB ")) return readMatWeights(data, file);
  if (head[8] == '{') return readSafetensors(data, file);
  if (head.starts_with("<") || head.starts_with("version")) return broken(file, "it is a text, perhaps an error page or a pointer to the file");
  return broken(file, "it is no file of PyTorch, safetensors or MatConvNet");
}

Expected<WeightFile> WeightFile::open(const std::filesystem::path& path) {
  INTARSIA_TRY(MappedFile mapped, MappedFile::open(path));
  WeightFile file;
  file.m_file = std::make_shared<const MappedFile>(std::move(mapped));
  auto list = readWeightList(file.m_file->bytes(), file.path());
  INTARSIA_CHECK(file.m_file->intact());  // says more than what the reader met
  if (!list) return std::unexpected(std::move(list.error()));
  file.m_list = std::move(*list);
  return file;
}

const WeightTensor* WeightFile::find(std::string_view name) const {
  for (const auto& tensor : m_list.tensors)
    if (tensor.name == name) return &tensor;
  return nullptr;
}

Expected<NamedTensor> WeightFile::read(const WeightTensor& tensor) const {
  NamedTensor read = readTensor(m_list.numbers(m_file->bytes()), tensor);
  INTARSIA_CHECK(m_file->intact());
  return read;
}

NamedTensor readTensor(std::span<const std::byte> data, const WeightTensor& tensor) {
  const size_t element = bytesOf(tensor.type);
  size_t count = 1;
  for (const int64_t side : tensor.shape) count *= size_t(side);
  NamedTensor out{tensor.name, tensor.type, tensor.shape, std::vector<std::byte>(count * element)};
  if (count == 0) return out;
  const std::byte* from = data.data() + tensor.offset;
  std::vector<int64_t> place(tensor.shape.size(), 0);
  const size_t axes = place.size();
  const bool rows = axes > 0 && tensor.strides.back() == 1;  // a whole last axis at once
  const size_t run = rows ? size_t(tensor.shape.back()) : 1;
  for (size_t done = 0; done < count; done += run) {
    uint64_t at = 0;
    for (size_t a = 0; a < axes; ++a) at += uint64_t(place[a]) * uint64_t(tensor.strides[a]);
    std::memcpy(out.bytes.data() + done * element, from + at * element, run * element);
    for (size_t a = axes - (rows ? 1 : 0); a-- > 0;) {
      if (++place[a] < tensor.shape[a]) break;
      place[a] = 0;
    }
  }
  return out;
}

Expected<TensorSet> readWeights(const std::filesystem::path& path) {
  INTARSIA_TRY(const WeightFile file, WeightFile::open(path));
  TensorSet set;
  for (const auto& tensor : file.list().tensors) {
    INTARSIA_TRY(NamedTensor read, file.read(tensor));
    set.tensors.push_back(std::move(read));
  }
  return set;
}

}  // namespace intarsia
