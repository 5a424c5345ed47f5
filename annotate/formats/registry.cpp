// SPDX-License-Identifier: GPL-3.0-or-later
#include <exception>

#include "annotate/formats/format.h"
#include "annotate/formats/source_look.h"
#include "core/base/text.h"

namespace intarsia {

#define INTARSIA_FORMAT(make) std::unique_ptr<Format> make();
#include "annotate/formats/format_table.inc"
#undef INTARSIA_FORMAT

const std::vector<std::unique_ptr<Format>>& formats() {
  static const auto all = [] {
    std::vector<std::unique_ptr<Format>> list;
#define INTARSIA_FORMAT(make) list.push_back(make());
#include "annotate/formats/format_table.inc"
#undef INTARSIA_FORMAT
    return list;
  }();
  return all;
}

const Format* formatById(std::string_view id) {
  for (const auto& format : formats())
    if (format->id() == id) return format.get();
  return nullptr;
}

Expected<const Format*> detectFormat(const std::filesystem::path& source) {
  const std::string name = displayPath(source);
  std::error_code error;
  if (!std::filesystem::exists(source, error))
    return fail(ErrorCode::notFound, INTARSIA_TEXT("Cannot read {file}: there is no such file or folder"), {{"file", name}});
  const SourceLook look(source);
  const Format* best = nullptr;
  int bestScore = 0;
  std::string known;
  for (const auto& format : formats()) {
    const int score = format->probe(look);
    if (score > bestScore) {
      best = format.get();
      bestScore = score;
    }
    if (format->readBy() == format->id()) known += (known.empty() ? "" : ", ") + std::string(format->name());
  }
  if (!best)
    return fail(ErrorCode::unsupported, INTARSIA_TEXT("Cannot tell what labels {file} holds. Known are: {formats}"), {{"file", name}, {"formats", known}});
  return best;
}

Expected<ImportedDataset> readDataset(const std::filesystem::path& source, const ReadOptions& options, std::string_view id, const Job& job) {
  const Format* format = nullptr;
  if (id.empty()) {
    INTARSIA_TRY(format, detectFormat(source));
  } else if (format = formatById(id); !format) {
    std::string known;
    for (const auto& other : formats()) known += (known.empty() ? "" : ", ") + std::string(other->id());
    return fail(ErrorCode::unsupported, INTARSIA_TEXT("There is no format {format}. Known are: {formats}"), {{"format", std::string(id)}, {"formats", known}});
  }
  std::error_code error;
  if (!std::filesystem::exists(source, error))
    return fail(ErrorCode::notFound, INTARSIA_TEXT("Cannot read {file}: there is no such file or folder"), {{"file", displayPath(source)}});
  try {
    return format->read(source, options, job);
  } catch (const std::exception& error) {  // of the libraries below and of memory: no exception leaves a reader
    return fail(ErrorCode::failed, INTARSIA_TEXT("Cannot read {file}: {reason}"), {{"file", displayPath(source)}, {"reason", error.what()}});
  }
}

}  // namespace intarsia
