#!/usr/bin/env bash
# Makes .venv use this checkout: the package from python/, the module and the binary from build/release.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

site_packages=$(echo .venv/lib/python3*/site-packages)
echo "$PWD/python" >"$site_packages/cairn.pth"
ln -sfn "$PWD/build/release/cairn" .venv/bin/cairn
for module in build/release/python/cairn/_native*.so; do
  ln -sfn "../../$module" "python/cairn/$(basename "$module")"
done
