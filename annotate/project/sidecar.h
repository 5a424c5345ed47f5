// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "annotate/model/annotation.h"
#include "core/base/class_table.h"
#include "core/base/error.h"

namespace intarsia {

/// The version of sidecars and project.json that this program writes; files of a newer one are not touched.
inline constexpr int kProjectFormat = 1;

/// A base map lies beside its sidecar as "<stem>.<content hash>.png": pixel value i stands for class id ids[i].
struct BaseReference {
  std::string file;  // name without folder; empty = no base map
  std::vector<ClassId> ids;
  bool operator==(const BaseReference&) const = default;
};

struct Sidecar {
  std::string image;      // file name of the image, encoded: a guard for people who move files
  Annotation annotation;  // `base` is read by the caller
  BaseReference base;
};

/// What one must know to write an annotation back exactly; refuses what JSON cannot hold.
Expected<> checkAnnotation(const Annotation& annotation);
/// One shape per line, keys in one order, doubles in the shortest form that reads back the same.
std::string sidecarText(const Sidecar& sidecar);
/// Everything or an error that names the field: what is not understood in full must not be written over.
Expected<Sidecar> parseSidecar(std::string_view text, const std::string& file);

/// Encoded path of an image's sidecar below `annotations/`. Components that are too long for a file system end in a
/// hash.
std::filesystem::path sidecarFile(const std::string& key);

/// Writes the map's file into `folder` unless it is there; the name follows from the content.
Expected<BaseReference> writeBaseMap(const std::filesystem::path& folder, const std::string& stem, const TileMap& map,
                                     const ClassTable& colors);
/// Checks size and hash.
Expected<TileMap> readBaseMap(const std::filesystem::path& folder, const BaseReference& reference, Size size);

std::string_view statusName(ImageStatus status);
std::optional<ImageStatus> statusFromName(std::string_view name);

}  // namespace intarsia
