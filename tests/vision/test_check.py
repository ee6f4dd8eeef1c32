"""The check of a camera's picture on real ones: what serves is let pass, what does not is named."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from proctor_app.vision.check import SENTENCES, judge
from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import Detector, Observation, QualityProblem
from tests.vision.conftest import Observe

Look = Callable[[Pixels], Observation]


@pytest.fixture
def look(observe: Observe) -> Look:
    return lambda bgr: observe(bgr, Detector.FACES)


def test_given_one_face_in_the_middle_then_it_is_good(look: Look, astronaut: Pixels) -> None:
    found = judge(look(astronaut))
    assert (found.code, found.faces, found.centred, found.near) == ("good", 1, True, True)


def test_given_several_faces_or_none_then_it_says_so(
    look: Look, group: Pixels, china: Pixels
) -> None:
    assert judge(look(group)).code == "several_faces"
    assert judge(look(china)).code == "no_face"


def test_given_a_dark_or_blurred_picture_then_that_is_said_before_the_missing_face(
    look: Look, astronaut: Pixels
) -> None:
    dark = judge(look(np.asarray(astronaut // 12, np.uint8)))
    assert (dark.code, dark.light) == ("dark", False)
    blurred = judge(look(np.asarray(cv2.GaussianBlur(astronaut, (0, 0), 14), np.uint8)))
    assert (blurred.code, blurred.sharp) == ("blurred", False)


def test_given_a_face_too_far_or_aside_then_it_says_which(look: Look, astronaut: Pixels) -> None:
    far = np.zeros((1400, 1400, 3), np.uint8) + np.uint8(120)
    far[500:1012, 440:952] = astronaut
    assert judge(look(far)).code == "too_far"
    aside = np.zeros((512, 1300, 3), np.uint8) + np.uint8(120)
    aside[:, :512] = astronaut
    assert judge(look(aside)).code == "off_centre"


def test_every_code_has_a_sentence() -> None:
    assert {problem.value for problem in QualityProblem} <= set(SENTENCES)


@pytest.mark.needs_shared
def test_given_pictures_of_people_before_a_camera_then_most_are_good(
    look: Look, shared_media: Path
) -> None:
    codes: Counter[str] = Counter()
    for path in sorted((shared_media / "images" / "faces").rglob("*.jp*g")):
        bgr = cv2.imread(str(path))
        assert bgr is not None
        codes[judge(look(np.asarray(bgr, np.uint8))).code] += 1
    assert codes["good"] >= 0.85 * codes.total(), codes
