// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/wkt.h"

#include "annotate/formats/text_file.h"
#include "core/base/text.h"

namespace intarsia {

Expected<std::vector<Polygon>> parseWkt(std::string_view text) {
  text = trim(text);
  const size_t open = text.find('(');
  const std::string kind = lower(trim(text.substr(0, open)));
  if (kind.starts_with("point") || kind.starts_with("linestring") || kind.ends_with("empty")) return std::vector<Polygon>{};
  const bool multi = kind.starts_with("multipolygon");
  const auto invalid = [&] { return fail(ErrorCode::invalidInput, INTARSIA_TEXT("the text is no POLYGON or MULTIPOLYGON")); };
  if ((!multi && !kind.starts_with("polygon")) || open == std::string_view::npos) return invalid();
  const int ringDepth = multi ? 3 : 2;
  std::vector<Polygon> polygons;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == '(') {
      if (++depth > ringDepth) return invalid();
      if (depth == ringDepth - 1) polygons.emplace_back();
      begin = i + 1;
    } else if (text[i] == ')') {
      if (depth == ringDepth) {
        Ring ring;
        for (const auto pair : splitFields(text.substr(begin, i - begin), ',')) {
          const auto numbers = splitBlanks(pair);
          if (numbers.size() < 2) return invalid();
          const auto x = parseDouble(numbers[0]), y = parseDouble(numbers[1]);
          if (!x || !y) return invalid();
          ring.push_back({*x, *y});
        }
        polygons.back().rings.push_back(std::move(ring));
      }
      if (--depth == 0) return polygons;
      if (depth < 0) return invalid();
    }
  }
  return invalid();
}

}  // namespace intarsia
