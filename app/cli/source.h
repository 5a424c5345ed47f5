// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "annotate/project/mask_export.h"
#include "annotate/model/annotation.h"
#include "annotate/project/project.h"
#include "app/cli/cli.h"

namespace intarsia::cli {

/// A project, a folder of pictures, or a set of labels in any format, seen alike.
struct Source {
  ImportedDataset dataset;                 // its format is "intarsia" of a project, "images" of plain pictures
  ClassTable classes;                      // index order; names that are not unique in the dataset got a number
  std::shared_ptr<const Project> project;  // where it is one: its images are those of the dataset

  int count() const { return int(dataset.images.size()); }
  const std::string& name(int index) const { return dataset.images[size_t(index)].name; }
  bool labelled(int index) const;
  uint16_t uncovered() const { return dataset.background ? uint16_t(*dataset.background) : kUnlabelled; }
  /// Ids of shapes are those of the project, else their places; class ids are those of `classes`. Any thread.
  Expected<Annotation> annotation(int index) const;
};

/// How labels that are named on the command line are read.
struct SourceOptions {
  std::string path, images, format;
  std::string classes;
  bool flipY = false, fromOne = false;
  ReadOptions read() const { return {images, flipY, classes, fromOne}; }
};
/// --images, --format, --flip-y.
void addReadOptions(CLI::App& command, SourceOptions& options);
/// PATH and those.
void addSource(CLI::App& command, SourceOptions& options);
Expected<Source> openSource(const SourceOptions& options, const Job& job);
/// prepareExport for what is made of this source.
Expected<> prepareOut(const std::string& out, const Source& source, std::string_view format = {});

/// Options --rule.
void addRule(CLI::App& command, std::string& rule);
RasterRule ruleFromName(const std::string& name);

/// `format, images, annotations, classes, skipped, repaired, notes` and `items`.
Json summaryJson(const ImportedDataset& dataset, const DatasetSummary& summary, bool list);
Json classesJson(const DatasetSummary& summary);

}  // namespace intarsia::cli
