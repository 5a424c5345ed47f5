// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "annotate/model/annotation.h"
#include "annotate/project/project.h"
#include "annotate/raster/rasterizer.h"
#include "app/cli/cli.h"

namespace intarsia::cli {

/// One labelled picture of whatever was named on the command line.
struct Picture {
  Annotation annotation;                     // size empty = unknown; class ids are those of Source::classes
  std::vector<std::optional<double>> areas;  // per shape, where the format has its own rule
};

/// A project, a folder of pictures, or a set of labels in any format, seen alike.
struct Source {
  std::string format;
  ClassTable classes;              // index order
  std::vector<std::string> names;  // per class; as written, so not always unique
  uint16_t uncovered = kUnlabelled;
  ImportReport report;
  ImportedDataset dataset;           // where it was read from files
  std::unique_ptr<Project> project;  // where it is one

  int count() const;
  std::string name(int index) const;  // relative, for people and for files that are written
  Split split(int index) const;
  fs::path imagePath(int index) const;
  bool labelled(int index) const;
  /// Any thread.
  Expected<Picture> picture(int index) const;
};

Expected<Source> openSource(const fs::path& path, const fs::path& images, const std::string& format, const Job& job);
Source fromDataset(ImportedDataset dataset);

struct ClassSums {
  int64_t annotations = 0;
  double area = 0;
  int64_t pixels = 0;
};
struct Summary {
  std::vector<ClassSums> classes;
  int64_t annotations = 0;
  std::vector<Json> items;          // with `list`
  std::vector<ReportLine> skipped;  // pictures whose labels cannot be read
};
/// Counts everything, on all cores.
Expected<Summary> summarize(const Source& source, RasterRule rule, bool list, const Job& job);
/// `format, images, annotations, classes, skipped, repaired, notes` and `items`.
Json summaryJson(const Source& source, const Summary& summary, bool list);

std::optional<RasterRule> ruleFromName(const std::string& name);
/// Where the masks of all pictures go: their relative names with .png, each once, never outside `out`.
std::vector<fs::path> maskPaths(const Source& source, const fs::path& out);

}  // namespace intarsia::cli
