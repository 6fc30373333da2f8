"""Waiting for a condition, with a deadline, never for a length of time."""

import time


def until(condition, seconds, what):
    """Asks `condition` until it answers something true, and answers that. Fails after `seconds`, saying `what`."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)
