// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/torch.h>

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include "tests/support/register.h"
#include "train/loop/device.h"

/// What LibTorch brings into a process.
class LibrariesTest : public QObject {
  Q_OBJECT
 private slots:
  /// OpenCV's and FFmpeg's libraries that Debian's LibTorch asks for and does not use are the empty ones (cmake/FindLibTorch.cmake).
  void noneThatIsNotUsed() {
    QFile maps("/proc/self/maps");
    if (!maps.open(QIODevice::ReadOnly)) QSKIP("This system does not tell which libraries are loaded.");
    const QRegularExpression name("/lib(opencv_|av[a-z]+\\.so|sw[a-z]+\\.so|gdal|gtk)[^/]*$");
    int standIns = 0;
    for (const QByteArray& line : maps.readAll().split('\n')) {
      const QString text = QString::fromUtf8(line);
      if (!name.match(text).hasMatch()) continue;
      ++standIns;
      QVERIFY2(text.contains("/stand-ins/"), line.constData());
    }
    if (standIns == 0) QSKIP("This LibTorch asks for no library that it does not use.");
  }

  /// The number of threads is set without starting any that compute nothing.
  void threadsAreSetAlone() {
    const int before = at::get_num_threads();
    const auto running = [] { return QDir("/proc/self/task").entryList(QDir::Dirs | QDir::NoDotAndDotDot).size(); };
    const auto threads = running();
    for (const int n : {3, 1, 2}) {
      intarsia::useThreads(n);
      QCOMPARE(at::get_num_threads(), n);
    }
    if (!at::hasMKL()) QCOMPARE(running(), threads);
    intarsia::useThreads(before);
  }
};

INTARSIA_TEST(LibrariesTest)
#include "libraries_test.moc"
