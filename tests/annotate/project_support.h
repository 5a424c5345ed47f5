// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTemporaryDir>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "annotate/model/annotation.h"
#include "annotate/project/project.h"
#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/media/decode.h"

namespace intarsia::test {

namespace fs = std::filesystem;

inline fs::path pathOf(const QTemporaryDir& dir) { return fs::path(dir.path().toStdString()); }

inline void writeText(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string readText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void writePicture(const fs::path& path, Size size = {32, 24}) {
  fs::create_directories(path.parent_path());
  Image image{size.width, size.height, 3, 8, std::vector<uint8_t>(size_t(size.width) * size.height * 3, 99)};
  if (!writePng(path, image)) qFatal("cannot write a picture");
}

/// Relative path → content of every file below a folder, folders with an empty content.
inline std::map<std::string, std::string> treeOf(const fs::path& folder) {
  std::map<std::string, std::string> tree;
  if (!fs::exists(folder)) return tree;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    tree[entry.path().lexically_relative(folder).native()] = entry.is_regular_file() ? readText(entry.path()) : "";
  return tree;
}

inline Shape square(double x, double y, double side, ClassId classId) {
  Shape shape;
  shape.classId = classId;
  shape.polygon.rings = {{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}}};
  return shape;
}

inline void addShape(Annotation& annotation, Shape shape) {
  shape.id = annotation.nextId++;
  annotation.shapes.push_back(std::make_shared<const Shape>(std::move(shape)));
}

/// Any finite double, from denormals to the largest.
inline double anyDouble(Random& random) {
  for (;;) {
    const uint64_t bits = uint64_t(random.next()) << 32 | random.next();
    const double value = std::bit_cast<double>(bits);
    if (std::isfinite(value)) return value;
  }
}

inline Annotation randomAnnotation(Random& random, bool withBase) {
  Annotation a;
  a.size = {1 + random.below(600), 1 + random.below(600)};
  a.status = ImageStatus(random.below(3));
  if (random.below(2)) a.note = "note \"with\" \\ and ü\n";
  if (random.below(2)) a.extra = R"({"reviewer":{"name":"A. B.","at":[1,2.5,null]},"x":true})";
  for (int i = random.below(8); i > 0; --i) {
    Shape shape;
    shape.classId = 1 + random.next() % 9;
    shape.kind = random.below(2) ? "polygon" : "brush";
    if (random.below(3) == 0) shape.group = int64_t(random.next()) - 2'000'000'000;
    if (random.below(3) == 0) shape.note = "tab\there";
    shape.locked = random.below(2);
    shape.hidden = random.below(2);
    if (random.below(3) == 0) shape.extra = R"({"score":0.25,"tags":["a","b"]})";
    for (int r = 1 + random.below(3); r > 0; --r) {
      Ring ring;
      for (int p = 3 + random.below(20); p > 0; --p)
        ring.push_back(random.below(2) ? Point{random.uniform(-10, 600), random.uniform(0, 600)}
                                       : Point{anyDouble(random), anyDouble(random)});
      shape.polygon.rings.push_back(ring);
    }
    a.nextId += random.below(3);
    addShape(a, shape);
  }
  if (withBase) {
    a.base = TileMap(a.size);
    for (int i = 0; i < 400; ++i)
      a.base.set(random.below(a.size.width), random.below(a.size.height),
                 random.below(4) ? 1 + random.next() % 12 : random.next());
  }
  return a;
}

}  // namespace intarsia::test
