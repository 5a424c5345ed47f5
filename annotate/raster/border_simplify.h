// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <vector>

#include "annotate/raster/border_graph.h"
#include "core/base/job.h"

namespace intarsia {

/// The chains of a graph with fewer points: Ramer–Douglas–Peucker with fixed ends, each chain once for both its sides. No point
/// that was left out lies farther than `tolerance` pixels from the new chain. Chains that would cross or touch another one, or jump
/// over a vertex of another one, are simplified less, in the end not at all: areas stay valid and nested as they were.
Expected<std::vector<std::vector<Corner>>> simplifyBorders(const BorderGraph& graph, double tolerance, const Job& job);

}  // namespace intarsia
