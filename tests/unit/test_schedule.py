"""Detectors run at their own rates, ahead of their turn where a signal asks, never where idle."""

from proctor_app.vision.observation import Detector
from proctor_app.vision.schedule import INTERVALS_S, Schedule, Wishes, due

FACES, OBJECTS, HANDS, IDENTITY = Detector


def ran(fps: float, seconds: float, wishes: Wishes | None = None) -> dict[Detector, int]:
    """Count the runs of each detector over a stream."""
    schedule, counts = Schedule(), dict.fromkeys(Detector, 0)
    for number in range(round(seconds * fps)):
        detectors, schedule = due(schedule, number / fps, wishes or Wishes())
        for detector in detectors:
            counts[detector] += 1
    return counts


def test_every_detector_has_a_rate_and_the_first_frame_sees_them_all() -> None:
    assert set(INTERVALS_S) == set(Detector)
    assert due(Schedule(), 0.0)[0] == frozenset(Detector)


def test_a_minute_at_two_frames_a_second() -> None:
    assert ran(2.0, 60.0) == {FACES: 120, OBJECTS: 60, HANDS: 30, IDENTITY: 4}


def test_slow_streams_run_everything_they_can() -> None:
    assert ran(0.5, 60.0) == {FACES: 30, OBJECTS: 30, HANDS: 30, IDENTITY: 4}


def test_a_frame_that_comes_a_little_early_is_no_reason_to_wait_for_the_next() -> None:
    _, schedule = due(Schedule(), 0.0)
    assert OBJECTS in due(schedule, 0.92)[0]
    assert OBJECTS not in due(schedule, 0.88)[0]


def test_a_wish_is_granted_at_once_and_the_turn_begins_anew() -> None:
    _, schedule = due(Schedule(), 0.0)
    wanted, schedule = due(schedule, 0.5, Wishes(at_once=frozenset({IDENTITY})))
    assert wanted == {FACES, IDENTITY}
    assert IDENTITY not in due(schedule, 15.0)[0]
    assert IDENTITY in due(schedule, 15.5)[0]


def test_what_nobody_judges_does_not_run_even_if_wished_for() -> None:
    idle = frozenset({IDENTITY})
    assert ran(2.0, 20.0, Wishes(idle=idle))[IDENTITY] == 0
    assert ran(2.0, 20.0, Wishes(at_once=idle, idle=idle))[IDENTITY] == 0


def test_a_detector_that_the_table_does_not_name_never_runs() -> None:
    only_faces = Schedule(intervals_s={FACES: 0.0})
    assert due(only_faces, 0.0, Wishes(at_once=frozenset({HANDS})))[0] == {FACES}
