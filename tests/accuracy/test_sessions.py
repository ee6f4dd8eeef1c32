"""Incidents of a clip held against its labelled stretches."""

import pytest

from bench.sessions import Incident, Outcome, Session, compare, incidents, shortened, tally
from bench.truth import Segment
from proctor_app.domain.incident import EventType, Severity
from proctor_app.vision.observation import Box, Face, Observation, PictureQuality
from proctor_app.vision.profile import ANYBODY
from proctor_app.vision.rules import DEFAULT_RULES, RuleSpec
from tests.accuracy.conftest import MakeItem

HEAD = RuleSpec(EventType.HEAD_TURNED, Severity.NOTICE, 0.7, 0.5, hold_s=2.0, release_s=1.0)
ABSENT = next(spec for spec in DEFAULT_RULES if spec.event_type is EventType.FACE_ABSENT)


def incident(start_s: float, end_s: float, opened_at_s: float | None = None) -> Incident:
    at_s = start_s + 2.0 if opened_at_s is None else opened_at_s
    return Incident(EventType.HEAD_TURNED, start_s, end_s, at_s, 0.9, "left")


def said(*parts: tuple[float, float, bool]) -> list[Segment]:
    return [Segment(*part) for part in parts]


def test_an_interval_is_found_when_an_incident_overlaps_it() -> None:
    outcome, mistakes = compare("a", HEAD, said((0, 4, False), (5, 9, True)), [incident(5.5, 8)])
    assert outcome == Outcome(intervals=1, found=1, quiet_s=4.0, delays_s=(2.5,))
    assert mistakes == []


def test_an_interval_shorter_than_the_hold_is_not_asked_for_but_explains_an_incident() -> None:
    outcome, mistakes = compare("a", HEAD, said((0, 4, False), (5, 6.5, True)), [incident(3, 6)])
    assert (outcome.intervals, outcome.false_alarms, mistakes) == (0, 0, [])


def test_an_incident_where_the_labels_say_otherwise_is_a_false_alarm() -> None:
    outcome, (mistake,) = compare("a", HEAD, said((0, 9, False)), [incident(3, 6)])
    assert (outcome.false_alarms, outcome.quiet_s) == (1, 9.0)
    assert (mistake.missed, mistake.from_s, mistake.to_s) == (False, 3, 6)


def test_an_incident_in_unlabelled_time_counts_nowhere() -> None:
    outcome, mistakes = compare("a", HEAD, said((0, 3, False)), [incident(2.9, 6), incident(8, 9)])
    assert (outcome.false_alarms, mistakes) == (0, [])


def test_an_interval_without_an_incident_is_missed() -> None:
    outcome, (mistake,) = compare("a", HEAD, said((5, 9, True)), [])
    assert (outcome.intervals, outcome.found, mistake.missed) == (1, 0, True)


def test_outcomes_of_clips_add_up() -> None:
    both = Outcome(1, 1, 0, 3600, (2.0,)) + Outcome(2, 1, 1, 1800, (4.0,))
    assert both.as_json() == {
        "intervals": 3, "found": 2, "false_alarms": 1, "hours": 1.5, "delay_s_median": 3.0,
    }  # fmt: skip
    assert Outcome().as_json()["delay_s_median"] is None


def observation(at_s: float, face: bool) -> Observation:
    quality = PictureQuality(120.0, 20.0, str(at_s).encode(), None)
    faces = (Face(Box(10, 10, 90, 90), 0.9),) if face else ()
    return Observation(at_s, 100, 100, quality, faces=faces)


@pytest.fixture
def absent_session(item: MakeItem) -> Session:
    """Ten seconds at two frames a second; the face is gone from 4.0 to 7.0 s."""
    clip = item((0.0, 3.9, {"faces_visible": 1}), (4.0, 7.0, {"faces_visible": 0}),
                (7.1, 10.0, {"faces_visible": 1}))  # fmt: skip
    seen = [observation(i / 2, not 4.0 <= i / 2 < 7.0) for i in range(20)]
    return Session(clip, tuple(seen), 10.0)


def test_a_session_runs_through_the_products_rules(absent_session: Session) -> None:
    (found,) = incidents(absent_session, (ABSENT,), ANYBODY)
    assert (found.event_type, found.start_s) == (EventType.FACE_ABSENT, 4.0)
    assert found.opened_at_s == pytest.approx(4.0 + ABSENT.hold_s)
    counted = tally([absent_session], (ABSENT,), ANYBODY)
    assert counted.outcomes[EventType.FACE_ABSENT].as_json() == {
        "intervals": 1, "found": 1, "false_alarms": 0,
        "hours": round(6.8 / 3600, 5), "delay_s_median": 2.0,
    }  # fmt: skip


def test_shorter_holds_find_shorter_intervals(absent_session: Session) -> None:
    (spec,) = shortened((ABSENT,), 0.5)
    assert spec.hold_s == ABSENT.hold_s / 2
    counted = tally([absent_session], (spec,), ANYBODY)
    assert counted.outcomes[EventType.FACE_ABSENT].delays_s == (1.0,)
