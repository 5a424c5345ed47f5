// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "train/api/engine_client.h"
#include "train/infer/live_model.h"

namespace intarsia {

/// Answers requests for the open image in a thread of its own: tiles of at most 256² pixels at the requested level, those of the
/// viewport first. The newest request wins; a decoded image and its answer are kept while weights and path stay the same.
/// Methods: any thread. Callbacks: the predictor's thread (`done` of a request that never began: the thread of the newer one); `tile` may wait (flow control) and returns false to drop the rest.
class LivePredictor {
 public:
  struct Request {
    std::string path;         // names the image; read through `read`
    uint64_t generation = 0;
    Rect viewport;            // image pixels; empty = everything alike
    int level = 0;
    std::shared_ptr<const Model> model;  // empty = the newest of the run in training
  };
  struct Callbacks {
    std::function<Expected<Image>(const std::string& path)> read;  // SampleSource::image
    std::function<bool(PredictionTile)> tile;
    std::function<void(const PredictionDone&)> done;               // also when superseded or cancelled (ok = false)
  };
  /// `live` outlives the predictor.
  LivePredictor(LiveModel& live, Callbacks callbacks);
  ~LivePredictor();  // stops and joins

  void request(Request request);
  void cancel();

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace intarsia
