#!/usr/bin/env bash
# Installs what a fresh Debian 12 or newer lacks, and checks the versions of Go and Node.
# Asks for root only when a package is missing; when nothing is, it is done at once and silent.
#
#   setup.sh run    to build and run
#   setup.sh test   to run the tests too: browser, SIP load generator, fonts for Chinese and Tamil
set -euo pipefail

readonly GO_OLDEST=1.26 NODE_OLDEST=20.19

die() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# lack_program PROGRAM PACKAGE notes the package when the program is missing.
lack_program() {
  command -v "$1" >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null || missing+=("$2")
}

# lack_font LANGUAGE PACKAGE notes the package when no font has the letters of that language.
lack_font() {
  { command -v fc-list >/dev/null && [[ -n $(fc-list ":lang=$1" family) ]]; } || missing+=("$2")
}

find_missing() {
  missing=()
  lack_program gcc gcc
  [[ -e /usr/include/stdlib.h ]] || missing+=(libc6-dev)
  lack_program espeak-ng espeak-ng
  lack_program sox sox
  lack_program curl curl
  lack_program ss iproute2
  lack_program mmdebstrap mmdebstrap
  [[ $1 == test ]] || return 0
  lack_program chromium chromium
  lack_program sipp sip-tester
  lack_program dot graphviz
  lack_font zh fonts-wqy-zenhei
  lack_font ta fonts-lohit-taml
}

install_missing() {
  local root=()
  command -v apt-get >/dev/null || die "missing: ${missing[*]} (names of Debian packages); there is no apt-get here, install them yourself"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "missing packages: run as root 'apt-get install ${missing[*]}' and start again"
    root=(sudo)
  fi
  printf 'setup: installing %s\n' "${missing[*]}"
  "${root[@]}" apt-get update -q >/dev/null || die "'apt-get update' failed: check the network and the apt sources"
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null ||
    die "'apt-get install ${missing[*]}' failed: run it by hand and see why"
}

# need PROGRAM VERSION OLDEST SOURCE ends with a clear line when VERSION is empty or below OLDEST.
need() {
  [[ -n $2 ]] || die "$1 $3 or newer is missing: install it from $4"
  [[ $(printf '%s\n' "$3" "$2" | sort -V | head -n 1) == "$3" ]] || die "$1 is $2, $3 or newer is needed: install it from $4"
}

check_versions() {
  local go_version='' node_version=''
  # The toolchain that is installed counts, not one that Go would fetch for this module.
  go_version=$(GOTOOLCHAIN=local go env -C / GOVERSION 2>/dev/null) || true
  node_version=$(node --version 2>/dev/null) || true
  need Go "${go_version#go}" "$GO_OLDEST" https://go.dev/dl
  need Node "${node_version#v}" "$NODE_OLDEST" https://nodejs.org
  command -v npm >/dev/null || die "npm is missing: install it from https://nodejs.org"
}

[[ ${1:-} == run || ${1:-} == test ]] || die "usage: setup.sh run|test"
check_versions
find_missing "$1"
if ((${#missing[@]})); then
  install_missing
  find_missing "$1"
  ((${#missing[@]} == 0)) || die "still missing after the installation: ${missing[*]}"
fi
