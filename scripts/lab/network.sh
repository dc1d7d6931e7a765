# shellcheck shell=bash
# Hosts as network namespaces; to be sourced by scripts/netlab. A switch stands in a namespace of its own, so that
# nothing of the lab touches the machine's network:
#
#   host 0 (coordinator) --- port0 [switch] port1 --- host 1 (worker) ...
#
# Every cable is a veth pair and is shaped at both ends. Addresses are the same in every lab: no route leads out.

subnet=10.99.0
switch_address=$subnet.254
lab=braid-lab-$$

namespace() { printf '%s-%s' "$lab" "$1"; }
host_address() { printf '%s.%s' "$subnet" "$(($1 + 1))"; }
inside() { ip netns exec "$(namespace "$1")" "${@:2}"; }

# Why there can be no lab on this machine; nothing when there can.
lab_problem() {
  [ "$(id -u)" -eq 0 ] || { echo "it needs root"; return; }
  local tool
  for tool in ip tc bridge setpriv python3; do
    command -v "$tool" >/dev/null || { echo "there is no '$tool' (Debian: iproute2, util-linux, python3)"; return; }
  done
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "python3 is older than 3.11"; return; }
  local trial=$lab-trial problem=
  ip netns add "$trial" 2>/dev/null || { echo "network namespaces cannot be made here"; return; }
  if ! ip -n "$trial" link add trial0 type veth peer name trial1 2>/dev/null; then
    problem="the kernel has no veth"
  elif ! ip -n "$trial" link add switch type bridge 2>/dev/null; then
    problem="the kernel has no bridge"
  elif ! tc -n "$trial" qdisc add dev trial0 root tbf rate 1gbit burst 1mb latency 50ms 2>/dev/null; then
    problem="the kernel has no tbf"
  fi
  ip netns del "$trial"
  printf '%s' "$problem"
}

# Whether the kernel can delay and lose packets; asked on a namespace that is there already.
has_netem() {
  tc -n "$(namespace switch)" qdisc add dev lo root netem delay 1ms 2>/dev/null || return
  tc -n "$(namespace switch)" qdisc del dev lo root
}

# Bits a second of a rate such as 100mbit; `tc` reads mbps as bytes, so that is not taken.
bits() {
  [[ ${1,,} =~ ^([0-9]+)(kbit|mbit|gbit)$ ]] || return 1
  case ${BASH_REMATCH[2]} in
  kbit) echo "${BASH_REMATCH[1]}000" ;;
  mbit) echo "${BASH_REMATCH[1]}000000" ;;
  gbit) echo "${BASH_REMATCH[1]}000000000" ;;
  esac
}

# Seconds of a time such as 50ms.
seconds() {
  [[ $1 =~ ^([0-9]+(\.[0-9]+)?)(ms|s)$ ]] || return 1
  awk -v value="${BASH_REMATCH[1]}" -v unit="${BASH_REMATCH[3]}" 'BEGIN { print unit == "s" ? value : value / 1000 }'
}

# Shapes what leaves a device: shape NAMESPACE DEVICE RATE NETEM-ARGUMENTS...; an empty rate leaves it as it is.
shape() {
  local device=(-n "$(namespace "$1")" qdisc add dev "$2") rate=$3 burst
  shift 3
  if [ -n "$rate" ]; then
    # What goes out in 4 ms, and not less than two of the largest packets that the kernel hands over.
    burst=$(($(bits "$rate") / 2000))
    tc "${device[@]}" root handle 1: tbf rate "$rate" burst $((burst > 131072 ? burst : 131072)) latency 50ms
    [ $# -eq 0 ] || tc "${device[@]}" parent 1:1 handle 2: netem limit 100000 "$@"
  elif [ $# -gt 0 ]; then
    tc "${device[@]}" root netem limit 100000 "$@"
  fi
}

switch_up() {
  ip netns add "$(namespace switch)"
  ip -n "$(namespace switch)" link set lo up
  ip -n "$(namespace switch)" link add switch type bridge stp_state 0 mcast_snooping 0
  ip -n "$(namespace switch)" address add "$switch_address/24" dev switch
  ip -n "$(namespace switch)" link set switch up
}

# Builds hosts 0 to N at the switch: hosts_up N COORDINATOR-RATE RATE NETEM-ARGUMENTS...
hosts_up() {
  local last=$1 coordinator_rate=$2 worker_rate=$3 index rate
  shift 3
  for ((index = 0; index <= last; index++)); do
    rate=$worker_rate
    [ "$index" -gt 0 ] || rate=$coordinator_rate
    ip netns add "$(namespace "$index")"
    ip -n "$(namespace "$index")" link set lo up
    ip -n "$(namespace "$index")" link add eth0 type veth peer name "port$index" netns "$(namespace switch)"
    ip -n "$(namespace "$index")" address add "$(host_address "$index")/24" dev eth0
    ip -n "$(namespace switch)" link set "port$index" master switch up
    ip -n "$(namespace "$index")" link set eth0 up
    shape "$index" eth0 "$rate" "$@"
    shape switch "port$index" "$rate"
  done
}

# Bytes that left (rx) or reached (tx) the switch at a port.
port_bytes() { inside switch cat "/sys/class/net/port$1/statistics/$2_bytes"; }

# The namespaces of a lab: all those that begin with a name.
namespaces_of() { ip netns list | awk -v name="$1-" 'index($1, name) == 1 { print $1 }'; }

# Ends what still runs in a lab's namespaces, and removes them.
network_down() {
  local name id ids deadline=$((SECONDS + 5))
  while :; do
    ids=$(for name in $(namespaces_of "$1"); do ip netns pids "$name"; done)
    if [ -z "$ids" ] || [ "$SECONDS" -ge "$deadline" ]; then break; fi
    for id in $ids; do kill -KILL "$id" 2>/dev/null || true; done
    sleep 0.1
  done
  for name in $(namespaces_of "$1"); do ip netns del "$name" || true; done
}
