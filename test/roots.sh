# Root folders of other Debian releases, to try this software on machines that hold little. Sourced by newcomer.sh and
# packages.sh, which set `roots`, the folder they lie in, and `fail`. Wants root and mmdebstrap.

need() {
  ((EUID == 0)) || fail 'making a root folder and entering it wants root: run it with sudo'
  for tool in mmdebstrap unshare git npm; do
    command -v "$tool" >/dev/null || fail "there is no $tool here: apt-get install mmdebstrap util-linux git npm"
  done
}

# A root folder made once is kept as an archive: it takes longer to make than to unpack.
make_root() {
  local suite=$1 sources=() archive=$roots/$1.tar
  [[ -e $archive ]] && return
  # This machine's own package sources, which may be an office's mirror, for this suite.
  for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
    [[ -e $file ]] || continue
    sed "s/$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")/$suite/" "$file" >"$roots/$suite.${file##*.}"
    sources+=("$roots/$suite.${file##*.}")
  done
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,git "$suite" "$archive.part" "${sources[@]}" --format=tar
  mv "$archive.part" "$archive"
}

unpack_root() {
  local suite=$1 root=$2
  make_root "$suite"
  rm -rf --one-file-system "$root" && mkdir -p "$root"
  tar xf "$roots/$suite.tar" -C "$root" --exclude='./dev/*'
}

# Node's program from npm: MAJOR -> a file, fetched once.
node_program() {
  local major=$1 file=$roots/node-$1 packed
  if [[ ! -e $file ]]; then
    packed=$(npm pack --silent --pack-destination "$roots" "node-linux-$(node -p process.arch)@$major")
    tar xzf "$roots/$packed" -C "$roots" --no-same-owner --strip-components=2 --transform "s/node$/node-$major/" package/bin/node
  fi
  echo "$file"
}

add_npm() {
  local root=$1
  mkdir -p "$root/usr/local/bin" "$root/usr/local/lib/node_modules"
  cp -r "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$root/usr/local/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
}

# Runs a command as `sh -c` does, in a root folder. Its mounts are in a namespace of their own and end with it, as does every
# process inside. `inside_options` are unshare's: --net for a machine without a network. `inside_variables` are the environment's.
inside_options=()
inside_variables=()
inside() {
  local root=$1
  shift
  # shellcheck disable=SC2016 # the inner shell's own
  unshare --mount --pid --fork --kill-child "${inside_options[@]}" sh -c '
    mount -t proc proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind /dev "$1/dev" && shift &&
    exec "$@"' sh "$root" chroot "$root" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    "${inside_variables[@]}" timeout "$limit" sh -c "$*" </dev/null
}
