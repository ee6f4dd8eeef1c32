"""Closed eyes are what the landmarks say, and unknown where they can't say it."""

import pytest

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Observation
from proctor_app.vision.rules import DEFAULT_RULES
from proctor_app.vision.signals.eyes import read
from proctor_app.vision.signals.sample import UNKNOWN, Sample
from proctor_app.vision.tracker import TrackerState, observe
from tests.unit.looks import look, nobody, unseen


@pytest.mark.parametrize("closed", [0.0, 0.4, 1.0])
def test_the_score_is_how_closed_they_are(closed: float) -> None:
    assert read(look(eyes_closed=closed)) == {EventType.EYES_CLOSED: Sample(closed)}


@pytest.mark.parametrize(
    "frame", [nobody(), unseen(), look(landmarks=False), look(eyes_closed=None)]
)
def test_eyes_that_are_not_seen_are_unknown(frame: Observation) -> None:
    assert read(frame) == {EventType.EYES_CLOSED: UNKNOWN}


def opened(closed: list[float], fps: float) -> bool:
    """Tell whether the shipped rule opens on these frames."""
    specs = tuple(rule for rule in DEFAULT_RULES if rule.event_type is EventType.EYES_CLOSED)
    state, found = TrackerState(-1.0, specs), False
    for number, share in enumerate(closed):
        state, transitions, _ = observe(state, look(eyes_closed=share), number / fps)
        found = found or bool(transitions)
    return found


@pytest.mark.parametrize("fps", [2.0, 4.0, 10.0])
def test_three_seconds_are_an_incident_and_blinks_are_none(fps: float) -> None:
    awake = [0.0] * int(2 * fps)
    asleep = [1.0] * int(4 * fps)
    assert opened([*awake, *asleep], fps)
    assert not opened([*awake, *asleep[: int(2.5 * fps)], *awake], fps)
    assert not opened([*awake, 1.0] * 10, fps)


def test_one_mistaken_frame_does_not_wake_a_sleeper() -> None:
    assert opened([0.0] * 8 + [1.0] * 6 + [0.0] + [1.0] * 7, 4.0)
