// SPDX-License-Identifier: GPL-3.0-or-later
// torch.save's zip layout, written by hand: members stored plainly, a protocol-2 pickle without memo.
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "train/api/weight_file.h"

namespace intarsia {
namespace {

constexpr uint64_t kAlignment = 64;  // of the numbers in the file, as PyTorch aligns them

uint32_t crc32(std::span<const std::byte> bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> t{};
    for (uint32_t i = 0; i < 256; ++i) {
      t[i] = i;
      for (int bit = 0; bit < 8; ++bit) t[i] = t[i] & 1 ? 0xedb88320u ^ (t[i] >> 1) : t[i] >> 1;
    }
    return t;
  }();
  uint32_t crc = ~0u;
  for (const std::byte b : bytes) crc = table[(crc ^ uint32_t(b)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

class PickleWriter {
 public:
  std::string out = std::string("\x80\2", 2);
  void text(std::string_view t) { out += 'X', append(out, uint32_t(t.size())), out += t; }
  void integer(int64_t v) {
    if (v == int32_t(v)) out += 'J', append(out, int32_t(v));
    else out += "\x8a\x08", append(out, v);
  }
  void sizes(const std::vector<int64_t>& values) {
    out += '(';
    for (const int64_t v : values) integer(v);
    out += 't';
  }
  void dict() { out += "ccollections\nOrderedDict\n)R"; }
};

std::string_view storageName(TensorType type) {
  switch (type) {
    case TensorType::f32: return "FloatStorage";
    case TensorType::f64: return "DoubleStorage";
    case TensorType::bf16: return "BFloat16Storage";
    case TensorType::f16: return "HalfStorage";
    case TensorType::i64: return "LongStorage";
    case TensorType::i32: return "IntStorage";
    case TensorType::u8: return "ByteStorage";
  }
  return {};
}

std::string pickleOf(const TensorSet& set) {
  PickleWriter w;
  w.dict();
  w.out += '(';
  for (size_t i = 0; i < set.tensors.size(); ++i) {
    const NamedTensor& tensor = set.tensors[i];
    std::vector<int64_t> strides(tensor.shape.size(), 1);
    for (size_t a = strides.size(); a-- > 1;) strides[a - 1] = strides[a] * std::max<int64_t>(1, tensor.shape[a]);
    w.text(tensor.name);
    w.out += "ctorch._utils\n_rebuild_tensor_v2\n((";
    w.text("storage");
    w.out += "ctorch\n" + std::string(storageName(tensor.type)) + "\n";
    w.text(std::to_string(i));
    w.text("cpu");
    w.integer(int64_t(tensor.bytes.size() / bytesOf(tensor.type)));
    w.out += "tQ";
    w.integer(0);
    w.sizes(tensor.shape);
    w.sizes(strides);
    w.out += '\x89';
    w.dict();
    w.out += "tR";
  }
  w.out += "u.";
  return w.out;
}

class ZipWriter {
 public:
  explicit ZipWriter(AtomicFile& file) : m_file(file) {}

  Expected<> add(const std::string& name, std::span<const std::byte> bytes) {
    const uint64_t offset = m_at, start = offset + 30 + name.size() + 4, padding = (kAlignment - start % kAlignment) % kAlignment;
    if (start + padding + bytes.size() > std::numeric_limits<uint32_t>::max() - m_directory.size() - 4096)
      return fail(ErrorCode::tooLarge, INTARSIA_TEXT("The weights are larger than 4 GB: export safetensors instead"));
    std::string common;  // what local header and directory share
    append(common, uint16_t(0)), append(common, uint16_t(0)), append(common, uint16_t(0));  // flags, stored, time
    append(common, uint16_t(0x21));                                                         // 1 January 1980
    append(common, crc32(bytes)), append(common, uint32_t(bytes.size())), append(common, uint32_t(bytes.size()));
    append(common, uint16_t(name.size()));
    std::string header;
    append(header, uint32_t(0x04034b50)), append(header, uint16_t(20));
    header += common;
    append(header, uint16_t(4 + padding));
    header += name;
    append(header, uint16_t(0x4246)), append(header, uint16_t(padding));  // "FB": PyTorch's padding field
    header.append(padding, 'Z');
    append(m_directory, uint32_t(0x02014b50)), append(m_directory, uint16_t(20)), append(m_directory, uint16_t(20));
    m_directory += common;
    m_directory.append(2 + 2 + 2 + 2 + 4, '\0');  // no extra field, no comment, first disk, no attributes
    append(m_directory, uint32_t(offset));
    m_directory += name;
    ++m_count;
    INTARSIA_CHECK(m_file.write(header));
    INTARSIA_CHECK(m_file.write(bytes));
    m_at = offset + header.size() + bytes.size();
    return {};
  }
  Expected<> add(const std::string& name, std::string_view text) { return add(name, std::as_bytes(std::span(text))); }

  Expected<> finish() {
    if (m_count > 65000) return fail(ErrorCode::tooLarge, INTARSIA_TEXT("There are too many tensors for a .pth file"));
    std::string end;
    append(end, uint32_t(0x06054b50)), append(end, uint32_t(0));
    append(end, uint16_t(m_count)), append(end, uint16_t(m_count));
    append(end, uint32_t(m_directory.size())), append(end, uint32_t(m_at)), append(end, uint16_t(0));
    INTARSIA_CHECK(m_file.write(m_directory));
    return m_file.write(end);
  }

 private:
  AtomicFile& m_file;
  uint64_t m_at = 0;
  size_t m_count = 0;
  std::string m_directory;
};

}  // namespace

Expected<> writePth(const std::filesystem::path& path, const TensorSet& set) {
  INTARSIA_TRY(AtomicFile file, AtomicFile::open(path));
  ZipWriter zip(file);
  INTARSIA_CHECK(zip.add("archive/data.pkl", pickleOf(set)));
  INTARSIA_CHECK(zip.add("archive/byteorder", "little"));
  for (size_t i = 0; i < set.tensors.size(); ++i) INTARSIA_CHECK(zip.add("archive/data/" + std::to_string(i), set.tensors[i].bytes));
  INTARSIA_CHECK(zip.add("archive/version", "3\n"));
  INTARSIA_CHECK(zip.finish());
  return file.commit();
}

}  // namespace intarsia
