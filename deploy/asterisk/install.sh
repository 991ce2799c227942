#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Installs Asterisk 22.10 or newer for Talian: the system's own where it is new enough, else Debian's packages
# unpacked into a folder of the user's cache. Needs neither root nor a chroot. Running it again costs nothing.
#
#   TALIAN_CACHE   where to unpack (default: ~/.cache/talian)
#   TALIAN_MIRROR  Debian mirror to fetch from (default: the one this machine's apt uses)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./where.sh

readonly SUITE=sid # the Debian suite that carries Asterisk 22
readonly PACKAGES=asterisk,asterisk-modules,asterisk-moh-opsound-wav,ca-certificates

say() { printf 'asterisk: %s\n' "$*"; }
die() {
  printf 'asterisk: %s\n' "$*" >&2
  exit 1
}

# targets OPTION... lists apt's package indexes: address, suite, component and, where known, origin.
targets() {
  apt-get indextargets "$@" --format "\$(REPO_URI) \$(RELEASE) \$(COMPONENT) \$(ORIGIN)" 'Created-By: Packages' 2>/dev/null
}

# debian_mirror prints the address of the Debian archive in the machine's own apt sources. Without downloaded
# indexes apt does not know who stands behind a source, then the main component of the machine's release decides.
debian_mirror() {
  local release
  [[ -n ${TALIAN_MIRROR:-} ]] && printf '%s\n' "$TALIAN_MIRROR" && return
  release=$(. /etc/os-release && [[ $ID == debian ]] && printf '%s' "${VERSION_CODENAME:-sid}") || release=
  {
    targets | awk '$3 == "main" && $4 == "Debian" && $2 !~ /-security$/ { print $1 }'
    targets --no-release-info | awk -v release="$release" '$3 == "main" && $2 == release && $1 ~ /\/debian\/?$/ { print $1 }'
  } | awk '!found { print $1; found = 1 } END { exit !found }'
}

need_mmdebstrap() {
  command -v mmdebstrap >/dev/null && return
  ((EUID == 0)) || die "mmdebstrap is missing: run 'sudo apt-get install mmdebstrap' and start again"
  say "installing mmdebstrap"
  { apt-get update && apt-get install -y --no-install-recommends mmdebstrap; } >/dev/null 2>&1 ||
    die "mmdebstrap could not be installed: run 'apt-get update && apt-get install mmdebstrap' and see why"
}

# reason LOG prints the first complaint of a failed run of mmdebstrap.
reason() {
  grep -m 1 -E '^ *(E:|Err|Could not)' "$1" || tail -n 1 "$1"
}

# unpack MIRROR ROOT fetches and unpacks beside ROOT and moves the result into place only when it runs.
unpack() {
  local mirror=$1 root=$2 work
  work=$(mktemp -d "$(dirname "$root")/.unpack.XXXXXX")
  # shellcheck disable=SC2064 # the folder is fixed now
  trap "rm -rf '$work'" EXIT
  mkdir "$work/tmp"
  # A mirror may lag behind the short validity of sid's index; its signature is checked all the same.
  HOME=$work TMPDIR=$work/tmp mmdebstrap --mode=chrootless --variant=extract \
    --aptopt='Acquire::Check-Valid-Until "false"' --include="$PACKAGES" \
    "$SUITE" "$work/root" "$mirror" >"$work/log" 2>&1 ||
    die "fetching from $mirror failed ($(reason "$work/log")): check the network, or name another mirror in TALIAN_MIRROR"
  locate_unpacked "$work/root" ||
    die "what $mirror calls $SUITE holds no Asterisk $ASTERISK_OLDEST that runs here: name another mirror in TALIAN_MIRROR"
  rm -rf "$root"
  chmod 0755 "$work/root"
  mv "$work/root" "$root"
  locate_unpacked "$root"
}

main() {
  local root mirror
  locate_asterisk && { say "$("${ASTERISK[@]}" -V) is ready"; return; }
  command -v apt-get >/dev/null || die "there is no Asterisk $ASTERISK_OLDEST or newer and no apt-get to fetch it: install Asterisk yourself"
  root=$(unpacked_root)
  mkdir -p "$(dirname "$root")" || die "cannot write to $(dirname "$root"): name another folder in TALIAN_CACHE"
  exec 9>"$(dirname "$root")/.lock"
  flock 9 # one fetch at a time; who waited finds it done
  if ! locate_unpacked "$root"; then
    mirror=$(debian_mirror) || die "this machine's apt knows no Debian archive: name one in TALIAN_MIRROR, or install Asterisk $ASTERISK_OLDEST or newer yourself"
    need_mmdebstrap
    say "fetching Debian's packages into $root (290 MB on disk)"
    unpack "$mirror" "$root"
  fi
  say "$("${ASTERISK[@]}" -V) is ready"
}

main
