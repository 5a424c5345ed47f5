// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "train/api/engine_client.h"
#include "train/infer/live_model.h"

namespace intarsia {

/// Answers requests for the open image in a thread of its own: tiles of at most 256² pixels at the requested level. A large image
/// (tiles.h) is answered in blocks, those of the viewport first; one of which nothing is shown yet before that as a whole, coarsely.
/// The newest request wins; a decoded image is kept while its path stays the same.
/// Beside a trainer on the processor an answer takes turns with its steps, a tile at a time, and a small share of its time; only the first
/// answer to a newly opened image waits for no more than its turn. When fresher weights appear, what is not in the viewport is left.
/// Methods: any thread. Callbacks: the predictor's thread (`done` of a request that never began: the thread of the newer one); `tile` may
/// wait (flow control) and returns false to drop the rest.
class LivePredictor {
 public:
  struct Request {
    std::string path;         // names the image; read through `read`
    uint64_t generation = 0;
    Rect viewport;            // image pixels; empty = everything alike
    int level = 0;
    std::shared_ptr<const Model> model;  // empty = the newest of the run in training
    bool fresh = false;       // nothing of this image is shown yet
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
  /// The user looks elsewhere: what the request of that generation still owes comes in another order.
  void setViewport(uint64_t generation, const Rect& viewport);
  void cancel();

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace intarsia
