"""A covered camera, a poor picture and a frozen one are three different things."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from proctor_app.domain.incident import EventType, Phase, Transition
from proctor_app.vision.observation import Observation, QualityProblem
from proctor_app.vision.signals.picture import FROZEN_AFTER_S, PictureMemory, judgeable, read
from proctor_app.vision.signals.sample import Sample
from proctor_app.vision.tracker import TrackerState, finish, observe
from tests.unit.looks import look, nobody

BLOCKED, LOW = EventType.CAMERA_BLOCKED, EventType.FRAME_QUALITY_LOW


def taken(
    problem: QualityProblem | None, digest: bytes = b"", *, faces: bool = True
) -> Observation:
    frame = look() if faces else nobody()
    return replace(frame, quality=replace(frame.quality, problem=problem, digest=digest))


@pytest.mark.parametrize(
    ("problem", "blocked", "low"),
    [
        (None, Sample(0.0), Sample(0.0)),
        (QualityProblem.BLOCKED, Sample(1.0), Sample(0.0)),
        (QualityProblem.DARK, Sample(0.0), Sample(1.0, "dark")),
        (QualityProblem.GLARE, Sample(0.0), Sample(1.0, "glare")),
        (QualityProblem.BLURRED, Sample(0.0), Sample(1.0, "blurred")),
    ],
)
def test_each_problem_speaks_for_one_rule_and_lets_the_others_rest(
    problem: QualityProblem | None, blocked: Sample, low: Sample
) -> None:
    samples, _ = read(taken(problem), PictureMemory(), 0.0)
    assert samples == {BLOCKED: blocked, LOW: low}
    assert judgeable(samples) is (problem is None)


def test_a_covered_camera_that_stays_equal_is_blocked_and_not_frozen() -> None:
    covered = taken(QualityProblem.BLOCKED, b"black")
    _, memory = read(covered, PictureMemory(), 0.0)
    samples, _ = read(covered, memory, 2 * FROZEN_AFTER_S)
    assert samples == {BLOCKED: Sample(1.0), LOW: Sample(0.0)}


def watched(frames: Iterable[tuple[float, Observation]]) -> list[Transition]:
    state, now_s = TrackerState(-1.0), 0.0
    found: list[Transition] = []
    for now_s, frame in frames:
        state, transitions, _ = observe(state, frame, now_s)
        found += transitions
    return found + list(finish(state, now_s)[1])


def closed(found: list[Transition]) -> list[tuple[EventType, float, float | None]]:
    return [(one.event_type, one.start_s, one.end_s) for one in found if one.phase is Phase.CLOSED]


def halves(
    count: int, problem: QualityProblem | None, begin_s: float
) -> list[tuple[float, Observation]]:
    """Frames every half second, no two of them equal, with nobody in them."""
    times_s = [begin_s + n / 2 for n in range(count)]
    return [(at_s, taken(problem, str(at_s).encode(), faces=False)) for at_s in times_s]


@pytest.mark.parametrize(
    ("problem", "kind"), [(QualityProblem.BLOCKED, BLOCKED), (QualityProblem.DARK, LOW)]
)
def test_three_seconds_make_an_incident_and_nobody_is_missed_meanwhile(
    problem: QualityProblem, kind: EventType
) -> None:
    seen = [(at_s, taken(None, str(at_s).encode())) for at_s in (0.0, 0.5)]
    covered = halves(12, problem, 1.0)
    back = [(at_s, taken(None, str(at_s).encode())) for at_s in (7.0, 7.5, 8.0, 8.5)]
    assert closed(watched([*seen, *covered, *back])) == [(kind, 1.0, 7.0)]


def test_a_hand_that_passes_before_the_camera_is_no_incident() -> None:
    assert watched(halves(5, QualityProblem.BLOCKED, 0.0)) == []


def test_an_empty_room_is_absence_not_a_blocked_camera() -> None:
    assert {one.event_type for one in watched(halves(12, None, 0.0))} == {EventType.FACE_ABSENT}
