"""Speech opens and closes the mouth again and again; a yawn, a smile or a cough does not."""

from collections.abc import Callable
from math import pi, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Box, Observation
from proctor_app.vision.rules import DEFAULT_RULES
from proctor_app.vision.signals.mouth import MouthMemory, read
from proctor_app.vision.signals.sample import UNKNOWN, Sample
from proctor_app.vision.tracker import TrackerState, observe
from tests.unit.looks import look, nobody, unseen

Shape = Callable[[float], tuple[float, float]]
"""Gives opening and smile at a time in seconds."""


def frames(shape: Shape, fps: float, seconds: float = 8.0) -> list[tuple[float, Observation]]:
    times = [number / fps for number in range(int(seconds * fps))]
    return [(at_s, look(mouth=shape(at_s)[0], smile=shape(at_s)[1])) for at_s in times]


def incidents(shape: Shape, fps: float) -> int:
    """Count the incidents that the shipped rule opens."""
    specs = tuple(rule for rule in DEFAULT_RULES if rule.event_type is EventType.MOUTH_MOVEMENT)
    state, opened = TrackerState(-1.0, specs), 0
    for at_s, frame in frames(shape, fps):
        state, transitions, _ = observe(state, frame, at_s)
        opened += sum(one.phase.value == "opened" for one in transitions)
    return opened


def speech(at_s: float) -> tuple[float, float]:
    """Syllables 3.7 times a second, of changing strength, from 1 s on."""
    strength = 0.06 + 0.05 * abs(sin(1.3 * at_s))
    return (strength * (0.5 - 0.5 * sin(2 * pi * 3.7 * at_s)) if at_s > 1 else 0.0), 0.1


def yawn(at_s: float) -> tuple[float, float]:
    return (0.3 * sin(pi * (at_s - 2) / 4) if 2 < at_s < 6 else 0.0), 0.0


def two_yawns(at_s: float) -> tuple[float, float]:
    return (0.28 if 2 < at_s < 3.2 or 4 < at_s < 5.2 else 0.0), 0.0


def smiles(at_s: float) -> tuple[float, float]:
    smile = 1.0 if at_s % 1.5 < 0.75 else 0.0
    return 0.08 * smile, smile


def gape(at_s: float) -> tuple[float, float]:
    return (0.15 if at_s > 2 else 0.0), 0.0


def one_word(at_s: float) -> tuple[float, float]:
    return (0.1 if 2.0 < at_s < 2.3 or 2.5 < at_s < 2.8 else 0.0), 0.0


def tremble(at_s: float) -> tuple[float, float]:
    return 0.05 + 0.01 * sin(40 * at_s), 0.0


@pytest.mark.parametrize("fps", [4.0, 5.0, 10.0, 25.0])
def test_speech_is_one_incident(fps: float) -> None:
    assert incidents(speech, fps) == 1


def test_at_two_frames_a_second_speech_is_still_found_if_it_goes_on() -> None:
    assert incidents(speech, 2.0) >= 1


@pytest.mark.parametrize("fps", [2.0, 4.0, 10.0])
@pytest.mark.parametrize("shape", [yawn, two_yawns, smiles, gape, one_word, tremble])
def test_what_is_no_speech_is_no_incident(shape: Shape, fps: float) -> None:
    assert incidents(shape, fps) == 0


def test_it_is_known_to_have_begun_with_the_first_swing() -> None:
    memory, sample = MouthMemory(), UNKNOWN
    for at_s, frame in frames(speech, 10.0, 3.0):
        samples, memory = read(frame, memory, at_s)
        sample = samples[EventType.MOUTH_MOVEMENT]
    assert sample.score is not None
    assert sample.score >= 0.6
    assert sample.since_s == pytest.approx(1.3, abs=0.3)


SMALL = look(mouth=0.1, box=Box(300.0, 200.0, 360.0, 270.0))


@pytest.mark.parametrize("frame", [nobody(), unseen(), look(landmarks=False), SMALL])
def test_a_mouth_that_is_not_seen_is_unknown(frame: Observation) -> None:
    memory = MouthMemory(extreme=0.1, rising=True, swings_s=(1.0,), seen_s=1.0)
    assert read(frame, memory, 1.5) == ({EventType.MOUTH_MOVEMENT: UNKNOWN}, memory)


def test_after_the_face_was_away_it_begins_anew() -> None:
    memory = MouthMemory(extreme=0.0, swings_s=(1.0, 1.3, 1.6), began_s=1.0, seen_s=1.6)
    samples, memory = read(look(mouth=0.1), memory, 9.0)
    assert samples[EventType.MOUTH_MOVEMENT] == Sample(0.0)
    assert memory == MouthMemory(extreme=0.1, seen_s=9.0)


@given(st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 1)), max_size=60), st.floats(1, 30))
def test_whatever_a_mouth_does_the_score_is_one_and_the_memory_short(
    shapes: list[tuple[float, float]], fps: float
) -> None:
    memory = MouthMemory()
    for number, (opening, smile) in enumerate(shapes):
        samples, memory = read(look(mouth=opening, smile=smile), memory, number / fps)
        score = samples[EventType.MOUTH_MOVEMENT].score
        assert score is not None
        assert 0.0 <= score <= 1.0
        assert all(number / fps - at_s <= 4.0 for at_s in memory.swings_s)
