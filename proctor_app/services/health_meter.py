"""How the analysis of frames is doing: latency, age, load and rate, second by second.

One for each process, fed by Monitoring on its event loop; pure but for what it remembers, and time
comes in.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from proctor_app.clock import from_epoch_s

KEPT_S = 600
_NOW_S = 5
"""What "now" means: the last whole seconds, so that one slow frame is no alarm."""
_MAX_VALUES = 512
"""Of one second; more are counted, but their times are not kept."""
_MAX_AGE_S = 1.5
_MAX_LEFT_OUT = 0.05
"""Above these the analysis is degraded: the same bounds by which `make bench` says how many
candidates a machine carries."""


@dataclass(frozen=True, slots=True)
class HealthPoint:
    """A stretch of time beginning at ``at``. Ages and latencies are None where no frame was looked
    at, load is a share of the vision threads (1.0: all were busy). left_out: frames that a newer
    one replaced, or that came too late."""

    at: datetime
    frames: int
    left_out: int
    frames_per_s: float
    load: float
    age_p50_s: float | None = None
    age_p95_s: float | None = None
    latency_p50_ms: float | None = None
    latency_p95_ms: float | None = None

    @property
    def is_degraded(self) -> bool:
        """Whether frames wait too long, or too many are left out."""
        all_frames = self.frames + self.left_out
        too_many = all_frames > 0 and self.left_out / all_frames > _MAX_LEFT_OUT
        return too_many or (self.age_p95_s or 0.0) > _MAX_AGE_S

    @property
    def words(self) -> str:
        """ "load 41 % · frame age 0.3 s · full rate"."""
        if not self.frames + self.left_out:
            return "no frames now"
        age = "unknown" if self.age_p50_s is None else f"{self.age_p50_s:.1f} s"
        rate = "reduced rate" if self.is_degraded else "full rate"
        return f"load {min(self.load, 1.0):.0%} · frame age {age} · {rate}".replace("%", " %")


@dataclass(slots=True)
class _Second:
    number: int = -1
    frames: int = 0
    left_out: int = 0
    busy_ms: float = 0.0
    ages_s: "array[float]" = field(default_factory=lambda: array("f"))
    latencies_ms: "array[float]" = field(default_factory=lambda: array("f"))


class HealthMeter:
    """threads: how many frames can be looked at in the same moment."""

    def __init__(self, threads: int) -> None:
        self._threads = max(1, threads)
        self._ring = [_Second() for _ in range(KEPT_S)]
        self._first_s: int | None = None

    def analysed(self, at: datetime, age_s: float, busy_ms: float) -> None:
        """A frame was answered. age_s: since it came in; busy_ms: how long a thread was at it."""
        second = self._at(at)
        second.frames += 1
        second.busy_ms += busy_ms
        if len(second.ages_s) < _MAX_VALUES:
            second.ages_s.append(age_s)
            second.latencies_ms.append(busy_ms)

    def left_out(self, at: datetime) -> None:
        """A frame was not looked at: a newer one replaced it, or it came too late."""
        self._at(at).left_out += 1

    def now(self, at: datetime) -> HealthPoint:
        """How it has been for the last seconds."""
        last = int(at.timestamp())
        return self._point(last - _NOW_S, last)

    def series(self, at: datetime, step_s: int = 5) -> tuple[HealthPoint, ...]:
        """The last ten minutes in steps, oldest first; nothing from before the first frame."""
        if self._first_s is None:
            return ()
        end = (int(at.timestamp()) // step_s) * step_s
        begin = max(end - KEPT_S + step_s, (self._first_s // step_s) * step_s)
        return tuple(self._point(start, start + step_s) for start in range(begin, end, step_s))

    def _at(self, at: datetime) -> _Second:
        number = int(at.timestamp())
        if self._first_s is None:
            self._first_s = number
        if self._ring[number % KEPT_S].number != number:
            self._ring[number % KEPT_S] = _Second(number)
        return self._ring[number % KEPT_S]

    def _point(self, begin: int, end: int) -> HealthPoint:
        slots = (self._ring[number % KEPT_S] for number in range(begin, end))
        found = [one for one in slots if begin <= one.number < end]
        ages = sorted(value for one in found for value in one.ages_s)
        latencies = sorted(value for one in found for value in one.latencies_ms)
        frames = sum(one.frames for one in found)
        length_s = end - begin
        return HealthPoint(
            at=from_epoch_s(begin),
            frames=frames,
            left_out=sum(one.left_out for one in found),
            frames_per_s=frames / length_s,
            load=sum(one.busy_ms for one in found) / 1000 / (length_s * self._threads),
            age_p50_s=_quantile(ages, 0.5),
            age_p95_s=_quantile(ages, 0.95),
            latency_p50_ms=_quantile(latencies, 0.5),
            latency_p95_ms=_quantile(latencies, 0.95),
        )


def degraded_stretches(points: Sequence[HealthPoint]) -> list[tuple[datetime, datetime]]:
    """From when to when the analysis was degraded, of points that follow one another."""
    step = points[1].at - points[0].at if len(points) > 1 else timedelta(seconds=1)
    found: list[tuple[datetime, datetime]] = []
    for point in points:
        if not point.is_degraded:
            continue
        if found and found[-1][1] == point.at:
            found[-1] = (found[-1][0], point.at + step)
        else:
            found.append((point.at, point.at + step))
    return found


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """The value that this share of them does not exceed (nearest rank)."""
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
