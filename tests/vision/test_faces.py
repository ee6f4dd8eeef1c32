"""Faces are counted by two models together, in the pixels of the frame as it was sent."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import Detector, Observation
from proctor_app.vision.signals import FACE_SCORE

Observe = Callable[..., Observation]


def count(observation: Observation) -> int:
    assert observation.faces is not None
    return sum(face.score >= FACE_SCORE for face in observation.faces)


def shrunk(bgr: Pixels, width_px: int, canvas: tuple[int, int] = (480, 640)) -> Pixels:
    """Put the picture, reduced, into the middle of a grey one: the camera is further away."""
    small = cv2.resize(bgr, (width_px, width_px), interpolation=cv2.INTER_AREA)
    wall = np.full((*canvas, 3), 128, np.uint8)
    top_px, left_px = (canvas[0] - width_px) // 2, (canvas[1] - width_px) // 2
    wall[top_px : top_px + width_px, left_px : left_px + width_px] = small
    return wall


def test_one_face_is_found_where_it_is(observe: Observe, astronaut: Pixels) -> None:
    observation = observe(astronaut, Detector.FACES)
    assert count(observation) == 1
    assert observation.faces is not None
    box = observation.faces[0].box
    assert box.x0_px < 225 < box.x1_px  # the nose, seen in the picture
    assert box.y0_px < 120 < box.y1_px
    assert 80 < box.width_px < 180


def test_two_people_side_by_side_are_two_faces(observe: Observe, two_astronauts: Pixels) -> None:
    assert count(observe(two_astronauts, Detector.FACES)) == 2


def test_a_group_has_as_many_faces_as_people(observe: Observe, group: Pixels) -> None:
    assert count(observe(group, Detector.FACES)) == 5


@pytest.mark.parametrize(
    "turn",
    [
        lambda bgr: bgr[:, ::-1],
        lambda bgr: shrunk(bgr, 300),
        lambda bgr: shrunk(bgr, 180),
        lambda bgr: cv2.convertScaleAbs(bgr, alpha=0.3),
        lambda bgr: cv2.convertScaleAbs(bgr, alpha=1.5, beta=30),
        lambda bgr: cv2.GaussianBlur(bgr, (0, 0), 3),
        lambda bgr: bgr[:, 140:],
    ],
    ids=["mirrored", "far", "very far", "dark", "bright", "soft", "cut by the edge"],
)
def test_a_face_stays_one_face_when_the_camera_is_worse(
    observe: Observe, astronaut: Pixels, turn: Callable[[Pixels], Pixels]
) -> None:
    assert count(observe(np.ascontiguousarray(turn(astronaut)), Detector.FACES)) == 1


@pytest.mark.parametrize("seed", range(3))
def test_noise_has_no_face(observe: Observe, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (480, 640, 3), np.uint8)
    assert count(observe(noise, Detector.FACES)) == 0


@pytest.mark.parametrize("luma", [0, 128, 255])
def test_a_plain_picture_has_no_face(observe: Observe, luma: int) -> None:
    assert count(observe(np.full((480, 640, 3), luma, np.uint8), Detector.FACES)) == 0


def test_a_building_has_no_face_and_no_phone(observe: Observe, china: Pixels) -> None:
    observation = observe(china)
    assert count(observation) == 0
    assert observation.objects is not None
    assert all(found.label != "cell phone" for found in observation.objects)


def test_a_covered_face_is_absent(observe: Observe, astronaut: Pixels) -> None:
    covered = astronaut.copy()
    covered[:210, 140:310] = (60, 70, 80)
    assert count(observe(covered, Detector.FACES)) == 0


def test_boxes_are_in_the_pixels_of_the_frame_even_where_it_was_shrunk(
    observe: Observe, astronaut: Pixels
) -> None:
    large = cv2.resize(astronaut, (2048, 2048), interpolation=cv2.INTER_CUBIC)
    (small_face,) = observe(astronaut, Detector.FACES).faces or ()
    (large_face,) = observe(np.asarray(large, np.uint8), Detector.FACES).faces or ()
    assert large_face.box.x0_px == pytest.approx(small_face.box.x0_px * 4, abs=40)
    assert large_face.box.y1_px == pytest.approx(small_face.box.y1_px * 4, abs=40)


def test_a_detector_that_was_not_asked_for_leaves_nothing(
    observe: Observe, astronaut: Pixels
) -> None:
    assert observe(astronaut, Detector.FACES).objects is None
    assert observe(astronaut, Detector.OBJECTS).faces is None


def test_a_person_is_among_the_objects(observe: Observe, astronaut: Pixels) -> None:
    objects = observe(astronaut, Detector.OBJECTS).objects
    assert objects is not None
    assert (objects[0].label, objects[0].score > 0.7) == ("person", True)


def test_an_observation_carries_the_time_and_size_of_its_frame(
    observe: Observe, china: Pixels
) -> None:
    observation = observe(china, Detector.FACES)
    assert (observation.taken_at_s, observation.width_px, observation.height_px) == (0.0, 640, 427)
    assert observation.busy_ms > 0


def test_the_same_picture_is_judged_the_same_whatever_came_before(
    observe: Observe, astronaut: Pixels, two_astronauts: Pixels, china: Pixels
) -> None:
    first = observe(astronaut).faces
    observe(two_astronauts)
    observe(china)
    assert observe(astronaut).faces == first
