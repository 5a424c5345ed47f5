// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/project/project.h"

#include <algorithm>

#include "annotate/project/project_state.h"
#include "annotate/raster/rasterizer.h"
#include "core/base/text.h"

namespace intarsia {

Project::Project() : m_state(std::make_unique<State>()) {}
Project::~Project() = default;

const std::filesystem::path& Project::folder() const { return m_state->folder; }
const std::filesystem::path& Project::dataFolder() const { return m_state->data; }
std::filesystem::path Project::runsFolder() const { return m_state->data / "runs"; }
Project::Access Project::access() const { return m_state->access; }
std::string Project::lockHolder() const { return m_state->holder; }
const std::vector<Error>& Project::recovered() const { return m_state->recovered; }

const ClassTable& Project::classes() const { return m_state->file.classes; }

ClassTable Project::classesNow() const {
  std::lock_guard lock(m_state->mutex);
  return m_state->file.classes;
}

std::string Project::classExtra(ClassId id) const {
  std::lock_guard lock(m_state->mutex);
  const auto found = m_state->file.classExtra.find(id);
  return found == m_state->file.classExtra.end() ? std::string() : found->second;
}

Expected<> Project::setClasses(ClassTable classes) {
  auto& s = *m_state;
  INTARSIA_CHECK(s.ensureWritable());
  {
    std::lock_guard lock(s.mutex);
    classes.reserveIds(s.file.classes.nextId());
    s.file.classes = std::move(classes);
    if (s.file.background && !s.file.classes.find(*s.file.background)) s.file.background.reset();
  }
  s.submitProject();
  return {};
}

std::optional<ClassId> Project::background() const { return m_state->file.background; }
bool Project::backgroundChosen() const { return m_state->file.backgroundChosen; }

Expected<> Project::setBackground(std::optional<ClassId> id) {
  auto& s = *m_state;
  if (id && !s.file.classes.find(*id))
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The background is not a class of the project"));
  INTARSIA_CHECK(s.ensureWritable());
  {
    std::lock_guard lock(s.mutex);
    s.file.background = id;
    s.file.backgroundChosen = true;
  }
  s.submitProject();
  return {};
}

uint16_t Project::uncoveredIndex() const {
  std::lock_guard lock(m_state->mutex);
  const auto& file = m_state->file;
  const auto index = file.background ? file.classes.indexOf(*file.background) : std::nullopt;
  return index ? uint16_t(*index) : kUnlabelled;
}

const std::vector<ProjectImage>& Project::images() const { return m_state->images; }

std::vector<ProjectImage> Project::imagesNow() const {
  std::lock_guard lock(m_state->mutex);
  return m_state->images;
}

std::vector<ProjectImage> Project::imagesNow(size_t first, size_t count) const {
  std::lock_guard lock(m_state->mutex);
  const auto& all = m_state->images;
  const size_t begin = std::min(first, all.size()), end = begin + std::min(count, all.size() - begin);
  return {all.begin() + ptrdiff_t(begin), all.begin() + ptrdiff_t(end)};
}

int Project::indexOfKey(const std::string& key) const {
  const auto found = m_state->byKey.find(key);
  return found == m_state->byKey.end() ? -1 : found->second;
}

int Project::indexOfPath(const std::filesystem::path& path) const {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error).lexically_normal();
  for (size_t i = 0; i < m_state->images.size(); ++i)
    if (m_state->images[i].path == absolute) return int(i);
  return -1;
}

std::filesystem::path Project::sidecarPath(const ProjectImage& image) const { return m_state->sidecarPath(image.key); }

Expected<Annotation> Project::annotation(int image) const { return annotation(m_state->images.at(size_t(image))); }
Expected<Annotation> Project::annotation(const ProjectImage& image) const {
  return m_state->load(image.key, image.path);
}

Expected<uint64_t> Project::setAnnotation(int index, Annotation annotation) {
  auto& s = *m_state;
  auto& image = s.images.at(size_t(index));
  INTARSIA_CHECK(checkAnnotation(annotation));
  INTARSIA_CHECK(s.ensureWritable());
  bool isKnown = false;
  {
    std::lock_guard lock(s.mutex);
    isKnown = s.known.contains(image.key);
  }
  // Whoever replaces a file must have understood all of it.
  if (!isKnown) INTARSIA_CHECK(s.load(image.key, image.path));
  const bool labelled = annotation.labelled();
  bool projectChanged = false;
  {
    std::lock_guard lock(s.mutex);
    auto& entry = s.file.images[image.key];
    const ImageEntry before = entry;
    entry.status = annotation.status;
    entry.blank = !labelled;
    if (labelled && entry.split == Split::none) {
      entry.split = s.rule->draw(image.key, entry.group);
      s.rule->add(entry.group, entry.split);
    }
    projectChanged = !(entry == before);
    image.split = entry.split;
    image.status = annotation.status;
    image.labelled = labelled;
    s.unsaved[image.key] = std::make_shared<const Annotation>(std::move(annotation));
  }
  if (projectChanged) s.submitProject();
  return s.queue.submit("image/" + image.key, [&s, key = image.key] { return s.saveSidecar(key); });
}

Expected<> Project::setSplit(int image, Split split) { return setSplit(std::vector{image}, split); }

Expected<> Project::setSplit(const std::vector<int>& images, Split split) {
  auto& s = *m_state;
  INTARSIA_CHECK(s.ensureWritable());
  {
    std::lock_guard lock(s.mutex);
    for (const int index : images) {
      auto& image = s.images.at(size_t(index));
      s.file.images[image.key].split = split;
      image.split = split;
    }
    s.rule.emplace(s.file);
  }
  s.submitProject();
  return {};
}

Expected<> Project::setSplits(const SplitPlan& plan) {
  auto& s = *m_state;
  if (plan.groups.size() != s.images.size() || plan.splits.size() != s.images.size())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The images have changed meanwhile; divide them again"));
  INTARSIA_CHECK(s.ensureWritable());
  {
    std::lock_guard lock(s.mutex);
    for (size_t i = 0; i < s.images.size(); ++i) {
      auto& image = s.images[i];
      if (image.group == plan.groups[i] && image.split == plan.splits[i]) continue;
      auto& entry = s.file.images[image.key];
      entry.group = image.group = plan.groups[i];
      entry.split = image.split = plan.splits[i];
    }
    s.rule.emplace(s.file);
  }
  s.submitProject();
  return {};
}

uint64_t Project::savedGeneration() const { return m_state->queue.saved(); }

void Project::onSaved(std::function<void(uint64_t, const Expected<>&)> callback) {
  m_state->queue.onSaved(std::move(callback));
}

void Project::onConflict(std::function<void(const Conflict&)> callback) {
  std::lock_guard lock(m_state->mutex);
  m_state->onConflict = std::move(callback);
}

Expected<> Project::flush() { return m_state->queue.flush(); }

Expected<LabelMap> Project::labelMap(int image) const { return labelMap(m_state->images.at(size_t(image))); }

Expected<LabelMap> Project::labelMap(const ProjectImage& image) const {
  INTARSIA_TRY(const auto labels, annotation(image));
  return rasterize(labels, classesNow(), uncoveredIndex());
}

}  // namespace intarsia
