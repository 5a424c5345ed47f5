// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "annotate/edit/edit.h"
#include "tests/annotate/raster_reference.h"

namespace intarsia::test {

inline constexpr Size kSize{300, 280};  // four tiles

inline Shape shapeOf(Polygon polygon, ClassId classId = 1) {
  Shape shape;
  shape.polygon = std::move(polygon);
  shape.classId = classId;
  return shape;
}

inline Polygon square(double a, double b) { return {{{{a, a}, {b, a}, {b, b}, {a, b}}}}; }

/// Edits of every kind, at random, with wrong ids and places among them.
class Editor {
 public:
  explicit Editor(unsigned seed) : m_random(seed) {}
  unsigned below(size_t n) { return n ? unsigned(m_random() % n) : 0; }

  Edit any(const Annotation& a) {
    const auto id = [&] { return a.shapes.empty() ? ShapeId(7) : a.shapes[below(a.shapes.size())]->id; };
    const std::vector<ShapeId> ids = {id(), id()};
    const auto point = [&] { return Point{below(700) * 0.5 - 20, below(700) * 0.5 - 20}; };
    VertexRef vertex{id(), int(below(3)), int(below(12))};
    switch (below(20)) {
      case 0: case 1: case 2: return addShape(a, shapeOf(randomPolygon(m_random, kSize.width, kSize.height, 0.5, below(30) == 0 ? 900 : 12), 1 + below(5)));
      case 3: return deleteShapes(a, ids);
      case 4: return moveShapes(a, ids, int(below(41)) - 20, int(below(41)) * 0.25);
      case 5: case 6: return moveVertex(a, vertex, point());
      case 7: return insertVertex(a, vertex, point());
      case 8: case 9: return deleteVertex(a, vertex);
      case 10: return setClass(a, ids, 1 + below(4));
      case 11: return reorder(a, ids, Reorder(below(4)));
      case 12: return below(4) ? setLocked(a, ids, below(4) == 0) : setHidden(a, ids, below(2));
      case 13: return below(2) ? setNote(a, ids[0], "note") : below(2) ? setImageNote(a, "x" + std::to_string(below(9))) : setStatus(a, ImageStatus(below(3)));
      case 14: return paste(a, std::span(a.shapes).first(std::min<size_t>(a.shapes.size(), 2)), 5, -3.5);
      case 15: case 16: {
        const auto stroke = spans(randomPolygon(m_random, kSize.width, kSize.height, 0.5), {-50, -50, 500, 500});
        return paintBase(a, stroke, below(5));
      }
      case 17: return below(20) ? paintBase(a, {}, 1) : clearBase(a);
      case 18: return below(2) ? replaceClass(a, 1 + below(4), 1 + below(4)) : below(8) ? Edit{a, {}} : deleteClass(a, 1 + below(5));
      default: {
        const Shape* shape = a.find(ids[0]);
        size_t points = 0;
        for (const Ring& ring : shape ? shape->polygon.rings : std::vector<Ring>()) points += ring.size();
        const auto r = points < 40 && below(4) == 0 ? subtractFromShapes(a, std::span(ids).first(1), square(below(200), 50 + below(200))) : Edit{a, {}};
        return r ? *r : Edit{a, {}};
      }
    }
  }

 private:
  std::mt19937 m_random;
};

}  // namespace intarsia::test
