#!/usr/bin/env bash
# Runs every libFuzzer target for SECONDS each: fuzz.sh SECONDS. A crash stops it and leaves its input.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for target in build/fuzz/fuzz/*_fuzz; do
  name=$(basename "$target" _fuzz)
  found=build/fuzz/found/$name  # new inputs; what is worth keeping is copied to the corpus by hand
  mkdir -p "$found"
  echo "== $name, $1 s"
  "$target" -max_total_time="$1" -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="build/fuzz/$name-" "$found" "fuzz/corpus/$name"
done
