"""Somebody else is reported after two failed checks in a row, never after one, never unverified."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from proctor_app.domain.incident import EventType, Phase, Transition
from proctor_app.vision.observation import Detector, FaceDescription, Observation
from proctor_app.vision.profile import ANYBODY, Profile
from proctor_app.vision.signals import wishes
from proctor_app.vision.signals.identity import MAX_DISTANCE, IdentityMemory, nearest, read
from proctor_app.vision.signals.sample import Sample
from proctor_app.vision.tracker import TrackerState, observe
from proctor_app.vision.tracker import wishes as tracker_wishes
from tests.unit.looks import look, nobody

KIND = EventType.IDENTITY_MISMATCH
ENROLLED = (0.0,) * 128
CANDIDATE = Profile(enrolled=(ENROLLED,))
UNVERIFIABLE = FaceDescription(None, "turned")


def at_distance(distance: float) -> FaceDescription:
    return FaceDescription((distance, *ENROLLED[1:]))


SELF, OTHER = at_distance(0.3), at_distance(0.8)


def checked(description: FaceDescription | None) -> Observation:
    return replace(look(), identity=description)


def scores(
    checks: Iterable[tuple[float, FaceDescription | None]], profile: Profile = CANDIDATE
) -> list[float | None]:
    memory, found = IdentityMemory(), []
    for now_s, description in checks:
        samples, memory = read(checked(description), memory, profile, now_s)
        found.append(samples[KIND].score if KIND in samples else None)
    return found


def test_one_failed_check_says_nothing_and_the_second_one_in_a_row_is_a_mismatch() -> None:
    assert scores([(0.0, OTHER), (8.0, OTHER)]) == [None, 1.0]


def test_a_mismatch_began_with_the_first_failed_check() -> None:
    memory = IdentityMemory()
    _, memory = read(checked(OTHER), memory, CANDIDATE, 10.0)
    samples, _ = read(checked(OTHER), memory, CANDIDATE, 18.0)
    assert samples[KIND] == Sample(1.0, since_s=10.0)


def test_a_match_between_two_failures_breaks_the_row() -> None:
    assert scores([(0.0, OTHER), (8.0, SELF), (16.0, OTHER)])[-1] is None


def test_a_face_that_cannot_be_verified_neither_counts_nor_breaks_the_row() -> None:
    assert scores([(0.0, OTHER), (8.0, UNVERIFIABLE), (16.0, OTHER)]) == [None, None, 1.0]


def test_a_failure_that_could_not_be_confirmed_for_a_minute_is_forgotten() -> None:
    checks = [(0.0, OTHER), *((8.0 * n, UNVERIFIABLE) for n in range(1, 9)), (72.0, OTHER)]
    assert scores(checks)[-1] is None


@pytest.mark.parametrize(
    ("beyond", "expected"),
    [(-0.3, 0.0), (-0.1, 0.25), (0.0, 0.5), (0.1, 0.75), (0.2, 1.0), (0.7, 1.0)],
)
def test_doubt_grows_with_the_distance_and_is_half_at_the_threshold(
    beyond: float, expected: float
) -> None:
    failed = (0.0, at_distance(0.9)), (8.0, at_distance(0.9))
    found = scores([*failed, (16.0, at_distance(MAX_DISTANCE + beyond))])[-1]
    assert found == pytest.approx(expected)


def test_the_nearest_of_several_templates_decides() -> None:
    templates = (ENROLLED, (1.0, *ENROLLED[1:]))
    assert nearest(at_distance(0.9), templates) == pytest.approx(0.1)
    assert nearest(UNVERIFIABLE, templates) is None
    assert nearest(SELF, ()) is None


def test_nobody_is_judged_who_is_not_enrolled() -> None:
    assert scores([(0.0, OTHER), (8.0, OTHER)], ANYBODY) == [None, None]
    assert Detector.IDENTITY in wishes(TrackerState(0.0).memory, ANYBODY, 0.0).idle


def at_once(state: TrackerState, now_s: float) -> bool:
    return Detector.IDENTITY in tracker_wishes(state, now_s).at_once


def watched(
    frames: Iterable[tuple[float, Observation]],
) -> tuple[TrackerState, list[Transition]]:
    state, found = TrackerState(-1.0, profile=CANDIDATE), []
    for now_s, frame in frames:
        unlike = replace(frame.quality, digest=str(now_s).encode())
        state, transitions, _ = observe(state, replace(frame, quality=unlike), now_s)
        found += [one for one in transitions if one.event_type is KIND]
    return state, found


def test_a_face_that_returns_is_checked_at_once_and_then_by_the_schedule() -> None:
    seen = [(0.0, checked(SELF)), (0.5, look())]
    away = [(1.0, nobody()), (1.5, nobody()), (2.0, nobody())]
    assert not at_once(watched(seen)[0], 0.5)
    assert not at_once(watched(seen + away)[0], 2.0)
    back = [*seen, *away, (2.5, look())]
    assert at_once(watched(back)[0], 3.0)
    assert not at_once(watched([*back, (3.0, checked(SELF))])[0], 3.5)


def test_a_single_frame_without_a_face_is_no_absence() -> None:
    state, _ = watched([(0.0, checked(SELF)), (0.5, nobody()), (1.0, look())])
    assert not at_once(state, 1.5)


def test_after_a_gap_in_the_stream_the_face_is_checked_at_once() -> None:
    state, _ = watched([(0.0, checked(SELF)), (10.0, look())])
    assert at_once(state, 10.5)


def test_a_check_that_could_not_be_made_stays_wanted_until_it_is() -> None:
    frames = [(0.0, checked(SELF)), (8.0, checked(UNVERIFIABLE))]
    assert at_once(watched(frames)[0], 8.5)
    assert not at_once(watched([*frames, (8.5, checked(SELF))])[0], 9.0)


def test_a_failed_check_is_repeated_after_three_seconds() -> None:
    state, _ = watched([(0.0, checked(OTHER)), (1.0, look()), (2.5, look())])
    assert not at_once(state, 2.9)
    assert at_once(state, 3.0)


def test_somebody_else_opens_an_alert_and_the_candidates_return_closes_it() -> None:
    frames = [(0.0, checked(SELF)), (8.0, checked(OTHER)), (11.0, checked(OTHER))]
    _, (opened,) = watched(frames)
    assert (opened.phase, opened.start_s, opened.event) == (
        Phase.OPENED,
        8.0,
        "Face not recognised",
    )
    _, (_, closed) = watched([*frames, (19.0, checked(SELF))])
    assert (closed.phase, closed.end_s) == (Phase.CLOSED, 19.0)


def test_an_alert_stands_while_the_face_turns_away_for_a_while() -> None:
    frames = [(0.0, checked(OTHER)), (3.0, checked(OTHER))]
    turned = [(3.0 + n, checked(UNVERIFIABLE)) for n in range(1, 25)]
    assert len(watched([*frames, *turned])[1]) == 1
