// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTemporaryDir>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/base/subprocess.h"
#include "core/base/text.h"
#include "tests/support/expect.h"

namespace intarsia::test {

/// A picture that make_pictures.py wrote and one thing that must be read from it.
struct Picture {
  std::filesystem::path file;
  std::string what;  // image, image16, mask
  int width = 0, height = 0, channels = 0;
  std::string kind;  // of a mask: grey, indexed, color
  int bits = 0, tolerance = 0;
  std::filesystem::path expected;
};

/// The pictures, made once per process. Empty with a reason where Python, numpy or PIL are missing.
class Pictures {
 public:
  static const Pictures& instance() {
    static const Pictures pictures;
    return pictures;
  }
  const std::vector<Picture>& all() const { return m_all; }
  const std::string& reason() const { return m_reason; }
  std::filesystem::path folder() const { return m_folder->path().toStdString(); }

 private:
  Pictures() : m_folder(std::make_unique<QTemporaryDir>()) {
    const auto made = runProcess(kPython, {INTARSIA_SOURCE_DIR "/tests/media/make_pictures.py", folder().string()});
    if (!made || made->status != 0) {
      m_reason = made ? "python3-numpy and python3-pil are needed: " + made->err : made.error().message();
      return;
    }
    std::istringstream list(readFile(folder() / "list.tsv").value_or(""));
    Picture p;
    for (std::string file, expected;
         list >> file >> p.what >> p.width >> p.height >> p.channels >> p.kind >> p.bits >> p.tolerance >> expected;) {
      p.file = folder() / file;
      p.expected = folder() / expected;
      m_all.push_back(p);
    }
  }
  std::unique_ptr<QTemporaryDir> m_folder;
  std::vector<Picture> m_all;
  std::string m_reason;
};

}  // namespace intarsia::test
