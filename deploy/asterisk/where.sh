# shellcheck shell=bash disable=SC2034
# Sourced by install.sh and asterisk.sh: which Asterisk this machine uses, the system's own or the unpacked one.
# locate_asterisk sets:
#   ASTERISK          command that starts it, an array
#   ASTERISK_MODULES  folder of its modules
#   ASTERISK_SHARE    folder with documentation/ and, where the package is there, moh/

# Oldest Asterisk that has all we use (variables reported in events, StasisBroadcast).
readonly ASTERISK_OLDEST=22.10

# unpacked_root prints the folder that holds, or will hold, the unpacked Debian packages.
unpacked_root() {
  printf '%s\n' "${TALIAN_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/talian}/asterisk-22"
}

# new_enough COMMAND... tells whether that Asterisk is ASTERISK_OLDEST or newer.
new_enough() {
  local version
  version=$("$@" -V 2>/dev/null) || return 1
  version=${version#Asterisk }
  version=${version%%[!0-9.]*}
  [[ -n $version && $(printf '%s\n' "$ASTERISK_OLDEST" "$version" | sort -V | head -n 1) == "$ASTERISK_OLDEST" ]]
}

# first_of PATH... prints the first path that exists.
first_of() {
  local path
  for path in "$@"; do
    [[ -e $path ]] && printf '%s\n' "$path" && return 0
  done
  return 1
}

# locate_system uses the Asterisk that the machine's own package manager installed.
locate_system() {
  local program
  program=$(PATH=$PATH:/usr/sbin:/sbin command -v asterisk) || return 1
  new_enough "$program" || return 1
  ASTERISK_MODULES=$(first_of /usr/lib/*/asterisk/modules /usr/lib/asterisk/modules) || return 1
  ASTERISK_SHARE=$(first_of /usr/share/asterisk /var/lib/asterisk) || return 1
  ASTERISK=("$program")
}

# locate_unpacked ROOT uses packages unpacked into ROOT. They are started by their own loader with their own
# libraries, so nothing of them has to be installed on the machine.
locate_unpacked() {
  local root=$1 loader libraries
  [[ -d $root ]] || return 1
  loader=$(first_of "$root"/usr/lib64/ld-linux-*.so.* "$root"/usr/lib/ld-linux-*.so.*) || return 1
  ASTERISK_MODULES=$(first_of "$root"/usr/lib/*/asterisk/modules) || return 1
  ASTERISK_SHARE=$root/usr/share/asterisk
  libraries=${ASTERISK_MODULES%/asterisk/modules}
  ASTERISK=("$loader" --library-path "$libraries:$libraries/asterisk" "$root/usr/sbin/asterisk")
  new_enough "${ASTERISK[@]}"
}

locate_asterisk() {
  locate_system || locate_unpacked "$(unpacked_root)"
}
