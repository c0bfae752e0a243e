#!/usr/bin/env bash
# Installs what a fresh Debian 12 lacks for building Cairn: system packages, then the Python in .venv.
# Does nothing, and needs no network, when everything is there already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(
  build-essential cmake ninja-build ccache mold git     # building
  clang clang-format clang-tidy libclang-rt-14-dev      # fuzzing, style and static checks
  libfmt-dev libexpected-dev libxxhash-dev libssl-dev   # at home in base
  rapidjson-dev libsqlite3-dev libzstd-dev libre2-dev   # wire, store, query
  libsodium-dev libboost1.81-dev libcli11-dev           # auth, server, cli
  zlib1g-dev libcurl4                                   # server's compression; uploads, by dlopen
  libeigen3-dev                                         # surrogate
  libyaml-dev libtomlplusplus-dev libutf8proc-dev       # trace
  libdtl-dev                                            # cli
  libgtest-dev chromium                                 # tests, journeys through the page
  python3 python3-venv python3-dev
)
# The page is built with Node 18 or newer; one that is there already is as good as Debian's.
command -v node >/dev/null && command -v npm >/dev/null || packages+=(nodejs npm)

install_system_packages() {
  local installed missing
  installed=$(dpkg-query --show --showformat='${db:Status-Abbrev} ${Package}\n' "${packages[@]}" \
    2>/dev/null | sed -n 's/^ii *//p') || true
  mapfile -t missing < <(printf '%s\n' "${packages[@]}" | grep --invert-match --line-regexp \
    --fixed-strings --file <(echo "$installed"))
  ((${#missing[@]})) || return 0

  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || {
      echo "setup: expected root or sudo to install: ${missing[*]}" >&2
      exit 1
    }
    as_root=(sudo)
  fi
  echo "setup: ${as_root[*]:+sudo }apt-get install ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq --yes --no-install-recommends "${missing[@]}" >/dev/null
}

install_python_packages() {
  local stamp=.venv/.setup_inputs inputs
  # The folder is an input because a virtual environment cannot be moved.
  inputs=$(
    {
      pwd
      python3 --version
      cat tools/requirements-dev.txt tools/setup.sh
    } | sha256sum
  )
  [[ -f $stamp && $(<"$stamp") == "$inputs" ]] && return 0

  echo "setup: installing Python packages into .venv"
  rm -f "$stamp"
  [[ -x .venv/bin/python && $(.venv/bin/python -c 'import sys; print(sys.prefix)') == "$PWD/.venv" ]] ||
    python3 -m venv --clear .venv
  .venv/bin/pip install --quiet --disable-pip-version-check -r tools/requirements-dev.txt
  echo "$inputs" >"$stamp"
}

install_system_packages
install_python_packages
