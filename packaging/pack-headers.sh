#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Copies the five header-only libraries that the engine needs, with their licences, into a folder to take along to a machine that
# has a compiler, CMake and LibTorch and nothing else:
#   packaging/pack-headers.sh DIR
#   cmake --preset engine-only -DINTARSIA_HEADERS=DIR [-DINTARSIA_TORCH_DIR=…/site-packages/torch]
set -euo pipefail
[[ $# -eq 1 && $1 != -* ]] || { echo "usage: packaging/pack-headers.sh DIR" >&2; exit 2; }
mkdir -p "$1/licences"
from=${INTARSIA_INCLUDE:-/usr/include}
for header in fmt spdlog nlohmann CLI xxhash.h; do
  [[ -e $from/$header ]] || { echo "$from/$header is missing; packaging/packages.txt names its package." >&2; exit 1; }
  cp -r "$from/$header" "$1/"
done
rm -rf "$1/spdlog/fmt/bundled"
for package in libfmt-dev libspdlog-dev nlohmann-json3-dev libcli11-dev libxxhash-dev; do
  copyright=/usr/share/doc/$package/copyright
  [[ ! -e $copyright ]] || cp "$copyright" "$1/licences/$package"
done
echo "$1: $(du -sh "$1" | cut -f1)"
