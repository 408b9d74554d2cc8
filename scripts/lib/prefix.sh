# Gathers the installed third-party C++ pieces into .deps/usr for `scripts/setup --prefix`; sourced after packages.sh.
# shellcheck shell=bash

# Parts of the C and C++ run time that every machine has, and that must be its own.
SYSTEM_LIBRARIES='^(linux-vdso|ld-linux|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s)\.so)'

# copy_shared LIBRARY FOLDER: the file under its own name, and a link of the name that programs load it by.
copy_shared() {
  local real soname
  real=$(readlink -f "$1")
  soname=$(objdump -p "$real" | awk '/SONAME/ {print $2}')
  cp "$real" "$2/"
  [[ $soname == "${real##*/}" ]] || ln -sf "${real##*/}" "$2/$soname"
}

# Headers, CMake files and libraries of the -dev packages, with the shared libraries that those need in turn.
gather_prefix() {
  local usr=$DEPS/usr.new file library_folder
  rm -rf "$usr"
  while read -r file; do
    [[ -f $file ]] || continue
    mkdir -p "$usr${file%/*}"
    case $file in
      /usr/include/* | */cmake/* | */libgtest*.a | */libgmock*.a) cp -L "$file" "$usr${file%/*}/" ;;
      */lib*.so)
        library_folder=$usr${file%/*}
        copy_shared "$file" "$library_folder"
        [[ -e $usr$file ]] || ln -s "$(basename "$(readlink -f "$file")")" "$usr$file"
        ldd "$file" | awk '$3 ~ "^/" {print $1, $3}' | grep -Ev "$SYSTEM_LIBRARIES" | while read -r _ needed; do
          copy_shared "$needed" "$library_folder"
        done || true
        ;;
    esac
  done < <(
    dpkg -L "${LIBRARIES[@]}"
    dpkg -L "${OPTIONAL_HEADERS[@]}" 2>/dev/null | grep '^/usr/include/'
  )
  # Compilers look into the folder of the machine's name only below /usr/include.
  cp -r "$usr/usr/include/$(gcc -print-multiarch)/." "$usr/usr/include/"
  rm -r "$usr/usr/include/$(gcc -print-multiarch)"
  find "$usr" -type d -empty -delete
  # dpkg's paths begin with /usr already.
  rm -rf "${DEPS:?}/usr"
  mv "$usr/usr" "$DEPS/usr"
  rm -rf "$usr"
}

# The font and the definitions that the bundled configs read, 20 MB.
gather_data() {
  local file
  dpkg -L "${DATA[@]}" | grep -E '/(NotoSansCJK-Regular\.ttc|Unihan_Readings\.txt(\.bz2)?)$' | while read -r file; do
    mkdir -p "$DEPS${file%/*}"
    cp "$file" "$DEPS$file"
  done
}
