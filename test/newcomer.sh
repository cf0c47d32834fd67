#!/usr/bin/env bash
# What a newcomer does first, on machines that hold Node, npm and git alone: clones HEAD, and runs the README's first
# command twice. Wants root and mmdebstrap.   test/newcomer.sh [SUITE...]   (bookworm and trixie, at the same time)
set -euo pipefail
cd "$(dirname "$0")/.."
suites=("${@:-bookworm trixie}")
read -ra suites <<<"${suites[*]}"
work=$PWD/build/newcomer
limit=3600 # seconds that a first run may take beside CI's tests, which go first

fail() {
  echo "newcomer: $*" >&2
  exit 1
}
((EUID == 0)) || fail 'making a root folder and entering it wants root: run it with sudo'
for tool in mmdebstrap unshare git npm; do
  command -v "$tool" >/dev/null || fail "there is no $tool here: apt-get install mmdebstrap util-linux git npm"
done

# A root folder made once is kept as an archive: it takes longer to make than to unpack.
make_root() {
  local suite=$1 sources=() archive=$work/$1.tar
  [[ -e $archive ]] && return
  # This machine's own package sources, which may be an office's mirror, for this suite.
  for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
    [[ -e $file ]] || continue
    sed "s/$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")/$suite/" "$file" >"$work/$suite.${file##*.}"
    sources+=("$work/$suite.${file##*.}")
  done
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,git "$suite" "$archive.part" "${sources[@]}" --format=tar
  mv "$archive.part" "$archive"
}

# Debian 12 gets this machine's Node, Debian 13 npm's newest of a long-term line: both of the two that the project names.
add_node() {
  local suite=$1 root=$2 packed
  mkdir -p "$root/usr/local/bin" "$root/usr/local/lib/node_modules"
  if [[ $suite == bookworm ]]; then
    cp "$(readlink -f "$(command -v node)")" "$root/usr/local/bin/node"
  else
    packed=$(npm pack --silent --pack-destination "$work" "node-linux-$(node -p process.arch)@24")
    tar xzf "$work/$packed" -C "$root/usr/local" --no-same-owner --strip-components=1 package/bin/node
  fi
  cp -r "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
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

# Its mounts are in a namespace of their own and end with it, as does every process inside.
inside() {
  local root=$1 variables=() name
  shift
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY npm_config_registry; do
    [[ -z ${!name-} ]] || variables+=("$name=${!name}")
  done
  # shellcheck disable=SC2016 # the inner shell's own
  unshare --mount --pid --fork --kill-child sh -c '
    mount -t proc proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind /dev "$1/dev" && shift &&
    exec "$@"' sh "$root" chroot "$root" env -i HOME=/root PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    npm_config_userconfig=/etc/npmrc-user npm_config_globalconfig=/etc/npmrc-global \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "${variables[@]}" \
    timeout "$limit" sh -c "cd /root/clone && $*" </dev/null
}

demo() {
  local suite=$1 root=$2 which=$3 out=$work/$1.$3
  local start=$SECONDS
  inside "$root" npm run demo >"$out.out" 2>"$out.err" || { tail -n 30 "$out.err" "$out.out" >&2; fail "$suite: the $which run failed"; }
  [[ $(grep -cx True "$out.out") == 1 && $(grep -cP '\tFalse$' "$out.out") == 4 ]] ||
    { cat "$out.out" >&2; fail "$suite: the $which run's answers are not one True and four False"; }
  echo "newcomer: $suite, $which run: one True, four False, $((SECONDS - start)) s"
}

one() {
  local suite=$1 root=$work/$1.root made
  make_root "$suite"
  rm -rf --one-file-system "$root" && mkdir -p "$root"
  tar xf "$work/$suite.tar" -C "$root" --exclude='./dev/*'
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

mkdir -p "$work"
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
