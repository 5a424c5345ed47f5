// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>
#include <sys/resource.h>

#include "annotate/formats/format.h"
#include "tests/annotate/format_fixtures.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

class MatFileTest : public QObject {
  Q_OBJECT
 private slots:
  /// Sizes that a MATLAB file only claims are not allocated: the file is reported, the pictures come in.
  void claimedSizes() {
    const std::string good = matFile({{"trn1", {2, 3}}, {"tst1", {1}}});
    std::string rank = good, extent = good;
    rank.replace(156, 4, std::string("\x2emat", 4));            // bytes of dimensions
    extent.replace(164, 4, std::string("\xff\xff\xff\x7f", 4));  // values in a row
    for (const std::string& bytes : {good, rank, extent, good.substr(0, 150), std::string(200, '\xff')}) {
      QTemporaryDir folder;
      const fs::path path = folder.path().toStdString();
      put(path / "datasplits.mat", bytes);
      putPicture(path / "jpg/image_0001.png");
      putColorMask(path / "trimaps/image_0001.png", {128, 0, 0});
      rusage before{}, after{};
      ::getrusage(RUSAGE_SELF, &before);
      const auto dataset = readDataset(path);
      ::getrusage(RUSAGE_SELF, &after);
      QVERIFY(dataset);
      QVERIFY(after.ru_maxrss - before.ru_maxrss < 100'000);  // kB
      QVERIFY(after.ru_utime.tv_sec - before.ru_utime.tv_sec < 2);
      if (bytes != good) QVERIFY2(dataset->report.skipped[0].path == "datasplits.mat", dataset->report.skipped[0].path.c_str());
      QCOMPARE(dataset->images.size(), size_t(1));
      QCOMPARE(dataset->images[0].split, bytes == good ? Split::test : Split::none);
      QCOMPARE(dataset->report.skipped.size(), size_t(bytes == good ? 0 : 1));
    }
  }
};

INTARSIA_TEST(MatFileTest)
#include "mat_file_test.moc"
