// SPDX-License-Identifier: GPL-3.0-or-later
// The half of Training that keeps the network's answer for the open image fresh.
#include <algorithm>

#include "train/api/model_info.h"
#include "ui/main_window/training.h"

namespace intarsia {
namespace {
// Pixels of an answer, larger images are answered at a coarser level: where the network sees the image reduced into the size it was
// trained at, and where it looks closer, in tiles.
constexpr int64_t kMostPixels = 4'000'000, kMostTiledPixels = 32'000'000;
}  // namespace

void Training::setViewport(const Rect& imagePixels) {
  if (imagePixels == m_viewport) return;
  m_viewport = imagePixels;
  if (m_asked && !m_viewportTimer.isActive()) m_viewportTimer.start();
}

/// The finest level at which the answer for the open image is kept.
int Training::wantedLevel() const {
  const Size size = m_session.pyramid()->size();
  int64_t most = kMostPixels;
  if (const auto info = ModelInfo::read(m_run->modelInfoPath()); info && !info->size.empty()) {
    const double fitted = std::min(double(info->size.width) / size.width, double(info->size.height) / size.height);
    if (info->scale > fitted * 1.05) most = kMostTiledPixels;
  }
  int level = 0;
  while ((int64_t(size.width) >> level) * (int64_t(size.height) >> level) > most) ++level;
  return level;
}

void Training::imageShown() {
  m_prediction = LabelMap();
  m_confidence = {};
  m_level = 0;
  emit predictionReset();
  wantPrediction(true);
}

/// `now` supersedes an answer that is on its way (another image is open); else a fresher one follows it.
void Training::wantPrediction(bool now) {
  if (!m_client || !m_run || !m_session.hasImage()) return;
  // The engine leaves what is out of view when it has fresher weights: nobody need cut an answer short.
  if (m_asked && !now && m_askedAt.elapsed() < 24 * kRefreshMs)
    m_wanted = true;
  else
    requestPrediction();
}

void Training::requestPrediction() {
  m_wanted = false;
  const ProjectImage* image = m_session.currentImage();
  if (!m_client || !m_run || !image || !m_session.hasImage()) return;
  const bool live = m_phase == TrainPhase::training || m_phase == TrainPhase::paused || m_phase == TrainPhase::stopping;
  if (!live && !m_run->hasBest()) return;
  const int level = wantedLevel();
  if (level != m_level && !m_prediction.empty()) {
    m_prediction = LabelMap();
    m_confidence = {};
    emit predictionReset();
  }
  m_level = level;
  EngineClient::PredictRequest request;
  request.image = image->path;
  if (!live) request.model = m_run->path();
  request.generation = ++m_generation;
  request.viewport = m_viewport;
  request.level = level;
  request.fresh = m_prediction.empty();
  m_asked = true;
  m_askedAt.start();
  m_client->predict(request);
}

void Training::onTile(const PredictionTile& tile) {
  if (m_client) m_client->acknowledge(tile.generation, 1);
  if (tile.generation != m_generation || !m_session.hasImage() || tile.level < m_level || tile.level > m_level + 12) return;
  if (tile.classes.size() != size_t(tile.rect.width) * size_t(tile.rect.height)) return;
  if (m_prediction.empty()) {
    const Size size = m_session.pyramid()->size();
    const int round = (1 << m_level) - 1;
    m_prediction = LabelMap((size.width + round) >> m_level, (size.height + round) >> m_level);
    m_confidence = {m_prediction.width(), m_prediction.height(), 1, 8, std::vector<uint8_t>(m_prediction.pixels().size(), 255)};
    emit predictionReset();
  }
  const int coarser = tile.level - m_level;  // the first look at a large image
  const Rect r = Rect{tile.rect.x << coarser, tile.rect.y << coarser, tile.rect.width << coarser, tile.rect.height << coarser}.intersected(m_prediction.rect());
  const bool sure = tile.confidence.size() == tile.classes.size();
  for (int y = r.y; y < r.bottom(); ++y) {
    const size_t from = size_t((y >> coarser) - tile.rect.y) * size_t(tile.rect.width) - size_t(tile.rect.x);
    uint16_t* classes = m_prediction.row(y);
    uint8_t* confidence = m_confidence.row(y);
    for (int x = r.x; x < r.right(); ++x) classes[x] = tile.classes[from + size_t(x >> coarser)];
    for (int x = r.x; sure && x < r.right(); ++x) confidence[x] = tile.confidence[from + size_t(x >> coarser)];
  }
  emit predictionChanged(r);
}

}  // namespace intarsia
