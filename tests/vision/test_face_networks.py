"""The face networks on OpenVINO give what MediaPipe's own tasks give from the same files."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np
import pytest
from mediapipe.tasks.python import BaseOptions, vision

from proctor_app.vision.frame import Pixels
from proctor_app.vision.models.face import FaceDetector, FaceLandmarker
from proctor_app.vision.models.files import FACE_DETECTOR, FACE_LANDMARKER
from proctor_app.vision.observation import Box


@pytest.fixture(scope="module")
def landmarker(models_dir: Path) -> Iterator[FaceLandmarker]:
    with closing(FaceLandmarker(models_dir / FACE_LANDMARKER, 0.5, 0.5)) as loaded:
        yield loaded


def turned(bgr: Pixels, degrees: float) -> Pixels:
    height_px, width_px = bgr.shape[:2]
    turn = cv2.getRotationMatrix2D((width_px / 2, height_px / 2), degrees, 1.0)
    rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    return np.asarray(cv2.warpAffine(rgb, turn, (width_px, height_px)), np.uint8)


@pytest.mark.parametrize("degrees", [0.0, 25.0, -40.0])
def test_landmarks_and_expressions_are_mediapipes(
    models_dir: Path, astronaut: Pixels, landmarker: FaceLandmarker, degrees: float
) -> None:
    rgb = turned(astronaut, degrees)
    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(models_dir / FACE_LANDMARKER)),
        output_face_blendshapes=True,
    )
    with vision.FaceLandmarker.create_from_options(options) as task:
        found = task.detect(mp.Image(mp.ImageFormat.SRGB, rgb))
    size = (rgb.shape[1], rgb.shape[0], rgb.shape[1])
    theirs = np.array([(p.x, p.y, p.z) for p in found.face_landmarks[0]]) * size
    ours = landmarker.find(rgb)
    assert ours is not None
    width_px = np.ptp(theirs[:, 0])
    assert np.abs(ours.points - theirs)[:, :2].max() < 0.02 * width_px
    assert np.abs(ours.points - theirs)[:, 2].max() < 0.05 * width_px
    scores = {str(one.category_name): one.score for one in found.face_blendshapes[0]}
    for name, score in ours.blendshapes.items():
        assert score == pytest.approx(scores[name], abs=0.05), name


@pytest.mark.parametrize("name", ["multi_face.jpg", "astronaut.png"])
def test_faces_and_their_scores_are_mediapipes(models_dir: Path, media: Path, name: str) -> None:
    bgr = cv2.imread(str(media / name))
    assert bgr is not None
    rgb = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
    options = vision.FaceDetectorOptions(
        base_options=BaseOptions(model_asset_path=str(models_dir / FACE_DETECTOR)),
        min_detection_confidence=0.5,
    )
    with vision.FaceDetector.create_from_options(options) as task:
        found = task.detect(mp.Image(mp.ImageFormat.SRGB, rgb)).detections
    theirs = sorted(found, key=lambda one: -(one.categories[0].score or 0.0))
    with closing(FaceDetector(models_dir / FACE_DETECTOR, 0.5)) as detector:
        ours = detector.find(rgb)
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        box = other.bounding_box
        assert one.score == pytest.approx(other.categories[0].score, abs=0.02)
        assert one.box.x0_px == pytest.approx(box.origin_x, abs=0.06 * box.width)
        assert one.box.y0_px == pytest.approx(box.origin_y, abs=0.06 * box.height)
        assert one.box.width_px == pytest.approx(box.width, rel=0.06)


def test_a_part_of_a_picture_is_looked_at_alone(
    astronaut: Pixels, landmarker: FaceLandmarker
) -> None:
    rgb = np.asarray(cv2.cvtColor(astronaut, cv2.COLOR_BGR2RGB), np.uint8)
    whole = landmarker.find(rgb)
    assert whole is not None
    half_px = whole.box.width_px
    x_px = (whole.box.x0_px + whole.box.x1_px) / 2
    y_px = (whole.box.y0_px + whole.box.y1_px) / 2
    near = landmarker.find(rgb, Box(x_px - half_px, y_px - half_px, x_px + half_px, y_px + half_px))
    assert near is not None
    assert np.abs(near.points - whole.points)[:, :2].max() < 0.1 * whole.box.width_px
    assert landmarker.find(rgb, Box(0.0, 400.0, 100.0, 500.0)) is None
    assert landmarker.find(rgb, Box(2000.0, 2000.0, 2100.0, 2100.0)) is None
