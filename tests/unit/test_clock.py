"""The server's clock: the machine's may be set while people sit an exam, deadlines don't move."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from proctor_app import clock as clock_module
from proctor_app.clock import SteadyClock


class _Machine:
    """A machine whose clock anybody may set, while time passes as it does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.passed_s = 1000.0
        machine = self

        class Datetime(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return machine.wall

        monkeypatch.setattr(clock_module, "datetime", Datetime)
        monkeypatch.setattr(time, "clock_gettime", lambda _number: self.passed_s)
        monkeypatch.setattr(time, "monotonic", lambda: self.passed_s)

    def wait(self, seconds: float) -> None:
        self.passed_s += seconds
        self.wall += timedelta(seconds=seconds)

    def set_clock(self, **by: float) -> None:
        self.wall += timedelta(**by)


@pytest.mark.parametrize("hours", [1, -1, 24 * 365])
def test_given_the_machines_clock_is_set_then_only_the_time_that_passed_counts(
    monkeypatch: pytest.MonkeyPatch, hours: float
) -> None:
    machine = _Machine(monkeypatch)
    clock = SteadyClock()
    began_at = clock()
    machine.wait(60)

    machine.set_clock(hours=hours)
    machine.wait(30)

    assert clock() - began_at == timedelta(seconds=90)


def test_given_a_restart_then_the_machines_time_is_taken_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = _Machine(monkeypatch)
    SteadyClock()
    machine.set_clock(hours=1)

    assert SteadyClock()() == machine.wall


def test_given_a_system_that_tells_nothing_of_its_sleep_then_its_other_clock_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = _Machine(monkeypatch)
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):
        monkeypatch.delattr(time, name, raising=False)
    clock = SteadyClock()
    began_at = clock()

    machine.wait(5)

    assert clock() - began_at == timedelta(seconds=5)


def test_the_clock_of_this_process_tells_the_machines_time() -> None:
    off = clock_module.system_clock() - datetime.now(UTC)

    assert abs(off) < timedelta(seconds=60)
    assert clock_module.system_clock().tzinfo is UTC
