"""Observations of a head that turns, blinks and speaks before a camera, or of a print of one."""

import itertools
from dataclasses import replace
from math import cos, radians, sin

import numpy as np

from proctor_app.vision.observation import (
    Box,
    Face,
    FaceDescription,
    FacePoint,
    HeadPose,
    Observation,
    QualityProblem,
)
from tests.unit.looks import HEIGHT_PX, WIDTH_PX, look

# In eye spans: x to the head's left, y down, z towards the camera.
HEAD: dict[FacePoint, tuple[float, float, float]] = {
    FacePoint.NOSE_TIP: (0.0, 0.4, 0.5),
    FacePoint.NOSE_BRIDGE: (0.0, 0.0, 0.2),
    FacePoint.FOREHEAD: (0.0, -0.6, 0.1),
    FacePoint.CHIN: (0.0, 1.2, 0.1),
    FacePoint.RIGHT_EYE_OUTER: (-0.5, 0.0, 0.0),
    FacePoint.RIGHT_EYE_INNER: (-0.2, 0.0, 0.05),
    FacePoint.LEFT_EYE_INNER: (0.2, 0.0, 0.05),
    FacePoint.LEFT_EYE_OUTER: (0.5, 0.0, 0.0),
    FacePoint.RIGHT_EAR: (-0.85, 0.2, -0.6),
    FacePoint.LEFT_EAR: (0.85, 0.2, -0.6),
    FacePoint.MOUTH_RIGHT: (-0.3, 0.8, 0.2),
    FacePoint.MOUTH_LEFT: (0.3, 0.8, 0.2),
}
SHAPE = np.array([HEAD[point] for point in FacePoint])
SPAN_PX = 90.0
_NUMBERS = itertools.count(1)
OTHER = Face(Box(20.0, 20.0, 120.0, 140.0), 0.9)


def head(
    yaw_deg: float = 0.0,
    *,
    closed: float | None = 0.0,
    mouth: float = 0.0,
    x: float = 0.0,
    size: float = 1.0,
    flat: bool = False,
    squeezed: float = 1.0,
    problem: QualityProblem | None = None,
    faces: int = 1,
    embedding: tuple[float, ...] | None = None,
    digest: bytes | None = None,
) -> Observation:
    """One frame. x: eye spans from the middle; flat: as a print shows it, which keeps the pose its
    landmarks claim; squeezed: the height's share that is left of a print tilted back."""
    yaw = radians(yaw_deg)
    shape = SHAPE * (1.0, 1.0, 0.0 if flat else 1.0)
    across = shape[:, 0] * cos(yaw) + shape[:, 2] * sin(yaw)
    spans = np.column_stack([across + x, shape[:, 1] * squeezed]) * size
    noise = np.random.default_rng(next(_NUMBERS)).normal(0.0, 0.002, spans.shape)
    shares = ((spans + noise) * SPAN_PX + (WIDTH_PX / 2, HEIGHT_PX / 2)) / (WIDTH_PX, HEIGHT_PX)
    seen = look(yaw_deg=yaw_deg, eyes_closed=closed, mouth=mouth)
    assert seen.mesh is not None
    assert seen.faces is not None
    mesh = replace(
        seen.mesh,
        pose=HeadPose(yaw_deg, 0.0, 0.0),
        points=tuple((float(a), float(b)) for a, b in shares),
    )
    there = (*seen.faces, *(OTHER,) * (faces - 1)) if faces else ()
    return replace(
        seen,
        mesh=mesh if faces else None,
        faces=there,
        quality=replace(
            seen.quality,
            digest=digest or next(_NUMBERS).to_bytes(16),
            problem=problem,
        ),
        identity=FaceDescription(embedding, "" if embedding else "none"),
    )
