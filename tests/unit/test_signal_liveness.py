"""Pictures, flat ones moved about and loops are told from people, however still they sit."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import cos, pi, radians, sin

import numpy as np
import pytest
from numpy.typing import NDArray

from proctor_app.domain.incident import EventType, Phase
from proctor_app.vision.motion import depth, movement, repetition
from proctor_app.vision.observation import Gaze, Observation
from proctor_app.vision.rules import DEFAULT_RULES
from proctor_app.vision.signals.liveness import LivenessMemory, read
from proctor_app.vision.signals.sample import Sample
from proctor_app.vision.tracker import TrackerState, observe
from tests.unit.heads import SHAPE, SPAN_PX
from tests.unit.looks import HEIGHT_PX, WIDTH_PX, look, nobody

KIND = EventType.SPOOF_SUSPECTED
FPS = 2.0
NOISE = np.random.default_rng(1)
KNOTS = np.random.default_rng(2).normal(0.0, 0.7, (6, 2, 200))
Floats = NDArray[np.float64]


def posed(
    yaw_deg: float = 0.0, x: float = 0.0, y: float = 0.0, size: float = 1.0, *, flat: bool = False
) -> Floats:
    """Points in eye spans; a flat face turns as a picture does, without its nose passing by."""
    shape = SHAPE * (1.0, 1.0, 0.0 if flat else 1.0)
    yaw = radians(yaw_deg)
    across = shape[:, 0] * cos(yaw) + shape[:, 2] * sin(yaw)
    return np.column_stack([across, shape[:, 1]]) * size + (x, y)


def frame(
    points: Floats, *, noise: float = 0.003, closed: float = 0.0, gaze: Gaze | None = None
) -> Observation:
    noisy = points + NOISE.normal(0.0, noise, points.shape)
    shares = (noisy * SPAN_PX + (WIDTH_PX / 2, HEIGHT_PX / 2)) / (WIDTH_PX, HEIGHT_PX)
    seen = look(gaze=gaze or Gaze(0.05, 0.02), eyes_closed=closed)
    assert seen.mesh is not None
    mesh = replace(seen.mesh, points=tuple((float(x), float(y)) for x, y in shares))
    return replace(seen, mesh=mesh, quality=replace(seen.quality, digest=NOISE.bytes(16)))


def stream(make: Callable[[float], Observation], seconds: float) -> list[tuple[float, Observation]]:
    times_s = (n / FPS + NOISE.uniform(-0.05, 0.05) for n in range(round(seconds * FPS)))
    return [(at_s, make(at_s)) for at_s in times_s]


def judged(frames: Iterable[tuple[float, Observation]]) -> list[Sample]:
    memory, found = LivenessMemory(), []
    for now_s, seen in frames:
        samples, memory = read(seen, memory, now_s)
        found += [samples[KIND]] if KIND in samples else []
    return found


def wander(at_s: float, track: int = 0) -> float:
    """A movement without a period, about -1 to 1: slow drifts and quicker unrest."""
    quick, slow = KNOTS[track]
    return float(
        0.4 * np.interp(at_s / 1.1, np.arange(len(quick)), quick)
        + 0.6 * np.interp(at_s / 7.0, np.arange(len(slow)), slow)
    )


def printed(_at_s: float) -> Observation:
    return frame(posed())


def print_moved_about(at_s: float) -> Observation:
    return frame(posed(8 * wander(at_s), 0.3 * wander(at_s, 1), 0.2 * wander(at_s, 2),
                       1 + 0.1 * wander(at_s, 3), flat=True))  # fmt: skip


def staring_person(at_s: float) -> Observation:
    """Moves as the print does, never blinks, looks at one spot."""
    return frame(posed(8 * wander(at_s), 0.3 * wander(at_s, 1), 0.2 * wander(at_s, 2),
                       1 + 0.1 * wander(at_s, 3)))  # fmt: skip


def still_person(at_s: float) -> Observation:
    """Hardly moves, and blinks twice a minute where a frame happens to see it."""
    closed = 0.6 if at_s % 30 < 0.5 else 0.0
    return frame(posed(0.5 * wander(at_s), 0.02 * wander(at_s, 1)), closed=closed)


def reader(at_s: float) -> Observation:
    """As still as a picture, but the eyes go along the lines."""
    return frame(posed(), gaze=Gaze(0.25 * sin(1.3 * at_s), -0.1))


@pytest.mark.parametrize(
    ("make", "detail"), [(printed, "still picture"), (print_moved_about, "flat picture")]
)
def test_a_picture_is_suspected_once_a_minute_was_seen(
    make: Callable[[float], Observation], detail: str
) -> None:
    assert judged(stream(make, 55.0)) == []
    found = judged(stream(make, 90.0))
    assert len(found) >= 4
    assert {sample.detail for sample in found} == {detail}
    assert all(sample.score is not None and sample.score > 0.5 for sample in found)


@pytest.mark.parametrize("make", [staring_person, still_person, reader])
def test_a_person_is_not(make: Callable[[float], Observation]) -> None:
    found = judged(stream(make, 120.0))
    assert found
    assert {sample.score for sample in found} == {0.0}


@pytest.mark.parametrize("period_s", [3.3, 7.3, 12.0, 19.7, 29.0])
def test_a_loop_is_suspected_whatever_its_period_and_the_frames_phase(period_s: float) -> None:
    found = judged(stream(lambda at_s: staring_person(at_s % period_s), 90.0))
    last = found[-1]
    assert last.detail.startswith("repeats after ")
    assert last.score is not None
    assert last.score > 0.6
    multiple = float(last.detail.split()[2]) / period_s
    assert abs(multiple - round(multiple)) * period_s <= 0.8


def seated(at_s: float, x: float) -> Observation:
    """Somebody at a place, with a small unrest, who blinks."""
    x, y = x + 0.01 * wander(at_s, 1), 0.01 * wander(at_s, 2)
    return frame(posed(wander(at_s), x, y), closed=0.7 if at_s % 10 < 0.5 else 0.0)


def settled_elsewhere(at_s: float) -> Observation:
    return seated(at_s, 0.8 if at_s > 40 else 0.0)


def leaning_back_and_forth(at_s: float) -> Observation:
    return seated(at_s, 0.5 if at_s % 30 > 15 + wander(at_s) else 0.0)


def rocking(at_s: float) -> Observation:
    """Back and forth every four seconds, as evenly as people do."""
    sway = 0.15 * (1 + 0.3 * wander(at_s, 4)) * sin(2 * pi * at_s / 4 + 0.6 * wander(at_s, 5))
    return seated(at_s, sway)


@pytest.mark.parametrize("make", [settled_elsewhere, leaning_back_and_forth, rocking])
def test_coming_back_to_a_place_or_swaying_is_no_loop(
    make: Callable[[float], Observation],
) -> None:
    found = judged(stream(make, 150.0))
    assert found
    assert {sample.score for sample in found} == {0.0}


def pictures(count: int, seconds: float, each_s: float) -> list[tuple[float, Observation]]:
    """A stream that shows ``count`` different pictures in turn, every pixel as before."""
    shown = [replace(staring_person(n / FPS), quality=replace(look().quality, digest=bytes([n])))
             for n in range(count)]  # fmt: skip
    return [(n / FPS, shown[int(n / FPS / each_s) % count]) for n in range(round(seconds * FPS))]


def test_pictures_equal_in_every_pixel_to_earlier_ones_are_a_recording() -> None:
    found = judged(pictures(20, 40.0, 1 / FPS))
    assert found[0] == Sample(1.0, "the same pictures again")


def test_a_camera_that_hangs_now_and_then_repeats_nothing() -> None:
    assert judged(pictures(60, 40.0, 2.0)) == []


def test_too_few_frames_or_a_long_absence_leave_it_unknown() -> None:
    assert judged((at_s * 2.0, printed(at_s)) for at_s in range(60)) == []
    frames = stream(printed, 90.0)
    interrupted = [(t, nobody() if 50 < t < 60 else seen) for t, seen in frames]
    assert judged(interrupted) == []


def test_the_shipped_rule_opens_after_twenty_seconds_of_suspicion() -> None:
    specs = tuple(rule for rule in DEFAULT_RULES if rule.event_type is KIND)
    state, opened = TrackerState(-1.0, specs), []
    for now_s, seen in stream(printed, 100.0):
        state, transitions, _ = observe(state, seen, now_s)
        opened += [(now_s, one) for one in transitions if one.phase is Phase.OPENED]
    ((now_s, incident),) = opened
    assert 77 <= now_s <= 86
    assert 57 <= incident.start_s <= 66
    assert incident.event == "Presentation attack suspected"


def test_depth_is_what_a_plane_does_not_explain() -> None:
    turns = np.linspace(-15.0, 15.0, 30)
    plane = np.array([posed(turn, x=turn / 30, flat=True) for turn in turns])
    head = np.array([posed(turn, x=turn / 30) for turn in turns])
    assert depth(plane) == pytest.approx(0.0, abs=1e-9)
    assert depth(head) > 0.03
    assert movement(plane) == pytest.approx(movement(head), rel=0.3)


def test_what_does_not_move_repeats_nothing() -> None:
    times_s = np.arange(0.0, 60.0, 0.5)
    still = np.repeat(posed()[None], len(times_s), axis=0)
    assert repetition(times_s, still + NOISE.normal(0, 0.002, still.shape)) is None
