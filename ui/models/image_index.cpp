// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/image_index.h"

#include <QPointer>
#include <algorithm>
#include <chrono>

#include "annotate/project/sidecar.h"
#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "train/api/image_scores.h"
#include "ui/models/background.h"

namespace intarsia {
namespace {

constexpr size_t kSidecarLimit = size_t(256) << 20;
constexpr auto kBatch = std::chrono::milliseconds(200);
constexpr size_t kPiece = 512;  // images that the project is asked for at once: the window's thread may wait for it

/// body(index, image) for all images, in pieces, until it says no.
template <class F>
void eachImage(const Project& project, F&& body) {
  for (size_t first = 0;; first += kPiece) {
    const auto images = project.imagesNow(first, kPiece);
    for (size_t i = 0; i < images.size(); ++i)
      if (!body(first + i, images[i])) return;
    if (images.size() < kPiece) return;
  }
}

void sortUnique(std::vector<ClassId>& ids) {
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

/// From the file alone: the base map's name comes with the ids that it holds, so its pixels need not be read.
ImageFacts readFacts(const Project& project, const ProjectImage& image) {
  ImageFacts facts;
  const auto path = project.sidecarPath(image);
  if (const auto text = readFile(path, kSidecarLimit)) {
    if (const auto sidecar = parseSidecar(*text, displayPath(path))) {
      facts = factsOf(sidecar->annotation);
      facts.classes.insert(facts.classes.end(), sidecar->base.ids.begin(), sidecar->base.ids.end());
      sortUnique(facts.classes);
    }
  }
  facts.known = true;
  return facts;
}

/// Of the newest run that was evaluated.
std::unordered_map<std::string, double> newestScores(const Project& project) {
  for (const RunFolder& run : RunFolder::list(project.runsFolder()))
    if (auto scores = imageScores(run); !scores.empty()) return scores;
  return {};
}

}  // namespace

ImageFacts factsOf(const Annotation& annotation) {
  ImageFacts facts;
  facts.known = true;
  facts.shapes = int(annotation.shapes.size());
  facts.note = annotation.note;
  facts.flags = annotation.flags;
  for (const ShapePtr& shape : annotation.shapes) facts.classes.push_back(shape->classId);
  const TileMap::Tile* last = nullptr;
  for (const auto& tile : annotation.base.tiles()) {
    if (!tile || tile.get() == last) continue;
    last = tile.get();
    ClassId before = kNoClass;
    for (const ClassId id : *tile) {
      if (id != before && id != kNoClass && std::ranges::find(facts.classes, id) == facts.classes.end()) facts.classes.push_back(id);
      before = id;
    }
  }
  sortUnique(facts.classes);
  return facts;
}

ImageIndex::ImageIndex(QObject* parent) : QObject(parent) {
  m_pool.setMaxThreadCount(1);
  m_pool.setThreadPriority(QThread::LowestPriority);
}

ImageIndex::~ImageIndex() {
  m_stop.request_stop();
  m_pool.waitForDone();
}

void ImageIndex::read(std::shared_ptr<const Project> project) {
  m_stop.request_stop();
  m_stop = {};
  const quint64 generation = ++m_generation;
  m_facts.assign(project ? project->images().size() : 0, {});
  m_known = 0;
  m_edited.clear();
  emit added();
  if (m_facts.empty()) return;
  m_pool.start([self = QPointer<ImageIndex>(this), project, generation, stop = m_stop.get_token()] {
    const auto scores = newestScores(*project);
    std::vector<std::pair<int, ImageFacts>> batch;
    const auto deliver = [&] {
      QMetaObject::invokeMethod(
          QCoreApplication::instance(),
          [self, generation, part = std::move(batch)]() mutable {
            if (!self || self->m_generation != generation) return;
            for (auto& [image, facts] : part) {
              ImageFacts& to = self->m_facts[size_t(image)];
              if (to.known || self->m_edited.contains(image)) continue;  // edited meanwhile
              to = std::move(facts);
              ++self->m_known;
            }
            emit self->added();
          },
          Qt::QueuedConnection);
      batch.clear();
    };
    auto sent = std::chrono::steady_clock::now();
    eachImage(*project, [&](size_t i, const ProjectImage& image) {
      if (stop.stop_requested()) return false;
      batch.emplace_back(int(i), readFacts(*project, image));
      if (const auto score = scores.find(image.key); score != scores.end()) batch.back().second.score = score->second;
      if (const auto now = std::chrono::steady_clock::now(); now - sent > kBatch) {
        deliver();
        sent = now;
      }
      return true;
    });
    if (!stop.stop_requested()) deliver();
  });
}

void ImageIndex::readScores(std::shared_ptr<const Project> project) {
  if (!project || m_facts.empty()) return;
  inBackground(
      this,
      [project] {
        std::vector<std::optional<double>> scores;
        const auto known = newestScores(*project);
        eachImage(*project, [&](size_t, const ProjectImage& image) {
          const auto score = known.find(image.key);
          scores.push_back(score != known.end() ? std::optional(score->second) : std::nullopt);
          return true;
        });
        return scores;
      },
      [this, generation = m_generation](const std::vector<std::optional<double>>& scores) {
        if (generation != m_generation || scores.size() != m_facts.size()) return;
        for (size_t i = 0; i < scores.size(); ++i) m_facts[i].score = scores[i];
        emit added();
      });
}

void ImageIndex::update(int image, const Annotation& annotation) {
  if (image < 0 || image >= size()) return;
  auto& [value, atWork] = m_edited[image];
  value = annotation;
  if (!std::exchange(atWork, true)) look(image);
}

void ImageIndex::look(int image) {
  inBackground(
      this, [value = m_edited[image].first] { return std::pair(value, factsOf(value)); },
      [this, image, generation = m_generation](std::pair<Annotation, ImageFacts> seen) {
        if (generation != m_generation) return;
        const Annotation& now = m_edited[image].first;
        if (now.shapes != seen.first.shapes || !(now.base.tiles() == seen.first.base.tiles()) || now.note != seen.first.note || now.flags != seen.first.flags)
          return look(image);
        m_edited.erase(image);
        ImageFacts& facts = m_facts[size_t(image)];
        if (!facts.known) ++m_known;
        seen.second.score = facts.score;
        facts = std::move(seen.second);
        emit added();
      });
}

bool ImageIndex::scored() const {
  return std::ranges::any_of(m_facts, [](const ImageFacts& facts) { return facts.score.has_value(); });
}

int ImageIndex::imagesWith(ClassId id) const {
  return int(std::ranges::count_if(m_facts, [id](const ImageFacts& f) { return std::ranges::binary_search(f.classes, id); }));
}

}  // namespace intarsia
