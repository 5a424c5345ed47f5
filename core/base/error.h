// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intarsia {

/// Marks a literal as text for people: `lupdate` extracts it, `ui` translates it, the CLI prints it as it is.
#define INTARSIA_TEXT(literal) literal

enum class ErrorCode { failed, invalidInput, notFound, unsupported, io, noSpace, tooLarge, cancelled, busy, missingProgram };

/// Where in the user's files the trouble lies; empty members are unknown.
struct ErrorDetail {
  std::string path;   // as the user would write it
  int line = 0;       // from 1
  std::string field;  // e.g. "shapes[3].points"
};

/// An expected failure, as a value. `text` is a literal with {named} places that `arguments` fill.
struct Error {
  ErrorCode code = ErrorCode::failed;
  std::string_view text;  // points to a literal
  std::vector<std::pair<std::string, std::string>> arguments;
  ErrorDetail detail;

  /// One English sentence that names the file (if known) and the reason.
  std::string message() const;
};

template <class T = void>
using Expected = std::expected<T, Error>;

/// `return fail(ErrorCode::io, INTARSIA_TEXT("Cannot read {file}: {reason}"), {{"file", path}, {"reason", why}});`
std::unexpected<Error> fail(ErrorCode code, std::string_view literal,
                            std::vector<std::pair<std::string, std::string>> arguments = {}, ErrorDetail detail = {});

/// The same with the text of `errno` as {reason} and a code that fits it (ENOSPC and EDQUOT give noSpace).
std::unexpected<Error> failErrno(int errorNumber, std::string_view literal, const std::string& file);

}  // namespace intarsia

/// Returns the error of an Expected, else goes on: `INTARSIA_TRY(auto x, f());`
#define INTARSIA_CONCAT_(a, b) a##b
#define INTARSIA_CONCAT(a, b) INTARSIA_CONCAT_(a, b)
#define INTARSIA_TRY_(temporary, declaration, expression)              \
  auto temporary = (expression);                                       \
  if (!temporary) return std::unexpected(std::move(temporary.error())); \
  declaration = std::move(*temporary)
#define INTARSIA_TRY(declaration, expression) INTARSIA_TRY_(INTARSIA_CONCAT(try_, __COUNTER__), declaration, expression)
#define INTARSIA_CHECK(expression) \
  if (auto check_ = (expression); !check_) return std::unexpected(std::move(check_.error()))
