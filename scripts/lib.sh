# Shared by the scripts; to be sourced. Sets `root`, the data paths, and a few functions.

set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd -- "$root"

# An untouched environment (cron, `env -i`) may lack these two.
export HOME="${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}"
export LC_ALL="${LC_ALL:-C.UTF-8}"

data=${BRAID_DATA:-$HOME/.local/share/braid}
model=$data/models/SmolLM2-135M-Instruct.Q4_1.gguf
document=$data/documents/developers-reference.txt
essay=$data/documents/anarchist-faq-h3.txt
braid=$root/.build/release/braid

say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# Runs a command with its output in a log, which is shown only when the command fails.
logged() {
  local log=$1
  shift
  mkdir -p -- "$(dirname -- "$log")"
  "$@" >"$log" 2>&1 && return
  local status=$?
  tail -n 100 -- "$log" >&2
  say "error: '$*' ended with status $status; the whole log is in $log"
  return "$status"
}

# Builds with the given arguments, and shows the compiler's warnings about this package.
build() {
  local log=$root/.build/logs/build.log
  say "Building (some minutes the first time)"
  logged "$log" swift build -c release "$@"
  grep -E "^$root/(Sources|Tests)/.*: warning: " "$log" | sort -u >&2 || true
}
