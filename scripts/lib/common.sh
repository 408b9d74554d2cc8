# Shell functions shared by scripts/setup, quickstart and test; sourced, after which the working folder is the root of
# the tree. What they say goes to stderr: stdout is for results.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DEPS=$ROOT/.deps
VENV=$ROOT/.venv
cd "$ROOT"

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

# The comment at the head of the running script is its help text.
print_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# Compilers to run at once: one per processor, and 2 GB of free memory for each, which a LibTorch source may take.
parallel_jobs() {
  local processors by_memory
  processors=$(nproc)
  by_memory=$(awk '/^MemAvailable/ {print int($2 / 2000000)}' /proc/meminfo)
  echo $((by_memory < 1 ? 1 : by_memory < processors ? by_memory : processors))
}

# configure FOLDER [cmake arguments]: a build folder that exists keeps its generator and its cache.
configure() {
  local folder=$1
  shift
  local generator=()
  [[ -f $folder/CMakeCache.txt ]] || generator=(-G Ninja)
  cmake -S "$ROOT" -B "$folder" "${generator[@]}" "$@" >&2
}

# build FOLDER [targets]
build() {
  local folder=$1
  shift
  local targets=()
  (($# == 0)) || targets=(--target "$@")
  cmake --build "$folder" --parallel "$(parallel_jobs)" "${targets[@]}" >&2
}
