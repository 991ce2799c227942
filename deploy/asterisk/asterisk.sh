#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Writes the configuration of one Asterisk and runs it. All its state is below one folder, so several can run
# side by side, each with its own folder and ports.
#
#   asterisk.sh configure --run DIR [option...]   writes DIR/etc; may be repeated, keeps the ARI password
#     --sip ADDRESS:PORT    trunk, UDP and TCP             (127.0.0.1:5060)
#     --http ADDRESS:PORT   ARI and /ws, loopback only     (127.0.0.1:8088)
#     --rtp FIRST-LAST      ports for sound                (10000-19999)
#     --app NAME            ARI application                (ivrd)
#     --numbers "N..."      numbers that are answered      ("0380008000 0380008001")
#     --trunk CIDR[,CIDR]   where calls may come from      (127.0.0.0/8)
#     --media-address IP    public address, behind a NAT   (none)
#     --tries N             seconds of "please hold" while the application is away (600)
#   asterisk.sh start  --run DIR          runs in the foreground; the pid stays the same
#   asterisk.sh wait   --run DIR          waits until it is booted, at most 30 s
#   asterisk.sh cli    --run DIR COMMAND  passes one command to its console
#   asterisk.sh stop   --run DIR          stops it now and waits for its end
#   asterisk.sh kill   --run DIR          kill -9
#   asterisk.sh status --run DIR          prints its pid; exit code 3 when it does not run
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=where.sh
source "$here/where.sh"
# shellcheck source=../ports.sh
source "$here/../ports.sh"

die() {
  printf 'asterisk: %s\n' "$*" >&2
  exit 1
}

usage() { die "usage: asterisk.sh configure|start|wait|cli|stop|kill|status --run DIR [option...] (see the head of this file)"; }

read_options() {
  run='' sip=127.0.0.1:5060 http=127.0.0.1:8088 rtp=10000-19999 app=ivrd tries=600
  numbers="0380008000 0380008001" trunk=127.0.0.0/8 media_address='' rest=()
  while (($#)); do
    case $1 in
      --run | --sip | --http | --rtp | --app | --numbers | --trunk | --media-address | --tries)
        (($# > 1)) || die "$1 needs a value"
        local name=${1#--}
        printf -v "${name//-/_}" %s "$2"
        shift 2
        ;;
      --*) die "unknown option $1" ;;
      *) rest+=("$1") && shift ;;
    esac
  done
  [[ -n $run ]] || usage
  [[ $run == /* ]] || run=$PWD/$run
  [[ $run =~ ^[A-Za-z0-9_./@+-]+$ ]] || die "$run: the folder's path may hold letters, digits and _ . / @ + - only"
  ((${#run} <= 80)) || die "$run: the folder's path is too long for a socket in it, 80 characters at most"
}

# check NAME VALUE PATTERN MEANING refuses a value before it gets into a configuration file.
check() {
  [[ $2 =~ $3 ]] || die "--$1 '$2': must be $4"
}

check_options() {
  local ip='[0-9]{1,3}(\.[0-9]{1,3}){3}'
  check sip "$sip" "^$ip:[0-9]{1,5}$" "ADDRESS:PORT"
  check http "$http" "^127(\.[0-9]{1,3}){3}:[0-9]{1,5}$" "127.x.x.x:PORT, for who reaches ARI commands every call"
  check rtp "$rtp" "^[0-9]{4,5}-[0-9]{4,5}$" "FIRST-LAST"
  ((${rtp%-*} < ${rtp#*-} && ${rtp#*-} <= 65535)) || die "--rtp '$rtp': FIRST must be below LAST, and LAST at most 65535"
  check app "$app" "^[A-Za-z0-9_-]+$" "letters, digits, _ and -"
  check trunk "$trunk" "^$ip(/[0-9]{1,2})?(,$ip(/[0-9]{1,2})?)*$" "an address or network, or several with commas between"
  check tries "$tries" "^[1-9][0-9]{0,5}$" "a number from 1 to 999999"
  [[ -z $media_address ]] || check media-address "$media_address" "^$ip$" "an IPv4 address"
  local number
  for number in $numbers; do
    check numbers "$number" "^\+?[0-9]{2,15}$" "telephone numbers with blanks between"
  done
}

need_asterisk() {
  locate_asterisk || die "Asterisk $ASTERISK_OLDEST or newer is missing: run deploy/asterisk/install.sh"
}

# password prints the ARI password, made at the first call.
password() {
  local file=$run/ari-password
  [[ -s $file ]] || (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$file")
  printf %s "$(<"$file")"
}

# entity prints a name for this Asterisk in the form of a locally administered MAC address, the same every time.
entity() {
  printf '%s %s' "$(uname -n)" "$run" | sha256sum | sed -E 's/^(..)(..)(..)(..)(..).*/02:\1:\2:\3:\4:\5/'
}

optional_modules() {
  local module
  for module in codec_opus_open_source res_format_attr_opus; do
    [[ ! -e $ASTERISK_MODULES/$module.so ]] || printf 'load = %s.so\n' "$module"
  done
}

number_lines() {
  local number
  for number in $numbers; do
    # shellcheck disable=SC2016 # Asterisk fills in EXTEN
    printf 'exten => %s,1,Goto(reception,${EXTEN},1)\n' "$number"
  done
}

# public_lines announces --media-address to everyone outside this machine.
public_lines() {
  [[ -n $media_address ]] || return 0
  printf 'external_media_address = %s\nexternal_signaling_address = %s\nlocal_net = 127.0.0.0/8' "$media_address" "$media_address"
}

# ice_lines gives browsers the public address instead of the local one, which must be known for that.
ice_lines() {
  local local_address=${sip%:*}
  [[ -n $media_address && $local_address != 0.0.0.0 && $local_address != 127.* ]] || return 0
  printf '\n[ice_host_candidates]\n%s => %s,include_local_address' "$local_address" "$media_address"
}

# music prints the folder of the waiting music: the package's, else one with a tune of our own.
music() {
  if compgen -G "$ASTERISK_SHARE/moh/*.wav" >/dev/null; then
    printf %s "$ASTERISK_SHARE/moh"
  else
    "$here/speech.sh" --tune "$run/data/music"
    printf %s "$run/data/music"
  fi
}

make_folders() {
  mkdir -p "$run"/{etc/site,lib,spool/recording,run,log/cdr-csv,cache,data/agi-bin,data/fallback,data/sounds} ||
    die "cannot make folders below $run"
  chmod 0700 "$run/etc"
  ln -sfn "$ASTERISK_SHARE/documentation" "$run/data/documentation"
}

# fill replaces each @NAME@ of a template by the value in the array values.
fill() {
  local text name
  text=$(<"$1")
  for name in "${!values[@]}"; do
    text=${text//"@$name@"/"${values[$name]}"}
  done
  printf '%s\n' "$text"
}

configure() {
  check_options
  need_asterisk
  make_folders
  "$here/speech.sh" "$run/data/fallback"
  "$here/speech.sh" --beep "$run/data/sounds"
  ln -sfn "$run/data/fallback/sorry.wav" "$run/data/sounds/sorry.wav"
  local template target secret track
  secret=$(password)
  track=$(music)
  local -A values=(
    [RUN]=$run [SIP]=$sip [HTTP_ADDRESS]=${http%:*} [HTTP_PORT]=${http##*:} [RTP_FIRST]=${rtp%-*} [RTP_LAST]=${rtp#*-}
    [APP]=$app [TRUNK]=$trunk [TRIES]=$tries [PASSWORD]=$secret [MUSIC]=$track [ENTITY]=$(entity)
    [MODULES]=$ASTERISK_MODULES [OPTIONAL]=$(optional_modules) [NUMBERS]=$(number_lines)
    [PUBLIC]=$(public_lines) [ICE]=$(ice_lines)
  )
  umask 077
  for template in "$here"/conf/*.conf; do
    target=$run/etc/${template##*/}
    fill "$template" >"$target.new"
    mv "$target.new" "$target"
  done
  printf '%s\n' "udp $sip" "tcp $sip" "tcp $http" >"$run/listen"
}

need_hostname() {
  local name
  name=$(uname -n)
  getent hosts "$name" >/dev/null && return
  { ((EUID == 0)) && printf '127.0.1.1 %s\n' "$name" >>/etc/hosts; } 2>/dev/null ||
    die "the machine's own name does not resolve, every call would wait for it: add the line '127.0.1.1 $name' to /etc/hosts"
}

need_ports() {
  local protocol address user
  while read -r protocol address; do
    if user=$(port_user "$protocol" "$address"); then
      die "$protocol port $address is in use ($user): stop that program, or configure another port with --sip or --http"
    fi
  done <"$run/listen"
}

start() {
  [[ -s $run/listen ]] || die "$run is not configured: run asterisk.sh configure --run $run first"
  need_asterisk
  need_hostname
  need_ports
  # Four files per channel; the usual limit of 1024 ends at 250 calls.
  local limit
  limit=$(ulimit -Hn)
  [[ $limit != unlimited ]] && ((limit < 65536)) || limit=65536
  ulimit -n "$limit"
  umask 027
  exec "${ASTERISK[@]}" -C "$run/etc/asterisk.conf" -f -n
}

# console passes a command to the running Asterisk.
console() {
  "${ASTERISK[@]}" -C "$run/etc/asterisk.conf" -rx "$1"
}

# pid prints the process that runs with our configuration.
pid() {
  local number
  number=$(cat "$run/run/asterisk.pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$number/cmdline" | grep -qF -- "-C $run/etc/asterisk.conf " || return 1
  printf '%s\n' "$number"
}

wait_booted() {
  need_asterisk
  local deadline=$((SECONDS + 30))
  until [[ $(console 'core waitfullybooted' 2>/dev/null) == *"fully booted"* ]]; do
    ((SECONDS < deadline)) || die "not booted after 30 s: see $run/log/messages.log"
    sleep 0.1
  done
}

stop() {
  need_asterisk
  local number
  number=$(pid) || return 0
  console 'core stop now' >/dev/null 2>&1 || kill -TERM "$number" 2>/dev/null || return 0
  timeout 10 tail --pid="$number" -s 0.05 -f /dev/null || die "pid $number did not end within 10 s: asterisk.sh kill --run $run"
}

command=${1:-}
(($#)) || usage
shift
read_options "$@"
case $command in
  cli) ((${#rest[@]} == 1)) || die "cli needs one command, in quotes" ;;
  *) ((${#rest[@]} == 0)) || die "unexpected argument '${rest[0]}'" ;;
esac
case $command in
  configure) configure ;;
  start) start ;;
  wait) wait_booted ;;
  cli) need_asterisk && console "${rest[0]}" ;;
  stop) stop ;;
  kill) number=$(pid) || exit 0; kill -KILL "$number" ;;
  status) pid || { printf 'not running\n'; exit 3; } ;;
  *) usage ;;
esac
