# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by ./run and ./test: installs the distribution's packages that are missing and builds a preset.
# shellcheck shell=bash
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

say() { printf '%s\n' "$*" >&2; }

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }
available() { [[ -n $(apt-cache madison "$1" 2>/dev/null) ]]; }
asRoot() { if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi; }

# missingPackages FILE…: one line per entry of which no alternative is installed, as in the file ("a | b", "? a").
missingPackages() {
  local line name
  while read -r line; do
    for name in ${line//[?|]/ }; do
      installed "$name" && continue 2
    done
    printf '%s\n' "$line"
  done < <(sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$@")
}

# needPackages FILE…: nothing is asked of dpkg or apt while the lists and dpkg's state are older than the stamp.
needPackages() {
  local stamp=build/.packages-${1##*/}-$# file line name fresh=1
  [[ -e $stamp ]] || fresh=0
  for file in "$@" /var/lib/dpkg/status; do [[ $file -nt $stamp ]] && fresh=0; done
  [[ $fresh == 1 ]] && return
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "This is not Debian or Ubuntu: packages are not installed. What is needed stands in $*."
    return
  fi
  local lines wanted=()
  mapfile -t lines < <(missingPackages "$@")
  if [[ ${#lines[@]} -gt 0 ]]; then
    if [[ $EUID -ne 0 ]] && ! command -v sudo >/dev/null; then
      say "These packages are missing, and neither root nor sudo is here to install them: ${lines[*]}"
      exit 1
    fi
    asRoot apt-get update -qq || say "apt-get update failed; going on with the lists that are here."
    for line in "${lines[@]}"; do
      for name in ${line//[?|]/ }; do
        available "$name" && { wanted+=("$name"); continue 2; }
      done
      if [[ $line == '?'* ]]; then
        say "This distribution has no ${line#\? }: going on without it."
      else
        say "This distribution has no package ${line}."
        exit 1
      fi
    done
  fi
  if [[ ${#wanted[@]} -gt 0 ]]; then
    say "Installing with apt-get: ${wanted[*]}"
    mkdir -p build
    if ! asRoot env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "${wanted[@]}" >build/apt.log 2>&1 </dev/null; then
      tail -n 20 build/apt.log >&2
      say "apt-get could not install them; its whole output is build/apt.log."
      exit 1
    fi
    configureAnew=1
  fi
  mkdir -p build && touch "$stamp"
}

# build PRESET TARGET [cmake options…]: configures when it must (CMake itself notices new files), then builds.
build() {
  local preset=$1 target=$2 folder=build/$1
  shift 2
  if [[ ${configureAnew:-0} == 1 || $# -gt 0 || ! -e $folder/build.ninja || CMakePresets.json -nt $folder/build.ninja ]]; then
    mkdir -p build
    cmake --preset "$preset" "$@" >"$folder.configure.log" 2>&1 || { cat "$folder.configure.log" >&2; return 1; }
    grep -h 'LibTorch was not found' "$folder.configure.log" >&2
    touch "$folder/build.ninja"
  fi
  NINJA_STATUS="[%f/%t %es] " ninja -C "$folder" "$target" >&2
}
