// SPDX-License-Identifier: GPL-3.0-or-later
// Python's pickle machine with inert objects. Opcodes: CPython's Lib/pickletools.py; what torch.save writes: torch/serialization.py.
#include "train/api/pickle.h"

#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "core/base/text.h"

namespace intarsia {
namespace {

using Kind = PickleValue::Kind;
constexpr size_t kMostValues = 4'000'000, kMostDimensions = 16;
constexpr std::array<std::string_view, 11> kStorages{"FloatStorage", "DoubleStorage", "HalfStorage",  "BFloat16Storage", "LongStorage", "IntStorage",
                                                     "ShortStorage", "CharStorage",   "ByteStorage", "BoolStorage",     "UntypedStorage"};

class Machine {
 public:
  Machine(std::span<const std::byte> data, const std::string& file) : m_data(data), m_file(file) {}

  Expected<Pickle> run() {
    while (m_error.empty() && !m_stopped) step();
    if (m_error.empty() && m_stack.size() != 1) m_error = "its pickle is out of balance";
    if (!m_error.empty())
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} is not a valid weight file: {reason}"), {{"file", m_file}, {"reason", m_error}});
    m_out.root = m_stack[0];
    m_out.bytes = m_at;
    return std::move(m_out);
  }

 private:
  void wrong(const char* why) {
    if (m_error.empty()) m_error = why;
  }

  // input
  std::string_view take(uint64_t n) {
    if (n > m_data.size() - m_at) return wrong("it ends too early"), std::string_view();
    const std::string_view found(reinterpret_cast<const char*>(m_data.data()) + m_at, size_t(n));
    m_at += size_t(n);
    return found;
  }
  template <class T>
  T number() {
    T value{};
    if (const auto bytes = take(sizeof(T)); bytes.size() == sizeof(T)) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  std::string_view line() {
    const std::string_view rest(reinterpret_cast<const char*>(m_data.data()) + m_at, m_data.size() - m_at);
    const size_t end = rest.find('\n');
    if (end == rest.npos) return wrong("it ends too early"), std::string_view();
    m_at += end + 1;
    return rest.substr(0, end);
  }

  // stack
  size_t make(PickleValue value) {
    if (m_out.values.size() >= kMostValues) wrong("it has too many objects");
    else m_out.values.push_back(std::move(value));
    return m_out.values.size() - 1;
  }
  void push(size_t index) { m_stack.push_back(index); }
  void push(PickleValue value) {
    const size_t index = make(std::move(value));
    if (m_error.empty()) push(index);
  }
  void pushText(std::string_view text) { push({.kind = Kind::text, .text = std::string(text)}); }
  void pushInteger(int64_t value, Kind kind = Kind::integer) { push({.kind = kind, .integer = value}); }
  std::optional<size_t> pop() {
    if (m_stack.size() <= (m_marks.empty() ? 0 : m_marks.back())) return wrong("its pickle is out of balance"), std::nullopt;
    const size_t index = m_stack.back();
    m_stack.pop_back();
    return index;
  }
  std::vector<size_t> popToMark() {
    if (m_marks.empty()) return wrong("its pickle is out of balance"), std::vector<size_t>();
    std::vector<size_t> found(m_stack.begin() + std::ptrdiff_t(m_marks.back()), m_stack.end());
    m_stack.resize(m_marks.back());
    m_marks.pop_back();
    return found;
  }
  PickleValue* top() {
    if (m_stack.size() <= (m_marks.empty() ? 0 : m_marks.back())) return wrong("its pickle is out of balance"), nullptr;
    return &m_out.values[m_stack.back()];
  }
  void popTuple(size_t n) {
    PickleValue tuple{.kind = Kind::list, .items = std::vector<size_t>(n)};
    for (size_t i = n; i-- > 0;)
      if (const auto item = pop()) tuple.items[i] = *item;
      else return;
    push(std::move(tuple));
  }
  /// To the list or dict on top; to an inert object nothing is added.
  void add(const std::vector<size_t>& items, Kind kind) {
    PickleValue* target = top();
    if (!target) return;
    if (target->kind == Kind::other) return;
    if (target->kind != kind || (kind == Kind::dict && items.size() % 2)) return wrong("its pickle is out of balance");
    m_items += items.size();
    if (m_items > 4 * kMostValues) return wrong("it has too many objects");
    target->items.insert(target->items.end(), items.begin(), items.end());
  }
  void remember(uint64_t key) {
    if (top()) m_memo[key] = m_stack.back();
  }
  void recall(uint64_t key) {
    if (const auto found = m_memo.find(key); found != m_memo.end()) push(found->second);
    else wrong("its pickle names what is not there");
  }

  // objects
  const PickleValue& at(size_t index) const { return m_out.values[index]; }
  const PickleValue* item(const PickleValue& list, size_t i, Kind kind) const {
    if (list.kind != Kind::list || i >= list.items.size() || at(list.items[i]).kind != kind) return nullptr;
    return &at(list.items[i]);
  }
  void global(std::string_view module, std::string_view name) { push({.kind = Kind::global, .text = std::string(module) + " " + std::string(name)}); }

  /// ('storage', type, key, location, number of elements [, view]): torch.save's only persistent ids.
  void persistent() {
    const auto id = pop();
    if (!id) return;
    const PickleValue& tuple = at(*id);
    const PickleValue *word = item(tuple, 0, Kind::text), *type = item(tuple, 1, Kind::global), *key = item(tuple, 2, Kind::text),
                      *count = item(tuple, 4, Kind::integer);
    if (!word || word->text != "storage" || !type || !key || !count || count->integer < 0) return wrong("it names a storage in an unknown way");
    if (tuple.items.size() > 5 && at(tuple.items[5]).kind != Kind::none) return wrong("it shares storages as PyTorch before 0.4 did");
    PickleValue storage{.kind = Kind::storage, .integer = count->integer, .text = key->text};
    for (const std::string_view name : kStorages)
      if (type->text.ends_with(name) && type->text.starts_with("torch")) storage.type = type->text.ends_with("BFloat16Storage") ? kStorages[3] : name;
    push(std::move(storage));
  }

  std::optional<std::vector<int64_t>> sizes(const PickleValue& list, size_t i) const {
    const PickleValue* tuple = item(list, i, Kind::list);
    if (!tuple || tuple->items.size() > kMostDimensions) return std::nullopt;
    std::vector<int64_t> found;
    for (const size_t index : tuple->items) {
      if (at(index).kind != Kind::integer || at(index).integer < 0) return std::nullopt;
      found.push_back(at(index).integer);
    }
    return found;
  }

  /// torch._utils._rebuild_tensor(_v2)(storage, first, shape, strides, …)
  void tensor(const PickleValue& arguments) {
    const PickleValue *storage = item(arguments, 0, Kind::storage), *first = item(arguments, 1, Kind::integer);
    const auto shape = sizes(arguments, 2), strides = sizes(arguments, 3);
    if (!storage || !first || first->integer < 0 || !shape || !strides || shape->size() != strides->size())
      return wrong("it describes a tensor in an unknown way");
    push({.kind = Kind::tensor, .integer = first->integer, .shape = *shape, .strides = *strides, .storage = arguments.items[0]});
  }

  void call(size_t function, size_t arguments) {
    const PickleValue &f = at(function), &a = at(arguments);
    if (f.kind == Kind::global) {
      if (f.text == "torch._utils _rebuild_tensor_v2" || f.text == "torch._utils _rebuild_tensor") return tensor(a);
      if (f.text == "torch._tensor _rebuild_from_type_v2") {  // (function, subclass, arguments, state)
        const PickleValue *inner = item(a, 0, Kind::global), *list = item(a, 2, Kind::list);
        if (inner && list && inner->text != f.text) return call(a.items[0], a.items[2]);
        return wrong("it describes a tensor in an unknown way");
      }
      if (f.text.starts_with("torch._utils _rebuild_parameter")) {
        if (item(a, 0, Kind::tensor)) return push(a.items[0]);
        return wrong("it describes a parameter in an unknown way");
      }
      if (f.text == "collections OrderedDict") {
        PickleValue dict{.kind = Kind::dict};
        if (const PickleValue* pairs = item(a, 0, Kind::list))
          for (const size_t index : pairs->items)
            if (at(index).kind == Kind::list && at(index).items.size() == 2) dict.items.insert(dict.items.end(), at(index).items.begin(), at(index).items.end());
        return push(std::move(dict));
      }
      if (f.text == "torch Size" && item(a, 0, Kind::list)) return push(a.items[0]);
    }
    push({.kind = Kind::other});
  }

  void integerText(std::string_view text) {
    if (text == "00" || text == "01") return pushInteger(text[1] - '0', Kind::boolean);
    if (text.ends_with('L')) text.remove_suffix(1);
    const auto value = parseInt(text);
    // Longer ones occur as the magic number of old files; nothing of ours needs them.
    value ? pushInteger(*value) : push({.kind = Kind::other});
  }
  void longInteger(uint64_t bytes) {
    const std::string_view digits = take(bytes);
    if (bytes > 8) return push({.kind = Kind::other, .text = std::string(digits.substr(0, 32))});
    uint64_t value = 0;
    for (size_t i = 0; i < digits.size(); ++i) value |= uint64_t(uint8_t(digits[i])) << (8 * i);
    if (!digits.empty() && digits.size() < 8 && (digits.back() & 0x80)) value |= ~uint64_t(0) << (8 * digits.size());
    pushInteger(int64_t(value));
  }

  void step() {
    const auto code = take(1);
    if (code.empty()) return;
    if (!data(uint8_t(code[0])) && !structure(uint8_t(code[0])) && m_error.empty()) m_error = "its pickle has the unknown operation " + std::to_string(uint8_t(code[0]));
  }

  /// Opcodes that bring a value of their own.
  bool data(uint8_t code) {
    switch (code) {
      case 'N': push(PickleValue{}); break;
      case 0x88: pushInteger(1, Kind::boolean); break;
      case 0x89: pushInteger(0, Kind::boolean); break;
      case 'I': case 'L': integerText(line()); break;
      case 'J': pushInteger(number<int32_t>()); break;
      case 'K': pushInteger(number<uint8_t>()); break;
      case 'M': pushInteger(number<uint16_t>()); break;
      case 0x8a: longInteger(number<uint8_t>()); break;
      case 0x8b: longInteger(number<uint32_t>()); break;
      case 'F': push({.kind = Kind::real, .real = parseDouble(line()).value_or(0)}); break;
      case 'G': push({.kind = Kind::real, .real = std::bit_cast<double>(__builtin_bswap64(number<uint64_t>()))}); break;
      case 'S': case 'V': pushText(line()); break;
      case 'U': case 0x8c: case 'C': pushText(take(number<uint8_t>())); break;
      case 'T': case 'X': case 'B': pushText(take(number<uint32_t>())); break;
      case 0x8d: case 0x8e: pushText(take(number<uint64_t>())); break;
      case ']': case ')': case 0x8f: push({.kind = Kind::list}); break;
      case '}': push({.kind = Kind::dict}); break;
      case 'c': {
        const auto module = line();
        global(module, line());
        break;
      }
      default: return false;
    }
    return true;
  }

  /// Opcodes that work on the stack.
  bool structure(uint8_t code) {
    switch (code) {
      case 0x80: take(1); break;                    // PROTO
      case 0x95: take(8); break;                    // FRAME
      case '.': m_stopped = true; break;
      case '(': m_marks.push_back(m_stack.size()); if (m_marks.size() > kMostValues) wrong("it has too many objects"); break;
      case '0': pop(); break;
      case '1': popToMark(); break;
      case '2': if (top()) push(m_stack.back()); break;
      case 'q': remember(number<uint8_t>()); break;
      case 'r': remember(number<uint32_t>()); break;
      case 'p': remember(uint64_t(parseInt(line()).value_or(-1))); break;
      case 0x94: remember(m_memo.size()); break;    // MEMOIZE
      case 'h': recall(number<uint8_t>()); break;
      case 'j': recall(number<uint32_t>()); break;
      case 'g': recall(uint64_t(parseInt(line()).value_or(-1))); break;
      case 't': case 'l': push({.kind = Kind::list, .items = popToMark()}); break;
      case 'd': push({.kind = Kind::dict}); addToNew(); break;
      case 0x85: case 0x86: case 0x87: popTuple(size_t(code - 0x84)); break;
      case 'a': if (const auto value = pop()) add({*value}, Kind::list); break;
      case 'e': case 0x90: add(popToMark(), Kind::list); break;
      case 's': if (const auto value = pop()) if (const auto key = pop()) add({*key, *value}, Kind::dict); break;
      case 'u': add(popToMark(), Kind::dict); break;
      case 'b': pop(); top(); break;                // BUILD: a state that nothing of ours needs
      case 'R': case 0x81: {                        // REDUCE, NEWOBJ
        const auto arguments = pop(), function = pop();
        if (arguments && function) call(*function, *arguments);
        break;
      }
      case 0x93: {                                  // STACK_GLOBAL
        const auto name = pop(), module = pop();
        if (!name || !module) break;
        if (at(*name).kind != Kind::text || at(*module).kind != Kind::text) wrong("it names an object in an unknown way");
        else global(std::string(at(*module).text), std::string(at(*name).text));
        break;
      }
      case 'Q': persistent(); break;
      default: return false;
    }
    return true;
  }
  /// DICT: what lies above the mark becomes the dict that was just made.
  void addToNew() {
    const auto dict = pop();
    if (!dict) return;
    const auto items = popToMark();
    push(*dict);
    add(items, Kind::dict);
  }

  std::span<const std::byte> m_data;
  const std::string& m_file;
  size_t m_at = 0, m_items = 0;
  bool m_stopped = false;
  std::string m_error;
  Pickle m_out;
  std::vector<size_t> m_stack, m_marks;
  std::unordered_map<uint64_t, size_t> m_memo;
};

}  // namespace

const PickleValue* Pickle::find(const PickleValue& dict, std::string_view key) const {
  const PickleValue* found = nullptr;
  if (dict.kind == Kind::dict)
    for (size_t i = 0; i + 1 < dict.items.size(); i += 2)
      if (values[dict.items[i]].kind == Kind::text && values[dict.items[i]].text == key) found = &values[dict.items[i + 1]];
  return found;
}

Expected<Pickle> readPickle(std::span<const std::byte> data, const std::string& file) { return Machine(data, file).run(); }

}  // namespace intarsia
