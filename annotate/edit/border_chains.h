// SPDX-License-Identifier: GPL-3.0-or-later
// For this folder's sources.
#pragma once
#include <functional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "annotate/model/annotation.h"
#include "core/base/job.h"

namespace intarsia {

/// The borders of some shapes and of those around them as chains that run from node to node, each once for all the rings that have
/// it. A node is a vertex where rings part, one of a locked shape, or one on the image's border: it stays. A ring without a node is
/// one closed chain.
class BorderChains {
 public:
  /// Once the job is cancelled nothing more is computed, and what there is means nothing.
  BorderChains(const Annotation& annotation, std::span<const ShapeId> ids, const Job& job);
  /// New points for a chain, in either direction the same way: the ends of an open one stay. `amount` in pixels.
  using Change = std::function<Ring(const Ring& points, bool closed, double amount)>;
  /// Changes the chains of `ids`; one that would cross itself, or cross or touch another that it did not before, is changed by half,
  /// in the end not at all.
  void apply(const Change& change, double amount);
  /// The shapes with their new rings; those that stay are shared.
  std::vector<ShapePtr> shapes() const;

 private:
  struct Chain {
    Ring before, after;
    bool closed = false, movable = false;
    int halvings = 0;
  };
  struct Use {
    size_t chain = 0;
    bool backwards = false;
  };
  struct RingUse {
    size_t shape = 0, ring = 0;
    std::vector<Use> chains;
  };
  struct Segment {
    Point a, b;
    size_t chain;
  };
  int vertex(Point p);
  void markNodes(const Shape& shape);
  void takeRing(size_t shape, size_t ring, bool movable);
  Use use(const std::vector<int>& vertices, bool closed, bool movable);
  /// Calls visit(chain, chain) for segments that cross or touch (each pair of chains perhaps several times), of chains that `wanted`
  /// says so of at least one.
  template <class Wanted, class Visit>
  void eachConflict(Ring Chain::*points, Wanted wanted, Visit visit) const;
  std::vector<bool> conflicts() const;

  const Annotation& m_annotation;
  const Job& m_job;
  struct Hash {
    size_t operator()(Point p) const { return std::hash<double>()(p.x) * 31 + std::hash<double>()(p.y); }
  };
  std::unordered_map<Point, int, Hash> m_ids;
  std::vector<Point> m_points;
  std::vector<std::pair<int, int>> m_links;  // of each vertex in the first ring that has it, the smaller first; -1 = none yet
  std::vector<bool> m_node;
  std::unordered_map<uint64_t, Use> m_byFirstEdge;
  std::vector<Chain> m_chains;
  std::unordered_set<uint64_t> m_crossed;  // pairs of chains, from the beginning: shapes that overlap
  std::vector<RingUse> m_rings;
};

}  // namespace intarsia
