// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string_view>

#include "core/base/error.h"

namespace intarsia {

/// The file that keeps what lies beside and below it out of the images of a project that the folder lies in.
inline constexpr std::string_view kExportMark = ".intarsia-export";

/// To be called before labels, masks or predictions are written below `out`. Where `out` lies among images that a project lists (of the
/// project in `from`, or of any whose folder `out` is in), it gets that mark, so that what is written is not listed as images. An
/// error where the project's images lie in `out` themselves, unless `beside` them is where the labels belong (labelme's).
Expected<> prepareExport(const std::filesystem::path& out, const std::filesystem::path& from = {}, bool beside = false);
/// Whether labels of a format lie in the folder of the pictures, each beside its own.
inline bool besidePictures(std::string_view format) { return format == "labelme"; }

}  // namespace intarsia
