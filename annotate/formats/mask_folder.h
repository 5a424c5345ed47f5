// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "annotate/formats/class_file.h"
#include "annotate/formats/dataset_builder.h"

namespace intarsia {

struct MaskPair {
  const ListedFile* image = nullptr;  // null: a mask whose picture is not here
  const ListedFile* mask = nullptr;   // null: a picture without a mask
  Split split = Split::none;          // from the folder's name
};

/// What a file of a folder of images and masks is, by the names around it.
enum class MaskRole { image, mask, other };
struct MaskName {
  MaskRole role = MaskRole::other;
  bool certain = false;  // a folder or an ending says "mask"
  std::string key;       // equal for a picture and its mask: folders and stem without the words that tell them apart
};
MaskName maskName(std::string_view relativeName);

/// Pairs pictures and masks: masks/x.png with images/x.jpg, trainannot/x.png with train/x.png, x_mask.png with x.jpg …
std::vector<MaskPair> pairMasks(const std::vector<ListedFile>& files);
Split splitOfFolders(std::string_view relativeName);

/// Adds the pairs to the dataset. Without a table the classes come from the values or colours that occur.
Expected<> addMaskPairs(DatasetBuilder& builder, const std::vector<MaskPair>& pairs, const std::optional<MaskClasses>& classes);

/// Masks that are named one by one, as images in their order. Without a table of classes these come from the values or colours of all.
Expected<ImportedDataset> readMaskFiles(const std::vector<std::filesystem::path>& masks, const std::filesystem::path& classes, const Job& job);

}  // namespace intarsia
