"""What labels say about a rule: yes, no, or nothing."""

import pytest

from bench.truth import Segment, at, of_item, segments, whole
from proctor_app.domain.incident import EventType
from tests.accuracy.conftest import MakeItem


@pytest.mark.parametrize(
    ("value", "count"),
    [(0, 0), (2, 2), (2.0, 2), (1.5, None), (-1, None), (True, None), ("1-2", None), (None, None)],
)
def test_only_whole_numbers_are_counts(value: object, count: int | None) -> None:
    assert whole(value) == count


@pytest.mark.parametrize(
    ("rule", "labels", "said"),
    [
        ("face_absent", {"faces_visible": 0}, True),
        ("face_absent", {"faces_visible": 1}, False),
        ("face_absent", {"faces_visible": "none clear"}, None),
        ("face_absent", {}, None),
        ("multiple_faces", {"faces_visible": 2}, True),
        ("multiple_faces", {"faces_visible": 1}, False),
        ("multiple_faces", {"faces_visible": "several"}, None),
        ("background_person", {"persons": 2, "faces_visible": 1}, True),
        ("background_person", {"persons": 2, "faces_visible": 2}, None),
        ("background_person", {"persons": 2, "faces_visible": 0}, True),
        ("background_person", {"persons": 1, "faces_visible": 0}, False),
        ("background_person", {"persons": 2}, None),
        ("background_person", {"persons": "5+", "faces_visible": 1}, None),
        ("phone", {"phone": True}, True),
        ("phone", {"phone": False}, False),
        ("phone", {"phone": "ambiguous"}, None),
        ("phone", {"phone": 1}, None),
        ("forbidden_object", {"book": False}, False),
        ("forbidden_object", {"book": False, "laptop": True}, True),
        ("forbidden_object", {"book": None}, None),
        ("head_turned", {"head": "front"}, False),
        ("head_turned", {"head": "down-left"}, True),
        ("head_turned", {"head": "right (turned three quarters)"}, True),
        ("head_turned", {"head": "varies"}, None),
        ("head_turned", {"head": None}, None),
        ("gaze_off_screen", {"gaze": "center"}, False),
        ("gaze_off_screen", {"gaze": "off"}, True),
        ("eyes_closed", {"eyes": "closed"}, True),
        ("eyes_closed", {"eyes": "open"}, False),
        ("eyes_closed", {"eyes": "half closed"}, None),
        ("eyes_closed", {"eyes": "closed or down"}, None),
        ("mouth_movement", {"mouth": "closed"}, False),
        ("mouth_movement", {"mouth": "open"}, None),
        ("mouth_movement", {"mouth": "open", "notes": "she talks to somebody"}, True),
        ("mouth_movement", {"mouth": "open", "notes": "smiling"}, False),
        ("mouth_movement", {"mouth": "covered", "notes": "talking"}, None),
        ("mouth_movement", {"mouth": "open", "file": "videos/talking_man.mp4"}, True),
        ("spoof_suspected", {"spoof": True}, True),
        ("hand_gesture", {"hands_visible": 2}, True),
        ("hand_gesture", {"hands_visible": "1-2"}, None),
    ],
)
def test_a_label_says_yes_no_or_nothing(
    item: MakeItem, rule: str, labels: dict[str, object], said: bool | None
) -> None:
    assert of_item(item(**labels), EventType(rule)) is said


def test_a_clip_without_intervals_has_its_label_all_through(item: MakeItem) -> None:
    clip = item((0.0, 2.0, {"mouth": "open"}), phone=True)
    assert segments(clip, EventType.PHONE, 7.5) == (Segment(0.0, 7.5, True),)


def test_an_interval_overrides_the_clips_label_and_nothing_is_said_near_its_edges(
    item: MakeItem,
) -> None:
    clip = item((4.0, 6.0, {"head": "left"}), head="front")
    said = segments(clip, EventType.HEAD_TURNED, 20.0)
    assert said == (Segment(0.0, 3.0, False), Segment(4.0, 6.0, True), Segment(7.0, 20.0, False))
    assert [at(said, t) for t in (1.0, 3.5, 4.0, 5.0, 6.5, 19.0)] == [
        False, None, True, True, None, False,
    ]  # fmt: skip


def test_gaps_between_intervals_say_nothing_where_the_clips_label_varies(item: MakeItem) -> None:
    clip = item((0.0, 5.0, {"gaze": "center"}), (8.0, 9.0, {"gaze": "left"}), gaze="varies")
    said = segments(clip, EventType.GAZE_OFF_SCREEN, 30.0)
    assert said == (Segment(0.0, 5.0, False), Segment(8.0, 9.0, True))


def test_intervals_that_touch_and_say_the_same_are_one(item: MakeItem) -> None:
    clip = item(
        (0.0, 6.1, {"faces_visible": 0, "persons": 0}),
        (6.1, 20.0, {"faces_visible": 0, "persons": 1}),
        (20.4, 22.0, {"faces_visible": 0}),
    )
    said = segments(clip, EventType.FACE_ABSENT, 22.0)
    assert said == (Segment(0.0, 20.0, True), Segment(20.4, 22.0, True))


def test_a_null_in_an_interval_takes_the_clips_label_away(item: MakeItem) -> None:
    clip = item((2.0, 4.0, {"eyes": None}), eyes="open")
    said = segments(clip, EventType.EYES_CLOSED, 10.0)
    assert said == (Segment(0.0, 1.0, False), Segment(5.0, 10.0, False))


def test_intervals_end_with_the_clip_and_may_overlap(item: MakeItem) -> None:
    clip = item((0.0, 3.0, {"phone": False}), (2.0, 99.0, {"phone": True}), (4.0, 5.0, {"book": 1}))
    said = segments(clip, EventType.PHONE, 6.0)
    assert said == (Segment(0.0, 3.0, False), Segment(3.0, 6.0, True))


def test_speech_in_an_interval_is_noted_there_and_not_in_the_clips_notes(item: MakeItem) -> None:
    clip = item(
        (0.0, 4.0, {"mouth": "open", "note": "talking-like, teeth"}),
        (6.0, 7.0, {"mouth": "open", "note": "wide"}),
        (9.0, 9.5, {"mouth": "open"}),
        notes="he talks",
    )
    said = segments(clip, EventType.MOUTH_MOVEMENT, 12.0)
    assert said == (Segment(0.0, 4.0, True), Segment(6.0, 7.0, False))
