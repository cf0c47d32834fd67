#!/usr/bin/env bash
# Installs the packages of build/packages/ on machines that hold Node alone and no network, and uses them. Wants root and
# mmdebstrap, and what `npm run packages` made.
#   test/packages.sh            every release and Node: npm as root and as a plain user, pnpm as a plain user, yarn as root
#   test/packages.sh --one      one of these, for CI
set -euo pipefail
cd "$(dirname "$0")/.."
roots=$PWD/build/roots
limit=600 # seconds that one pair may take on a busy machine
fail() {
  echo "packages: $*" >&2
  exit 1
}
. test/roots.sh
need
mkdir -p "$roots"
ls build/packages/*.tgz >/dev/null 2>&1 || fail 'there is nothing in build/packages: run npm run packages'
[[ $(node -p process.arch) == x64 ]] || fail 'these machines are linux-x64'

suites=(bookworm trixie) nodes=(20 22 24) ways=('root npm' 'plain npm' 'plain pnpm' 'root yarn')
[[ ${1-} == --one ]] && suites=(trixie) nodes=(24) ways=('plain npm')
inside_options=(--net) # nothing may be fetched

add_managers() {
  local root=$1 packed each
  for each in "pnpm@10 bin/pnpm.cjs pnpm" "@yarnpkg/cli-dist@4 bin/yarn.js yarn"; do
    read -r package program name <<<"$each"
    packed=$roots/$name.tgz
    [[ -e $packed ]] || mv "$roots/$(npm pack --silent --pack-destination "$roots" "$package")" "$packed"
    mkdir -p "$root/usr/local/lib/$name"
    tar xzf "$packed" -C "$root/usr/local/lib/$name" --no-same-owner --strip-components=1
    chmod +x "$root/usr/local/lib/$name/$program"
    ln -sf "../lib/$name/$program" "$root/usr/local/bin/$name"
  done
}

pair() {
  local suite=$1 root=$2 node=$3 user=$4 manager=$5 start=$SECONDS home id took
  cp "$(node_program "$node")" "$root/usr/local/bin/node"
  [[ $user == root ]] && home=/root id=0 || home=/home/plain id=1000
  rm -rf --one-file-system "$root$home"
  mkdir -p "$root$home/app"
  chown -R "$id:$id" "$root$home"
  touch "$root/packages/.started"
  inside_variables=(HOME="$home" COREPACK_ENABLE_STRICT=0)
  took=$(inside "$root" "cd $home/app && exec setpriv --reuid=$id --regid=$id --clear-groups sh /packages-inside.sh $manager") ||
    fail "$suite, Node $node, $user, $manager: the line above says what failed"
  echo "packages: $suite, Node $node, $user, $manager: True, True, False in $took ms of processor time; $((SECONDS - start)) s in all"
}

# Like Alpine: busybox, and no C library at all. npm has no Node for it, so the program runs alone.
without_libc() {
  local root=$roots/busybox.root busybox packed=build/packages/contents
  busybox=$(command -v busybox) || fail 'there is no busybox here: apt-get install busybox-static'
  rm -rf --one-file-system "$root" && mkdir -p "$root"/{bin,proc,dev,photos}
  cp "$busybox" "$root/bin/sh"
  cp "$packed/linux-x64/fr-sidecar" "$root/bin/"
  cp "$packed"/weights/*.weights node_modules/@vladmandic/face-api/demo/sample1.jpg "$root/photos/"
  ! [[ -e $root/lib ]] || fail 'the root folder has libraries'
  chroot "$root" /bin/sh -c '/bin/fr-sidecar --weights /photos/fr-sidecar.weights /photos/sample1.jpg' >"$roots/bare.csv"
  dist/native/fr-sidecar node_modules/@vladmandic/face-api/demo/sample1.jpg | cmp - "$roots/bare.csv" ||
    fail 'without a C library the program answers something else'
  rm -rf --one-file-system "$root"
  echo 'packages: busybox alone, no C library, no /proc: the program answers the same bytes'
}

clean() { for suite in "${suites[@]}" busybox; do rm -rf --one-file-system "${roots:?}/$suite.root"; done; }
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
without_libc
for suite in "${suites[@]}"; do
  root=$roots/$suite.root
  unpack_root "$suite" "$root"
  add_npm "$root"
  add_managers "$root"
  mkdir -p "$root/packages" "$root/photos"
  cp build/packages/*.tgz "$root/packages/"
  cp node_modules/@vladmandic/face-api/demo/sample[1-3].jpg "$root/photos/"
  cp test/packages-inside.sh "$root/"
  echo 'plain:x:1000:1000::/home/plain:/bin/sh' >>"$root/etc/passwd"
  for node in "${nodes[@]}"; do
    for way in "${ways[@]}"; do
      read -r user manager <<<"$way"
      pair "$suite" "$root" "$node" "$user" "$manager"
    done
  done
done
