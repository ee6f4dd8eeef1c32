"""What an observation says about each rule, and what it leaves open."""

import pytest

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import (
    Box,
    DetectedObject,
    Face,
    Observation,
    PictureQuality,
    QualityProblem,
)
from proctor_app.vision.profile import ANYBODY
from proctor_app.vision.signals import UNKNOWN, Memory, Sample, face_visible, read
from proctor_app.vision.signals.picture import FROZEN_AFTER_S, PictureMemory

BOX = Box(0.0, 0.0, 100.0, 100.0)
JUDGED = (EventType.FACE_ABSENT, EventType.MULTIPLE_FACES, EventType.PHONE)


def observation(
    *,
    faces: tuple[float, ...] | None = (0.9,),
    objects: tuple[tuple[str, float], ...] | None = (),
    problem: QualityProblem | None = None,
    digest: bytes = b"a",
) -> Observation:
    return Observation(
        taken_at_s=0.0,
        width_px=640,
        height_px=480,
        quality=PictureQuality(120.0, 300.0, digest, problem),
        faces=None if faces is None else tuple(Face(BOX, score) for score in faces),
        objects=None if objects is None else tuple(DetectedObject(*o, BOX) for o in objects),
        busy_ms=1.0,
    )


@pytest.mark.parametrize(
    ("faces", "absent", "several", "detail"),
    [
        ((), 1.0, 0.0, ""),
        ((0.9,), 0.1, 0.0, ""),
        ((0.3, 0.9), 0.1, 0.3, ""),
        ((0.9, 0.8), 0.1, 0.8, "2 faces"),
        ((0.7, 0.9, 0.8, 0.2), 0.1, 0.8, "3 faces"),
    ],
)
def test_the_best_face_speaks_for_presence_and_the_second_for_company(
    faces: tuple[float, ...], absent: float, several: float, detail: str
) -> None:
    samples, _ = read(observation(faces=faces), Memory(), ANYBODY, 0.0)
    assert samples[EventType.FACE_ABSENT].score == pytest.approx(absent)
    assert samples[EventType.MULTIPLE_FACES] == Sample(several, detail)


@pytest.mark.parametrize(
    ("objects", "score"),
    [
        ((), 0.0),
        ((("person", 0.9), ("book", 0.8)), 0.0),
        ((("cell phone", 0.3), ("cell phone", 0.6)), 0.6),
    ],
)
def test_the_clearest_phone_speaks_for_a_phone(
    objects: tuple[tuple[str, float], ...], score: float
) -> None:
    samples, _ = read(observation(objects=objects), Memory(), ANYBODY, 0.0)
    assert samples[EventType.PHONE] == Sample(score)


def test_a_detector_that_did_not_run_leaves_its_rules_unknown() -> None:
    samples, _ = read(observation(faces=None, objects=None), Memory(), ANYBODY, 0.0)
    assert [samples.get(event_type, UNKNOWN) for event_type in JUDGED] == [UNKNOWN] * 3
    assert face_visible(samples) is None


@pytest.mark.parametrize("problem", list(QualityProblem))
def test_while_the_picture_is_unusable_the_other_rules_rest(problem: QualityProblem) -> None:
    blocked = problem is QualityProblem.BLOCKED
    samples, _ = read(observation(faces=(), problem=problem), Memory(), ANYBODY, 0.0)
    low = Sample(0.0) if blocked else Sample(1.0, problem.value)
    assert samples[EventType.FRAME_QUALITY_LOW] == low
    assert samples[EventType.CAMERA_BLOCKED] == Sample(float(blocked))
    assert [samples.get(event_type, UNKNOWN) for event_type in JUDGED] == [UNKNOWN] * 3


def test_a_picture_that_stays_equal_is_frozen_from_when_it_was_first_seen() -> None:
    memory = Memory()
    for now_s in (5.0, 8.0, 5.0 + FROZEN_AFTER_S - 0.1):
        samples, memory = read(observation(), memory, ANYBODY, now_s)
        assert samples[EventType.FRAME_QUALITY_LOW] == Sample(0.0)
    samples, memory = read(observation(), memory, ANYBODY, 5.0 + FROZEN_AFTER_S)
    assert samples[EventType.FRAME_QUALITY_LOW] == Sample(1.0, "frozen", since_s=5.0)
    assert EventType.FACE_ABSENT not in samples


def test_a_picture_that_changes_thaws_at_once() -> None:
    memory = Memory(PictureMemory(b"a", 0.0))
    samples, memory = read(observation(digest=b"b"), memory, ANYBODY, 60.0)
    assert samples[EventType.FRAME_QUALITY_LOW] == Sample(0.0)
    assert memory == Memory(PictureMemory(b"b", 60.0))


def test_an_observation_ends_a_monitoring_gap() -> None:
    samples, _ = read(observation(problem=QualityProblem.DARK), Memory(), ANYBODY, 0.0)
    assert samples[EventType.MONITORING_GAP] == Sample(0.0)


@pytest.mark.parametrize(("faces", "visible"), [((0.9,), True), ((0.2,), False), ((), False)])
def test_a_face_is_visible_when_one_scores_enough(faces: tuple[float, ...], visible: bool) -> None:
    samples, _ = read(observation(faces=faces), Memory(), ANYBODY, 0.0)
    assert face_visible(samples) is visible
