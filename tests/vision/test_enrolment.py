"""A photo serves for enrolment when it shows one usable face; otherwise the reason is told."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest

from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.enrolment import (
    SENTENCES,
    FaceTemplate,
    PhotoCode,
    PhotoRejected,
    check_eyes,
    mean_embedding,
    only_face,
    same_person,
    unfit,
)
from proctor_app.vision.frame import Frame, Pixels
from proctor_app.vision.observation import (
    Box,
    Face,
    FaceMesh,
    FacePoint,
    HeadPose,
    Observation,
    PictureQuality,
    QualityProblem,
)
from proctor_app.vision.signals.identity import MAX_DISTANCE


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


def mesh(
    *,
    yaw_deg: float = 0.0,
    eyes_closed: float | None = 0.0,
    point: tuple[float, float] = (0.5, 0.5),
) -> FaceMesh:
    box = Box(100.0, 100.0, 300.0, 300.0)
    points = ((0.5, 0.5),) * (len(FacePoint) - 1)
    return FaceMesh(box, HeadPose(yaw_deg, 0.0, 0.0), None, eyes_closed, 0.0, 0.0, (*points, point))


@pytest.mark.parametrize(
    ("point", "cut"),
    [((0.5, 0.99), False), ((1.005, 0.5), False), ((1.02, 0.5), True), ((0.5, -0.02), True)],
)
def test_a_face_whose_landmarks_lie_beyond_the_edge_is_cut(
    point: tuple[float, float], cut: bool
) -> None:
    seen = replace(observation(face()), mesh=mesh(point=point))
    if not cut:
        assert only_face(seen).score == 0.9
        return
    with pytest.raises(PhotoRejected) as rejected:
        only_face(seen)
    assert rejected.value.code == "face_cut"


@pytest.mark.parametrize("closed", [0.6, 1.0])
def test_closed_eyes_are_told(closed: float) -> None:
    with pytest.raises(PhotoRejected) as rejected:
        check_eyes(mesh(eyes_closed=closed))
    assert rejected.value.code == "eyes_closed"


@pytest.mark.parametrize("found", [None, mesh(eyes_closed=None), mesh(eyes_closed=0.59)])
def test_open_eyes_and_eyes_that_cannot_be_seen_are_let_pass(found: FaceMesh | None) -> None:
    check_eyes(found)


def test_every_code_has_one_sentence_that_says_what_to_do() -> None:
    assert set(SENTENCES) == set(get_args(PhotoCode))
    assert all(text.endswith(".") and text.count(". ") <= 1 for text in SENTENCES.values())


@pytest.mark.parametrize(
    ("distances", "same"),
    [
        ([0.0], True),
        ([0.0, MAX_DISTANCE], True),
        ([0.0, MAX_DISTANCE + 0.01], False),
        ([0.0, 0.3, 0.6], False),
    ],
)
def test_pictures_are_of_one_person_when_any_two_are_near(
    distances: list[float], same: bool
) -> None:
    assert same_person([(distance, 0.0) for distance in distances]) is same


def test_the_mean_of_several_embeddings_stands_for_them() -> None:
    assert mean_embedding([(0.0, 1.0), (1.0, 1.0)]) == (0.5, 1.0)


def test_an_average_of_pictures_is_nearer_to_the_person_than_the_worst_of_them(
    analyzer: Analyzer, astronaut: Pixels
) -> None:
    softer, darker = cv2.GaussianBlur(astronaut, (0, 0), 1.8), astronaut // 2
    true = describe(analyzer, astronaut).embedding
    shown = [np.asarray(one, np.uint8) for one in (softer, darker, astronaut[:, ::-1])]
    found = [describe(analyzer, one).embedding for one in shown]
    worst = max(float(np.linalg.norm(np.subtract(true, one))) for one in found)
    assert same_person(found)
    assert float(np.linalg.norm(np.subtract(true, mean_embedding(found)))) < worst


def test_a_real_face_with_closed_eyes_is_told_to_open_them(analyzer: Analyzer, media: Path) -> None:
    clip = cv2.VideoCapture(str(media / "WolfgangLanger_Pexels.mp4"), cv2.CAP_FFMPEG)
    clip.set(cv2.CAP_PROP_POS_FRAMES, 60)
    found, closed = clip.read()
    clip.release()
    assert found
    with pytest.raises(PhotoRejected) as rejected:
        describe(analyzer, np.asarray(closed, np.uint8))
    assert rejected.value.code == "eyes_closed"


def test_a_real_face_cut_by_the_edge_is_told_to_move(analyzer: Analyzer, astronaut: Pixels) -> None:
    with pytest.raises(PhotoRejected) as rejected:
        describe(analyzer, astronaut[:, 200:])
    assert rejected.value.code in ("face_cut", "face_unclear", "face_turned")


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
