"""Detectors run at their own rates: a table, and a pure function that reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from proctor_app.vision.observation import Detector

_JITTER_S = 0.1
INTERVALS_S: Mapping[Detector, float] = MappingProxyType(
    {Detector.FACES: 0.0, Detector.OBJECTS: 1.0, Detector.HANDS: 2.0, Detector.IDENTITY: 15.0}
)
"""Seconds between two runs of a detector on one attempt's stream; 0: every frame."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an attempt's signals ask for. at_once: ahead of their turn. idle: not at all, nobody
    would judge what they find."""

    at_once: frozenset[Detector] = frozenset()
    idle: frozenset[Detector] = frozenset()


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class Schedule:
    """When each detector last ran on this stream."""

    last_run_s: Mapping[Detector, float] = field(default_factory=dict)
    intervals_s: Mapping[Detector, float] = field(default_factory=lambda: INTERVALS_S)


def due(
    schedule: Schedule, now_s: float, wishes: Wishes = NO_WISHES
) -> tuple[frozenset[Detector], Schedule]:
    """Tell which detectors run on a frame of ``now_s``, and remember that they did.

    A detector that the table does not name never runs, whoever wishes for it.
    """
    wanted = frozenset(
        detector
        for detector, interval_s in schedule.intervals_s.items()
        if detector not in wishes.idle
        and (
            detector in wishes.at_once
            or now_s - schedule.last_run_s.get(detector, float("-inf")) >= interval_s - _JITTER_S
        )
    )
    ran = {**schedule.last_run_s, **dict.fromkeys(wanted, now_s)}
    return wanted, Schedule(ran, schedule.intervals_s)
