// SPDX-License-Identifier: GPL-3.0-or-later
// coco_read FILE [MS]: opens labels of any format once; prints seconds (wall, CPU of all threads) and the peak of memory, to stand beside
//   python -c 'import resource,sys,time; from pycocotools.coco import COCO; t=time.time(); COCO(sys.argv[1]); r=resource.getrusage(0);
//              print(time.time()-t, r.ru_utime+r.ru_stime, r.ru_maxrss/1024)' FILE
#include <sys/resource.h>

#include <chrono>
#include <cstdio>

#include "annotate/formats/format.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto start = std::chrono::steady_clock::now();
  const auto dataset = intarsia::readDataset(argv[1]);
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!dataset) return std::fprintf(stderr, "%s\n", dataset.error().message().c_str()), 1;
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
  size_t shapes = 0;
  for (const auto& image : dataset->images) shapes += image.shapes.size();
  std::printf("%zu images, %zu shapes: %.2f s, CPU %.2f s, %.0f MB\n", dataset->images.size(), shapes, wall, seconds(used.ru_utime) + seconds(used.ru_stime),
              double(used.ru_maxrss) / 1024);
}
