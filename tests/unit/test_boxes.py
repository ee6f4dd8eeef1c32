"""Geometry of boxes."""

import pytest

from proctor_app.vision.boxes import area, overlap, scaled
from proctor_app.vision.observation import Box

UNIT = Box(0, 0, 4, 2)


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        (UNIT, 8),
        (Box(2, 1, 9, 9), 2),
        (Box(1, 0.5, 2, 1.5), 1),
        (Box(4, 0, 8, 2), 0),
        (Box(5, 5, 6, 6), 0),
        (Box(-9, -9, -5, -5), 0),
    ],
)
def test_given_two_boxes_then_what_they_share_is_the_same_from_either(
    other: Box, shared: float
) -> None:
    assert overlap(UNIT, other) == overlap(other, UNIT) == shared


def test_given_a_box_that_is_turned_inside_out_then_it_has_no_area() -> None:
    assert area(UNIT) == 8
    assert area(Box(4, 2, 0, 0)) == area(Box(4, 0, 0, 2)) == 0


def test_given_a_picture_twice_as_large_then_a_box_is_four_times_as_large() -> None:
    assert scaled(Box(1, 2, 3, 5), 2.0) == Box(2, 4, 6, 10)
    assert area(scaled(UNIT, 2.0)) == 4 * area(UNIT)
