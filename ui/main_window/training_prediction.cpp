// SPDX-License-Identifier: GPL-3.0-or-later
// The half of Training that keeps the network's answer for the open image fresh.
#include <algorithm>

#include "ui/main_window/training.h"

namespace intarsia {
namespace {
constexpr int64_t kMostPixels = 4'000'000;  // of an answer: larger images are answered at a coarser level
}  // namespace

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
  if (m_asked && !now && m_askedAt.elapsed() < 6 * kRefreshMs)
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
  const Size size = m_session.pyramid()->size();
  int level = 0;
  while ((int64_t(size.width) >> level) * (int64_t(size.height) >> level) > kMostPixels) ++level;
  m_level = level;
  EngineClient::PredictRequest request;
  request.image = image->path;
  if (!live) request.model = m_run->path();
  request.generation = ++m_generation;
  request.viewport = m_viewport;
  request.level = level;
  m_asked = true;
  m_askedAt.start();
  m_client->predict(request);
}

void Training::onTile(const PredictionTile& tile) {
  if (m_client) m_client->acknowledge(tile.generation, 1);
  if (tile.generation != m_generation || !m_session.hasImage() || tile.level != m_level) return;
  if (tile.classes.size() != size_t(tile.rect.width) * size_t(tile.rect.height)) return;
  if (m_prediction.empty()) {
    const Size size = m_session.pyramid()->size();
    const int round = (1 << m_level) - 1;
    m_prediction = LabelMap((size.width + round) >> m_level, (size.height + round) >> m_level);
    m_confidence = {m_prediction.width(), m_prediction.height(), 1, 8, std::vector<uint8_t>(m_prediction.pixels().size(), 255)};
    emit predictionReset();
  }
  const Rect r = tile.rect.intersected(m_prediction.rect());
  for (int y = 0; y < r.height; ++y)
    std::copy_n(tile.classes.data() + size_t(r.y - tile.rect.y + y) * tile.rect.width + (r.x - tile.rect.x), r.width,
                m_prediction.row(r.y + y) + r.x);
  if (tile.confidence.size() == tile.classes.size())
    for (int y = 0; y < r.height; ++y)
      std::copy_n(tile.confidence.data() + size_t(r.y - tile.rect.y + y) * tile.rect.width + (r.x - tile.rect.x), r.width, m_confidence.row(r.y + y) + r.x);
  emit predictionChanged(r);
}

}  // namespace intarsia
