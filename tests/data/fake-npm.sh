#!/bin/sh
# An npm for scenarios, without a network: install, ci and uninstall, global or in a folder, with its lock.
# A package named broken is installed and then fails; of several together npm takes all or none.
verb=$1 global= prefix= only=
shift
for word; do
  shift
  case $word in
    --global) global=yes ;;
    --package-lock-only) only=yes ;;
    --prefix) take=prefix ;;
    --*) ;;
    *) if [ "$take" = prefix ]; then prefix=$word take=; else set -- "$@" "$word"; fi ;;
  esac
done
modules=$prefix/node_modules commands=$prefix/node_modules/.bin
if [ "$global" ]; then
  modules=$prefix/lib/node_modules commands=$prefix/bin
else
  set -- $(/bin/sed -n 's/^    "\(.*\)": "\(.*\)"$/\1@\2/p' "$prefix/package.json")
fi
if [ "$verb" = uninstall ]; then
  for name; do /bin/rm -rf "$modules/$name" "$commands/${name##*/}"; done
  exit
fi
case "$# $*" in [2-9]*broken*) echo "npm error code E404" >&2; exit 1 ;; esac
for spec; do
  name=${spec%@*} version=${spec##*@} command=${spec%@*}
  command=${command##*/}
  if [ ! "$global" ] && [ "$verb" = install ]; then
    hash='"integrity": "sha512-AAAA"' url="https://registry.npmjs.org/$name/-/$command-$version.tgz"
    root="\"\": {\"name\": \"isolated-by-aim\", \"dependencies\": {\"$name\": \"$version\"}}"
    entry="\"node_modules/$name\": {\"version\": \"$version\", \"resolved\": \"$url\", $hash}"
    echo "{\"name\": \"isolated-by-aim\", \"lockfileVersion\": 3, \"packages\": {$root, $entry}}" > "$prefix/package-lock.json"
  fi
  if [ "$only" ]; then continue; fi
  /bin/mkdir -p "$modules/$name" "$commands"
  echo "{\"name\": \"$name\", \"version\": \"$version\", \"bin\": {\"$command\": \"cli.js\"}}" > "$modules/$name/package.json"
  printf '#!/bin/sh\necho %s\n' "$version" > "$modules/$name/cli.js"
  /bin/chmod +x "$modules/$name/cli.js"
  /bin/ln -sfn "$modules/$name/cli.js" "$commands/$command"
  if [ "$name" = broken ]; then echo "npm error code E404" >&2; exit 1; fi
done
