// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include <QElapsedTimer>
#include <QTest>

#include "tests/annotate/project_support.h"
#include "tests/support/register.h"

using namespace intarsia;
using namespace intarsia::test;

/// A hundred thousand pictures are listed without opening one of them.
class ProjectLargeTest : public QObject {
  Q_OBJECT
 private slots:
  void opensQuickly();
};

void ProjectLargeTest::opensQuickly() {
  QTemporaryDir dir;
  constexpr int kFolders = 100, kEach = 1000;
  for (int folder = 0; folder < kFolders; ++folder) {
    const auto path = pathOf(dir) / ("folder " + std::to_string(folder));
    fs::create_directories(path);
    for (int i = 0; i < kEach; ++i) {
      const int fd = ::creat((path / ("image " + std::to_string(i) + ".jpg")).c_str(), 0644);
      QVERIFY(fd >= 0);
      ::close(fd);
    }
  }
  qint64 best = INT64_MAX;
  for (int round = 0; round < 3; ++round) {
    QElapsedTimer timer;
    timer.start();
    const auto project = Project::open(pathOf(dir));
    best = std::min(best, timer.elapsed());
    QVERIFY(project.has_value());
    QCOMPARE(int((*project)->images().size()), kFolders * kEach);
    QCOMPARE((*project)->images()[size_t(kEach) + 1].name, std::string("folder 1/image 1.jpg"));
  }
  qInfo("100,000 images listed in %lld ms", static_cast<long long>(best));
  QVERIFY2(best < 2000, std::to_string(best).c_str());
}

INTARSIA_TEST(ProjectLargeTest)
#include "project_large_slow_test.moc"
