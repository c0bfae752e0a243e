#!/usr/bin/env bash
# Proves that the wheel is all a Python user needs: installed alone, it logs a run and lists it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$work" .
# What the package needs from others comes from .venv, so that no network is needed.
python3 -m venv --without-pip "$work/venv"
site_packages=$(echo "$work"/venv/lib/python3*/site-packages)
.venv/bin/python -m pip --python "$work/venv/bin/python" install --quiet --no-deps --no-index "$work"/*.whl
ln -s "$(.venv/bin/python -c 'import numpy, pathlib; print(pathlib.Path(numpy.__file__).parent)')"* "$site_packages"

cd "$work"
export CAIRN_DIR=$work/store PATH=$work/venv/bin:$PATH
python - <<'PYTHON'
import cairn

with cairn.init(project="wheel", name="first") as run:
    run.log({"loss": 0.5})
assert [r.name for r in cairn.runs("wheel")] == ["first"]
PYTHON
cairn ls wheel | grep -q first
echo "$(cd "$work" && ls ./*.whl): installs alone, logs and lists"
