# Packages from npm for scripts/setup, as they are published; sourced after packages.sh.
# shellcheck shell=bash

# npm_package NAME VERSION [FILE...]: the files, or all there is, in .deps/NAME, without the folders they lie in if
# they are named. A folder that holds this version already is left alone, so one that was brought along needs no npm.
npm_package() {
  local name=$1 version=$2 folder=$DEPS/$1 work wanted
  shift 2
  [[ -f $folder/version && $(<"$folder/version") == "$version" ]] && return
  say "fetching $name $version from npm"
  mapfile -t wanted < <(missing_tools npm:npm)
  install_packages "${wanted[@]}"
  work=$(mktemp -d)
  if ! (cd "$work" && npm pack --loglevel=error "$name@$version" >/dev/null 2>log && tar -xzf "$name-$version.tgz" 2>>log); then
    fail "npm could not fetch $name $version: $(tail -n 5 "$work/log"; rm -rf "$work")"
  fi
  rm -rf "$folder"
  mkdir -p "$folder"
  if (($# > 0)); then
    (cd "$work/package" && cp "$@" "$folder/")
  else
    cp -r "$work/package/." "$folder/"
  fi
  rm -rf "$work"
  echo "$version" >"$folder/version"
}
