// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

#include <cerrno>
#include <cstring>

namespace intarsia {

std::string Error::message() const {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '{') {
      const size_t end = text.find('}', i);
      if (end != std::string_view::npos) {
        const auto name = text.substr(i + 1, end - i - 1);
        bool found = false;
        for (const auto& [key, value] : arguments)
          if (key == name) {
            out += value;
            found = true;
            break;
          }
        if (found) {
          i = end + 1;
          continue;
        }
      }
    }
    out += text[i++];
  }
  std::string where;
  if (!detail.path.empty() && out.find(detail.path) == std::string::npos) where = detail.path;
  if (detail.line > 0) where += (where.empty() ? "line " : ":") + std::to_string(detail.line);
  if (!detail.field.empty()) where += (where.empty() ? "" : ", ") + detail.field;
  return where.empty() ? out : where + ": " + out;
}

std::unexpected<Error> fail(ErrorCode code, std::string_view literal,
                            std::vector<std::pair<std::string, std::string>> arguments, ErrorDetail detail) {
  return std::unexpected(Error{code, literal, std::move(arguments), std::move(detail)});
}

std::unexpected<Error> failErrno(int errorNumber, std::string_view literal, const std::string& file) {
  ErrorCode code = ErrorCode::io;
  if (errorNumber == ENOSPC || errorNumber == EDQUOT) code = ErrorCode::noSpace;
  if (errorNumber == ENOENT || errorNumber == ENOTDIR) code = ErrorCode::notFound;
  return fail(code, literal, {{"file", file}, {"reason", std::strerror(errorNumber)}});
}

}  // namespace intarsia
