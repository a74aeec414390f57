"""Waits for what is made in the background, which takes real time whatever the clock of the tests says."""

from __future__ import annotations

import time


def until(ask, seconds=60):
    """The first answer that is not falsy."""
    ends_at = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < ends_at:
        time.sleep(0.02)
    assert answer
    return answer
