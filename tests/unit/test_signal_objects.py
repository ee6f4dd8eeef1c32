"""What the things in a picture say about phones, forbidden things and second bodies."""

from dataclasses import replace

import pytest

from proctor_app.domain.incident import EventType, event_text
from proctor_app.vision.observation import (
    Box,
    DetectedObject,
    Face,
    Observation,
    PictureQuality,
)
from proctor_app.vision.profile import ANYBODY, Profile
from proctor_app.vision.signals.objects import read
from proctor_app.vision.signals.sample import UNKNOWN, Sample

CANDIDATE = DetectedObject("person", 0.9, Box(150.0, 80.0, 500.0, 480.0))
LEFT_EDGE = Box(0.0, 100.0, 120.0, 400.0)


def thing(label: str, score: float, box: Box = LEFT_EDGE) -> DetectedObject:
    return DetectedObject(label, score, box)


def observation(*objects: DetectedObject, ran: bool = True) -> Observation:
    return Observation(
        taken_at_s=0.0,
        width_px=640,
        height_px=480,
        quality=PictureQuality(120.0, 300.0, b"a", None),
        objects=objects if ran else None,
    )


def test_a_detector_that_did_not_run_leaves_all_three_unknown() -> None:
    assert read(observation(ran=False), ANYBODY) == {
        EventType.PHONE: UNKNOWN,
        EventType.FORBIDDEN_OBJECT: UNKNOWN,
        EventType.BACKGROUND_PERSON: UNKNOWN,
    }


def test_an_empty_desk_is_surely_empty() -> None:
    assert set(read(observation(), ANYBODY).values()) == {Sample(0.0)}


def test_the_clearest_phone_speaks() -> None:
    samples = read(observation(thing("cell phone", 0.3), thing("cell phone", 0.6)), ANYBODY)
    assert samples[EventType.PHONE] == Sample(0.6)
    assert samples[EventType.FORBIDDEN_OBJECT] == Sample(0.0)


@pytest.mark.parametrize(
    ("forbidden", "objects", "sample"),
    [
        ({"book", "laptop"}, [("book", 0.5), ("laptop", 0.7)], Sample(0.7, "laptop")),
        ({"book"}, [("book", 0.5), ("laptop", 0.7)], Sample(0.5, "book")),
        ({"tv"}, [("tv", 0.6)], Sample(0.6, "second screen")),
        ({"book"}, [("keyboard", 0.9)], Sample(0.0)),
        (set(), [("book", 0.9)], Sample(0.0)),
        ({"cell phone", "person"}, [("cell phone", 0.9), ("person", 0.9)], Sample(0.0)),
    ],
)
def test_only_what_the_exam_forbids_is_forbidden(
    forbidden: set[str], objects: list[tuple[str, float]], sample: Sample
) -> None:
    profile = Profile(forbidden=frozenset(forbidden))
    samples = read(observation(*(thing(*one) for one in objects)), profile)
    assert samples[EventType.FORBIDDEN_OBJECT] == sample


def test_people_read_what_was_seen_in_words() -> None:
    profile = Profile(forbidden=frozenset({"tv", "book"}))
    for label, text in (("tv", "Second screen detected"), ("book", "Book detected")):
        sample = read(observation(thing(label, 0.9)), profile)[EventType.FORBIDDEN_OBJECT]
        assert event_text(EventType.FORBIDDEN_OBJECT, sample.detail) == text


@pytest.mark.parametrize(
    ("others", "score"),
    [
        pytest.param([], 0.0, id="alone"),
        pytest.param([(0.7, LEFT_EDGE)], 0.7, id="somebody beside"),
        pytest.param([(0.7, LEFT_EDGE), (0.8, Box(560, 90, 640, 480))], 0.8, id="two more"),
        pytest.param([(0.6, Box(200, 200, 300, 400))], 0.0, id="an arm or a shirt's print"),
        pytest.param([(0.6, Box(460, 100, 600, 480))], 0.6, id="half behind the candidate"),
        pytest.param([(0.8, Box(600, 10, 630, 60))], 0.0, id="a poster far away"),
    ],
)
def test_a_second_body_is_one_apart_from_the_candidates(
    others: list[tuple[float, Box]], score: float
) -> None:
    bodies = [thing("person", *other) for other in others]
    samples = read(observation(CANDIDATE, *bodies), ANYBODY)
    assert samples[EventType.BACKGROUND_PERSON] == Sample(score)


def test_without_a_clear_body_there_is_no_second_one() -> None:
    traces = (thing("person", 0.2), thing("person", 0.25, Box(560, 90, 640, 480)))
    assert read(observation(*traces), ANYBODY)[EventType.BACKGROUND_PERSON] == Sample(0.0)


def test_a_second_body_whose_face_is_counted_is_left_to_that_rule() -> None:
    seen = observation(CANDIDATE, thing("person", 0.8))
    own, other = Face(Box(250, 100, 400, 260), 0.9), Face(Box(30, 120, 90, 190), 0.8)
    for faces, score in (
        ((own,), 0.8),
        ((own, other), 0.0),
        ((own, replace(other, score=0.3)), 0.8),
    ):
        samples = read(replace(seen, faces=faces), ANYBODY)
        assert samples[EventType.BACKGROUND_PERSON] == Sample(score)


def test_without_the_candidates_face_nobody_knows_whose_the_arms_are() -> None:
    seen = replace(observation(CANDIDATE, thing("person", 0.8)), faces=())
    assert read(seen, ANYBODY)[EventType.BACKGROUND_PERSON] == UNKNOWN


def test_the_candidate_is_the_body_with_the_largest_face_not_the_largest_body() -> None:
    larger = thing("person", 0.7, Box(0.0, 0.0, 400.0, 480.0))
    own = thing("person", 0.6, Box(380.0, 100.0, 620.0, 480.0))
    seen = replace(observation(larger, own), faces=(Face(Box(450, 120, 550, 240), 0.9),))
    assert read(seen, ANYBODY)[EventType.BACKGROUND_PERSON] == Sample(0.7)
