// SPDX-License-Identifier: GPL-3.0-or-later
// A place for tools without a window: keeps the annotation and an image, and commits at once.
#pragma once
#include <QTest>

#include "annotate/edit/edit.h"
#include "annotate/raster/rasterizer.h"
#include "ui/canvas/tool.h"

namespace intarsia::test {

struct ImageHost : ToolHost {
  QObject receiver;
  Annotation value;
  ViewTransform transform;
  PyramidPtr pyramid;
  std::vector<ShapeId> selected;
  ClassId drawClass = 1;
  std::function<void(ClassId)> waiting;  // a class was asked for
  QStringList commits;

  explicit ImageHost(Size size) { value.size = size; }
  explicit ImageHost(Image image) {
    value.size = image.size();
    pyramid = std::make_shared<const ImagePyramid>(std::move(image));
  }
  const Annotation& annotation() const override { return value; }
  const ViewTransform& view() const override { return transform; }
  bool editable() const override { return true; }
  const std::vector<ShapeId>& selection() const override { return selected; }
  void select(std::vector<ShapeId> ids) override { selected = std::move(ids); }
  QColor classColor(ClassId) const override { return Qt::red; }
  void withClass(std::function<void(ClassId)> go) override {
    if (drawClass != kNoClass)
      go(drawClass);
    else
      waiting = std::move(go);
  }
  void commit(Annotation after, const Rect&, const QString& name) override {
    value = std::move(after);
    commits << name;
  }
  void refresh() override {}
  void stateChanged() override {}
  PyramidPtr image() const override { return pyramid; }
  ClassId currentClass() const override { return drawClass; }
  QObject* context() override { return &receiver; }
  Rect visible() const override { return {0, 0, value.size.width, value.size.height}; }

  const Ring& ring(size_t shape = 0) const { return value.shapes[shape]->polygon.rings[0]; }
  ShapeId add(Ring ring, ClassId id = 1) {
    Shape shape;
    shape.classId = id;
    shape.polygon.rings.push_back(std::move(ring));
    value = addShape(value, shape).after;
    return value.nextId - 1;
  }
};

inline ToolEvent at(double x, double y, Qt::KeyboardModifiers modifiers = {}) { return {QPointF(x, y), Point{x, y}, Qt::LeftButton, modifiers}; }
inline void click(Tool& tool, double x, double y, Qt::KeyboardModifiers modifiers = {}) {
  tool.press(at(x, y, modifiers));
  tool.release(at(x, y, modifiers));
}
inline void drag(Tool& tool, QPointF from, QPointF to, Qt::KeyboardModifiers modifiers = {}) {
  tool.press(at(from.x(), from.y(), modifiers));
  tool.move(at((from.x() + to.x()) / 2, (from.y() + to.y()) / 2, modifiers));
  tool.move(at(to.x(), to.y(), modifiers));
  tool.release(at(to.x(), to.y(), modifiers));
}

}  // namespace intarsia::test
