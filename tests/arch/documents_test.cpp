// SPDX-License-Identifier: GPL-3.0-or-later
// Tests that the documents name exist.
#include <QTest>
#include <filesystem>
#include <fstream>
#include <regex>

#include "tests/support/register.h"

namespace fs = std::filesystem;

class DocumentsTest : public QObject {
  Q_OBJECT
 private slots:
  void namedTestsExist() {
    const fs::path root(INTARSIA_SOURCE_DIR);
    const std::regex name("`([a-z_]+/[a-z0-9_]+_test)`");
    int found = 0;
    for (const auto& entry : fs::directory_iterator(root / "docs")) {
      if (entry.path().extension() != ".md") continue;
      std::ifstream in(entry.path());
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at, ++found) {
        const auto test = (*at)[1].str();
        QVERIFY2(fs::exists(root / "tests" / (test + ".cpp")), (entry.path().filename().string() + " names " + test).c_str());
      }
    }
    QVERIFY(found > 20);
  }
};

INTARSIA_TEST(DocumentsTest)
#include "documents_test.moc"
