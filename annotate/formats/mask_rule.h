// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/label_map.h"
#include "core/media/decode.h"

namespace intarsia {

/// How the stored values or colours of a mask become class indices.
struct MaskRule {
  static constexpr int kUnknown = -1;
  std::vector<int> byValue;                    // index or kUnlabelled per grey or palette value; beyond it kUnknown
  std::unordered_map<uint32_t, int> byColor;   // 0xRRGGBB; used for colours, and for palettes all of whose used colours are in it
  std::optional<double> nearest;               // lossy masks: colours (or greys) up to this far away are taken for the nearest

  /// Values 0…classes-1 are themselves; 255 (8 bits) and 65535 beyond the classes are unlabelled.
  static MaskRule identity(int classes);
  int value(uint32_t value) const { return value < byValue.size() ? byValue[value] : value == 65535 ? int(kUnlabelled) : kUnknown; }
  int color(uint32_t rgb) const;
};

/// What occurs in a mask file: how it is stored, and how many pixels have each value or colour (0xRRGGBB).
struct MaskScan {
  RawMask::Kind kind = RawMask::Kind::grey;
  Size size;
  int bits = 8;
  bool lossy = false;
  std::map<uint32_t, int64_t> values;          // indexed and grey: values; color: colours; at most 65,536 of them
  std::vector<Color> palette;
};
Expected<MaskScan> scanMask(const std::filesystem::path& path);

/// Whether a rule reads this mask by its colours.
bool usesColors(const MaskScan& scan, const MaskRule& rule);
/// The class index (or kUnlabelled, kUnknown) that a rule gives to a scanned value.
int classUnder(const MaskScan& scan, const MaskRule& rule, uint32_t value);

/// Decodes a mask; what the rule does not know is unlabelled.
Expected<LabelMap> readMask(const std::filesystem::path& path, const MaskRule& rule);

/// EXIF orientation (1…8) from stored to shown.
LabelMap oriented(const LabelMap& map, int orientation);

inline uint32_t packed(Color c) { return uint32_t(c.r) << 16 | uint32_t(c.g) << 8 | c.b; }

}  // namespace intarsia
