// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace intarsia::test {

/// Names that a file system allows and programs trip over, without an ending.
inline std::vector<std::string> oddNames() {
  return {"plain",
          "na\xC3\xAFve",                       // composed, UTF-8
          "nai\xCC\x88ve",                      // the same to the eye, decomposed
          "latin \xE4",                         // Latin-1: no UTF-8
          "broken \xE2\x82",                    // a sequence that is cut short
          std::string(70, '\xFC'),              // three times as long once it is shown
          "per%E4cent %41 %",                   // looks encoded
          "new\nline\ttab\x1B",                 // control characters
          "\xF0\x9F\x98\x80 emoji",
          "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",   // right to left
          "-dash",
          "--out",
          "#hash?query&amp;=1",
          "quote\"s 'and' `ticks` $HOME \\back",
          "<b>A & B",
          "a:b|c*d,e;f",
          " blank before",
          "blank behind ",
          "two..dots.",
          "Case",
          "case",                               // another file beside the one before
          "CON",
          std::string(251, 'x')};               // with ".png" as long as a name may be
}

/// A folder whose names need not be UTF-8; QTemporaryDir cannot remove such.
class OddFolder {
 public:
  explicit OddFolder(const std::string& name = "folder") {
    std::string pattern = (std::filesystem::temp_directory_path() / "intarsia-XXXXXX").native();
    if (!::mkdtemp(pattern.data())) std::abort();
    m_above = pattern;
    m_path = m_above / name;
    std::filesystem::create_directory(m_path);
  }
  ~OddFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(m_above, ignored);
  }
  OddFolder(const OddFolder&) = delete;
  OddFolder& operator=(const OddFolder&) = delete;
  const std::filesystem::path& path() const { return m_path; }

 private:
  std::filesystem::path m_above, m_path;
};

}  // namespace intarsia::test
