// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>

#include "annotate/formats/format.h"
#include "annotate/formats/mask_layouts.h"

namespace intarsia {

/// One for each format that is written; what a format cannot express is an error before anything is written. Vertices are
/// never rounded; pictures are copied beside the labels. Holes: COCO and masks have them, other formats get keyholes.
Expected<> writeCoco(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job);
Expected<> writeLabelme(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job);
Expected<> writeVocXml(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job);
Expected<> writeVoc(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job);
Expected<> writeCvat(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job);
Expected<> writeYolo(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job);
Expected<> writeCityscapes(const ExportedDataset& dataset, const std::filesystem::path& folder, const Job& job);
Expected<> writeMasks(const ExportedDataset& dataset, const std::filesystem::path& folder, MaskLayout layout, const Job& job);
Expected<> writeCamvid(const ExportedDataset& dataset, const std::filesystem::path& folder, CamvidLayout layout, const Job& job);

}  // namespace intarsia
