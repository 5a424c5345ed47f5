// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/mask_rule.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/text.h"

namespace intarsia {
namespace {

uint32_t colorAt(const RawMask& raw, size_t pixel) {
  const uint8_t* p = raw.rgb.data() + 3 * pixel;
  return uint32_t(p[0]) << 16 | uint32_t(p[1]) << 8 | p[2];
}

MaskScan scanOf(const RawMask& raw) {
  MaskScan scan{raw.kind, raw.size, raw.bits, false, {}, raw.palette};
  const size_t pixels = size_t(raw.size.width) * size_t(raw.size.height);
  if (raw.kind == RawMask::Kind::color) {
    std::unordered_map<uint32_t, int64_t> counts;
    for (size_t i = 0; i < pixels && counts.size() < 65536; ++i) ++counts[colorAt(raw, i)];
    scan.values.insert(counts.begin(), counts.end());
  } else {
    std::vector<int64_t> counts(65536);
    for (size_t i = 0; i < pixels; ++i) ++counts[raw.values[i]];
    for (uint32_t v = 0; v < counts.size(); ++v)
      if (counts[v]) scan.values[v] = counts[v];
  }
  return scan;
}

}  // namespace

MaskRule MaskRule::identity(int classes) {
  MaskRule rule;
  rule.byValue.assign(size_t(std::max(classes, 256)), kUnknown);
  for (int i = 0; i < classes; ++i) rule.byValue[size_t(i)] = i;
  if (classes <= 255) rule.byValue[255] = kUnlabelled;
  return rule;
}

int MaskRule::color(uint32_t rgb) const {
  if (const auto it = byColor.find(rgb); it != byColor.end()) return it->second;
  if (!nearest) return kUnknown;
  double best = *nearest * *nearest;
  int index = kUnknown;
  for (const auto& [known, at] : byColor) {
    const double r = double(known >> 16) - double(rgb >> 16), g = double(known >> 8 & 255) - double(rgb >> 8 & 255), b = double(known & 255) - double(rgb & 255);
    const double distance = r * r + g * g + b * b;
    if (distance < best || (distance == best && at < index)) {
      best = distance;
      index = at;
    }
  }
  return index;
}

Expected<MaskScan> scanMask(const std::filesystem::path& path) {
  INTARSIA_TRY(const ImageInfo info, probeImage(path));
  INTARSIA_TRY(const RawMask raw, decodeMask(path));
  MaskScan scan = scanOf(raw);
  scan.lossy = info.codec == "jpeg";
  return scan;
}

bool usesColors(const MaskScan& scan, const MaskRule& rule) {
  if (scan.kind == RawMask::Kind::color) return true;
  if (rule.byColor.empty()) return false;
  if (scan.kind == RawMask::Kind::grey)  // a colour mask whose colours are greys may be stored as grey
    return rule.byValue.empty();
  return rule.byValue.empty() || std::all_of(scan.values.begin(), scan.values.end(), [&](const auto& entry) {
           return (entry.first == 255 && rule.value(255) == kUnlabelled) || (entry.first < scan.palette.size() && rule.byColor.contains(packed(scan.palette[entry.first])));
         });
}

int classUnder(const MaskScan& scan, const MaskRule& rule, uint32_t value) {
  if (scan.kind == RawMask::Kind::indexed && value == 255 && rule.value(255) == kUnlabelled) return kUnlabelled;  // whatever its colour
  if (!usesColors(scan, rule)) return rule.value(value);
  if (scan.kind == RawMask::Kind::color) return rule.color(value);
  if (scan.kind == RawMask::Kind::grey) return rule.color(value * 0x10101u);
  return value < scan.palette.size() ? rule.color(packed(scan.palette[value])) : MaskRule::kUnknown;
}

Expected<LabelMap> readMask(const std::filesystem::path& path, const MaskRule& rule) {
  INTARSIA_TRY(const RawMask raw, decodeMask(path));
  const MaskScan scan = scanOf(raw);
  std::unordered_map<uint32_t, uint16_t> table;
  std::vector<uint16_t> direct;
  const auto under = [&](uint32_t value) {
    const int index = classUnder(scan, rule, value);
    return index < 0 ? kUnlabelled : uint16_t(index);
  };
  LabelMap map(raw.size.width, raw.size.height);
  auto& out = map.pixels();
  if (raw.kind == RawMask::Kind::color) {
    uint32_t last = std::numeric_limits<uint32_t>::max();
    uint16_t label = kUnlabelled;
    for (size_t i = 0; i < out.size(); ++i) {
      const uint32_t rgb = colorAt(raw, i);
      if (rgb != last) {
        const auto [it, fresh] = table.try_emplace(rgb, kUnlabelled);
        if (fresh) it->second = under(rgb);
        last = rgb;
        label = it->second;
      }
      out[i] = label;
    }
  } else {
    direct.assign(65536, kUnlabelled);
    for (const auto& [value, count] : scan.values) direct[value] = under(value);
    for (size_t i = 0; i < out.size(); ++i) out[i] = direct[raw.values[i]];
  }
  return map;
}

LabelMap oriented(const LabelMap& map, int orientation) {
  if (orientation <= 1 || orientation > 8) return map;
  const int w = map.width(), h = map.height();
  const bool turned = orientation >= 5;
  LabelMap out(turned ? h : w, turned ? w : h);
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) {
      int u = x, v = y;
      switch (orientation) {
        case 2: u = w - 1 - x; break;
        case 3: u = w - 1 - x; v = h - 1 - y; break;
        case 4: v = h - 1 - y; break;
        case 5: u = y; v = x; break;
        case 6: u = h - 1 - y; v = x; break;
        case 7: u = h - 1 - y; v = w - 1 - x; break;
        default: u = y; v = w - 1 - x; break;
      }
      out.set(u, v, map.at(x, y));
    }
  return out;
}

}  // namespace intarsia
