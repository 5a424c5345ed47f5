// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/base/class_table.h"
#include "core/base/mapped_file.h"
#include "core/base/sample_source.h"

namespace intarsia {

/// A packed data set: training needs neither project nor codecs. Layout: magic "INTARSIA" and version; per sample its pixels, then its
/// label values, each from a multiple of 64 bytes; the manifest (JSON); a footer (manifest's offset, length and checksum, magic).
/// Numbers are little-endian. Images are 8 or 16 bits; label values 8 bits with 255 = unlabelled up to 255 classes, else 16 bits.
struct ShardEntry {
  std::string name;
  Split split = Split::train;
  Size imageSize, labelSize;  // val and test keep their labels' own size
  int channels = 3, bits = 8, labelBits = 8;
  uint64_t imageOffset = 0, labelOffset = 0;
  std::string imageHash, labelHash;
};
struct ShardManifest {
  ClassTable classes;
  std::vector<ShardEntry> entries;
};
/// Checks every field against `dataEnd`, where the entries' bytes end.
Expected<ShardManifest> parseShardManifest(std::string_view json, uint64_t dataEnd, const std::string& file);

/// "50M", "2G", "800k" (powers of 1024) or bytes.
Expected<uint64_t> parseByteSize(std::string_view text);

/// Writes one shard, or with `splitBytes` several: NAME-00001.shard, NAME-00002.shard … of at most about that size. One thread at a time.
class ShardWriter {
 public:
  static Expected<ShardWriter> open(const std::filesystem::path& path, const ClassTable& classes, uint64_t splitBytes = 0);
  Expected<> add(const std::string& name, Split split, const Image& image, const LabelMap& labels);
  /// Completes the files and returns them; without it nothing is left behind of the file in work.
  Expected<std::vector<std::filesystem::path>> commit();

 private:
  ShardWriter() = default;
  Expected<> begin();
  Expected<> finishFile();
  Expected<uint64_t> append(std::span<const std::byte> bytes);
  std::filesystem::path m_path;
  std::vector<std::filesystem::path> m_written;
  std::optional<AtomicFile> m_file;
  ShardManifest m_manifest;
  uint64_t m_splitBytes = 0, m_position = 0;
};

/// A memory-mapped shard. Any thread.
class ShardReader {
 public:
  static Expected<std::shared_ptr<const ShardReader>> open(const std::filesystem::path& path);
  ShardReader(const ShardReader&) = delete;
  ShardReader& operator=(const ShardReader&) = delete;
  const ShardManifest& manifest() const { return m_manifest; }
  std::span<const std::byte> imageBytes(int index) const;
  std::span<const std::byte> labelBytes(int index) const;
  /// Copies; checks the sample's checksums the first time it is read.
  Expected<Sample> sample(int index) const;

 private:
  explicit ShardReader(MappedFile file) : m_file(std::move(file)) {}
  const std::byte* at(uint64_t offset) const { return m_file.bytes().data() + offset; }
  MappedFile m_file;
  ShardManifest m_manifest;
  mutable std::unique_ptr<std::atomic<bool>[]> m_checked;  // per entry
};

/// The samples of one or more shards with equal classes. `image` refuses: a shard holds no codecs.
class ShardSource : public SampleSource {
 public:
  static Expected<std::shared_ptr<ShardSource>> open(std::span<const std::filesystem::path> paths);
  int count() const override { return int(m_index.size()); }
  Split split(int index) const override;
  std::string name(int index) const override;
  const ClassTable& classes() const override { return m_shards.front()->manifest().classes; }
  Expected<Sample> sample(int index) const override;
  bool atOwnSize() const override { return false; }
  Expected<Image> image(const std::string& path) const override;

 private:
  std::vector<std::shared_ptr<const ShardReader>> m_shards;
  std::vector<std::pair<int, int>> m_index;  // (shard, entry)
};

}  // namespace intarsia
