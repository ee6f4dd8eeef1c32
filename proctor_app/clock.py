"""The server's clock, the only one that counts: UTC, aware, replaceable in tests."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the present time, aware, in UTC."""


def _elapsed_s() -> float:
    """Seconds since some moment: they go on while the machine sleeps where the system can tell, and
    nobody who sets the machine's time moves them."""
    name = "CLOCK_BOOTTIME" if hasattr(time, "CLOCK_BOOTTIME") else "CLOCK_MONOTONIC"
    number = getattr(time, name, None)
    return time.monotonic() if number is None else time.clock_gettime(number)


class SteadyClock:
    """The machine's time when it was made, and the time that has passed since.

    A deadline must not move because somebody, or a time server, sets the machine's clock while
    people sit an exam. So the machine is asked for the time once, at the start of the process; from
    then on only the passing of time counts. A machine whose clock was wrong at the start shows the
    right time again after a restart; what was begun before keeps the moments that were noted then.
    """

    def __init__(self) -> None:
        self._began_at = datetime.now(UTC)
        self._began_s = _elapsed_s()

    def __call__(self) -> datetime:
        return self._began_at + timedelta(seconds=_elapsed_s() - self._began_s)


system_clock: Clock = SteadyClock()
"""The one of this process."""


def from_epoch_s(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z, as every interface gives times."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
