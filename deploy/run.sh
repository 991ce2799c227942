#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Starts Asterisk, ivrd and ctid, keeps them alive, and stops them in reverse order at Ctrl-C. State is in run/.
# A part that ends is started again; a daemon that stops answering is killed and started again.
#
#   SITE=DIR       another bundle of flows than flows/
#   NUMBERS="N.."  numbers that Asterisk answers (default: those in the site's ivr.yaml)
#   RUN=DIR        another folder for the state
#   SIP ARI NATS WEB IVRD_HEALTH CTID_HEALTH   other addresses (ADDRESS:PORT), RTP other ports (FIRST-LAST);
#                  they count when the configuration is first written
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=ports.sh
source "$top/deploy/ports.sh"
asterisk=$top/deploy/asterisk/asterisk.sh

run=$(realpath -m "${RUN:-$top/run}")
sip=${SIP:-127.0.0.1:5060} ari=${ARI:-127.0.0.1:8088} rtp=${RTP:-10000-19999}
readonly GRACE=10 # seconds a part has to end before it is killed
readonly PARTS=(asterisk ivrd ctid)
declare -A keeper=() # part → the process that keeps it alive
declare -a others=() # watchdogs and the like
stopping=0

say() { printf 'talian: %s\n' "$*"; }
die() {
  printf 'talian: %s\n' "$*" >&2
  exit 1
}

# --- configuration ---------------------------------------------------------------------------------------------

write_ivrd() {
  cat <<YAML
# Written by the starter; it is not overwritten, change what you like.
site: $top/flows
run: $run
sounds: $top/sounds
asterisk:
  url: http://$ari
  app: ivrd
  user: ivrd
  password_file: $run/asterisk/ari-password
bundle:
  watch: true # a saved change of the flows answers the next call, when it passes the check
nats: ${NATS:-127.0.0.1:4222}
health: ${IVRD_HEALTH:-127.0.0.1:9101}
YAML
}

write_ctid() {
  cat <<YAML
# Written by the starter; it is not overwritten, change what you like.
listen: ${WEB:-127.0.0.1:8080}
run: $run
nats: ${NATS:-127.0.0.1:4222}
sip: http://$ari
health: ${CTID_HEALTH:-127.0.0.1:9102}
reports: all
YAML
}

# setting DAEMON KEY prints one setting of the daemon's configuration, as it is now.
setting() {
  sed -n -E "s/^ *$2: *\"?([^\"#]*[^\"# ])\"? *(#.*)?$/\1/p" "$run/$1.yaml" | head -n 1
}

configure() {
  mkdir -p "$run"/{log,pid} || die "cannot write to $run: check its rights"
  chmod 0700 "$run"
  [[ -s $run/ivrd.yaml ]] || write_ivrd >"$run/ivrd.yaml"
  [[ -s $run/ctid.yaml ]] || write_ctid >"$run/ctid.yaml"
  ivrd_config=$run/ivrd.yaml
  if [[ -n ${SITE:-} ]]; then
    [[ -d $SITE ]] || die "SITE=$SITE: there is no such folder"
    ivrd_config=$run/ivrd.site.yaml
    { printf 'site: %s\n' "$(realpath "$SITE")" && sed '/^site:/d' "$run/ivrd.yaml"; } >"$ivrd_config"
  fi
  site=$(sed -n 's/^site: *//p' "$ivrd_config")
  ari=$(setting ivrd url) && ari=${ari#http://}
  nats=$(setting ivrd nats) web=$(setting ctid listen)
  ivrd_health=http://$(setting ivrd health) ctid_health=http://$(setting ctid health)
}

# site_numbers prints the numbers that the site's bundle gives a flow.
site_numbers() {
  local bundle
  bundle=$(find "$site" -maxdepth 2 -name ivr.yaml 2>/dev/null | sort | head -n 1)
  [[ -n $bundle ]] || return 0
  awk '/^numbers:/ { on = 1 } on && !/^numbers:/ && /^[^ #]/ { exit } on' "$bundle" |
    grep -oE '"?\+?[0-9]{2,15}"? *:' | tr -d '": ' | paste -s -d ' '
}

need_programs() {
  local name
  for name in ivrd ctid; do
    [[ -x $top/bin/$name ]] || die "bin/$name is missing: run 'make build'"
  done
}

# need_port udp|tcp ADDRESS WHAT CURE ends with one line when somebody listens there.
need_port() {
  local user
  user=$(port_user "$1" "$2") || return 0
  die "$1 port $2 ($3) is in use by $user: stop that program, or $4"
}

need_ports() {
  need_port udp "$sip" "SIP trunk" "start with SIP=127.0.0.1:5062"
  need_port tcp "$sip" "SIP trunk" "start with SIP=127.0.0.1:5062"
  need_port tcp "$ari" "ARI" "change it in $run/ivrd.yaml and $run/ctid.yaml"
  need_port tcp "$nats" "NATS" "change it in $run/ivrd.yaml and $run/ctid.yaml"
  need_port tcp "$web" "web" "change listen in $run/ctid.yaml"
  need_port tcp "${ivrd_health#http://}" "ivrd's health" "change health in $run/ivrd.yaml"
  need_port tcp "${ctid_health#http://}" "ctid's health" "change health in $run/ctid.yaml"
}

# --- keeping a part alive --------------------------------------------------------------------------------------

# keep PART COMMAND... runs the part in a session of its own, where Ctrl-C does not reach it, and starts it again
# after 0.5 to 5 s when it ends. Before the part was up once its end is final. Ends at TERM, with the part.
keep() {
  local part=$1 child='' ending=0 delay=5 since code
  shift
  trap '' INT HUP
  trap 'ending=1; [[ -z $child ]] || kill -TERM "$child" 2>/dev/null' TERM
  while ((!ending)); do
    since=$SECONDS
    setsid "$@" 9>&- >>"$run/log/$part.log" 2>&1 &
    child=$!
    printf '%s\n' "$child" >"$run/pid/.$part" && mv "$run/pid/.$part" "$run/pid/$part" # whole at every moment
    wait "$child" 2>/dev/null
    code=$?
    while kill -0 "$child" 2>/dev/null; do # a signal has ended only the wait
      wait "$child" 2>/dev/null
      code=$?
    done
    ((ending)) && break
    [[ -e $run/pid/$part.up ]] || exit 1
    ((SECONDS - since < 30)) || delay=5
    say "$part ended (exit code $code), starts again in $((delay / 10)).$((delay % 10)) s"
    sleep "$((delay / 10)).$((delay % 10))" &
    wait $!
    delay=$((delay < 25 ? delay * 2 : 50)) # tenths of a second
  done
  rm -f "$run/pid/$part"
}

readonly FIRST_ANSWER=30 # seconds that a part may take to its first answer

# watch PART URL kills the part when it does not tell its health within 2 s, three times in a row. One that has just
# been started has FIRST_ANSWER seconds before that counts.
watch() {
  local part=$1 url=$2 pid seen='' answered=0 missed=0 since=$SECONDS
  while sleep 1 && kill -0 $$ 2>/dev/null; do
    read -r pid 2>/dev/null <"$run/pid/$part" || continue
    [[ $pid == "$seen" ]] || seen=$pid answered=0 missed=0 since=$SECONDS
    if curl -fs -m 2 -o /dev/null "$url/healthz"; then
      answered=1 missed=0
    elif ((++missed >= 3 && (answered || SECONDS - since >= FIRST_ANSWER))); then
      say "$part (pid $pid) does not answer: killed"
      kill -KILL "$pid" 2>/dev/null
      missed=0
    fi
  done
}

# show_log prints the daemons' warnings and errors as they come.
show_log() {
  tail -q -n 0 -F --pid=$$ "$run/log/ivrd.log" "$run/log/ctid.log" 2>/dev/null |
    grep --line-buffered -E 'level=(WARN|ERROR)|"level":"(WARN|ERROR)"|^panic:'
}

# orphaned ends the parts when the starter itself was killed.
orphaned() {
  tail -s 0.5 --pid=$$ -f /dev/null
  kill -TERM "${keeper[@]}" 2>/dev/null
}

# aside COMMAND... runs something beside the parts. Ctrl-C does not reach it; it ends at stop, or with the starter.
aside() {
  "$@" 9>&- &
  others+=($!)
}

start_part() {
  rm -f "$run/pid/$1.up"
  keep "$@" &
  keeper[$1]=$!
}

# until_ready PART SECONDS COMMAND... waits until the command succeeds. When it does not in time, or the part has
# ended, everything is stopped.
until_ready() {
  local part=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((!stopping)) || return 0
    kill -0 "${keeper[$part]}" 2>/dev/null || give_up "$part did not start: $(tail -n 1 "$run/log/$part.log")"
    ((SECONDS < deadline)) || give_up "$part is not ready in time: see $run/log/$part.log"
    sleep 0.1
  done
  : >"$run/pid/$part.up"
}

# --- stopping --------------------------------------------------------------------------------------------------

stop_part() {
  local part=$1 pid
  [[ -n ${keeper[$part]:-} ]] || return 0
  kill -TERM "${keeper[$part]}" 2>/dev/null
  timeout "$GRACE" tail -s 0.1 --pid="${keeper[$part]}" -f /dev/null &
  if ! wait $!; then # beside us, so that a second Ctrl-C is heard at once
    read -r pid <"$run/pid/$part" && say "$part did not end within $GRACE s: killed" && kill -KILL "$pid"
  fi
  wait "${keeper[$part]}" 2>/dev/null
}

stop_all() {
  local i
  trap kill_all INT TERM HUP
  kill -TERM "${others[@]}" 2>/dev/null
  for ((i = ${#PARTS[@]} - 1; i >= 0; i--)); do stop_part "${PARTS[i]}"; done
}

# kill_all is for the second Ctrl-C.
kill_all() {
  local part pid
  say "killing all"
  exec 2>/dev/null # the shell's own words about killed jobs
  for part in "${PARTS[@]}"; do
    [[ -n ${keeper[$part]:-} ]] && kill -KILL "${keeper[$part]}" 2>/dev/null
    read -r pid 2>/dev/null <"$run/pid/$part" && kill -KILL "$pid" 2>/dev/null
    rm -f "$run/pid/$part"
  done
  exit 130
}

give_up() {
  stop_all
  die "$*"
}

# until_signal waits for Ctrl-C. A signal that comes just before a wait does not end it, so no wait is long.
until_signal() {
  while ((!stopping)); do
    sleep 1 &
    wait $!
  done
}

# --- the whole -------------------------------------------------------------------------------------------------

greet() {
  local port=${web##*:}
  cat <<TEXT

  Talian is ready.

  agent desk        http://localhost:$port          (reports: /reports)
  citizen's phone   http://localhost:$port/phone
  SIP               $sip, numbers $numbers
  sign in           agent01..agent20, supervisor01, admin01; password in $run/demo-password
  health            $ivrd_health/readyz  $ctid_health/readyz
  logs              $run/log

  Ctrl-C stops everything, a second one kills.

TEXT
}

# media_hint tells what browsers lack on a machine without any address but 127.0.0.1: WebRTC offers no loopback address.
media_hint() {
  command -v ip >/dev/null || return 0
  [[ -z $(ip -4 -o addr show scope global) ]] || return 0
  say "this machine has no address but 127.0.0.1, so browsers will have no sound: run 'ip addr add 10.77.0.1/32 dev lo' as root, and start Chromium with --allow-loopback-in-peer-connection"
}

start_all() {
  start_part asterisk "$asterisk" start --run "$run/asterisk"
  until_ready asterisk 40 "$asterisk" wait --run "$run/asterisk"
  ((stopping)) && return
  start_part ivrd "$top/bin/ivrd" run --config "$ivrd_config"
  until_ready ivrd 60 curl -fs -m 2 "$ivrd_health/readyz"
  ((stopping)) && return
  start_part ctid "$top/bin/ctid" --config "$run/ctid.yaml"
  until_ready ctid 60 curl -fs -m 2 "$ctid_health/readyz"
}

main() {
  configure
  need_programs
  exec 9>"$run/lock"
  flock -n 9 || die "it runs already with the state in $run: stop that one first, or start with RUN=DIR"
  need_ports
  numbers=${NUMBERS:-$(site_numbers)}
  numbers=${numbers:-0380008000 0380008001}
  "$asterisk" configure --run "$run/asterisk" --sip "$sip" --http "$ari" --rtp "$rtp" --numbers "$numbers" || exit 1

  trap 'stopping=1' INT TERM HUP
  touch "$run"/log/{ivrd,ctid}.log
  aside show_log
  start_all
  if ((!stopping)); then
    aside orphaned
    aside watch ivrd "$ivrd_health"
    aside watch ctid "$ctid_health"
    greet
    media_hint
    until_signal
  fi
  say "stopping"
  stop_all
  say "stopped"
}

main
