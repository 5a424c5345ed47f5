// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace intarsia {

struct Color {
  uint8_t r = 0, g = 0, b = 0;
  bool operator==(const Color&) const = default;
  static std::optional<Color> fromHex(std::string_view text);  // "#rrggbb"
  std::string hex() const;
};

/// Stable for the life of a project: sidecars store ids, so renaming, recolouring or reordering touches project.json alone.
using ClassId = uint32_t;
inline constexpr ClassId kNoClass = 0;

struct ClassInfo {
  ClassId id = kNoClass;  // from 1
  std::string name;
  Color color;
  bool ignore = false;  // keeps its index, enters neither loss nor metric (CamVid's Void)
  bool operator==(const ClassInfo&) const = default;
};

/// The classes of a project in index order (index = value in label maps). A value: copy it freely.
class ClassTable {
 public:
  static constexpr int kMaxClasses = 65000;

  int size() const { return int(m_classes.size()); }
  bool empty() const { return m_classes.empty(); }
  const ClassInfo& operator[](int index) const { return m_classes[size_t(index)]; }
  auto begin() const { return m_classes.begin(); }
  auto end() const { return m_classes.end(); }

  /// Adds a class with a new id; without a colour the next of the default, colour-blind safe list. Names are trimmed; an existing name is an error.
  Expected<ClassId> add(std::string_view name, std::optional<Color> color = {}, bool ignore = false);
  /// Adds with a given id (reading a project).
  Expected<> addWithId(ClassInfo info);
  std::optional<int> indexOf(ClassId id) const;
  std::optional<int> indexOfName(std::string_view name) const;
  const ClassInfo* find(ClassId id) const;
  Expected<> rename(ClassId id, std::string_view name);
  void recolor(ClassId id, Color color);
  void setIgnore(ClassId id, bool ignore);
  void remove(ClassId id);
  void move(int from, int to);
  /// The id that the next class gets; a project keeps it, so that an id is never used again.
  ClassId nextId() const { return m_nextId; }
  void reserveIds(ClassId next) { m_nextId = next > m_nextId ? next : m_nextId; }
  bool operator==(const ClassTable&) const = default;

  static Color defaultColor(int index);

 private:
  std::vector<ClassInfo> m_classes;
  ClassId m_nextId = 1;
};

}  // namespace intarsia
