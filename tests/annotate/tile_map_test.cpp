// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/model/tile_map.h"

#include <QTest>
#include <atomic>
#include <thread>

#include "tests/support/register.h"

using namespace intarsia;

class TileMapTest : public QObject {
  Q_OBJECT
 private slots:
  /// Nothing but the tile's count tells that another thread has read it: it is written in place then, and ThreadSanitizer agrees.
  void aTileThatAnotherThreadLetGo() {
    TileMap map({300, 300});
    map.set(5, 5, 7);
    const auto* tile = map.tiles()[0].get();
    std::atomic<uint32_t> seen = 0;
    std::thread reader([copy = map, &seen]() mutable {
      seen.store(copy.at(5, 5), std::memory_order_relaxed);
      copy = {};
    });
    while (map.tiles()[0].use_count() > 1) std::this_thread::yield();
    map.set(5, 5, 9);
    reader.join();
    QCOMPARE(seen.load(), 7u);
    QCOMPARE(map.at(5, 5), 9u);
    QVERIFY(map.tiles()[0].get() == tile);
  }

  void aSharedTileIsCopied() {
    TileMap map({300, 300});
    map.set(5, 5, 7);
    const TileMap before = map;
    map.set(5, 5, 9);
    QCOMPARE(before.at(5, 5), 7u);
    QVERIFY(map.tiles()[0] != before.tiles()[0]);
    QVERIFY(map.tiles()[1] == before.tiles()[1]);
  }
};

INTARSIA_TEST(TileMapTest)
#include "tile_map_test.moc"
