"""Things are found where they are; a trace of a phone is looked at again and closer."""

from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from proctor_app.vision.frame import Pixels
from proctor_app.vision.models.files import OBJECT_DETECTOR
from proctor_app.vision.models.objects import PERSON, PHONE, EfficientDet
from proctor_app.vision.models.phone_opinion import PhoneOpinion
from proctor_app.vision.observation import Box, DetectedObject, Detector, Hand, Observation
from proctor_app.vision.things import ThingFinder

Observe = Callable[..., Observation]
WIDE = np.full((360, 640, 3), 128, np.uint8)
AT_CHEST = Box(300.0, 200.0, 340.0, 260.0)
NEUTRAL = 0.05  # with its floor, what an opinion says that changes nothing
needs_openvino = pytest.mark.skipif(
    find_spec("openvino") is None, reason="OpenVINO is not installed (`make yolo` adds it)"
)


class Script:
    """A detector that tells what it was given, look by look, and remembers what it was shown."""

    name = "script"

    def __init__(self, *looks: tuple[DetectedObject, ...]) -> None:
        self._looks = list(looks)
        self.shown: list[tuple[int, int, bool]] = []

    def find(self, rgb: Pixels, *, keep_shape: bool = False) -> tuple[DetectedObject, ...]:
        self.shown.append((rgb.shape[1], rgb.shape[0], keep_shape))
        return self._looks.pop(0) if self._looks else ()

    def close(self) -> None: ...


class Opinion:
    def __init__(self, likeness: float = NEUTRAL) -> None:
        self._likeness = likeness
        self.asked: list[tuple[int, ...]] = []

    def likeness(self, rgb: Pixels) -> float:
        self.asked.append(rgb.shape)
        return self._likeness

    def close(self) -> None: ...


def finder(detector: Script, opinion: Opinion | None = None) -> ThingFinder:
    return ThingFinder(detector, cast(PhoneOpinion, opinion or Opinion()))


def phone(score: float, box: Box = AT_CHEST) -> DetectedObject:
    return DetectedObject(PHONE, score, box)


def hand(box: Box) -> Hand:
    return Hand(box, 0.9, "left", "", 0.0)


def test_a_picture_without_a_trace_is_looked_at_once() -> None:
    script = Script((DetectedObject(PERSON, 0.9, Box(100, 0, 540, 360)), phone(0.04)))
    found = finder(script).find(WIDE, hands=())
    assert [one.label for one in found] == [PERSON]
    assert script.shown == [(640, 360, False)]


def test_a_certain_phone_is_looked_at_once() -> None:
    script = Script((phone(0.7),))
    (found,) = finder(script).find(WIDE)
    assert found.score == pytest.approx(0.7, abs=0.01)
    assert (found.looks, len(script.shown)) == (1, 1)


@pytest.mark.parametrize(
    ("seen", "hands"),
    [
        pytest.param((phone(0.06),), None, id="a trace of a phone"),
        pytest.param((), (hand(AT_CHEST),), id="a hand"),
        pytest.param((DetectedObject(PERSON, 0.9, Box(300, 200, 360, 360)),), (), id="far away"),
    ],
)
def test_doubt_brings_the_whole_in_its_own_shape_and_both_halves(
    seen: tuple[DetectedObject, ...], hands: tuple[Hand, ...] | None
) -> None:
    script = Script(seen)
    finder(script).find(WIDE, hands)
    assert script.shown == [
        (640, 360, False),
        (640, 360, True),
        (360, 360, False),
        (360, 360, False),
    ]


def test_a_square_picture_has_no_other_shape_and_no_halves() -> None:
    script = Script((phone(0.3),))
    finder(script).find(np.zeros((480, 512, 3), np.uint8))
    assert len(script.shown) == 1


def test_what_a_closer_look_finds_lies_in_the_pictures_pixels_and_counts_for_less() -> None:
    in_half = Box(20.0, 200.0, 60.0, 260.0)
    script = Script((phone(0.05),), (), (), (phone(0.8, in_half),))
    (found,) = finder(script).find(WIDE)
    assert found.box == Box(300.0, 200.0, 340.0, 260.0)
    assert found.score == pytest.approx(0.56, abs=0.01)
    assert found.looks == 4


def test_several_looks_at_one_phone_are_one_phone_with_the_best_score() -> None:
    shifted = Box(305.0, 205.0, 345.0, 265.0)
    script = Script((phone(0.2),), (phone(0.5, shifted),))
    (found,) = finder(script).find(WIDE)
    assert found.box == shifted
    assert found.score == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("likeness", "lower", "upper"), [(0.0, 0.1, 0.2), (0.6, 0.45, 0.6)])
def test_a_second_opinion_moves_a_doubtful_score(
    likeness: float, lower: float, upper: float
) -> None:
    opinion = Opinion(likeness)
    (found,) = finder(Script((phone(0.3),)), opinion).find(WIDE)
    assert lower < found.score < upper
    assert opinion.asked == [(96, 96, 3)]


def test_a_phone_in_a_hand_is_likelier_than_one_on_a_shirt() -> None:
    held = (hand(Box(290.0, 220.0, 350.0, 300.0)),)
    elsewhere = (hand(Box(10.0, 10.0, 60.0, 80.0)),)
    scores = [finder(Script((phone(0.3),))).find(WIDE, h)[0].score for h in (held, elsewhere)]
    assert scores[0] > scores[1] + 0.1


def test_a_phone_at_the_very_edge_is_judged_as_well() -> None:
    corner = Box(630.0, 350.0, 640.0, 360.0)
    assert finder(Script((phone(0.3, corner),))).find(WIDE)[0].box == corner


RUNTIMES = [False, pytest.param(True, marks=needs_openvino)]


@pytest.mark.parametrize("openvino", RUNTIMES)
@pytest.mark.parametrize("keep_shape", [False, True])
def test_a_person_is_found_in_its_place_whatever_the_pictures_shape(
    models_dir: Path, astronaut: Pixels, keep_shape: bool, openvino: bool
) -> None:
    rgb = np.asarray(cv2.cvtColor(astronaut, cv2.COLOR_BGR2RGB), np.uint8)
    wide = np.hstack([rgb[:, ::-1], np.full((512, 200, 3), 90, np.uint8)])
    with closing(EfficientDet(models_dir / OBJECT_DETECTOR, openvino=openvino)) as detector:
        best = detector.find(wide, keep_shape=keep_shape)[0]
    assert (best.label, best.score > 0.4) == (PERSON, True)
    middle_px = (best.box.x0_px + best.box.x1_px) / 2
    assert 200 < middle_px < 360
    assert best.box.x1_px <= 712
    assert best.box.y1_px <= 512


@needs_openvino
def test_both_runtimes_see_the_same(models_dir: Path, astronaut: Pixels) -> None:
    rgb = np.asarray(cv2.cvtColor(astronaut, cv2.COLOR_BGR2RGB), np.uint8)
    best = []
    for openvino in (False, True):
        with closing(EfficientDet(models_dir / OBJECT_DETECTOR, openvino=openvino)) as detector:
            best.append(detector.find(rgb)[0])
    tasks, vino = best
    assert tasks.label == vino.label == PERSON
    assert tasks.score == pytest.approx(vino.score, abs=0.1)
    assert tasks.box.x0_px == pytest.approx(vino.box.x0_px, abs=50)
    assert tasks.box.y0_px == pytest.approx(vino.box.y0_px, abs=50)


def test_an_empty_landscape_and_a_portrait_hold_no_phone(
    observe: Observe, china: Pixels, astronaut: Pixels
) -> None:
    for bgr in (china, astronaut):
        found = observe(bgr, Detector.OBJECTS, Detector.HANDS).objects or ()
        assert [one for one in found if one.label == PHONE and one.score >= 0.25] == []


def labelled(folder: Path, name: str) -> Pixels:
    bgr = cv2.imread(str(folder / "images" / name))
    assert bgr is not None
    return np.asarray(bgr, np.uint8)


@pytest.mark.needs_shared
@pytest.mark.parametrize(
    "name",
    [
        "webcam_phone.jpg",
        "pexels_4105024-sd_640_360_30fps_f000142.jpg",  # at the ear, 15 x 37 pixels
        "pexels_3252428-sd_640_360_25fps_f000028.jpg",  # held up, seen from behind
        "pexels_3761652-sd_640_360_25fps_f000007.jpg",  # flat on a hand
    ],
)
def test_a_phone_that_is_small_or_half_hidden_is_found(
    observe: Observe, shared_media: Path, name: str
) -> None:
    seen = observe(labelled(shared_media, f"phone/{name}"), Detector.OBJECTS, Detector.HANDS)
    assert max(one.score for one in seen.objects or () if one.label == PHONE) >= 0.25


@pytest.mark.needs_shared
def test_phones_are_found_in_most_pictures_and_hardly_where_none_is(
    observe: Observe, shared_media: Path
) -> None:
    def share(folder: str) -> float:
        files = sorted((shared_media / "images" / folder).glob("*.*"))
        scores = []
        for file in files:
            seen = observe(labelled(file.parent.parent.parent, f"{folder}/{file.name}"), *BOTH)
            phones = [one.score for one in seen.objects or () if one.label == PHONE]
            scores.append(max(phones, default=0.0))
        return sum(score >= 0.25 for score in scores) / len(scores)

    assert share("phone") >= 0.85
    assert share("faces") <= 0.06
    assert share("multi") == 0.0


BOTH = (Detector.OBJECTS, Detector.HANDS)
