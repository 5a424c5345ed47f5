// SPDX-License-Identifier: GPL-3.0-or-later
// save_scenario FOLDER EDITS: opens the project and edits its images in turn, waiting after each edit until it is on disk.
// Prints "acknowledged <edits>" then, or "failed <reason>", after which it tries three times more before it goes on.
// save_scenario FOLDER EDITS merge: after them class 1 becomes class 2 in every image; "merging", then "merged" or "failed <reason>".
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "annotate/edit/edit.h"
#include "annotate/project/project.h"

using namespace intarsia;

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 2;
  auto* const note = reinterpret_cast<void (*)(const char*)>(::dlsym(RTLD_DEFAULT, "fault_note"));
  const auto say = [&](const std::string& text) {
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
    if (note) note(text.c_str());
  };
  auto opened = Project::open(argv[1]);
  if (!opened) {
    say("not opened: " + opened.error().message());
    return 3;
  }
  auto& project = **opened;
  for (int edit = 1; edit <= std::atoi(argv[2]); ++edit) {
    const int image = edit % int(project.images().size());
    auto annotation = project.annotation(image);
    if (!annotation) {
      say("not read: " + annotation.error().message());
      return 4;
    }
    Shape shape;
    shape.id = annotation->nextId++;
    shape.classId = 1;
    const double at = edit % 8;
    shape.polygon.rings = {{{at, at}, {at + 9.5, at}, {at + 9.5, at + 7.25}, {at, at + 7.25}}};
    annotation->shapes.push_back(std::make_shared<const Shape>(shape));
    if (edit % 3 == 0) {
      if (annotation->base.empty()) annotation->base = TileMap(annotation->size);
      annotation->base.set(edit % 20, edit % 16, 1 + uint32_t(edit % 3));
    }
    say("edits " + std::to_string(edit));
    if (const auto set = project.setAnnotation(image, std::move(*annotation)); !set) {
      say("refused: " + set.error().message());
      return 5;
    }
    for (int attempt = 0; attempt < 4; ++attempt) {
      if (const auto flushed = project.flush()) {
        say("acknowledged " + std::to_string(edit));
        break;
      } else {
        say("failed " + flushed.error().message());
      }
    }
  }
  if (argc == 3) return 0;
  say("merging");
  ClassTable classes;
  (void)classes.addWithId({2, "two", {}, false});
  const auto merged = project.rewriteLabels(classes, {}, [](const ProjectImage&, const Annotation& labels) -> std::optional<Annotation> {
    return replaceClass(labels, 1, 2).after;
  });
  if (merged) project.finishRewrite(**merged);
  say(merged ? "merged" : "failed " + merged.error().message());
  return 0;
}
