"""Hands are found where they are, as their owner's own left and right, and none elsewhere."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from proctor_app.domain.incident import EventType
from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import Detector, Hand, Observation
from proctor_app.vision.signals.hands import HandsMemory, read

Observe = Callable[..., Observation]


def hands(observe: Observe, bgr: Pixels) -> tuple[Hand, ...]:
    found = observe(bgr, Detector.HANDS).hands
    assert found is not None
    return found


def test_pictures_without_hands_have_none(observe: Observe, china: Pixels) -> None:
    assert hands(observe, china) == ()
    assert hands(observe, np.full((480, 640, 3), 150, np.uint8)) == ()


def test_hands_are_not_looked_for_unasked(observe: Observe, astronaut: Pixels) -> None:
    assert observe(astronaut, Detector.FACES).hands is None


def labelled(folder: Path, name: str) -> Pixels:
    bgr = cv2.imread(str(folder / "images" / name))
    assert bgr is not None
    return np.asarray(bgr, np.uint8)


@pytest.mark.needs_shared
def test_both_hands_at_the_head_come_as_their_owners_own_sides(
    observe: Observe, shared_media: Path
) -> None:
    bgr = labelled(shared_media, "faces/human_stock-emotions-a-1.jpg")
    by_place = sorted(hands(observe, bgr), key=lambda hand: hand.box.x0_px)
    assert [hand.side for hand in by_place] == ["right", "left"]
    samples, _ = read(observe(bgr, Detector.FACES, Detector.HANDS), HandsMemory(), 0.0)
    assert samples[EventType.HAND_GESTURE].detail == "near face"


@pytest.mark.needs_shared
@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("faces/mmpose_cofw_001805.jpg", "near face"),
        ("faces/human_stock-teen-5.jpg", "near face"),
        ("hands/handtrack_1.jpg", "raised"),
        ("no_phone/webcam_notphone2.jpg", "raised"),
        ("no_phone/webcam_arm_21_12_39.jpg", ""),
        ("faces/altaga_Drowsiness_img.jpg", ""),
    ],
)
def test_what_hands_do_in_labelled_pictures(
    observe: Observe, shared_media: Path, name: str, detail: str
) -> None:
    seen = observe(labelled(shared_media, name), Detector.FACES, Detector.HANDS)
    samples, _ = read(seen, HandsMemory(), 0.0)
    assert samples[EventType.HAND_GESTURE].detail == detail


@pytest.mark.needs_shared
def test_a_large_picture_gives_boxes_in_its_own_pixels(
    observe: Observe, shared_media: Path
) -> None:
    small = labelled(shared_media, "faces/mmpose_cofw_001805.jpg")
    large = np.asarray(cv2.resize(small, None, fx=4.0, fy=4.0), np.uint8)
    (one,), (other,) = hands(observe, small), hands(observe, large)
    assert other.box.x0_px == pytest.approx(4 * one.box.x0_px, abs=0.05 * large.shape[1])
    assert other.box.y1_px == pytest.approx(4 * one.box.y1_px, abs=0.05 * large.shape[0])
