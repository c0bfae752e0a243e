"""A training program: logs as many steps as each line of its input says, and ends with it."""

from __future__ import annotations

import sys

import cairn


def main() -> None:
    run = cairn.init(project="digits", id="r1")
    print("ready", flush=True)
    step = 0
    for line in sys.stdin:
        for _ in range(int(line)):
            run.log({"loss": step / 2}, step=step)
            step += 1
        print(step, flush=True)
    run.finish()


if __name__ == "__main__":
    main()
