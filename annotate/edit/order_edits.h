// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/edit/edit.h"

namespace intarsia {

/// The shapes go, in their order, just above `above` (0, or one that is not there: below all). `above` is none of them.
Edit placeShapes(const Annotation& annotation, std::span<const ShapeId> ids, ShapeId above);
/// Nothing: they belong to no group.
Edit setGroup(const Annotation& annotation, std::span<const ShapeId> ids, std::optional<int64_t> group);
/// A group number that no shape has.
int64_t freeGroup(const Annotation& annotation);

}  // namespace intarsia
