// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "annotate/formats/file_list.h"
#include "annotate/formats/format.h"
#include "annotate/formats/mask_rule.h"

namespace intarsia {

/// The classes of a folder of masks, and the values or colours that stand for them.
struct MaskClasses {
  std::vector<ImportedClass> classes;
  std::vector<std::pair<uint32_t, int>> values;  // pixel value → index, where the table says so; else the index itself
  std::vector<Color> unlabelled;                 // colours without a name
  bool hasColors() const;
  /// By values where the table has them or has no colours, by colours where it has any.
  MaskRule rule() const;
  std::optional<int> indexOf(std::string_view name) const;
};

/// Reads a table of classes, recognised by its content: names line by line, "R G B name", "name:r,g,b:parts:actions", CSV with a
/// header ("Pixel Value, Class", "name,r,g,b", "index,name,red,green,blue,ignore"), or JSON.
Expected<MaskClasses> readClassFile(const std::filesystem::path& path);
MaskClasses parseClassLines(std::string_view text);

/// The table of classes that lies among the files of a source: the first of the usual names, nearest to the top; nothing without one.
Expected<std::optional<MaskClasses>> readClassesAmong(const std::vector<ListedFile>& files);

/// Names that mean "no label here" in any of the field's data sets: Void, unlabelled, __ignore__ …
bool meansIgnore(std::string_view name);

}  // namespace intarsia
