// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "annotate/model/annotation.h"
#include "core/base/class_table.h"
#include "core/base/job.h"

namespace intarsia {

/// Something about an image's labels that is likely a mistake, and where to look.
struct Finding {
  enum class Kind {
    gap,               // an unlabelled area that is small or nowhere three pixels wide
    overlap,           // pixels of `shapes[0]` that `shapes[1]` covers
    sliver,            // a labelled area nowhere two pixels wide
    outOfImage,        // a shape with vertices outside the image
    selfIntersection,  // a ring that crosses itself
    degenerate,        // a shape without a pixel, or with broken rings
    unlabelled,        // all pixels without a label, in one finding
  };
  Kind kind = Kind::gap;
  Rect rect;                    // in the image; empty only for shapes wholly outside
  std::vector<ShapeId> shapes;  // none for gap, sliver and unlabelled
  int64_t pixels = 0;
  double share = 0;             // of the image; of an overlap: of the smaller shape
  bool operator==(const Finding&) const = default;
};

/// "gap", "overlap" … as in JSON.
std::string_view nameOf(Finding::Kind kind);

struct CheckOptions {
  int gapPixels = 64;       // unlabelled areas up to this size are gaps
  int overlapPixels = 1;    // overlaps below this are not worth a word
  bool background = false;  // uncovered pixels have a class: nothing is a gap or unlabelled
};

/// All findings of one annotation by the pixel-centre rule, in order of kind and then top to bottom. Pure; any thread.
std::vector<Finding> check(const Annotation& annotation, const ClassTable& classes, const CheckOptions& options = {});

/// What was found in one of many images.
struct CheckedImage {
  std::vector<Finding> findings;
  Size size;
  double unlabelledShare = 0;
  std::string problem;  // why it could not be looked at; empty = it was
};
/// Looks at `count` annotations, on all cores; `annotation(i)` is called on any thread.
Expected<std::vector<CheckedImage>> checkAll(int count, const std::function<Expected<Annotation>(int)>& annotation, const ClassTable& classes,
                                             const CheckOptions& options = {}, const Job& job = {});

}  // namespace intarsia
