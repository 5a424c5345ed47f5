// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/json_stream.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/json.h"
#include "core/base/mapped_file.h"
#include "core/base/text.h"

namespace intarsia {

struct JsonStream::State {
  struct Member {
    std::string name;
    size_t begin = 0, end = 0;   // of the value
    bool array = false;
    std::vector<size_t> cuts;    // array: window i covers the elements in [cuts[i], cuts[i + 1])
  };
  explicit State(MappedFile mapped) : file(std::move(mapped)) {}
  MappedFile file;
  const std::string& name = file.name();
  const char* const data = file.text().data();
  const size_t size = file.text().size();
  std::vector<Member> members;

  std::string_view text() const { return file.text(); }
  Expected<> look() const;
  Expected<> scan(const Job& job);
  std::unexpected<Error> invalid(size_t at, const std::string& what) const {
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: {reason} at byte {byte}"), {{"file", name}, {"reason", what}, {"byte", std::to_string(at)}}, {name});
  }
};

Expected<> JsonStream::State::look() const {
  if (!size) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: it is empty"), {{"file", name}}, {name});
  file.expectSequential();
  if (text().starts_with("\xFF\xFE") || text().starts_with("\xFE\xFF") || text().substr(0, 4).find('\0') != std::string_view::npos)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: it is UTF-16 or no text; save it as UTF-8"), {{"file", name}}, {name});
  return {};
}

namespace {

/// Bytes that the scan must look at; others are passed over.
constexpr auto kStructural = [] {
  std::array<bool, 256> table{};
  for (const char c : {'"', '{', '}', '[', ']', ',', ':'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

/// Passes over blocks of 64 bytes inside an element that hold no text and do not leave it; `depth` follows. Half of a large file is numbers.
size_t passOver(const char* data, size_t i, size_t size, int base, int& depth) {
  constexpr size_t kBlock = 64;
  for (; i + kBlock <= size; i += kBlock) {
    uint8_t opens = 0, closes = 0, quotes = 0;
    for (size_t k = 0; k < kBlock; ++k) {
      const auto c = static_cast<unsigned char>(data[i + k]);
      opens = uint8_t(opens + ((c | 0x20) == '{'));  // '[' among them
      closes = uint8_t(closes + ((c | 0x20) == '}'));
      quotes = uint8_t(quotes | (c == '"'));
    }
    if (quotes || depth - closes <= base + 1 || depth + opens > kJsonDepth) break;
    depth += opens - closes;
  }
  return i;
}

}  // namespace

Expected<> JsonStream::State::scan(const Job& job) {
  size_t i = text().starts_with("\xEF\xBB\xBF") ? 3 : 0;
  while (i < size && std::strchr(" \t\r\n", data[i])) ++i;
  if (i >= size) return invalid(i, "it is empty");
  if (data[i] != '{' && data[i] != '[') return invalid(i, "not valid JSON");
  const int base = data[i] == '{' ? 1 : 0;  // the depth at which members of the root lie
  std::string key;
  size_t keyBegin = 0, keyEnd = 0, released = 0, nextReport = 0;
  int depth = base;
  bool open = false;  // a member's value has begun
  const auto begin = [&](size_t at, bool array) {
    members.push_back({std::string(text().substr(keyBegin, keyEnd - keyBegin)), at, 0, array, {}});
    if (array) members.back().cuts.push_back(at + 1);
    open = true;
  };
  const auto close = [&](size_t at) {
    if (!open) return;
    members.back().end = at;
    if (members.back().array) members.back().cuts.push_back(at - 1);
    open = false;
  };
  if (base) ++i;
  bool rootClosed = false;
  size_t tryAt = 0;  // where blocks may be passed over again
  for (; i < size && !rootClosed; ++i) {
    if (depth > base + 1 && i >= tryAt) {
      i = passOver(data, i, size, base, depth);
      tryAt = i + 64;
      if (i >= size) break;
    }
    const auto c = static_cast<unsigned char>(data[i]);
    if (!kStructural[c]) continue;
    if (i >= nextReport) {
      INTARSIA_CHECK(job.check());
      job.report(int64_t(i), int64_t(size), INTARSIA_TEXT("Reading annotations"));
      if (i - released > (size_t(64) << 20)) {
        file.release(released, i);
        released = i;
      }
      nextReport = i + (size_t(4) << 20);
    }
    switch (c) {
      case '"': {
        const size_t first = i + 1;
        for (;;) {
          const void* quote = std::memchr(data + i + 1, '"', size - i - 1);
          if (!quote) return invalid(size, "the file ends in the middle of a text");
          i = size_t(static_cast<const char*>(quote) - data);
          size_t back = i;
          while (back > first && data[back - 1] == '\\') --back;
          if ((i - back) % 2 == 0) break;
        }
        if (depth == base && base && !open) { keyBegin = first; keyEnd = i; }
        break;
      }
      case ':':
        if (depth == base && base && !open) {
          size_t value = i + 1;
          while (value < size && std::strchr(" \t\r\n", data[value])) ++value;
          if (members.size() == kMostMembers) return invalid(i, "it has more than " + std::to_string(kMostMembers) + " members");
          if (value < size) begin(value, data[value] == '[');
        }
        break;
      case '{':
      case '[':
        if (depth == 0 && !base) begin(i, true);
        if (++depth > kJsonDepth) return invalid(i, "brackets nest too deeply");
        break;
      case '}':
      case ']':
        if (--depth < base || (base == 0 && depth == 0)) {
          close(base ? i : i + 1);
          rootClosed = true;
        } else if (depth == base && open) {
          close(i + 1);
        }
        break;
      case ',':
        if (depth == base) close(i);
        else if (depth == base + 1 && open && members.back().array && i - members.back().cuts.back() > kWindow) members.back().cuts.push_back(i);
        break;
    }
  }
  if (!rootClosed) return invalid(size, "the file ends too early");
  while (i < size && std::strchr(" \t\r\n", data[i])) ++i;
  if (i < size) return invalid(i, "something follows after the end of the JSON");
  return {};
}

JsonStream::JsonStream(std::unique_ptr<State> state) : m_state(std::move(state)) {}
JsonStream::JsonStream(JsonStream&&) noexcept = default;
JsonStream& JsonStream::operator=(JsonStream&&) noexcept = default;
JsonStream::~JsonStream() = default;

Expected<JsonStream> JsonStream::open(const std::filesystem::path& path, const Job& job) {
  INTARSIA_TRY(MappedFile file, MappedFile::open(path));
  auto state = std::make_unique<State>(std::move(file));
  auto good = state->look();
  if (good) good = state->scan(job);
  INTARSIA_CHECK(state->file.intact());  // says more than what the scan met
  if (!good) return std::unexpected(std::move(good.error()));
  return JsonStream(std::move(state));
}

bool JsonStream::hasArray(std::string_view name) const {
  return std::any_of(m_state->members.begin(), m_state->members.end(), [&](const auto& m) { return m.array && m.name == name; });
}
bool JsonStream::has(std::string_view name) const {
  return std::any_of(m_state->members.begin(), m_state->members.end(), [&](const auto& m) { return m.name == name; });
}

Expected<> JsonStream::forEach(std::string_view name, const Job& job, const std::function<void(int64_t, const JsonValue&)>& element) const {
  int64_t index = 0;
  JsonDocument document;
  std::string window;
  for (const auto& member : m_state->members) {
    if (!member.array || member.name != name) continue;
    for (size_t i = 0; i + 1 < member.cuts.size(); ++i) {
      INTARSIA_CHECK(job.check());
      size_t begin = member.cuts[i];
      const size_t end = member.cuts[i + 1];
      if (i > 0) ++begin;  // the comma
      if (trim(m_state->text().substr(begin, end - begin)).empty() && member.cuts.size() == 2) break;
      window.assign("[").append(m_state->text().substr(begin, end - begin)).append("]");
      m_state->file.release(begin, end);
      INTARSIA_CHECK(m_state->file.intact());
      const auto values = document.parseNext(window, m_state->name);
      if (!values && !validUtf8(window)) return m_state->invalid(begin, "the text is not UTF-8");
      if (!values) return std::unexpected(values.error());
      for (const auto& value : values->items()) element(index++, value);
      if (index > kMostElements) return m_state->invalid(end, "it has more than " + std::to_string(kMostElements) + " elements");
      job.report(int64_t(end), int64_t(m_state->size), INTARSIA_TEXT("Reading annotations"));
    }
  }
  return {};
}

Expected<JsonDocument> JsonStream::member(std::string_view name) const {
  for (const auto& member : m_state->members) {
    if (member.name != name) continue;
    std::string text(m_state->text().substr(member.begin, member.end - member.begin));
    INTARSIA_CHECK(m_state->file.intact());
    return JsonDocument::parse(std::move(text), m_state->name);
  }
  return fail(ErrorCode::notFound, INTARSIA_TEXT("{file} has no member {name}"), {{"file", m_state->name}, {"name", std::string(name)}}, {m_state->name});
}

}  // namespace intarsia
