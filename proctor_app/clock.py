"""The server's clock, the only one that counts: UTC, aware, replaceable in tests."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present time, aware, in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def from_epoch_s(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z, as every interface gives times."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
