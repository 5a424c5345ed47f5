// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/raster/components.h"

#include <algorithm>
#include <cstring>

namespace intarsia {

namespace {

/// First pixel from x on that differs from row[x − 1].
int runEnd(const uint16_t* row, int x, int width) {
  while (x + 4 <= width && std::memcmp(row + x, row + x - 1, 8) == 0) x += 4;
  while (x < width && row[x] == row[x - 1]) ++x;
  return x;
}

}  // namespace

Components::Components(const LabelMap& map) : m_width(map.width()) {
  const int width = m_width;
  for (int y = 0; y < map.height(); ++y) {
    const uint16_t* row = map.row(y);
    const int first = int(m_runs.size());
    int above = y > 0 ? m_rowStart.back() : 0;  // run of the row above that may touch
    m_rowStart.push_back(first);
    for (int x = 0; x < width;) {
      const int end = runEnd(row, x + 1, width), run = int(m_runs.size());
      m_runs.push_back({x, run});
      while (y > 0 && above < first) {
        const int aboveEnd = above + 1 < first ? m_runs[size_t(above) + 1].begin : width;
        if (aboveEnd > x && map.at(m_runs[size_t(above)].begin, y - 1) == row[x]) {
          const int a = root(above), b = root(run);
          m_runs[size_t(std::max(a, b))].component = std::min(a, b);
        }
        if (aboveEnd > end || above + 1 == first) break;  // it may touch the next run as well
        if (aboveEnd == end) {
          ++above;
          break;
        }
        ++above;
      }
      x = end;
    }
  }
  m_rowStart.push_back(int(m_runs.size()));
  // A run's root comes before it, so roots become numbers first.
  for (int y = 0; y < map.height(); ++y)
    for (int r = m_rowStart[size_t(y)]; r < m_rowStart[size_t(y) + 1]; ++r) {
      Run& run = m_runs[size_t(r)];
      if (run.component == r) {
        run.component = int(m_components.size());
        m_components.push_back({map.at(run.begin, y), 0, {}});
      } else {
        run.component = m_runs[size_t(run.component)].component;
      }
      const int end = r + 1 < m_rowStart[size_t(y) + 1] ? m_runs[size_t(r) + 1].begin : width;
      Component& component = m_components[size_t(run.component)];
      component.pixels += end - run.begin;
      component.bounds = component.bounds.united({run.begin, y, end - run.begin, 1});
    }
}

int Components::root(int run) {
  while (m_runs[size_t(run)].component != run) {
    int& up = m_runs[size_t(run)].component;
    up = m_runs[size_t(up)].component;
    run = up;
  }
  return run;
}

int Components::at(int x, int y) const {
  const auto begin = m_runs.begin() + m_rowStart[size_t(y)], end = m_runs.begin() + m_rowStart[size_t(y) + 1];
  return std::prev(std::upper_bound(begin, end, x, [](int v, const Run& run) { return v < run.begin; }))->component;
}

}  // namespace intarsia
