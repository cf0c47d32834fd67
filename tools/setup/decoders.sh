#!/bin/sh
# Unpacks Debian's source packages, with Debian's patches: decoders.sh FOLDER PACKAGE... makes FOLDER/PACKAGE of each. Takes
# them from where this machine's own packages come from, and leaves the machine's package lists alone, so anybody may run it.
set -eu
folder=$1
shift
apt=$folder/.apt
missing=
for package; do [ -d "$folder/$package" ] || missing=1; done
[ -n "$missing" ] || exit 0

rm -rf "$apt"
mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/unpacked"
apt=$(cd "$apt" && pwd)
. /etc/os-release

# This release's sources, as deb-src. Somebody else's packages may have no sources, so their lines are left out.
for list in /etc/apt/sources.list.d/*.sources; do
  [ -f "$list" ] || continue
  awk -v RS= -v ORS='\n\n' -v release="$VERSION_CODENAME" '
    $0 ~ ("(^|\n)Suites:[^\n]*" release) { sub(/(^|\n)Types:[^\n]*/, "\nTypes: deb-src"); print }' "$list" >"$apt/parts/${list##*/}"
done
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -f "$list" ] || continue
  awk -v release="$VERSION_CODENAME" '$1 == "deb" && index($0, " " release) { $1 = "deb-src"; print }' "$list" \
    >"$apt/parts/${list##*/}"
done
find "$apt/parts" -empty -delete

options="-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=$apt/parts -o Dir::State::Lists=$apt/lists -o Dir::Cache=$apt/cache
 -o APT::Sandbox::User=root -o Acquire::Retries=3"
# shellcheck disable=SC2086
apt-get $options update
for package; do
  [ -d "$folder/$package" ] && continue
  found=
  # A mirror may list a version that it does not have yet or any more.
  # shellcheck disable=SC2086
  for version in $(apt-cache $options showsrc "$package" | sed -n 's/^Version: //p' | sort -Vru); do
    rm -rf "$apt/unpacked"
    mkdir "$apt/unpacked"
    if (cd "$apt/unpacked" && apt-get $options source "$package=$version"); then
      found=1
      break
    fi
    echo "$package $version cannot be had: the version before is tried" >&2
  done
  [ -n "$found" ] || { echo "no source package $package" >&2; exit 1; }
  mv "$apt/unpacked"/*/ "$folder/$package"
done
rm -rf "$apt"
