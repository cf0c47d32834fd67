#!/bin/sh
# What a user does with the packed packages, on a machine with Node alone: installs, trains, recognises, imports, uninstalls.
# Runs in an empty folder.   packages-inside.sh npm|pnpm|yarn
set -eu
manager=$1
packages=/packages
fail() {
  echo "packages: $manager, node $(node --version): $*" >&2
  exit 1
}
name=serverless-face-recognition
# Processor time of the commands in between: the clock of a busy machine says little. `times` writes 0m1.23s 0m0.04s.
milliseconds() {
  awk -F '[ms ]+' 'FNR == 2 { now = 60 * $1 + $2 + 60 * $3 + $4; took = now - before; before = now } END { printf "%.0f", 1000 * took }' times-before times-after
}
file() { ls "$packages"/$1-[0-9]*.tgz; }
main=$(file $name)
weights=$(file $name-weights)
program=$(file $name-linux-x64)

case $manager in
  npm)
    echo '{"name":"app","private":true}' >package.json
    npm install --offline --ignore-scripts --no-audit --no-fund --loglevel=error "$main" "$weights" "$program" >/dev/null
    ;;
  *) # these take a dependency's own dependencies from files only when told to for the whole tree
    pins="{\"@$name/weights\":\"file:$weights\",\"@$name/linux-x64\":\"file:$program\",\"@$name/linux-arm64\":\"file:$program\"}"
    case $manager in
      pnpm)
        echo "{\"name\":\"app\",\"private\":true,\"dependencies\":{\"$name\":\"file:$main\"},\"pnpm\":{\"overrides\":$pins}}" >package.json
        pnpm install --offline --ignore-scripts --silent
        ;;
      yarn)
        echo "{\"name\":\"app\",\"private\":true,\"dependencies\":{\"$name\":\"file:$main\"},\"resolutions\":$pins}" >package.json
        printf 'nodeLinker: node-modules\nenableScripts: false\nenableTelemetry: false\nenableNetwork: false\n' >.yarnrc.yml
        yarn install >/dev/null
        ;;
    esac
    ;;
esac
PATH=$PWD/node_modules/.bin:$PATH

times >times-before
fr-train -q --face 2 -o she.csv /photos/sample3.jpg
answers=$(fr-recognize -q she.csv /photos/sample3.jpg /photos/sample1.jpg /photos/sample2.jpg | cut -f2 | tr '\n' ' ')
[ "$answers" = 'True True False ' ] || fail "the answers are '$answers', not 'True True False '"
times >times-after
took=$(milliseconds)
[ "$took" -lt 10000 ] || fail "train and recognise took $took ms of processor time, and 10 s are allowed"
serverless-face-recognition recognize -q she.csv /photos/sample1.jpg | grep -qx True || fail 'the command named as the package differs'
fr-recognize --version --json | grep -q '"kind":"native"' || fail 'the native program is not the one that runs'

cat >library.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { recognize } from 'serverless-face-recognition';
const require = createRequire(import.meta.url);
const { face_present } = await recognize('/photos/sample1.jpg', readFileSync('she.csv'));
console.log(face_present, require('serverless-face-recognition').recognize === recognize, '$defs' in require('serverless-face-recognition/schema.json'));
JS
# Node 20 warns that require() of a module is new
[ "$(NODE_NO_WARNINGS=1 node library.mjs)" = 'True true true' ] || fail 'the library does not answer'
fr-recognize -q she.csv /photos/sample1.jpg --annotate out.png 2>err && fail '--annotate worked without sharp'
grep -q 'run npm install sharp@' err || fail "--annotate without sharp says: $(cat err)"

# WebAssembly, as a platform without a native program has it
rm -rf node_modules/@$name/linux-x64 node_modules/.pnpm/@$name+linux-x64*
if [ "$manager" != pnpm ]; then
  answers=$(fr-recognize -q she.csv /photos/sample3.jpg /photos/sample1.jpg /photos/sample2.jpg | cut -f2 | tr '\n' ' ')
  [ "$answers" = 'True True False ' ] || fail "by WebAssembly the answers are '$answers'"
fi

# The journal of a run over several pictures is kept until somebody says this, or for 30 days.
fr-recognize --forget 2>&1 | grep -q '[1-9] journal' || fail '--forget found no journal'
case $manager in
  npm) npm uninstall --offline --no-audit --no-fund --loglevel=error $name @$name/weights @$name/linux-x64 >/dev/null ;;
  pnpm) pnpm remove --silent --config.modules-cache-max-age=0 $name ;;
  yarn) yarn remove $name >/dev/null ;;
esac
left=$(find . -type f -path "*$name*" ! -name '*.yaml' | head -n 3)
[ -z "$left" ] || fail "after the uninstall there is still $left"
# The managers keep caches of their own, and npm and yarn one of what Node compiled.
left=$(find "$HOME" /tmp -newer /packages/.started -type f ! -path '*/.npm/*' ! -path '*/pnpm/*' ! -path '*/.yarn/*' ! -path "$PWD/*" ! -path '*/.cache/node*' ! -path '/tmp/node-compile-cache/*' | head -n 3)
[ -z "$left" ] || fail "outside the folder there is $left"
echo "$took" # ms of processor time, of train and recognise
