#!/usr/bin/env bash
# What a newcomer does first, on machines that hold Node, npm and git alone: clones HEAD, and runs the README's first
# command twice. Wants root and mmdebstrap.   test/newcomer.sh [SUITE...]   (bookworm and trixie, at the same time)
set -euo pipefail
cd "$(dirname "$0")/.."
suites=("${@:-bookworm trixie}")
read -ra suites <<<"${suites[*]}"
work=$PWD/build/roots
limit=3600 # seconds that a first run may take beside CI's tests, which go first

fail() {
  echo "newcomer: $*" >&2
  exit 1
}
roots=$work
mkdir -p "$work"
. test/roots.sh
need

# Debian 12 gets this machine's Node, Debian 13 npm's newest of a long-term line: both of the two that the project names.
add_node() {
  local suite=$1 root=$2 node
  add_npm "$root"
  if [[ $suite == bookworm ]]; then node=$(readlink -f "$(command -v node)"); else node=$(node_program 24); fi
  cp "$node" "$root/usr/local/bin/node"
}

# How this machine reaches the package registries: as files and variables, all of which go with the root folder.
add_network() {
  local root=$1 file
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  for file in $(grep -lsE 'Proxy|CaInfo|CAInfo' /etc/apt/apt.conf /etc/apt/apt.conf.d/*); do
    cp "$file" "$root/etc/apt/apt.conf.d/"
  done
  for kind in user global; do
    file=$(npm config get "${kind}config")
    [[ ! -e $file ]] || cp "$file" "$root/etc/npmrc-$kind"
  done
  file=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
  [[ ! -e $file ]] || cp -L "$file" "$root/etc/ssl/certs/ca-certificates.crt"
}

inside_clone() {
  local root=$1 name
  shift
  inside_variables=(HOME=/root npm_config_userconfig=/etc/npmrc-user npm_config_globalconfig=/etc/npmrc-global
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt)
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY npm_config_registry; do
    [[ -z ${!name-} ]] || inside_variables+=("$name=${!name}")
  done
  inside "$root" "cd /root/clone && $*"
}

demo() {
  local suite=$1 root=$2 which=$3 out=$work/$1.$3
  local start=$SECONDS
  inside_clone "$root" npm run demo >"$out.out" 2>"$out.err" || { tail -n 30 "$out.err" "$out.out" >&2; fail "$suite: the $which run failed"; }
  [[ $(grep -cx True "$out.out") == 1 && $(grep -cP '\tFalse$' "$out.out") == 4 ]] ||
    { cat "$out.out" >&2; fail "$suite: the $which run's answers are not one True and four False"; }
  echo "newcomer: $suite, $which run: one True, four False, $((SECONDS - start)) s"
}

one() {
  local suite=$1 root=$work/$1.root made
  unpack_root "$suite" "$root"
  add_node "$suite" "$root"
  add_network "$root"
  git clone --quiet --no-local . "$root/root/clone"
  demo "$suite" "$root" first
  touch "$work/$suite.between"
  demo "$suite" "$root" second
  made=$(find "$root"/root/clone/{dist,node_modules/.package-lock.json} -type f ! -name '*.bin' -newer "$work/$suite.between")
  [[ -z $made ]] || fail "$suite: the second run made again: ${made//$'\n'/ }"
  rm -rf --one-file-system "$root"
}

declare -A running
clean() {
  for pid in "${running[@]}"; do pkill -TERM -P "$pid" || true; done
  wait || true
  for suite in "${suites[@]}"; do rm -rf --one-file-system "${work:?}/$suite.root"; done
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
for suite in "${suites[@]}"; do one "$suite" & running[$suite]=$!; done
status=0
for suite in "${suites[@]}"; do wait "${running[$suite]}" || status=1; done
exit "$status"
