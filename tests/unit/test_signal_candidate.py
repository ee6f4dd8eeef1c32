"""Of several faces the candidate's is the one that stays where the candidate was."""

import pytest

from proctor_app.vision.observation import Box, Face
from proctor_app.vision.signals.candidate import CandidateMemory, near, read
from tests.unit.looks import MIDDLE, look, nobody

ASIDE = Box(20.0, 140.0, 180.0, 340.0)
OTHER = Face(ASIDE, 0.9)


def test_landmarks_of_somebody_else_are_left_out() -> None:
    _, memory = read(look(), CandidateMemory(), 0.0)
    theirs, memory = read(look(box=ASIDE, others=(Face(MIDDLE, 0.9),)), memory, 0.25)
    assert theirs.mesh is None
    own, _ = read(look(others=(OTHER,)), memory, 0.5)
    assert own.mesh is not None


def test_a_face_that_is_alone_is_the_candidates_wherever_it_is() -> None:
    _, memory = read(look(), CandidateMemory(), 0.0)
    moved, memory = read(look(box=ASIDE), memory, 0.25)
    assert moved.mesh is not None
    assert memory.box == ASIDE


def test_after_a_while_the_largest_face_is_taken_again() -> None:
    _, memory = read(look(), CandidateMemory(), 0.0)
    frame = look(box=ASIDE, others=(Face(MIDDLE, 0.9),))
    assert read(frame, memory, 2.9)[0].mesh is None
    assert read(frame, memory, 3.1)[0].mesh is not None


def test_a_frame_without_landmarks_passes_as_it_is() -> None:
    memory = CandidateMemory(MIDDLE, 0.0)
    assert read(nobody(), memory, 1.0) == (nobody(), memory)


@pytest.mark.parametrize(
    ("x_px", "expected"), [(0.0, True), (150.0, True), (199.0, True), (201.0, False)]
)
def test_near_is_less_than_a_face_away(x_px: float, expected: bool) -> None:
    moved = Box(MIDDLE.x0_px + x_px, MIDDLE.y0_px, MIDDLE.x1_px + x_px, MIDDLE.y1_px)
    assert near(MIDDLE, moved) is expected
