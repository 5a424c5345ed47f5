// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "annotate/formats/json_value.h"
#include "core/base/job.h"

namespace intarsia {

/// A JSON object whose members hold long arrays, read without a tree of the whole: the file is mapped, cut at element ends into
/// windows, and one window is parsed at a time. A file that is one array has it under the name "". One thread.
class JsonStream {
 public:
  static constexpr size_t kWindow = size_t(4) << 20;
  static constexpr size_t kMostMembers = 10'000;
  static constexpr int64_t kMostElements = 100'000'000;

  /// Scans the whole file once: an error if brackets do not close, nest too deeply, or the text is no UTF-8.
  static Expected<JsonStream> open(const std::filesystem::path& path, const Job& job = {});
  JsonStream(JsonStream&&) noexcept;
  JsonStream& operator=(JsonStream&&) noexcept;
  ~JsonStream();

  bool hasArray(std::string_view name) const;
  bool has(std::string_view name) const;
  /// The elements of a top-level array in order; values live until the callback returns.
  Expected<> forEach(std::string_view name, const Job& job, const std::function<void(int64_t index, const JsonValue&)>& element) const;
  /// Another top-level member, parsed.
  Expected<JsonDocument> member(std::string_view name) const;

 private:
  struct State;
  explicit JsonStream(std::unique_ptr<State> state);
  std::unique_ptr<State> m_state;
};

}  // namespace intarsia
