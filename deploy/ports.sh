# shellcheck shell=bash
# Sourced: who listens on a port of this machine.

# port_user udp|tcp ADDRESS:PORT prints the program that listens there ("name, pid 12", or "another user's program"),
# and fails when the port is free. An IPv4 address only; 0.0.0.0 and a listener on all addresses meet every other.
port_user() {
  local option=-Htlnp listener
  [[ $1 == udp ]] && option=-Hulnp
  listener=$(ss "$option" "sport = :${2##*:}" | awk -v want="${2%:*}" '
    { at = $4; sub(/:[0-9]+$/, "", at); sub(/%.*/, "", at) }
    want == "0.0.0.0" || at == want || at == "0.0.0.0" || at == "*" || at == "[::]" { print; exit }')
  [[ -n $listener ]] || return 1
  if [[ $listener =~ \(\(\"([^\"]+)\",pid=([0-9]+) ]]; then
    printf '%s, pid %s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
  else
    printf "another user's program\n"
  fi
}
