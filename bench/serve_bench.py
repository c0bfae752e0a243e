"""`cairn serve` on an empty store: how soon it is ready, and what it holds when nobody is there.

Usage: python bench/serve_bench.py CAIRN [FOLDER]
"""

from __future__ import annotations

import http.client
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
SETTLE_S = 6.0  # one round of its own care, which is every five seconds


def start(cairn: str, store: str) -> tuple[subprocess.Popen[str], int, float]:
    """The process, its port, and the milliseconds from its start until /ready answered 200."""
    began = time.perf_counter()
    command = [cairn, "serve", "--dir", store, "--port", "0", "--access-log", "/dev/null"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    port = int(process.stdout.readline().rsplit(":", 1)[1])
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/ready")
        status = connection.getresponse().status
        connection.close()
        if status == 200:
            return process, port, (time.perf_counter() - began) * 1000
        time.sleep(0.0005)


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("expected VmRSS, found none")


def main() -> None:
    cairn = sys.argv[1]
    folder = sys.argv[2] if len(sys.argv) > 2 else None
    ready_ms = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(dir=folder) as store:
            process, _port, took_ms = start(cairn, store)
            ready_ms.append(took_ms)
            process.terminate()
            process.wait()
    with tempfile.TemporaryDirectory(dir=folder) as store:
        process, _port, _took = start(cairn, store)
        time.sleep(SETTLE_S)
        idle = resident_mb(process.pid)
        process.terminate()
        process.wait()
    print(f"{'serve.ready.p50':<44} {sorted(ready_ms)[ROUNDS // 2]:.4g} ms")
    print(f"{'serve.ready.max':<44} {max(ready_ms):.4g} ms")
    print(f"{'serve.idle_memory':<44} {idle:.4g} MB")


if __name__ == "__main__":
    main()
