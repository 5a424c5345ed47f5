#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Checks formatting (clang-format) and names (clang-tidy) of the sources, or of those given. Wants build/release configured.
#   packaging/check-style.sh [FILE…]
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
first() { for program in "$@"; do command -v "$program" && return; done; }
format=$(first clang-format-19 clang-format) tidy=$(first clang-tidy-19)
files=("$@")
[[ $# -gt 0 ]] || mapfile -t files <(git ls-files '*.cpp' '*.h')
status=0
if [[ -n $format ]]; then
  "$format" --dry-run --Werror "${files[@]}" || status=1
else
  echo "clang-format is not installed: formatting was not checked." >&2
fi
if [[ -n $tidy && -e build/release/compile_commands.json ]]; then
  # LibTorch 1.13's headers are no C++23 for clang, so the files that include them are left to review. GCC's precompiled headers and -fcoroutines mean nothing to clang.
  mkdir -p build/tidy
  sed -E 's/-Winvalid-pch -include [^ ]*cmake_pch.hxx//; s/ -fcoroutines//' build/release/compile_commands.json >build/tidy/compile_commands.json
  printf '%s\n' "${files[@]}" | grep '\.cpp$' | grep -Ev '^tests/|^app/engine/|^train/(data|nets|loop|infer|io|engine|distributed)/' |
    xargs -r -P "$(nproc)" -n 4 "$tidy" --quiet -p build/tidy || status=1
else
  echo "clang-tidy-19 or build/release is missing: names were not checked." >&2
fi
exit $status
