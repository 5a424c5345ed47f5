// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTest>
#include <string>

#include "core/base/error.h"

/// Fails the test with the error's sentence.
#define EXPECT_OK(expression)                                                                    \
  do {                                                                                           \
    const auto& result_ = (expression);                                                          \
    QVERIFY2(result_.has_value(), result_ ? "" : result_.error().message().c_str());             \
  } while (false)

/// Fails unless the expression is an error of that code.
#define EXPECT_ERROR(expression, wanted)                                                         \
  do {                                                                                           \
    const auto& result_ = (expression);                                                          \
    QVERIFY2(!result_, "it succeeded");                                                          \
    QVERIFY2(result_.error().code == (wanted), result_.error().message().c_str());               \
  } while (false)

namespace intarsia::test {
/// The distribution's Python, for reference implementations; a virtual environment's may lack numpy and PIL.
inline const char* const kPython = "/usr/bin/python3";
}  // namespace intarsia::test
