// SPDX-License-Identifier: GPL-3.0-or-later
// Opening large pictures through the session: a small one first, neighbours ahead, the newest wish wins.
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "core/media/decode.h"
#include "tests/support/register.h"
#include "ui/main_window/session.h"

using namespace intarsia;
namespace fs = std::filesystem;

namespace {

Image ramp(int width, int height) {
  Image image{width, height, 3, 8, {}};
  image.bytes.resize(image.rowBytes() * size_t(height));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      uint8_t* p = image.row(y) + 3 * x;
      p[0] = uint8_t(x / 32), p[1] = uint8_t(y / 32), p[2] = 90;
    }
  return image;
}

}  // namespace

class LargeImageTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase();
  void aSmallOneComesFirst();
  void whatIsOnItsWayIsNotReadTwice();
  void theNewestWishWins();

 private:
  QTemporaryDir m_folder;
  fs::path m_large, m_small;
};

void LargeImageTest::initTestCase() {
  m_large = fs::path(m_folder.path().toStdString()) / "large";
  m_small = fs::path(m_folder.path().toStdString()) / "small";
  fs::create_directories(m_large);
  fs::create_directories(m_small);
  QVERIFY(writeJpeg(m_large / "large.jpg", ramp(6000, 3600)).has_value());
  const Image image = ramp(1200, 900);
  for (const char* name : {"1.jpg", "2.jpg", "3.jpg", "4.jpg"}) QVERIFY(writeJpeg(m_small / name, image).has_value());
}

void LargeImageTest::aSmallOneComesFirst() {
  Session session;
  int previews = 0;
  bool openMeanwhile = false;
  connect(&session, &Session::previewShown, this, [&](const PyramidPtr& picture) {
    ++previews;
    openMeanwhile = session.hasImage();
    QVERIFY(picture->preview());
    QCOMPARE(picture->size(), (Size{6000, 3600}));
    QVERIFY(picture->level(0).width <= 2000);
    // Nothing can be changed by then.
    Annotation other;
    other.size = {6000, 3600};
    session.edit(other, {}, QStringLiteral("none"));
    QVERIFY(!session.canUndo());
  });
  session.open(m_large);
  QTRY_VERIFY_WITH_TIMEOUT(session.hasImage(), 60'000);
  QVERIFY(previews <= 1);  // on a machine that is fast at the other end it may come too late
  QVERIFY(!openMeanwhile);
  QVERIFY(!session.pyramid()->preview());
  QCOMPARE(session.pyramid()->size(), (Size{6000, 3600}));
  QTest::qWait(50);
  QVERIFY(!session.pyramid()->preview());
}

void LargeImageTest::whatIsOnItsWayIsNotReadTwice() {
  Session session;
  session.open(m_small);
  QTRY_VERIFY_WITH_TIMEOUT(session.hasImage(), 30'000);
  QSignalSpy shown(&session, &Session::imageShown);
  session.prefetch(1);
  session.show(1);  // while it is read
  QTRY_COMPARE_WITH_TIMEOUT(session.current(), 1, 30'000);
  QCOMPARE(shown.count(), 1);
  session.prefetch(2);
  session.prefetch(2);
  QTest::qWait(300);
  session.show(2);
  QTRY_COMPARE_WITH_TIMEOUT(session.current(), 2, 30'000);
  QCOMPARE(shown.count(), 2);
  session.prefetch(-1);
  session.prefetch(4);
}

void LargeImageTest::theNewestWishWins() {
  Session session;
  session.open(m_small);
  QTRY_VERIFY_WITH_TIMEOUT(session.hasImage(), 30'000);
  QSignalSpy shown(&session, &Session::imageShown);
  session.prefetch(1);
  session.show(1);
  session.show(3);
  QTRY_COMPARE_WITH_TIMEOUT(session.current(), 3, 30'000);
  QTest::qWait(400);
  QCOMPARE(session.current(), 3);
  QCOMPARE(shown.count(), 1);
}

INTARSIA_TEST(LargeImageTest)
#include "large_image_test.moc"
