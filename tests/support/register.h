// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <string>
#include <vector>

namespace intarsia::test {

struct Entry {
  std::string file;            // stem of the source file, e.g. "label_map_test"
  QObject* (*make)();
};
std::vector<Entry>& registry();
bool add(const char* file, QObject* (*make)());

}  // namespace intarsia::test

/// Registers a test class of this file with the room's executable.
#define INTARSIA_TEST(Class) \
  static const bool registered_##Class = intarsia::test::add(__FILE__, []() -> QObject* { return new Class; });
