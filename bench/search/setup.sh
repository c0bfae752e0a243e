#!/usr/bin/env bash
# Installs the peers of bench/search outside of the checkout: FOLDER/newer and FOLDER/older.
# Usage: bench/search/setup.sh [FOLDER, default /tmp/cairn-search-peers]    (8 GB; again: what is missing)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-/tmp/cairn-search-peers}
package_limit_s=900

# A package that does not install is written down with pip's last word, for the report.
install() {
  local environment=$1 requirements=$here/requirements-$1.txt log=$folder/install.log package
  local python=$folder/$environment/bin/python
  [[ -x $python ]] || python3 -m venv "$folder/$environment"
  while read -r package; do
    [[ -z $package || $package == \#* ]] && continue
    "$python" -c "import importlib.metadata as m, sys; sys.exit(m.version(sys.argv[1]) != sys.argv[2])" \
      "${package%%==*}" "${package##*==}" 2>/dev/null && continue
    echo "search: installing $package"
    timeout "$package_limit_s" "$python" -m pip --disable-pip-version-check --no-input --quiet \
      install --constraint "$requirements" "$package" >"$log" 2>&1 </dev/null ||
      echo "$package: $(tail -n 1 "$log" | cut -c 1-200)" >>"$folder/missing.txt"
  done <"$requirements"
}

mkdir -p "$folder"
: >"$folder/missing.txt"
install newer
install older
cat "$folder/missing.txt"
