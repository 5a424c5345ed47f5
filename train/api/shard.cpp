// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/shard.h"

#include <fmt/format.h>

#include <cstring>

#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "train/api/class_json.h"
#include "train/api/json_field.h"

namespace intarsia {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::string_view kMagic = "INTARSIA";
constexpr uint32_t kVersion = 1;
constexpr uint64_t kAlignment = 64;
constexpr uint64_t kMaxManifest = uint64_t(1) << 30;
constexpr int kMaxSide = 1 << 20;

struct Header {
  char magic[8];
  uint32_t version;
  char padding[kAlignment - 12];
};
struct Footer {
  uint64_t manifestOffset, manifestBytes;
  char manifestHash[32];
  char magic[8];
};
static_assert(sizeof(Header) == kAlignment && sizeof(Footer) == 56);

std::unexpected<Error> broken(const std::string& file, std::string why) {
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is not a valid shard: {reason}"), {{"file", file}, {"reason", std::move(why)}});
}

uint64_t imageBytesOf(const ShardEntry& e) {
  return uint64_t(e.imageSize.width) * uint64_t(e.imageSize.height) * uint64_t(e.channels) * uint64_t(e.bits / 8);
}
uint64_t labelBytesOf(const ShardEntry& e) {
  return uint64_t(e.labelSize.width) * uint64_t(e.labelSize.height) * uint64_t(e.labelBits / 8);
}

std::optional<Size> sizeField(const Json& json, const char* name) {
  const auto at = json.find(name);
  if (at == json.end() || !at->is_array() || at->size() != 2) return std::nullopt;
  for (const auto& side : *at)
    if (!side.is_number_unsigned() || side.get<uint64_t>() < 1 || side.get<uint64_t>() > kMaxSide) return std::nullopt;
  return Size{(*at)[0].get<int>(), (*at)[1].get<int>()};
}

Json entryJson(const ShardEntry& e) {
  return {{"name", e.name},
          {"split", splitName(e.split)},
          {"image", {{"offset", e.imageOffset}, {"size", {e.imageSize.width, e.imageSize.height}}, {"channels", e.channels}, {"bits", e.bits}, {"hash", e.imageHash}}},
          {"labels", {{"offset", e.labelOffset}, {"size", {e.labelSize.width, e.labelSize.height}}, {"bits", e.labelBits}, {"hash", e.labelHash}}}};
}

Expected<ShardEntry> parseEntry(const Json& json, uint64_t dataEnd, const std::string& file) {
  ShardEntry e;
  INTARSIA_FIELD(e.name, std::string, json, "name", file);
  INTARSIA_FIELD(const std::string split, std::string, json, "split", file);
  const auto parsed = splitFromName(split);
  const auto image = json.find("image"), labels = json.find("labels");
  if (!parsed || image == json.end() || !image->is_object() || labels == json.end() || !labels->is_object())
    return failField(file, "entries");
  e.split = *parsed;
  INTARSIA_FIELD(e.imageOffset, uint64_t, *image, "offset", file);
  INTARSIA_FIELD(e.channels, int, *image, "channels", file);
  INTARSIA_FIELD(e.bits, int, *image, "bits", file);
  INTARSIA_FIELD(e.imageHash, std::string, *image, "hash", file);
  INTARSIA_FIELD(e.labelOffset, uint64_t, *labels, "offset", file);
  INTARSIA_FIELD(e.labelBits, int, *labels, "bits", file);
  INTARSIA_FIELD(e.labelHash, std::string, *labels, "hash", file);
  const auto imageSize = sizeField(*image, "size"), labelSize = sizeField(*labels, "size");
  const auto bitsFit = [](int bits) { return bits == 8 || bits == 16; };
  if (!imageSize || !labelSize || !bitsFit(e.bits) || !bitsFit(e.labelBits) || (e.channels != 1 && e.channels != 3 && e.channels != 4))
    return broken(file, "sample " + e.name + " has a wrong size or type");
  e.imageSize = *imageSize;
  e.labelSize = *labelSize;
  const auto inside = [&](uint64_t offset, uint64_t bytes) {
    return offset >= kAlignment && offset % kAlignment == 0 && offset <= dataEnd && bytes <= dataEnd - offset;
  };
  if (!inside(e.imageOffset, imageBytesOf(e)) || !inside(e.labelOffset, labelBytesOf(e)))
    return broken(file, "sample " + e.name + " lies outside of it");
  return e;
}

}  // namespace

Expected<uint64_t> parseByteSize(std::string_view text) {
  std::string_view digits = trim(text);
  uint64_t factor = 1;
  if (!digits.empty()) {
    const size_t unit = std::string_view("kmg").find(lower(digits.substr(digits.size() - 1)));
    if (unit != std::string_view::npos) {
      factor = uint64_t(1) << (10 * (unit + 1));
      digits.remove_suffix(1);
    }
  }
  const auto number = parseInt(digits);
  if (!number || *number < 1 || *number > (int64_t(1) << 30))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{text} is not a size; write for example 50M or 2G"), {{"text", std::string(text)}});
  return uint64_t(*number) * factor;
}

Expected<ShardManifest> parseShardManifest(std::string_view text, uint64_t dataEnd, const std::string& file) {
  INTARSIA_TRY(const Json json, parseOrderedJson(text, file));
  const auto classes = json.is_object() ? json.find("classes") : json.end();
  const auto entries = json.is_object() ? json.find("entries") : json.end();
  if (classes == json.end()) return failField(file, "classes");
  if (entries == json.end() || !entries->is_array()) return failField(file, "entries");
  ShardManifest manifest;
  INTARSIA_TRY(manifest.classes, classesFromJson(*classes, file));
  manifest.entries.reserve(entries->size());
  for (const auto& item : *entries) {
    INTARSIA_TRY(ShardEntry entry, parseEntry(item, dataEnd, file));
    manifest.entries.push_back(std::move(entry));
  }
  return manifest;
}

// ---- writer ---------------------------------------------------------------------------------------------------------

Expected<ShardWriter> ShardWriter::open(const fs::path& path, const ClassTable& classes, uint64_t splitBytes) {
  ShardWriter writer;
  writer.m_path = path;
  writer.m_splitBytes = splitBytes;
  writer.m_manifest.classes = classes;
  INTARSIA_CHECK(writer.begin());
  return writer;
}

Expected<> ShardWriter::begin() {
  fs::path path = m_path;
  if (m_splitBytes > 0)
    path.replace_filename(fmt::format("{}-{:05}{}", m_path.stem().native(), m_written.size() + 1, m_path.extension().native()));
  INTARSIA_TRY(AtomicFile file, AtomicFile::open(path));
  m_file = std::move(file);
  m_written.push_back(path);
  m_position = 0;
  m_manifest.entries.clear();
  Header header{};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.version = kVersion;
  INTARSIA_CHECK(append(std::as_bytes(std::span(&header, 1))));
  return {};
}

Expected<uint64_t> ShardWriter::append(std::span<const std::byte> bytes) {
  static constexpr std::byte kZeros[kAlignment]{};
  const uint64_t padding = (kAlignment - m_position % kAlignment) % kAlignment;
  INTARSIA_CHECK(m_file->write(std::span(kZeros).first(padding)));
  INTARSIA_CHECK(m_file->write(bytes));
  const uint64_t offset = m_position + padding;
  m_position = offset + bytes.size();
  return offset;
}

Expected<> ShardWriter::add(const std::string& name, Split split, const Image& image, const LabelMap& labels) {
  const bool wide = m_manifest.classes.size() > 255;
  const uint64_t bytes = image.bytes.size() + labels.pixels().size() * (wide ? 2 : 1) + 2 * kAlignment;
  if (m_splitBytes > 0 && !m_manifest.entries.empty() && m_position + bytes > m_splitBytes) {
    INTARSIA_CHECK(finishFile());
    INTARSIA_CHECK(begin());
  }
  ShardEntry e{.name = name, .split = split, .imageSize = image.size(), .labelSize = labels.size(), .channels = image.channels,
               .bits = image.bits, .labelBits = wide ? 16 : 8};
  const auto pixels = std::as_bytes(std::span(image.bytes));
  e.imageHash = contentHash(pixels);
  INTARSIA_TRY(e.imageOffset, append(pixels));
  std::vector<uint8_t> narrow;
  auto values = std::as_bytes(std::span(labels.pixels()));
  if (!wide) {
    narrow.reserve(labels.pixels().size());
    for (const uint16_t value : labels.pixels()) narrow.push_back(value < 255 ? uint8_t(value) : 255);
    values = std::as_bytes(std::span(narrow));
  }
  e.labelHash = contentHash(values);
  INTARSIA_TRY(e.labelOffset, append(values));
  m_manifest.entries.push_back(std::move(e));
  return {};
}

Expected<> ShardWriter::finishFile() {
  Json json{{"format", "intarsia-shard"}, {"version", kVersion}, {"classes", classesToJson(m_manifest.classes)}, {"entries", Json::array()}};
  for (const auto& entry : m_manifest.entries) json["entries"].push_back(entryJson(entry));
  const std::string text = dumpJson(json);
  Footer footer{};
  INTARSIA_TRY(footer.manifestOffset, append(std::as_bytes(std::span(text))));
  footer.manifestBytes = text.size();
  std::memcpy(footer.manifestHash, contentHash(text).data(), sizeof footer.manifestHash);
  std::memcpy(footer.magic, kMagic.data(), kMagic.size());
  INTARSIA_CHECK(m_file->write(std::as_bytes(std::span(&footer, 1))));
  INTARSIA_CHECK(m_file->commit());
  m_file.reset();
  return {};
}

Expected<std::vector<fs::path>> ShardWriter::commit() {
  INTARSIA_CHECK(finishFile());
  return m_written;
}

// ---- reader ---------------------------------------------------------------------------------------------------------

Expected<std::shared_ptr<const ShardReader>> ShardReader::open(const fs::path& path) {
  const std::string file = displayPath(path);
  INTARSIA_TRY(MappedFile mapped, MappedFile::open(path, MappedFile::Watch::damage));  // samples have checksums; a set may have thousands of files
  const uint64_t size = mapped.bytes().size();
  if (size < sizeof(Header) + sizeof(Footer)) return broken(file, "it is too short");
  std::shared_ptr<ShardReader> reader(new ShardReader(std::move(mapped)));

  Header header;
  Footer footer;
  std::memcpy(&header, reader->at(0), sizeof header);
  std::memcpy(&footer, reader->at(size - sizeof footer), sizeof footer);
  INTARSIA_CHECK(reader->m_file.intact());
  if (std::string_view(header.magic, 8) != kMagic) return broken(file, "it does not begin like one");
  if (header.version != kVersion) return fail(ErrorCode::unsupported, INTARSIA_TEXT("{file} was written by a newer version of this program"), {{"file", file}});
  if (std::string_view(footer.magic, 8) != kMagic) return broken(file, "its end is missing");
  const uint64_t end = size - sizeof footer;
  if (footer.manifestBytes > kMaxManifest || footer.manifestOffset > end || footer.manifestBytes != end - footer.manifestOffset)
    return broken(file, "its end is damaged");
  const std::string_view text(reinterpret_cast<const char*>(reader->at(footer.manifestOffset)), footer.manifestBytes);
  const bool fits = contentHash(text) == std::string_view(footer.manifestHash, sizeof footer.manifestHash);
  INTARSIA_CHECK(reader->m_file.intact());
  if (!fits) return broken(file, "its manifest is damaged");
  INTARSIA_TRY(reader->m_manifest, parseShardManifest(text, footer.manifestOffset, file));
  INTARSIA_CHECK(reader->m_file.intact());
  reader->m_checked = std::make_unique<std::atomic<bool>[]>(reader->m_manifest.entries.size());
  return reader;
}

std::span<const std::byte> ShardReader::imageBytes(int index) const {
  const auto& e = m_manifest.entries[size_t(index)];
  return {at(e.imageOffset), imageBytesOf(e)};
}

std::span<const std::byte> ShardReader::labelBytes(int index) const {
  const auto& e = m_manifest.entries[size_t(index)];
  return {at(e.labelOffset), labelBytesOf(e)};
}

Expected<Sample> ShardReader::sample(int index) const {
  const auto& e = m_manifest.entries[size_t(index)];
  const auto pixels = imageBytes(index), values = labelBytes(index);
  if (!m_checked[size_t(index)].load(std::memory_order_relaxed)) {
    const bool fits = contentHash(pixels) == e.imageHash && contentHash(values) == e.labelHash;
    INTARSIA_CHECK(m_file.intact());
    if (!fits) return broken(m_file.name(), "the checksum of sample " + e.name + " does not fit");
    m_checked[size_t(index)].store(true, std::memory_order_relaxed);
  }
  Sample out;
  out.image = {.width = e.imageSize.width, .height = e.imageSize.height, .channels = e.channels, .bits = e.bits};
  out.image.bytes.resize(pixels.size());
  std::memcpy(out.image.bytes.data(), pixels.data(), pixels.size());
  out.labels = LabelMap(e.labelSize.width, e.labelSize.height);
  auto& labels = out.labels.pixels();
  const int classes = m_manifest.classes.size();
  for (size_t i = 0; i < labels.size(); ++i) {
    uint16_t value = 0;
    if (e.labelBits == 16)
      std::memcpy(&value, values.data() + i * 2, 2);
    else
      value = values[i] == std::byte(255) ? kUnlabelled : uint16_t(values[i]);
    if (value >= classes && value != kUnlabelled) return broken(m_file.name(), "sample " + e.name + " has a label without a class");
    labels[i] = value;
  }
  INTARSIA_CHECK(m_file.intact());
  return out;
}

// ---- source ---------------------------------------------------------------------------------------------------------

Expected<std::shared_ptr<ShardSource>> ShardSource::open(std::span<const fs::path> paths) {
  if (paths.empty()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("No shard was given"));
  auto source = std::make_shared<ShardSource>();
  for (const fs::path& path : paths) {
    INTARSIA_TRY(auto shard, ShardReader::open(path));
    if (!source->m_shards.empty() && !(shard->manifest().classes == source->classes()))
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} has other classes than {first}"),
                  {{"file", displayPath(path)}, {"first", displayPath(paths.front())}});
    for (int i = 0; i < int(shard->manifest().entries.size()); ++i) source->m_index.emplace_back(int(source->m_shards.size()), i);
    source->m_shards.push_back(std::move(shard));
  }
  return source;
}

Split ShardSource::split(int index) const {
  const auto [shard, entry] = m_index[size_t(index)];
  return m_shards[size_t(shard)]->manifest().entries[size_t(entry)].split;
}

std::string ShardSource::name(int index) const {
  const auto [shard, entry] = m_index[size_t(index)];
  return m_shards[size_t(shard)]->manifest().entries[size_t(entry)].name;
}

Expected<Sample> ShardSource::sample(int index) const {
  const auto [shard, entry] = m_index[size_t(index)];
  return m_shards[size_t(shard)]->sample(entry);
}

Expected<Image> ShardSource::image(const std::string& path) const {
  return fail(ErrorCode::unsupported, INTARSIA_TEXT("Cannot read {file}: this engine trains from a shard and reads no images"), {{"file", path}});
}

}  // namespace intarsia
