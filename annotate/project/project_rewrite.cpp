// SPDX-License-Identifier: GPL-3.0-or-later
// Changes of the labels of all images at once: everything is written aside first, then moved in under the journal.
#include <algorithm>

#include "annotate/project/project_state.h"
#include "core/base/atomic_file.h"
#include "core/base/parallel.h"

namespace intarsia {

struct Project::Rewritten {
  ProjectFile file;
  std::vector<std::string> keys;  // of images whose labels changed
};

Expected<std::shared_ptr<const Project::Rewritten>> Project::rewriteLabels(const ClassTable& classes, std::optional<ClassId> background,
                                                                          const LabelChange& change, const Job& job) {
  auto& s = *m_state;
  INTARSIA_CHECK(flush());
  const auto images = imagesNow();
  auto out = std::make_shared<Rewritten>();
  {
    std::lock_guard lock(s.mutex);
    out->file = s.file;
  }
  out->file.classes = classes;
  out->file.classes.reserveIds(s.file.classes.nextId());
  out->file.background = background;
  const ProjectFile before = out->file;
  Staging staging(s);
  std::mutex results;
  const auto one = [&](int i) -> Expected<> {
    const auto& image = images[size_t(i)];
    const auto entry = before.images.find(image.key);
    if (image.labelled || (entry != before.images.end() && entry->second.blank)) {
      INTARSIA_TRY(const auto labels, s.load(image.key, image.path));
      if (auto after = change(image, labels)) {
        INTARSIA_CHECK(checkAnnotation(*after));
        INTARSIA_TRY(const auto path, staging.path(s.sidecarPath(image.key)));
        Sidecar sidecar;
        sidecar.image = image.key.substr(image.key.rfind('/') + 1);
        if (!after->base.empty()) {
          INTARSIA_TRY(sidecar.base, writeBaseMap(path.parent_path(), path.stem().native(), after->base, classes));
        }
        sidecar.annotation = std::move(*after);
        INTARSIA_CHECK(writeFileAtomically(path, sidecarText(sidecar)));
        std::lock_guard lock(results);
        out->keys.push_back(image.key);
        ImageEntry& now = out->file.images[image.key];
        now.blank = !sidecar.annotation.labelled();
        now.status = sidecar.annotation.status;
      }
    }
    return {};
  };
  INTARSIA_CHECK(parallelFor(int(images.size()), INTARSIA_TEXT("Changing labels"), one, job));
  INTARSIA_CHECK(s.commitStaged(staging, projectFileText(out->file, s.folder), job));
  return out;
}

void Project::finishRewrite(const Rewritten& rewritten) {
  auto& s = *m_state;
  std::lock_guard lock(s.mutex);
  s.file = rewritten.file;
  s.rule.emplace(s.file);
  for (const auto& key : rewritten.keys) {
    s.known.erase(key);
    std::erase(s.recent, key);
    if (const auto image = s.byKey.find(key); image != s.byKey.end()) {
      s.images[size_t(image->second)].labelled = !s.file.images[key].blank;
      s.images[size_t(image->second)].status = s.file.images[key].status;
    }
  }
}

}  // namespace intarsia
