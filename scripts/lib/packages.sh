# Debian packages for scripts/setup; sourced after common.sh.
# shellcheck shell=bash disable=SC2034

# Programs, as command:package. Any version that is on the PATH will do.
BUILD_TOOLS=(g++:g++ cmake:cmake ninja:ninja-build python3:python3)
OTHER_TOOLS=(git:git ccache:ccache clang-format:clang-format)
LIBRARIES=(libspdlog-dev libfmt-dev libcli11-dev libyaml-cpp-dev nlohmann-json3-dev libstb-dev libfreetype-dev
  libgtest-dev libgmock-dev libbz2-dev zlib1g-dev libssl-dev libwebp-dev libgif-dev)
# Of which only the headers serve, for training in several processes on CPUs; a build goes without.
OPTIONAL_HEADERS=(libgloo-dev)
DATA=(fonts-noto-cjk unicode-data)
# What the judge learns from; the generator never sees them.
JUDGE_FONTS=(fonts-hanazono fonts-wqy-zenhei fonts-droid-fallback fonts-cns11643-kai fonts-cns11643-sung)

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]; }

# missing_tools COMMAND:PACKAGE...: the packages of the commands that are not there.
missing_tools() {
  local tool
  for tool in "$@"; do
    command -v "${tool%%:*}" >/dev/null || echo "${tool#*:}"
  done
}

missing_packages() {
  local package
  for package in "$@"; do
    is_installed "$package" || echo "$package"
  done
}

# Installs the packages with root's rights, or says which they are.
install_packages() {
  (($# > 0)) || return 0
  say "installing $*"
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "neither root nor sudo: have these packages installed, then run this again: $*"
    as_root=(sudo)
  fi
  command -v apt-get >/dev/null || fail "no apt-get here: install by hand what these Debian packages hold: $*"
  # sudo drops the environment, and with it the way through a proxy.
  local proxies=(${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"})
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${proxies[@]}" apt-get -qq -o Dpkg::Use-Pty=0)
  # The lists of a fresh machine or container are empty or too old to name files that still exist.
  "${apt[@]}" install --yes --no-install-recommends "$@" >/dev/null 2>&1 && return
  "${apt[@]}" update
  "${apt[@]}" install --yes --no-install-recommends "$@" >/dev/null || fail "apt-get could not install: $*"
}
