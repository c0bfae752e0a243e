#!/usr/bin/env bash
# Trains real models into this checkout's store, shows what was recorded, leaves the page to look at.
#
# What an earlier demo has recorded is not trained again. CAIRN_DIR chooses another store. On a
# terminal the page is served until Ctrl-C; elsewhere one line tells how.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=build/release
cairn=$build/cairn
export CAIRN_BINARY=$PWD/$cairn CAIRN_TAGS=demo

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }
# Prints a command as a user would type it, then runs it.
show() {
  printf '\n$ cairn'
  printf ' %s' "${@@Q}" | sed -E "s/'([A-Za-z0-9_.,:=\/-]+)'/\1/g"
  printf '\n'
  "$cairn" "$@"
}
# How many finished runs of a project match a filter.
count() {
  "$cairn" ls "$1" --filter "$2 and state = finished" --csv --columns id 2>/dev/null |
    tail -n +2 | wc -l
}
# The value of a column of the best run.
best() {
  "$cairn" ls digits --filter "'demo' in tags" --sort -summary.val_acc --csv --columns "$1" --limit 1 |
    tail -n 1
}
# Runs a command quietly: its last line if all is well, all of it otherwise.
quietly() {
  local output
  if ! output=$("$@" 2>&1); then
    printf '%s\n' "$output" >&2
    return 1
  fi
  tail -n 1 <<<"$output"
}

title "Handwritten digits: one scikit-learn training for each learning rate"
for lr in 0.002 0.02 0.1 0.5; do
  printf '  %-10s ' "lr $lr"
  if (($(count digits "'demo' in tags and config.lr = $lr") > 0)); then
    echo "recorded already"
  else
    quietly .venv/bin/python examples/digits.py --lr "$lr" --epochs 15
  fi
done

title "Two spirals: a C++ program with the C++ client"
printf '  %-10s ' "spirals"
if (($(count spirals "config.epochs = 100") > 0)); then
  echo "recorded already"
else
  demo=build/demo
  cmake --install $build --component client --prefix $demo/prefix >/dev/null
  cmake -S examples/cpp -B $demo/spirals -G Ninja -DCMAKE_PREFIX_PATH="$PWD/$demo/prefix" >/dev/null
  cmake --build $demo/spirals >/dev/null
  quietly $demo/spirals/spirals --epochs 100
fi

title "Any command, here awk: its console, exit code and machine are recorded"
printf '  %-10s ' "pi"
if (($(count shell "'demo' in tags") > 0)); then
  echo "recorded already"
else
  quietly "$cairn" run --project shell --name pi --tag demo -- awk 'BEGIN {
    for (n = 1; n <= 2000000; n++) {
      if (rand() ^ 2 + rand() ^ 2 < 1) inside++
      if (n % 400000 == 0) printf "%d darts, pi is about %.4f\n", n, 4 * inside / n
    }
  }'
fi

title "Was it run before? A program, its helper, and edits that matter and that do not"
again=build/demo/again
mkdir -p $again
cp examples/again/*.py examples/again/*.csv $again/
touch $again/cairn.toml   # the root of a project of its own
recall() {
  printf '\n  $ %s\n' "$1"
  (cd $again && PATH=$PWD/../../../build/release:$PATH PS4= bash -c "$1" < /dev/null 2>&1 | sed 's/^/  /') || true
}
export CAIRN_DIR=${CAIRN_DIR:-$PWD/.cairn}
recall "cairn run --sample-period 0 -p again -- python3 fit.py --lr 0.1"
recall "sed -i '1i # a comment' line.py; cairn check -- python3 fit.py --lr 1e-1"
recall "rm fitted.json; cairn run --reuse auto -p again -- python3 fit.py --lr 0.1"
recall "sed -i 's/2 \* error/3 * error/' line.py; cairn check -- python3 fit.py --lr 0.1"
recall "cairn why -- python3 fit.py --lr 0.1"
recall "cairn stats again"

title "A search instead of a grid: equal accuracy, and what the grid has wasted"
for sweep in grid:grid auto:sweep; do
  if "$cairn" sweep show "digits-${sweep%:*}" --json >/dev/null 2>&1; then
    echo "  digits-${sweep%:*} is recorded already"
  else
    PATH=$PWD/.venv/bin:$PATH show sweep "examples/digits_${sweep#*:}.yaml" --run --jobs 2
  fi
done
show sweep show digits-auto --trials 5
printf '\n'
.venv/bin/python examples/against_grid.py digits-grid digits-auto 0.008

title "What was recorded"
show ls
show ls digits --sort -summary.val_acc --columns name,state,config.lr,summary.val_acc,summary.val_loss,duration
show plot "$(best name)" val_acc val_loss --height 14

title "Try next"
cat <<END
  . .venv/bin/activate
  cairn show $(best name)
  cairn ls digits --filter 'config.lr >= 0.01 and summary.val_acc > 0.9' --sort -summary.val_acc
  cairn plot $(best name) loss --log-y --with $("$cairn" ls digits --sort summary.val_acc --csv --columns name --limit 1 | tail -n 1)
  cairn logs pi
  python examples/digits.py --lr 0.05                  # another run
  cairn sweep -m val_acc -g maximize -b 10 -- python examples/digits.py --lr '~log(0.003,0.3)'
  kill -9 it while it trains, then: cairn ls digits    # nothing is lost

The runs are in ${CAIRN_DIR:-.cairn}. README.md is a tour of the rest.
END

title "The page"
if [[ -t 0 && -t 1 ]]; then
  exec "$cairn" ui
fi
echo "  cairn ui          # serves it and opens a browser"
