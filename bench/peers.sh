#!/usr/bin/env bash
# Measures the peers beside Cairn: installs them into .venv-peers, then runs bench/peers.py there.
# Usage: bench/peers.sh [build folder, default build/release]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=${1:-build/release}
venv=.venv-peers
python=.venv/bin/python
install_limit_s=240
peers=(tensorboardX wandb trackio mlflow aim)

# Versions are pip's choice: a peer is measured as its users get it today. One that does not install
# is recorded with pip's last word, and left out.
[[ -x $venv/bin/python ]] || "$python" -m venv "$venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
pip install numpy
for peer in "${peers[@]}"; do
  log=$venv/install-$peer.log
  pip show "$peer" >/dev/null 2>&1 && continue
  [[ -s $log ]] && continue # it did not install before: remove .venv-peers to try again
  echo "peers: installing $peer"
  if timeout "$install_limit_s" "$venv/bin/python" -m pip --disable-pip-version-check --quiet \
    install "$peer" >"$log" 2>&1; then
    rm -f "$log"
  elif [[ ! -s $log ]]; then
    echo "not installed within $install_limit_s s" >"$log"
  fi
done

exec "$venv/bin/python" bench/peers.py --build "$build" --install-logs "$venv"
