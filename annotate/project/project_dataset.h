// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>

#include "annotate/formats/format.h"
#include "annotate/project/project.h"

namespace intarsia {

/// A project as summaries and the writers of formats take it: all its images in order, shapes as they are, base maps as masks that are
/// read when asked for. Sidecars are read on all cores; an unreadable one leaves its image without labels and a line in the report.
/// `labelledAtMost` > 0: only the first so many labelled images.
Expected<ExportedDataset> datasetOf(std::shared_ptr<const Project> project, const Job& job = {}, size_t labelledAtMost = 0);

}  // namespace intarsia
