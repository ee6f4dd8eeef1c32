"""How long to wait before something that failed is tried again."""

from datetime import timedelta

FIRST = timedelta(seconds=20)
LONGEST = timedelta(hours=6)


def backoff(tries: int, first: timedelta = FIRST, longest: timedelta = LONGEST) -> timedelta:
    """The wait after so many tries that failed, from 1 on: twice as long each time, up to the
    longest."""
    if tries < 1:
        raise ValueError("there is nothing to wait for before the first try")
    doubled = 1 << min(tries - 1, 20)  # beyond this the longest is reached
    return min(first * doubled, longest)
