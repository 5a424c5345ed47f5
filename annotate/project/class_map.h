// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "annotate/formats/format.h"
#include "core/base/class_table.h"

namespace intarsia {

/// What becomes of the labels of one class of a source.
struct ClassTarget {
  enum class Kind {
    use,     // the project's class `name`; made where it is absent
    ignore,  // its ignored class; made from the source's where it has none
    skip,    // they are left out
  };
  Kind kind = Kind::use;
  std::string name;
  bool operator==(const ClassTarget&) const = default;
};

/// What the user said: by the source's class name, and for those that are not named.
struct ClassMap {
  std::vector<std::pair<std::string, ClassTarget>> named;
  std::optional<ClassTarget> rest;
  const ClassTarget* find(std::string_view name) const;
};

/// What a class of a source may become, and why.
struct ClassProposal {
  enum class Why { sameName, spelling, plural, similar, ignored, ignoredName, fresh };
  ClassTarget target;
  Why why = Why::fresh;
  /// Done without asking: the same name but for case, blanks, '_' and '-'; ignored classes. Others are proposals.
  bool certain() const { return why != Why::plural && why != Why::similar && why != Why::ignoredName; }
};
/// "sameName", "spelling" … as in JSON.
std::string_view nameOf(ClassProposal::Why why);

/// One for each class of the source. No two of them meet in one project class for another reason than an equal name.
std::vector<ClassProposal> proposeClasses(const std::vector<ImportedClass>& source, const ClassTable& project);

/// A JSON object {"from": "to"} or lines `from = to`; '#' begins a comment. `to` is a class, "(ignore)" or "(skip)" (JSON also: null);
/// `from` "*" stands for all that are not named.
Expected<ClassMap> readClassMap(const std::filesystem::path& file);
/// The proposals as such lines.
std::string classMapText(const std::vector<ImportedClass>& source, const std::vector<ClassProposal>& proposals);

}  // namespace intarsia
