// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/edit/edit.h"
#include "annotate/raster/vectorizer.h"
#include "core/base/class_table.h"
#include "core/base/job.h"

namespace intarsia {

/// The base map as shapes below all others, which share their border points. With tolerance 0 no label of any pixel changes; else
/// borders move by at most so much. Regions below `minimumArea` pixels are left unlabelled.
Expected<Edit> baseToShapes(const Annotation& annotation, const VectorizeOptions& options, const Job& job = {});

/// Shapes for what nobody labelled yet, below all others, from an answer of a network: class indices of `classes`, one for each
/// 2^level × 2^level pixels.
Expected<Edit> answerToShapes(const Annotation& annotation, const LabelMap& answer, int level, const ClassTable& classes,
                              const VectorizeOptions& options, const Job& job = {});

}  // namespace intarsia
