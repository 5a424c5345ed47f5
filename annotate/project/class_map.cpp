// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/class_map.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "annotate/formats/text_file.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

using Kind = ClassTarget::Kind;
using Why = ClassProposal::Why;

/// A name without what people write differently: case, blanks, '_', '-', '.'.
std::string folded(std::string_view name) {
  std::string out;
  for (const char c : lower(trim(name)))
    if (!std::string_view(" _-.").contains(c)) out += c;
  return out;
}

std::string singular(std::string name) {
  if (name == "people" || name == "persons") return "person";
  const auto ends = [&](std::string_view end) { return name.size() > end.size() + 1 && name.ends_with(end); };
  if (ends("ies")) return name.substr(0, name.size() - 3) + "y";
  for (const char* end : {"sses", "xes", "shes", "ches", "zzes"})
    if (ends(end)) return name.substr(0, name.size() - 2);
  if (ends("s") && !ends("ss") && !ends("us") && !ends("is")) name.pop_back();
  return name;
}

/// One letter more, less or other.
bool nearly(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (a.size() < 5 || b.size() - a.size() > 1) return false;
  const size_t same = size_t(std::ranges::mismatch(a, b).in1 - a.begin());
  return a.substr(same + (a.size() == b.size() ? 1 : 0)) == b.substr(same + 1);
}

// Folded, so "__ignore__" among them.
constexpr std::array<std::string_view, 7> kIgnoreNames{"ignore", "ignored", "void", "unlabelled", "unlabeled", "dontcare", "255"};
// Real classes in some sets, left out of the measure in others.
constexpr std::array<std::string_view, 4> kPerhapsIgnore{"other", "others", "unknown", "otherobjects"};

/// Where a name stands, for names that stand once.
std::unordered_map<std::string_view, int> places(const std::vector<std::string>& names) {
  constexpr int kTwice = -1;
  std::unordered_map<std::string_view, int> at;
  for (size_t i = 0; i < names.size(); ++i)
    if (const auto [place, fresh] = at.try_emplace(names[i], int(i)); !fresh) place->second = kTwice;
  std::erase_if(at, [](const auto& entry) { return entry.second == kTwice || entry.first.empty(); });
  return at;
}

ClassTarget targetOf(std::string_view text) {
  text = trim(text);
  if (text == "(ignore)") return {Kind::ignore, {}};
  if (text == "(skip)") return {Kind::skip, {}};
  return {Kind::use, std::string(text)};
}

void put(ClassMap& map, std::string_view from, ClassTarget to) {
  if (trim(from) == "*") map.rest = std::move(to);
  else map.named.emplace_back(trim(from), std::move(to));
}

std::unexpected<Error> wrong(const std::filesystem::path& file, const std::string& where) {
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file}, {where}: a class of the source = a class of the project, (ignore) or (skip)"),
              {{"file", displayPath(file)}, {"where", where}});
}

Expected<ClassMap> fromJson(const std::filesystem::path& file, const std::string& text) {
  INTARSIA_TRY(const auto json, parseOrderedJson(text, displayPath(file)));
  ClassMap map;
  for (const auto& [from, to] : json.items()) {
    if (to.is_null()) put(map, from, {Kind::skip, {}});
    else if (to.is_string() && !trim(to.get<std::string>()).empty()) put(map, from, targetOf(to.get<std::string>()));
    else return wrong(file, "\"" + from + "\"");
  }
  return map;
}

}  // namespace

const ClassTarget* ClassMap::find(std::string_view name) const {
  for (const auto& [from, to] : named)
    if (from == trim(name)) return &to;
  return rest ? &*rest : nullptr;
}

std::string_view nameOf(Why why) {
  switch (why) {
    case Why::sameName: return "sameName";
    case Why::spelling: return "spelling";
    case Why::plural: return "plural";
    case Why::similar: return "similar";
    case Why::ignored: return "ignored";
    case Why::ignoredName: return "ignoredName";
    case Why::fresh: return "new";
  }
  return {};
}

std::vector<ClassProposal> proposeClasses(const std::vector<ImportedClass>& source, const ClassTable& project) {
  std::vector<std::string> theirs, theirSingulars, ours, ourSingulars;
  for (const auto& c : source) theirs.push_back(folded(c.name)), theirSingulars.push_back(singular(theirs.back()));
  for (const auto& c : project) ours.push_back(folded(c.name)), ourSingulars.push_back(singular(ours.back()));
  std::vector<ClassProposal> out(source.size());
  std::vector<bool> taken(static_cast<size_t>(project.size()));
  std::unordered_map<std::string_view, int> exact;
  for (int k = 0; k < project.size(); ++k) exact.emplace(project[k].name, k);
  const auto take = [&](size_t i, int index, Why why) {
    out[i] = {{Kind::use, project[index].name}, why};
    taken[size_t(index)] = true;
  };
  for (size_t i = 0; i < source.size(); ++i) {
    out[i] = {{Kind::use, std::string(trim(source[i].name))}, Why::fresh};
    if (const auto at = exact.find(trim(source[i].name)); at != exact.end()) take(i, at->second, Why::sameName);
  }
  const auto match = [&](const std::vector<std::string>& a, const std::vector<std::string>& b, Why why) {
    const auto from = places(a), to = places(b);
    for (size_t i = 0; i < source.size(); ++i)
      if (out[i].why == Why::fresh && from.contains(a[i]))
        if (const auto at = to.find(a[i]); at != to.end() && !taken[size_t(at->second)]) take(i, at->second, why);
  };
  match(theirs, ours, Why::spelling);
  for (size_t i = 0; i < source.size(); ++i) {
    if (out[i].why != Why::fresh) continue;
    if (source[i].ignore || std::ranges::count(kIgnoreNames, theirs[i])) out[i] = {{Kind::ignore, {}}, Why::ignored};
    else if (std::ranges::count(kPerhapsIgnore, theirs[i]) && !project.empty()) out[i] = {{Kind::ignore, {}}, Why::ignoredName};
  }
  match(theirSingulars, ourSingulars, Why::plural);
  constexpr size_t kMostPairs = 1'000'000;
  for (size_t i = 0; i < source.size() && source.size() * size_t(project.size()) <= kMostPairs; ++i)
    for (int k = 0; k < project.size() && out[i].why == Why::fresh; ++k)
      if (!taken[size_t(k)] && nearly(theirSingulars[i], ourSingulars[size_t(k)])) take(i, k, Why::similar);
  return out;
}

Expected<ClassMap> readClassMap(const std::filesystem::path& file) {
  INTARSIA_TRY(const TextFile read, readTextFile(file));
  if (trim(read.text).starts_with('{')) return fromJson(file, read.text);
  ClassMap map;
  int number = 0;
  for (const auto raw : splitLines(read.text)) {
    const auto line = trim(raw);
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    auto at = line.find(" = ");
    at = at == std::string_view::npos ? line.find('=') : at + 1;
    if (at == std::string_view::npos || trim(line.substr(0, at)).empty() || trim(line.substr(at + 1)).empty())
      return wrong(file, "line " + std::to_string(number));
    put(map, line.substr(0, at), targetOf(line.substr(at + 1)));
  }
  return map;
}

std::string classMapText(const std::vector<ImportedClass>& source, const std::vector<ClassProposal>& proposals) {
  std::string text = "# class of the source = class of the project, (ignore) or (skip)\n";
  for (size_t i = 0; i < source.size(); ++i) {
    const auto& target = proposals[i].target;
    const std::string to = target.kind == Kind::ignore ? "(ignore)" : target.kind == Kind::skip ? "(skip)" : target.name;
    if (proposals[i].why == Why::fresh) text += "# new:\n";
    if (!proposals[i].certain()) text += "# proposed, " + std::string(nameOf(proposals[i].why)) + ":\n";
    text += std::string(trim(source[i].name)) + " = " + to + "\n";
  }
  return text;
}

}  // namespace intarsia
