// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/class_table.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/base/text.h"

namespace intarsia {
namespace {

/// Okabe and Ito's seven (2008), then chosen one by one as far as possible (OKLab distance, the smallest of normal
/// sight and Machado et al.'s protan-, deuter- and tritanopia of 2009) from all before, black and white. The closest two of the
/// first 12 are 10.9 apart by CIEDE2000 (tests/base/class_colors_test.cpp).
constexpr uint32_t kColors[] = {0xE69F00, 0x56B4E9, 0x009E73, 0xF0E442, 0x0072B2, 0xD55E00, 0xCC79A7, 0x5A1E00,
                                0x000F96, 0x962D5A, 0xB4C3A5, 0xA569FF, 0x4B0FE1, 0x5AE1FF, 0xB4F0B4, 0x5A4B00,
                                0xC30F96, 0x3C1E5A, 0xE1C369, 0x965A4B, 0x87B478, 0x7800B4, 0xD22DD2, 0x780F3C,
                                0xA500FF, 0x4B3C78, 0x4B5A78, 0xD296C3, 0x7896F0, 0x785A0F, 0x87D2D2, 0xF0783C,
                                0xD2FF96, 0xA5784B, 0x1E3C2D, 0xE1E1E1, 0x5A0078, 0x787878, 0x69A55A, 0xE100B4,
                                0x2D3C96, 0xF03CD2, 0xF0B40F, 0xFFFF00, 0x692D5A, 0x5A6978, 0xA5E196, 0x785A96};

Color fromHue(double hue, double saturation, double value) {
  const auto channel = [&](double n) {
    const double k = std::fmod(n + hue * 6, 6);
    return uint8_t(std::lround(255 * value * (1 - saturation * std::clamp(std::min(k, 4 - k), 0.0, 1.0))));
  };
  return {channel(5), channel(3), channel(1)};
}

Expected<std::string> checkedName(std::string_view name) {
  name = trim(name);
  if (name.empty()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("A class needs a name"));
  if (!validUtf8(name)) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("A class name is not valid UTF-8"));
  return std::string(name);
}

std::unexpected<Error> exists(std::string_view name) {
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("There is already a class named {name}"),
              {{"name", std::string(name)}});
}

}  // namespace

std::optional<Color> Color::fromHex(std::string_view text) {
  if (text.size() != 7 || text[0] != '#') return std::nullopt;
  uint32_t value = 0;
  for (const char c : text.substr(1)) {
    const std::string_view digits = "0123456789abcdef";
    const size_t digit = digits.find(c >= 'A' && c <= 'F' ? char(c + 32) : c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * 16 + uint32_t(digit);
  }
  return Color{uint8_t(value >> 16), uint8_t(value >> 8), uint8_t(value)};
}

std::string Color::hex() const {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "#";
  for (const uint8_t c : {r, g, b}) out += {kHex[c >> 4], kHex[c & 15]};
  return out;
}

Color ClassTable::defaultColor(int index) {
  index = std::max(index, 0);
  if (size_t(index) < std::size(kColors)) {
    const uint32_t c = kColors[index];
    return {uint8_t(c >> 16), uint8_t(c >> 8), uint8_t(c)};
  }
  // Further ones go round the hues by the golden ratio, in bands of saturation and brightness.
  return fromHue(std::fmod(index * 0.6180339887498949, 1.0), 0.45 + 0.25 * (index % 3), 0.95 - 0.2 * (index / 3 % 3));
}

Expected<ClassId> ClassTable::add(std::string_view name, std::optional<Color> color, bool ignore) {
  if (!color) {
    const auto used = [&](Color c) {
      return std::ranges::any_of(m_classes, [&](const auto& k) { return k.color == c; });
    };
    int index = 0;
    while (index < size() && used(defaultColor(index))) ++index;
    color = defaultColor(index);
  }
  const ClassId id = m_nextId;
  INTARSIA_CHECK(addWithId({id, std::string(name), *color, ignore}));
  return id;
}

Expected<> ClassTable::addWithId(ClassInfo info) {
  INTARSIA_TRY(info.name, checkedName(info.name));
  if (indexOfName(info.name)) return exists(info.name);
  if (info.id == kNoClass || info.id == UINT32_MAX || indexOf(info.id))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Class {name} has an id that is not its own: {id}"),
                {{"name", info.name}, {"id", std::to_string(info.id)}});
  if (size() >= kMaxClasses)
    return fail(ErrorCode::tooLarge, INTARSIA_TEXT("More than {limit} classes"),
                {{"limit", std::to_string(kMaxClasses)}});
  m_nextId = std::max(m_nextId, info.id + 1);
  m_classes.push_back(std::move(info));
  return {};
}

std::optional<int> ClassTable::indexOf(ClassId id) const {
  const auto it = std::ranges::find(m_classes, id, &ClassInfo::id);
  return it == m_classes.end() ? std::nullopt : std::optional(int(it - m_classes.begin()));
}

std::optional<int> ClassTable::indexOfName(std::string_view name) const {
  const auto it = std::ranges::find(m_classes, trim(name), &ClassInfo::name);
  return it == m_classes.end() ? std::nullopt : std::optional(int(it - m_classes.begin()));
}

const ClassInfo* ClassTable::find(ClassId id) const {
  const auto index = indexOf(id);
  return index ? &m_classes[size_t(*index)] : nullptr;
}

Expected<> ClassTable::rename(ClassId id, std::string_view name) {
  INTARSIA_TRY(auto checked, checkedName(name));
  const auto index = indexOf(id), other = indexOfName(checked);
  if (!index)
    return fail(ErrorCode::notFound, INTARSIA_TEXT("There is no class with id {id}"), {{"id", std::to_string(id)}});
  if (other && other != index) return exists(checked);
  m_classes[size_t(*index)].name = std::move(checked);
  return {};
}

void ClassTable::recolor(ClassId id, Color color) {
  if (const auto index = indexOf(id)) m_classes[size_t(*index)].color = color;
}

void ClassTable::setIgnore(ClassId id, bool ignore) {
  if (const auto index = indexOf(id)) m_classes[size_t(*index)].ignore = ignore;
}

void ClassTable::remove(ClassId id) {
  std::erase_if(m_classes, [id](const ClassInfo& info) { return info.id == id; });
}

void ClassTable::move(int from, int to) {
  if (from < 0 || from >= size() || to < 0 || to >= size()) return;
  const auto first = m_classes.begin();
  if (from < to)
    std::rotate(first + from, first + from + 1, first + to + 1);
  else
    std::rotate(first + to, first + from, first + from + 1);
}

}  // namespace intarsia
