// SPDX-License-Identifier: GPL-3.0-or-later
// What the drawing tools compute: brush, flood, outline and where an area goes.
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <random>

#include "annotate/assist/area_edit.h"
#include "annotate/assist/crop.h"
#include "annotate/assist/flood.h"
#include "annotate/assist/tile_mask.h"
#include "annotate/raster/span_outline.h"
#include "annotate/raster/vectorizer.h"
#include "core/base/subprocess.h"
#include "core/geometry/boolean.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {

using Mask = std::vector<uint8_t>;

Mask maskOf(std::span<const Span> spans, Size size) {
  Mask out(size_t(size.width) * size_t(size.height), 0);
  for (const Span& s : spans)
    for (int x = std::max(0, s.begin); x < std::min(size.width, s.end); ++x)
      if (s.y >= 0 && s.y < size.height) ++out[size_t(s.y) * size_t(size.width) + size_t(x)];
  return out;
}

std::vector<Span> spansOf(const Mask& mask, Size size) {
  std::vector<Span> out;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      if (!mask[size_t(y) * size_t(size.width) + size_t(x)]) continue;
      const int begin = x;
      while (x < size.width && mask[size_t(y) * size_t(size.width) + size_t(x)]) ++x;
      out.push_back({y, begin, x});
    }
  return out;
}

/// What numpy makes of the cases; null where it is missing.
QJsonArray reference(const QJsonArray& cases) {
  QTemporaryDir folder;
  QFile file(folder.filePath(QStringLiteral("cases.json")));
  if (!file.open(QIODevice::WriteOnly)) return {};
  file.write(QJsonDocument(cases).toJson());
  file.close();
  const auto run = runProcess(test::kPython, {INTARSIA_SOURCE_DIR "/tests/annotate/assist_reference.py", file.fileName().toStdString()});
  if (!run || run->status != 0) return {};
  return QJsonDocument::fromJson(QByteArray::fromStdString(run->out)).array();
}

bool hasNumpy() {
  const auto run = runProcess(test::kPython, {"-c", "import numpy"});
  return run && run->status == 0;
}

Image noise(std::mt19937& random, int width, int height, int channels, int bits, int levels) {
  Image image{width, height, channels, bits, {}};
  image.bytes.resize(image.rowBytes() * size_t(height));
  for (size_t i = 0; i < image.bytes.size() / size_t(bits / 8); ++i) {
    const int value = int(random() % unsigned(levels)) * 255 / std::max(1, levels - 1);
    if (bits == 16)
      reinterpret_cast<uint16_t*>(image.bytes.data())[i] = uint16_t(value << 8 | int(random() % 256));
    else
      image.bytes[i] = uint8_t(value);
  }
  return image;
}

Annotation annotationOf(Size size) {
  Annotation out;
  out.size = size;
  return out;
}

Polygon box(double x, double y, double w, double h) { return {{{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}}}; }

Annotation with(const Annotation& a, Polygon polygon, ClassId id) {
  Shape shape;
  shape.classId = id;
  shape.polygon = std::move(polygon);
  return addShape(a, std::move(shape)).after;
}

int64_t pixels(const Annotation& a, size_t shape) { return pixelCount(a.shapes[shape]->polygon, {0, 0, a.size.width, a.size.height}); }

}  // namespace

class AssistTest : public QObject {
  Q_OBJECT
 private slots:
  void brushEqualsNumpy();
  void brushTakesAnything();
  void thinBrushHasNoGaps();
  void floodEqualsNumpy();
  void floodOfBadInput();
  void outlineIsExact();
  void maskKeepsPixels();
  void areasGoWhereTheyShould();
  void areasJoinWhatTheyMeet();
  void areasOnPixels();
  void paintedPixelsAreSeen();
  void addedPixelsGoByOverlap();
  void areaThatChangesNothing();
  void ellipseIsRound();
};

void AssistTest::brushEqualsNumpy() {
  if (!hasNumpy()) QSKIP("no numpy");
  std::mt19937 random(5);
  const Size size{48, 40};
  QJsonArray cases;
  struct Case { Point a, b; double d; };
  std::vector<Case> all;
  for (int i = 0; i < 150; ++i) {
    const auto place = [&] { return i % 3 == 0 ? double(random() % 100) / 2 : double(random() % 5000) / 100; };
    Case c{{place(), place()}, {place(), place()}, 1.5 + double(random() % 300) / 10};
    if (i % 10 == 0) c.b = c.a;
    if (i % 10 == 1) c.b.x = c.a.x;
    if (i % 10 == 2) c.b.y = c.a.y;
    all.push_back(c);
    cases.append(QJsonObject{{"what", "brush"}, {"a", QJsonArray{c.a.x, c.a.y}}, {"b", QJsonArray{c.b.x, c.b.y}}, {"d", c.d}, {"w", size.width}, {"h", size.height}});
  }
  const QJsonArray wanted = reference(cases);
  QCOMPARE(wanted.size(), qsizetype(all.size()));
  for (size_t i = 0; i < all.size(); ++i) {
    const Mask got = maskOf(brushSpans(all[i].a, all[i].b, all[i].d), size);
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x) {
        const int want = wanted[qsizetype(i)].toArray()[y].toArray()[x].toVariant().toInt();
        if (want != 2 && want != got[size_t(y * size.width + x)]) QFAIL(qPrintable(QStringLiteral("case %1, pixel %2 %3").arg(i).arg(x).arg(y)));
      }
  }
}

void AssistTest::brushTakesAnything() {
  QVERIFY(brushSpans({NAN, 1}, {2, 2}, 5).empty());
  QVERIFY(brushSpans({1, 1}, {INFINITY, 2}, 5).empty());
  TileMask mask({3, 3});
  QCOMPARE(mask.add(brushSpans({-1e300, 1}, {1e300, 1}, 2)), (Rect{0, 0, 3, 2}));
  TileMask none;
  QVERIFY(none.add(brushSpans({1, 1}, {5, 5}, 4)).empty() && none.empty() && none.spans().empty());
}

void AssistTest::thinBrushHasNoGaps() {
  const auto line = brushSpans({2.5, 3.5}, {20.5, 9.5}, 1);
  const Mask mask = maskOf(line, {24, 12});
  for (int x = 2; x <= 20; ++x) {
    int count = 0;
    for (int y = 0; y < 12; ++y) count += mask[size_t(y * 24 + x)];
    QCOMPARE(count, 1);
  }
  QCOMPARE(brushSpans({5.9, 7.1}, {5.9, 7.1}, 1).size(), size_t(1));
}

void AssistTest::floodEqualsNumpy() {
  if (!hasNumpy()) QSKIP("no numpy");
  std::mt19937 random(11);
  QJsonArray cases;
  struct Case { Image image; int x, y; FloodOptions options; };
  std::vector<Case> all;
  for (int i = 0; i < 60; ++i) {
    const int channels = i % 3 == 0 ? 1 : i % 3 == 1 ? 3 : 4, bits = i % 4 == 3 ? 16 : 8;
    Case c{noise(random, 1 + int(random() % 22), 1 + int(random() % 22), channels, bits, 2 + int(random() % 3)), 0, 0, {}};
    c.x = int(random() % unsigned(c.image.width));
    c.y = int(random() % unsigned(c.image.height));
    c.options = {int(random() % 140), i % 5 != 0, i % 2 == 0};
    QJsonArray rows;
    for (int y = 0; y < c.image.height; ++y) {
      QJsonArray row;
      for (int x = 0; x < c.image.width; ++x) {
        QJsonArray pixel;
        for (int k = 0; k < channels; ++k) {
          const size_t at = size_t(x * channels + k);
          pixel.append(bits == 16 ? int(c.image.row16(y)[at]) : int(c.image.row(y)[at]));
        }
        row.append(pixel);
      }
      rows.append(row);
    }
    cases.append(QJsonObject{{"what", "flood"}, {"image", rows}, {"bits", bits}, {"x", c.x}, {"y", c.y}, {"tolerance", c.options.tolerance},
                             {"contiguous", c.options.contiguous}, {"fill", c.options.fillHoles}});
    all.push_back(std::move(c));
  }
  const QJsonArray wanted = reference(cases);
  QCOMPARE(wanted.size(), qsizetype(all.size()));
  for (size_t i = 0; i < all.size(); ++i) {
    const Case& c = all[i];
    const auto got = flood(c.image, c.x, c.y, c.options);
    EXPECT_OK(got);
    const Mask mask = maskOf(*got, c.image.size());
    for (int y = 0; y < c.image.height; ++y)
      for (int x = 0; x < c.image.width; ++x)
        if (wanted[qsizetype(i)].toArray()[y].toArray()[x].toInt() != mask[size_t(y * c.image.width + x)])
          QFAIL(qPrintable(QStringLiteral("case %1, pixel %2 %3").arg(i).arg(x).arg(y)));
  }
}

void AssistTest::floodOfBadInput() {
  const Image one{1, 1, 1, 8, {7}};
  QCOMPARE(flood(one, 0, 0, {})->size(), size_t(1));
  QVERIFY(flood(one, 1, 0, {})->empty());
  QVERIFY(flood(one, 0, -1, {})->empty());
  QVERIFY(flood(Image{}, 0, 0, {})->empty());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_ERROR(flood(one, 0, 0, {}, Job(stop.get_token())), ErrorCode::cancelled);
}

void AssistTest::outlineIsExact() {
  std::mt19937 random(3);
  for (int i = 0; i < 400; ++i) {
    const Size size{1 + int(random() % 24), 1 + int(random() % 24)};
    Mask mask(size_t(size.width) * size_t(size.height));
    const unsigned density = 1 + random() % 9;
    for (uint8_t& v : mask) v = random() % 10 < density;
    const auto in = spansOf(mask, size);
    const Polygon polygon = outlineOf(in);
    QCOMPARE(maskOf(spans(polygon, {0, 0, size.width, size.height}), size), mask);
    // As many rings as the vectorizer of whole maps finds, and every point a corner.
    LabelMap map(size.width, size.height);
    for (size_t k = 0; k < mask.size(); ++k)
      if (mask[k]) map.pixels()[k] = 0;
    size_t rings = 0;
    const auto regions = vectorize(map);
    for (const Region& r : *regions) rings += r.polygon.rings.size();
    QCOMPARE(polygon.rings.size(), rings);
    for (const Ring& ring : polygon.rings)
      for (size_t k = 0; k < ring.size(); ++k) {
        const Point& a = ring[k], &b = ring[(k + 1) % ring.size()], &c = ring[(k + 2) % ring.size()];
        QVERIFY((a.x == b.x) != (a.y == b.y));
        QVERIFY((a.x == b.x) == (b.y == c.y));
      }
  }
  QVERIFY(outlineOf({}).rings.empty());
}

void AssistTest::maskKeepsPixels() {
  std::mt19937 random(4);
  const Size size{700, 530};
  TileMask mask(size);
  Mask wanted(size_t(size.width) * size_t(size.height), 0);
  for (int i = 0; i < 40; ++i) {
    const auto s = brushSpans({double(random() % 800) - 50, double(random() % 600) - 30}, {double(random() % 800) - 50, double(random() % 600) - 30}, double(1 + random() % 60));
    mask.add(s);
    const Mask part = maskOf(s, size);
    for (size_t k = 0; k < part.size(); ++k) wanted[k] |= part[k];
  }
  QCOMPARE(maskOf(mask.spans(), size), wanted);
  for (int i = 0; i < 1000; ++i) {
    const int x = int(random() % 700), y = int(random() % 530);
    QCOMPARE(int(mask.at(x, y)), int(wanted[size_t(y * 700 + x)]));
  }
  QVERIFY(!mask.at(-1, 0) && !mask.at(700, 0));
  const auto area = areaOf(mask.spans(), 0);
  EXPECT_OK(area);
  QCOMPARE(maskOf(spans(*area, {0, 0, size.width, size.height}), size), wanted);
  EXPECT_OK(areaOf(mask.spans(), 2));
}

void AssistTest::areasGoWhereTheyShould() {
  const Annotation empty = annotationOf({100, 80});
  Annotation a = with(with(empty, box(10, 10, 20, 20), 1), box(50, 10, 20, 20), 2);
  const ShapeId first = a.shapes[0]->id;
  // A new shape.
  AreaWish wish{AreaMode::draw, AreaTarget::automatic, 3, {}, "ellipse"};
  auto edit = applyArea(a, box(5, 50, 10, 10), wish);
  EXPECT_OK(edit);
  QCOMPARE(edit->after.shapes.size(), size_t(3));
  QCOMPARE(edit->after.shapes[2]->kind, std::string("ellipse"));
  QVERIFY(needsClass(a, wish));
  // More of the selected one, in its class.
  wish = {AreaMode::add, AreaTarget::automatic, 3, {first}, "brush"};
  QVERIFY(!needsClass(a, wish));
  edit = applyArea(a, box(25, 10, 15, 20), wish);
  EXPECT_OK(edit);
  QCOMPARE(pixels(edit->after, 0), int64_t(600));
  QCOMPARE(edit->after.shapes[0]->classId, ClassId(1));
  // Less of it; other shapes stay.
  wish.mode = AreaMode::subtract;
  edit = applyArea(a, box(20, 0, 40, 80), wish);
  EXPECT_OK(edit);
  QCOMPARE(pixels(edit->after, 0), int64_t(200));
  QCOMPARE(edit->after.shapes[1], a.shapes[1]);
  // Nothing selected: from the shapes of the class alone.
  wish = {AreaMode::subtract, AreaTarget::automatic, 2, {}, "brush"};
  edit = applyArea(a, box(0, 15, 100, 5), wish);
  EXPECT_OK(edit);
  QCOMPARE(edit->after.shapes[0], a.shapes[0]);
  QCOMPARE(pixels(edit->after, 1), int64_t(300));
  // A locked shape keeps what it has.
  a = setLocked(a, std::vector{first}, true).after;
  wish = {AreaMode::subtract, AreaTarget::automatic, 1, {first}, "brush"};
  edit = applyArea(a, box(0, 0, 100, 80), wish);
  EXPECT_OK(edit);
  QVERIFY(sameContent(edit->after, a));
}

void AssistTest::areasJoinWhatTheyMeet() {
  const Annotation a = with(with(annotationOf({100, 80}), box(10, 10, 20, 20), 1), box(50, 10, 20, 20), 2);
  AreaWish wish{AreaMode::add, AreaTarget::automatic, 1, {}, "brush", true};
  auto edit = applyArea(a, box(25, 15, 10, 10), wish);
  EXPECT_OK(edit);
  QCOMPARE(edit->after.shapes.size(), size_t(2));
  QCOMPARE(pixels(edit->after, 0), int64_t(450));
  edit = applyArea(a, box(31, 15, 10, 10), wish);  // meets nothing
  QCOMPARE(edit->after.shapes.size(), size_t(3));
  edit = applyArea(a, box(25, 15, 35, 10), wish);  // the shape of class 2 lies above: a grown shape would not be seen there
  QCOMPARE(edit->after.shapes.size(), size_t(3));
  QCOMPARE(edit->after.shapes[2]->classId, ClassId(1));
}

void AssistTest::areasOnPixels() {
  Annotation a = annotationOf({300, 280});
  AreaWish wish{AreaMode::draw, AreaTarget::pixels, 4, {}, "brush"};
  auto edit = applyArea(a, box(250, 250, 20, 20), wish);
  EXPECT_OK(edit);
  QCOMPARE(edit->dirty, (Rect{250, 250, 20, 20}));
  a = edit->after;
  QCOMPARE(a.base.at(260, 260), 4u);
  QVERIFY(a.shapes.empty());
  // From now on pixels are what is painted on when nothing is selected.
  wish = {AreaMode::draw, AreaTarget::automatic, 5, {}, "brush"};
  QCOMPARE(targetOf(a, wish), AreaTarget::pixels);
  a = applyArea(a, box(260, 250, 20, 20), wish)->after;
  QCOMPARE(a.base.at(265, 260), 5u);
  wish.mode = AreaMode::subtract;
  edit = applyArea(a, box(0, 0, 300, 255), wish);
  QCOMPARE(edit->after.base.at(255, 252), 0u);
  QCOMPARE(edit->after.base.at(255, 260), 4u);
  QCOMPARE(edit->dirty, (Rect{250, 250, 30, 5}));
  // On shapes and the class's pixels.
  wish.target = AreaTarget::shape;
  edit = applyArea(a, box(0, 0, 300, 255), wish);
  QCOMPARE(edit->after.base.at(255, 252), 4u);
  QCOMPARE(edit->after.base.at(265, 252), 0u);
}

/// Five corners within 90 × 70; `below(n)` draws from 0 … n − 1.
template <class Below>
Ring randomRing(const Below& below) {
  Ring ring;
  for (int k = 0; k < 5; ++k) ring.push_back({below(90'000) / 1000.0 + 0.0003, below(70'000) / 1000.0 + 0.0002});
  return ring;
}

/// The pixels of one stroke of a brush of up to 20 pixels there.
template <class Below>
TileMask randomStroke(const Below& below) {
  TileMask mask({90, 70});
  mask.add(brushSpans({double(below(90)), double(below(70))}, {double(below(90)), double(below(70))}, 1 + below(20)));
  return mask;
}

/// Over a base map a stroke is seen wherever no locked, hidden or yielded-to shape lies, and changes nothing elsewhere.
void AssistTest::paintedPixelsAreSeen() {
  std::mt19937 random(12);
  const auto below = [&](int n) { return int(random() % unsigned(n)); };
  ClassTable classes;
  for (const char* name : {"a", "b", "c"}) EXPECT_OK(classes.add(name));
  int cuts = 0;
  for (int scene = 0; scene < 150; ++scene) {
    Annotation a = annotationOf({90, 70});
    a = paintBase(a, std::vector<Span>{{3, 2, 40}, {60, 10, 80}}, 1).after;
    for (int i = below(7); i >= 0; --i) {
      const Ring ring = randomRing(below);
      a = with(a, {{ring}}, ClassId(1 + below(3)));
      if (below(6) == 0) a = setLocked(a, std::vector{a.shapes.back()->id}, true).after;
    }
    AreaWish wish{below(2) ? AreaMode::draw : AreaMode::add, AreaTarget::automatic, ClassId(1 + below(3)), {}, "brush", true};
    if (below(4) == 0) wish.overlap = Overlap::yield;
    const TileMask mask = randomStroke(below);
    const auto area = areaOf(mask.spans(), 0);
    EXPECT_OK(area);
    const auto edit = applyArea(a, *area, wish);
    EXPECT_OK(edit);
    const Annotation& b = edit->after;
    QVERIFY(b.shapes.size() <= a.shapes.size());
    cuts += b.shapes != a.shapes;
    const LabelMap before = rasterize(a, classes), after = rasterize(b, classes);
    const Mask painted = maskOf(mask.spans(), a.size);
    Annotation firm = a;  // what keeps its pixels, alone
    firm.base = TileMap(a.size);
    if (wish.overlap != Overlap::yield) std::erase_if(firm.shapes, [](const ShapePtr& shape) { return !shape->locked; });
    const LabelMap kept = rasterize(firm, classes);
    const uint16_t wanted = uint16_t(*classes.indexOf(wish.classId));
    for (int y = 0; y < a.size.height; ++y)
      for (int x = 0; x < a.size.width; ++x) {
        const bool in = painted[size_t(y) * size_t(a.size.width) + size_t(x)] != 0;
        if (in && kept.at(x, y) == kUnlabelled) QCOMPARE(after.at(x, y), wanted);
        if (!in) QCOMPARE(after.at(x, y), before.at(x, y));
        if (before.at(x, y) != after.at(x, y))
          QVERIFY(x >= edit->dirty.x && y >= edit->dirty.y && x < edit->dirty.x + edit->dirty.width && y < edit->dirty.y + edit->dirty.height);
      }
    for (const ShapePtr& shape : a.shapes)
      if (shape->locked || shape->classId == wish.classId || wish.overlap == Overlap::yield) QVERIFY(b.find(shape->id));
  }
  QVERIFY(cuts > 40);
}

/// What is added to a selected shape, wherever it lies in the order. On top: what lies above it stays above. Take: the pixels are the
/// shape's but for locked and hidden ones above. Yield: it gets what nobody has. Other pixels stay in any case.
void AssistTest::addedPixelsGoByOverlap() {
  std::mt19937 random(21);
  const auto below = [&](int n) { return int(random() % unsigned(n)); };
  ClassTable classes;
  for (const char* name : {"a", "b", "c"}) EXPECT_OK(classes.add(name));
  int grown = 0, cuts = 0;
  for (int scene = 0; scene < 240; ++scene) {
    Annotation a = annotationOf({90, 70});
    if (below(2)) a = paintBase(a, std::vector<Span>{{3, 2, 40}, {20, 30, 80}}, 1).after;
    for (int i = 1 + below(7); i >= 0; --i) {
      const auto whole = repaired({{randomRing(below)}});
      EXPECT_OK(whole);
      a = with(a, *whole, ClassId(1 + below(3)));
      if (below(6) == 0) a = setLocked(a, std::vector{a.shapes.back()->id}, true).after;
    }
    const size_t place = size_t(below(int(a.shapes.size())));
    const ShapeId id = a.shapes[place]->id;
    a = setLocked(a, std::vector{id}, false).after;
    const ClassId own = a.find(id)->classId;
    AreaWish wish{AreaMode::add, AreaTarget::automatic, ClassId(1 + below(3)), {id}, "brush"};
    wish.overlap = Overlap(below(3));
    const TileMask mask = randomStroke(below);
    const auto area = areaOf(mask.spans(), 0);
    EXPECT_OK(area);
    const auto edit = applyArea(a, *area, wish);
    EXPECT_OK(edit);
    const Annotation& b = edit->after;
    const LabelMap before = rasterize(a, classes), after = rasterize(b, classes);
    Annotation above = a, others = a;  // what the added pixels do not come over; what they yield to
    above.base = TileMap(a.size);
    above.shapes.erase(above.shapes.begin(), above.shapes.begin() + int64_t(place) + 1);
    if (wish.overlap == Overlap::take) std::erase_if(above.shapes, [](const ShapePtr& shape) { return !shape->locked; });
    others.shapes.erase(others.shapes.begin() + int64_t(place));
    const LabelMap over = rasterize(above, classes), theirs = rasterize(others, classes);
    const Mask painted = maskOf(mask.spans(), a.size);
    const uint16_t wanted = uint16_t(*classes.indexOf(own));
    for (int y = 0; y < a.size.height; ++y)
      for (int x = 0; x < a.size.width; ++x) {
        const bool in = painted[size_t(y) * size_t(a.size.width) + size_t(x)] != 0;
        const bool gets = in && (wish.overlap == Overlap::yield ? theirs : over).at(x, y) == kUnlabelled;
        if (gets) QCOMPARE(after.at(x, y), wanted);
        if (!in || (!gets && wish.overlap == Overlap::yield)) QCOMPARE(after.at(x, y), before.at(x, y));
        if (before.at(x, y) != after.at(x, y)) {
          ++grown;
          QVERIFY(x >= edit->dirty.x && y >= edit->dirty.y && x < edit->dirty.x + edit->dirty.width && y < edit->dirty.y + edit->dirty.height);
        }
      }
    for (const ShapePtr& shape : a.shapes)
      if (shape->id != id && (shape->locked || wish.overlap != Overlap::take)) {
        QVERIFY(b.find(shape->id));
        QVERIFY(std::abs(intarsia::area(b.find(shape->id)->polygon) - intarsia::area(shape->polygon)) < 1e-6);
      } else if (shape->id != id) {
        cuts += !b.find(shape->id) || b.find(shape->id) != shape.get();
      }
  }
  QVERIFY(grown > 5000 && cuts > 40);
}

void AssistTest::areaThatChangesNothing() {
  const Annotation a = with(annotationOf({100, 80}), box(10, 10, 20, 20), 1);
  for (const AreaMode mode : {AreaMode::draw, AreaMode::add, AreaMode::subtract})
    for (const AreaTarget target : {AreaTarget::automatic, AreaTarget::shape, AreaTarget::pixels}) {
      const auto edit = applyArea(a, box(200, 10, 20, 20), {mode, target, 1, {}, "brush"});
      EXPECT_OK(edit);
      QVERIFY(edit->dirty.empty() && sameContent(edit->after, a));
    }
  EXPECT_OK(applyArea(annotationOf({}), box(0, 0, 1, 1), {}));
  EXPECT_OK(applyArea(a, {}, {}));
}

void AssistTest::ellipseIsRound() {
  const Ring ring = ellipseRing({10, 20}, {110, 60});
  for (size_t i = 0; i < ring.size(); ++i) {
    const Point a = ring[i], b = ring[(i + 1) % ring.size()], middle{(a.x + b.x) / 2, (a.y + b.y) / 2};
    QVERIFY(std::abs(std::hypot((a.x - 60) / 50, (a.y - 40) / 20) - 1) < 1e-12);
    QVERIFY(std::hypot((middle.x - 60) / 50, (middle.y - 40) / 20) > 1 - 0.1 / 20);
  }
  QVERIFY(ellipseRing({0, 0}, {1e6, 1e6}).size() <= 720);
  QVERIFY(ellipseRing({0, 0}, {0.1, 0.1}).size() >= 3);
}

INTARSIA_TEST(AssistTest)
#include "assist_test.moc"
