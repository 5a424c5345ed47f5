// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/project/project_state.h"

namespace intarsia {

/// An image of the project and what the dataset says about it (more than once where the source lists it more than
/// once).
struct ImportTarget {
  std::string key;
  std::filesystem::path path, copyFrom;
  bool embedded = false;  // the picture stands in the source itself and is written to `path`
  std::vector<const ImportedImage*> sources;
  // Results.
  ImportReport report;
  bool imported = false, labelled = false;

  /// The file that has the picture now: `path`, or where it is taken from, or staged from what the source holds.
  Expected<std::filesystem::path> picture(const Staging& staging) const;
};

/// One import at work: what comes in, and the project as it will be.
struct Import {
  const ImportedDataset& dataset;
  const Project::ImportOptions& options;
  Project::State& state;
  Staging& staging;
  ProjectFile file;          // as it will be
  std::vector<ClassId> ids;  // by class index of the dataset; kNoClass = left out
  std::vector<ImportTarget> targets;
  ImportReport report;

  Expected<> takeClasses();
  void placeImages();
  Expected<> label(ImportTarget& target) const;
  void addMask(const ImportedImage& image, Annotation& annotation, ImportTarget& target) const;
  void addShapes(const ImportedImage& image, Annotation& annotation, ImportTarget& target) const;
  void takeEntries();
};

}  // namespace intarsia
