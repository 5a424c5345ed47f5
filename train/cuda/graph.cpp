// SPDX-License-Identifier: GPL-3.0-or-later
// What needs CUDA's headers. Only functions of LibTorch's own libraries are called: nothing of a toolkit is linked.
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAStream.h>

#include "train/cuda/queue.h"

namespace intarsia {
namespace {

class Graph final : public Recording {
 public:
  void record(const std::function<void()>& work) {
    c10::cuda::getCurrentCUDAStream().unwrap().synchronize();
    c10::cuda::CUDACachingAllocator::get()->emptyCache();  // the graph takes memory of its own
    // ThreadLocal: the predictor's thread may allocate and copy meanwhile.
    m_graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      try {
        m_graph.capture_end();
      } catch (const std::exception&) {  // a broken capture ends with an error of its own
      }
      throw;
    }
    m_graph.capture_end();
  }
  void replay() override { m_graph.replay(); }

 private:
  at::cuda::CUDAGraph m_graph;
};

}  // namespace

bool recordsGraphs() { return true; }

void* currentStream(int device) { return c10::cuda::getCurrentCUDAStream(c10::DeviceIndex(device)).stream(); }

std::unique_ptr<Recording> recordGraph(const std::function<void()>& work) {
  auto graph = std::make_unique<Graph>();
  graph->record(work);
  return graph;
}

}  // namespace intarsia
