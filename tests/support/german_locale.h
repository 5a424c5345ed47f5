// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/base/subprocess.h"

namespace intarsia::test {

/// The German number format ("12,75") for as long as it lives. Where the system lacks the locale it is compiled into the build folder.
class GermanLocale {
 public:
  GermanLocale() : m_before(std::setlocale(LC_ALL, nullptr)) {
    m_set = std::setlocale(LC_ALL, "de_DE.UTF-8");
    if (m_set) return;
    const std::filesystem::path folder = INTARSIA_BINARY_DIR "/locale";
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    if (!std::filesystem::exists(folder / "de_DE.UTF-8"))
      (void)runProcess("localedef", {"-i", "de_DE", "-f", "UTF-8", (folder / "de_DE.UTF-8").string()});
    ::setenv("LOCPATH", folder.c_str(), 1);
    m_set = std::setlocale(LC_ALL, "de_DE.UTF-8");
  }
  ~GermanLocale() { std::setlocale(LC_ALL, m_before.c_str()); }
  GermanLocale(const GermanLocale&) = delete;
  GermanLocale& operator=(const GermanLocale&) = delete;
  bool available() const { return m_set && std::localeconv()->decimal_point[0] == ','; }

 private:
  std::string m_before;
  bool m_set = false;
};

}  // namespace intarsia::test
