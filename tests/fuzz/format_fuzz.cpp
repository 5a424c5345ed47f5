// SPDX-License-Identifier: GPL-3.0-or-later
// A reader of labels: the annotation file of a small source of its format (INTARSIA_FUZZ_FORMAT, the name of a fixture in
// tests/annotate/format_fixtures.h) holds the input. With INTARSIA_FUZZ_SEEDS=FOLDER it writes the fixtures there and ends.
#include <cmath>
#include <cstdio>

#include "annotate/formats/format.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/summary.h"
#include "core/base/text.h"
#include "tests/annotate/format_fixtures.h"
#include "tests/fuzz/scratch.h"

using namespace intarsia;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

std::string safe(std::string name) {
  for (char& c : name)
    if (c == ' ') c = '-';
  return name;
}

void writeSeeds(const std::filesystem::path& folder) {
  for (const auto& fixture : test::fixtures()) {
    if (fixture.text.empty()) continue;
    const auto source = fuzz::scratch() / safe(fixture.name);
    fixture.write(source);
    std::filesystem::create_directories(folder / safe(fixture.name));
    std::filesystem::copy_file(source / fixture.text, folder / safe(fixture.name) / "fixture", std::filesystem::copy_options::overwrite_existing);
  }
}

struct Target {
  std::string format;
  std::filesystem::path folder, file;
};

const Target& target() {
  static const Target one = [] {
    const char* wanted = std::getenv("INTARSIA_FUZZ_FORMAT");
    for (const auto& fixture : test::fixtures())
      if (!fixture.text.empty() && wanted && safe(fixture.name) == wanted) {
        fixture.write(fuzz::scratch() / "source");
        return Target{fixture.format, fuzz::scratch() / "source", fuzz::scratch() / "source" / fixture.text};
      }
    std::fprintf(stderr, "INTARSIA_FUZZ_FORMAT names no fixture\n");
    std::exit(2);
  }();
  return one;
}

void check(const ImportedDataset& dataset, const std::filesystem::path& folder) {
  for (const auto& image : dataset.images) {
    require(validUtf8(image.name));
    require(image.path.empty() || image.path.native().starts_with(folder.native()));
    for (const auto& shape : image.shapes) {
      require(shape.classIndex >= 0 && size_t(shape.classIndex) < dataset.classes.size());
      require(!shape.area || std::isfinite(*shape.area));
      for (const auto& ring : shape.polygon.rings) {
        require(ring.size() >= 3);
        for (const Point p : ring) require(std::isfinite(p.x) && std::isfinite(p.y));
      }
    }
    if (image.mask) (void)image.mask();
    if (image.embedded) (void)image.embedded();
  }
  for (const auto* lines : {&dataset.report.repaired, &dataset.report.skipped, &dataset.report.notes})
    for (const auto& line : *lines) require(!line.reason.empty());
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (const char* folder = std::getenv("INTARSIA_FUZZ_SEEDS")) {
    writeSeeds(folder);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Target& one = target();
  fuzz::put(one.file, data, size);
  (void)detectFormat(one.file);
  if (const auto dataset = readDataset(one.folder, {}, one.format)) check(*dataset, one.folder);
  else require(!dataset.error().message().empty());
  return 0;
}
