// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "annotate/edit/edit.h"
#include "annotate/model/annotation.h"

namespace intarsia {

struct VertexHit {
  VertexRef vertex;
  Point point;
  double distance = 0;  // pixels
};
struct EdgeHit {
  VertexRef edge;       // from this vertex to the next
  Point point;          // the nearest on it
  double distance = 0;
};

/// What lies under the pointer. Keeps the bounds of shapes and of runs of their edges from one call to the next, by shape:
/// a call after an edit only looks at what is new. Hidden shapes are passed over. One thread at a time (the UI's).
class HitTester {
 public:
  HitTester();
  ~HitTester();
  /// Shapes that contain the point, topmost first.
  std::vector<ShapeId> shapesAt(const Annotation& annotation, Point p);
  /// The nearest within `radius` pixels; of equally near ones the topmost. `only` (0 = all) limits it to one shape; vertices at
  /// `except` and edges that end there are passed over: they are being dragged.
  std::optional<VertexHit> nearestVertex(const Annotation& annotation, Point p, double radius, ShapeId only = 0,
                                         std::optional<Point> except = {});
  std::optional<EdgeHit> nearestEdge(const Annotation& annotation, Point p, double radius, ShapeId only = 0,
                                     std::optional<Point> except = {});
  /// All vertices at exactly this place: what moves together where shapes share a border. Locked and hidden shapes are left out.
  std::vector<VertexRef> verticesAt(const Annotation& annotation, Point p);

 private:
  struct Index;
  const Index& indexOf(const ShapePtr& shape);
  template <class Visit>
  void eachEdgeNear(const Annotation& annotation, Point p, double radius, ShapeId only, const Visit& visit);
  void forgetOld(const Annotation& annotation);
  std::unordered_map<const Shape*, std::unique_ptr<Index>> m_indices;
};

}  // namespace intarsia
