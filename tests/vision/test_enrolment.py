"""A photo serves for enrolment when it shows one usable face; otherwise the reason is told."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.enrolment import FaceTemplate, PhotoRejected, only_face, unfit
from proctor_app.vision.frame import Frame, Pixels
from proctor_app.vision.observation import (
    Box,
    Face,
    Observation,
    PictureQuality,
    QualityProblem,
)


def observation(
    *faces: Face, problem: QualityProblem | None = None, ran: bool = True
) -> Observation:
    quality = PictureQuality(120.0, 30.0, b"", problem)
    return Observation(0.0, 640, 480, quality, faces if ran else None)


def face(width_px: float = 120.0, height_px: float = 120.0, score: float = 0.9) -> Face:
    return Face(Box(0.0, 0.0, width_px, height_px), score)


def describe(analyzer: Analyzer, bgr: Pixels) -> FaceTemplate:
    return analyzer.describe_face(Frame(np.ascontiguousarray(bgr), 0.0))


def distance(one: FaceTemplate, other: FaceTemplate) -> float:
    return float(np.linalg.norm(np.subtract(one.embedding, other.embedding)))


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (observation(), "no_face"),
        (observation(ran=False), "no_face"),
        (observation(face(score=0.4)), "no_face"),
        (observation(face(), face(score=0.6)), "several_faces"),
        (observation(face(width_px=79.0)), "face_too_small"),
        (observation(face(height_px=79.0)), "face_too_small"),
        (observation(problem=QualityProblem.DARK), "photo_too_dark"),
        (observation(problem=QualityProblem.GLARE), "photo_too_bright"),
        (observation(face(), problem=QualityProblem.BLURRED), "photo_blurred"),
    ],
)
def test_a_photo_without_one_usable_face_is_refused_with_its_reason(
    seen: Observation, code: str
) -> None:
    with pytest.raises(PhotoRejected) as rejected:
        only_face(seen)
    assert rejected.value.code == code
    assert rejected.value.detail.endswith(".")


def test_one_face_of_eighty_pixels_is_enough_and_faint_others_do_not_count() -> None:
    usable = face(80.0, 80.0)
    assert only_face(observation(face(score=0.3), usable)) is usable


def test_a_portrait_gives_128_numbers_the_model_and_the_place_of_the_face(
    analyzer: Analyzer, astronaut: Pixels
) -> None:
    template = describe(analyzer, astronaut)
    assert len(template.embedding) == 128
    assert np.isfinite(template.embedding).all()
    assert template.model == "dlib_resnet_v1_mesh_mirrored"
    assert template.face.x0_px < 225 < template.face.x1_px


@pytest.mark.parametrize(
    "change",
    [
        lambda bgr: bgr[:, ::-1],
        lambda bgr: cv2.resize(bgr, (1024, 1024)),
        lambda bgr: cv2.convertScaleAbs(bgr, alpha=0.6),
        lambda bgr: cv2.GaussianBlur(bgr, (0, 0), 1.5),
    ],
    ids=["mirrored", "larger", "darker", "softer"],
)
def test_one_person_stays_near_herself(
    analyzer: Analyzer, astronaut: Pixels, change: Callable[[Pixels], Pixels]
) -> None:
    assert distance(describe(analyzer, astronaut), describe(analyzer, change(astronaut))) < 0.35


def test_two_people_are_far_apart(
    analyzer: Analyzer, astronaut: Pixels, someone_else: Pixels
) -> None:
    assert distance(describe(analyzer, astronaut), describe(analyzer, someone_else)) > 0.6


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda bgr: np.hstack([bgr, bgr]), "several_faces"),
        (lambda bgr: cv2.resize(bgr, (200, 200), interpolation=cv2.INTER_AREA), "face_too_small"),
        (lambda bgr: cv2.GaussianBlur(bgr, (0, 0), 14), "photo_blurred"),
        (lambda bgr: bgr // 16, "photo_too_dark"),
        (lambda bgr: bgr[300:], "no_face"),
        (lambda bgr: with_blurred_face(bgr), "photo_blurred"),
    ],
    ids=["two people", "too far", "out of focus", "no light", "no head", "blurred face"],
)
def test_an_unusable_photo_is_refused_by_what_is_wrong_with_it(
    analyzer: Analyzer, astronaut: Pixels, make: Callable[[Pixels], Pixels], code: str
) -> None:
    with pytest.raises(PhotoRejected) as rejected:
        describe(analyzer, make(astronaut))
    assert rejected.value.code == code


def with_blurred_face(bgr: Pixels) -> Pixels:
    """A sharp picture of somebody whose face alone is smeared."""
    blurred = bgr.copy()
    blurred[60:180, 160:290] = cv2.GaussianBlur(bgr, (0, 0), 4)[60:180, 160:290]
    return blurred


@pytest.mark.parametrize(
    ("why", "code"),
    [
        ("turned", "face_turned"),
        ("small", "face_too_small"),
        ("dark", "photo_too_dark"),
        ("blurred", "photo_blurred"),
        ("unclear", "face_unclear"),
        ("unavailable", "face_unclear"),
    ],
)
def test_a_face_nobody_could_be_known_by_is_refused_with_what_to_do(why: str, code: str) -> None:
    refused = unfit(why)
    assert refused.code == code
    assert refused.detail.endswith(".")


@pytest.fixture(scope="module")
def someone_else(first_frame: Callable[[str], Pixels]) -> Pixels:
    return first_frame("face_noface.mov")
