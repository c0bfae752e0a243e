"""Whoever dribbles is cut off; this is the last file, because that takes as long as the patience of
the server, and meanwhile all the other tests are served."""

from __future__ import annotations

import time

from served import PATIENCE_S
from slow_peers import OPENINGS, CutAfter

HEAD_S, BODY_S = 10.0, 30.0  # server::Patience
GRACE_S = 10.0  # for a machine that is busy


def test_whoever_dribbles_is_cut_off(slow: CutAfter) -> None:
    deadline = time.monotonic() + 2 * PATIENCE_S
    while len(slow) < len(OPENINGS) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert HEAD_S - 1 < slow["head"] < HEAD_S + GRACE_S
    assert BODY_S - 1 < slow["body"] < BODY_S + GRACE_S
    assert BODY_S - 1 < slow["chunks"] < BODY_S + GRACE_S
