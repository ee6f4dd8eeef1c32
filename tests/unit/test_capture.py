"""A live enrolment is three different pictures of one resting face, over a second at least."""

import pytest

from proctor_app.vision.capture import (
    APART_S,
    MAX_LOOKS,
    MAX_S,
    SENTENCES,
    WANTED,
    Capture,
    missed,
    over,
    take,
)
from proctor_app.vision.enrolment import FaceTemplate
from proctor_app.vision.signals.identity import MAX_DISTANCE
from tests.fakes import face

STEP_S = 0.25


def captured(
    faces: list[FaceTemplate], step_s: float = STEP_S, *, frozen: bool = False
) -> tuple[Capture, list[str], list[float]]:
    """The try after these faces, what was told, and when pictures were taken."""
    capture = Capture(0.0)
    told: list[str] = []
    taken_s: list[float] = []
    for number, one in enumerate(faces):
        digest = b"same" if frozen else bytes([number])
        capture, code, taken = take(capture, one, digest, number * step_s)
        told.append(code)
        taken_s += [number * step_s] * taken
    return capture, told, taken_s


def test_three_pictures_are_taken_that_are_half_a_second_apart() -> None:
    capture, told, taken_s = captured([face()] * 6)

    assert taken_s == [STEP_S, STEP_S + APART_S, STEP_S + 2 * APART_S]
    assert taken_s[-1] - taken_s[0] >= 1.0
    assert told == ["hold_still", "good", "good", "good", "good", "done"]
    assert capture.done
    assert len(capture.taken) == WANTED == 3


def test_the_first_picture_is_only_looked_at_whether_the_face_rests() -> None:
    assert captured([face()])[1:] == (["hold_still"], [])


@pytest.mark.parametrize(("moved_px", "expected"), [(0, "good"), (29, "good"), (31, "hold_still")])
def test_a_face_that_moves_by_more_than_a_seventh_of_itself_is_to_hold_still(
    moved_px: float, expected: str
) -> None:
    _, told, _ = captured([face(), face(left_px=200 + moved_px)])

    assert told[-1] == expected


def test_a_camera_that_shows_the_same_picture_again_and_again_enrols_nobody() -> None:
    capture, told, taken_s = captured([face()] * 10, frozen=True)

    assert told[1:] == ["picture_frozen"] * 9
    assert (capture.taken, taken_s) == ((), [])


def test_another_face_than_before_is_told_and_not_taken() -> None:
    same, other = face(MAX_DISTANCE - 0.01), face(MAX_DISTANCE + 0.01)

    assert captured([face(), face(), same, same])[1][-1] == "good"
    capture, told, _ = captured([face(), face(), other, other, other])
    assert told[-3:] == ["faces_differ"] * 3
    assert len(capture.taken) == 1


def test_a_try_is_over_after_forty_pictures_a_minute_or_success() -> None:
    capture = Capture(0.0)
    for _ in range(MAX_LOOKS - 1):
        capture = missed(capture)

    assert not over(capture, MAX_S)
    assert over(capture, MAX_S + 0.1)
    assert over(missed(capture), 0.0)
    assert over(captured([face()] * 6)[0], 0.0)
    assert not over(captured([face()] * 5)[0], 0.0)


def test_after_a_picture_without_a_face_it_is_looked_anew_whether_the_face_rests() -> None:
    capture, _, _ = captured([face(), face()])

    _, code, taken = take(missed(capture), face(), b"new", 5.0)

    assert (code, taken) == ("hold_still", False)


def test_every_answer_is_one_plain_sentence() -> None:
    assert all(text.endswith((".", "!")) for text in SENTENCES.values())
