// SPDX-License-Identifier: GPL-3.0-or-later
// Superpixels, live wire and GrabCut on pictures whose answer is known, and on pictures that no one would label.
#include <QTest>
#include <cmath>
#include <numeric>
#include <random>

#include "annotate/assist/crop.h"
#include "annotate/assist/grab_cut.h"
#include "annotate/assist/live_wire.h"
#include "annotate/assist/superpixels.h"
#include "annotate/raster/components.h"
#include "tests/support/expect.h"
#include "tests/support/register.h"

using namespace intarsia;

namespace {

/// Colours by place, with noise.
template <class Color>
Image picture(Size size, int channels, int bits, Color color) {
  std::mt19937 random(2);
  Image image{size.width, size.height, channels, bits, {}};
  image.bytes.resize(image.rowBytes() * size_t(size.height));
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      for (int c = 0; c < channels; ++c) {
        const int value = std::clamp(color(x, y, c) + int(random() % 7) - 3, 0, 255);
        const size_t i = size_t(x * channels + c);
        if (bits == 16)
          reinterpret_cast<uint16_t*>(image.row(y))[i] = uint16_t(value << 8 | value);
        else
          image.row(y)[i] = uint8_t(value);
      }
  return image;
}

const Point kCentre{70, 50};
bool inDisc(int x, int y, double r = 30) { return std::hypot(x + 0.5 - kCentre.x, y + 0.5 - kCentre.y) <= r; }
Image disc(int channels = 3, int bits = 8) {
  return picture({140, 100}, channels, bits, [](int x, int y, int c) { return inDisc(x, y) ? 200 - 40 * c : 50 + 30 * c; });
}

const std::vector<std::pair<int, int>> kKinds{{1, 8}, {3, 8}, {4, 8}, {1, 16}, {3, 16}, {4, 16}};

}  // namespace

class AssistPicturesTest : public QObject {
  Q_OBJECT
 private slots:
  void segmentsHangTogetherAndFill();
  void segmentsKeepToEdges();
  void segmentsOfTinyPictures();
  void wireFollowsTheEdge();
  void wireOfTinyPicturesAndBadPlaces();
  void grabCutOfADisc();
  void grabCutListensToMarks();
  void grabCutOfNothing();
  void cropTakesEverything();
};

void AssistPicturesTest::segmentsHangTogetherAndFill() {
  std::mt19937 random(1);
  const Image noise = picture({97, 83}, 3, 8, [&](int, int, int) { return int(random() % 256); });
  for (const Image& image : {disc(), noise})
    for (const int side : {5, 16, 60}) {
      const auto s = superpixels(image, {side, 10, 5});
      EXPECT_OK(s);
      QCOMPARE(s->labels.size(), size_t(image.width * image.height));
      LabelMap map(image.width, image.height);
      for (size_t i = 0; i < s->labels.size(); ++i) {
        QVERIFY(s->labels[i] >= 0 && s->labels[i] < s->count);
        map.pixels()[i] = uint16_t(s->labels[i]);
      }
      QCOMPARE(int(Components(map).all().size()), s->count);  // each in one piece
      int64_t sum = 0;
      for (int k = 0; k < s->count; ++k)
        for (const Span& span : s->spans(k)) {
          sum += span.end - span.begin;
          QCOMPARE(s->at(span.begin, span.y), k);
        }
      QCOMPARE(sum, int64_t(image.width) * image.height);
      QCOMPARE(superpixels(image, {side, 10, 5})->labels, s->labels);
    }
  const int expected = 97 * 83 / (16 * 16), got = superpixels(disc(), {16, 10, 5})->count;
  QVERIFY(got > expected / 2 && got < expected * 4);
}

void AssistPicturesTest::segmentsKeepToEdges() {
  for (const auto& [channels, bits] : kKinds) {
    const Image image = disc(channels, bits);
    const auto s = superpixels(image, {12, 10, 6});
    EXPECT_OK(s);
    std::vector<int> inside(size_t(s->count), 0), all(size_t(s->count), 0);
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x) {
        ++all[size_t(s->at(x, y))];
        inside[size_t(s->at(x, y))] += inDisc(x, y);
      }
    int wrong = 0;
    for (int k = 0; k < s->count; ++k) wrong += std::min(inside[size_t(k)], all[size_t(k)] - inside[size_t(k)]);
    QVERIFY2(wrong < 60, qPrintable(QStringLiteral("%1 channels, %2 bits: %3 pixels").arg(channels).arg(bits).arg(wrong)));  // of 2,827
  }
}

void AssistPicturesTest::segmentsOfTinyPictures() {
  QCOMPARE(superpixels({}, {})->count, 0);
  for (const Size size : {Size{1, 1}, Size{1, 50}, Size{50, 1}, Size{2, 3}})
    for (const auto& [channels, bits] : kKinds)
      for (const int side : {-5, 0, 1, 20, 100000}) {
        const auto s = superpixels(picture(size, channels, bits, [](int, int, int) { return 9; }), {side, 0, 3});
        EXPECT_OK(s);
        QVERIFY(s->count >= 1);
        QCOMPARE(s->at(-1, 0), -1);
        QCOMPARE(s->at(0, size.height), -1);
        QVERIFY(s->spans(-1).empty() && s->spans(s->count).empty());
      }
  std::stop_source stop;
  stop.request_stop();
  EXPECT_ERROR(superpixels(disc(), {}, Job(stop.get_token())), ErrorCode::cancelled);
}

void AssistPicturesTest::wireFollowsTheEdge() {
  for (const auto& [channels, bits] : kKinds) {
    const auto wire = LiveWire::build(disc(channels, bits), 100, 50);
    EXPECT_OK(wire);
    for (const double angle : {0.7, 1.5, -1.2}) {
      const int x = int(kCentre.x + 30 * std::cos(angle)), y = int(kCentre.y + 30 * std::sin(angle));
      const std::vector<Point> path = (*wire)->pathTo(x, y);
      QVERIFY(path.size() > 10);
      QCOMPARE(path.front(), (Point{100, 50}));
      QCOMPARE(path.back(), (Point{double(x), double(y)}));
      for (size_t i = 1; i < path.size(); ++i)
        QCOMPARE(std::max(std::abs(path[i].x - path[i - 1].x), std::abs(path[i].y - path[i - 1].y)), 1.0);
      for (const Point& p : path) {
        const double off = std::abs(std::hypot(p.x + 0.5 - kCentre.x, p.y + 0.5 - kCentre.y) - 30);
        QVERIFY2(off < 4, qPrintable(QString::number(off)));
      }
    }
    // Places outside are moved onto the border.
    QCOMPARE((*wire)->pathTo(-50, 1000).back(), (Point{0, 99}));
  }
}

void AssistPicturesTest::wireOfTinyPicturesAndBadPlaces() {
  for (const Size size : {Size{1, 1}, Size{1, 9}, Size{9, 1}, Size{2, 2}, Size{3, 3}})
    for (const auto& [channels, bits] : kKinds) {
      const Image image = picture(size, channels, bits, [](int, int, int) { return 100; });
      const auto wire = LiveWire::build(image, 0, 0);
      if (!wire) continue;  // OpenCV may refuse; it must not throw
      (void)(*wire)->pathTo(size.width, size.height);
    }
  EXPECT_ERROR(LiveWire::build(disc(), 140, 5), ErrorCode::invalidInput);
  EXPECT_ERROR(LiveWire::build(disc(), 3, -1), ErrorCode::invalidInput);
  EXPECT_ERROR(LiveWire::build({}, 0, 0), ErrorCode::invalidInput);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_ERROR(LiveWire::build(disc(), 3, 3, Job(stop.get_token())), ErrorCode::cancelled);
}

void AssistPicturesTest::grabCutOfADisc() {
  for (const auto& [channels, bits] : kKinds) {
    const auto pixels = grabCut(disc(channels, bits), {{35, 15, 72, 70}, {}, {}});
    EXPECT_OK(pixels);
    double both = 0, any = 0;
    std::vector<bool> in(140 * 100, false);
    for (const Span& s : *pixels)
      for (int x = s.begin; x < s.end; ++x) in[size_t(s.y * 140 + x)] = true;
    for (int y = 0; y < 100; ++y)
      for (int x = 0; x < 140; ++x) both += in[size_t(y * 140 + x)] && inDisc(x, y), any += in[size_t(y * 140 + x)] || inDisc(x, y);
    QVERIFY2(both / any > 0.97, qPrintable(QStringLiteral("%1 channels, %2 bits: %3").arg(channels).arg(bits).arg(both / any)));
  }
  const auto sameSpan = [](const Span& a, const Span& b) { return a.y == b.y && a.begin == b.begin && a.end == b.end; };
  QVERIFY(std::ranges::equal(*grabCut(disc(), {{35, 15, 72, 70}, {}, {}}), *grabCut(disc(), {{35, 15, 72, 70}, {}, {}}), sameSpan));
}

void AssistPicturesTest::grabCutListensToMarks() {
  GrabCutWish wish{{35, 15, 72, 70}, {{17, 40, 45}}, {{50, 60, 80}, {-4, 0, 9}, {50, -9, -3}, {2000, 0, 9}}};
  const auto pixels = grabCut(disc(), wish);
  EXPECT_OK(pixels);
  bool marked = false;
  for (const Span& s : *pixels) {
    if (s.y == 50) QVERIFY(s.end <= 60 || s.begin >= 80);
    marked |= s.y == 17 && s.begin <= 40 && s.end >= 45;
  }
  QVERIFY(marked);
}

void AssistPicturesTest::grabCutOfNothing() {
  EXPECT_ERROR(grabCut(disc(), {{0, 0, 140, 100}, {}, {}}), ErrorCode::invalidInput);
  EXPECT_ERROR(grabCut(disc(), {{500, 0, 10, 10}, {}, {}}), ErrorCode::invalidInput);
  EXPECT_ERROR(grabCut({}, {{0, 0, 1, 1}, {}, {}}), ErrorCode::invalidInput);
  EXPECT_ERROR(grabCut(disc(), {{10, 10, 2, 1}, {}, {{10, 10, 12}}}), ErrorCode::invalidInput);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_ERROR(grabCut(disc(), {{35, 15, 72, 70}, {}, {}}, Job(stop.get_token())), ErrorCode::cancelled);
  for (const Size size : {Size{1, 2}, Size{2, 1}, Size{3, 3}})  // few colours, fewer than its models want
    for (const auto& [channels, bits] : kKinds) {
      const auto pixels = grabCut(picture(size, channels, bits, [](int, int, int) { return 5; }), {{0, 0, 1, 1}, {}, {}});
      QVERIFY(pixels || !pixels.error().message().empty());
    }
}

void AssistPicturesTest::cropTakesEverything() {
  QVERIFY(cropped8({}, {0, 0, 5, 5}).empty());
  for (const auto& [channels, bits] : kKinds) {
    const Image image = disc(channels, bits);
    QVERIFY(cropped8(image, {500, 5, 3, 3}).empty());
    const Image part = cropped8(image, {130, 90, 50, 50});
    QCOMPARE(part.size(), (Size{10, 10}));
    QCOMPARE(part.bits, 8);
    QCOMPARE(part.channels, channels == 1 ? 1 : 3);
    const size_t at = size_t(135 * channels);
    QCOMPARE(int(part.row(4)[5 * part.channels]), bits == 16 ? image.row16(94)[at] >> 8 : int(image.row(94)[at]));
  }
}

INTARSIA_TEST(AssistPicturesTest)
#include "assist_pictures_test.moc"
