"""Whether the face fills the picture, is hardly there, or leaves it."""

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Box, Observation
from proctor_app.vision.signals.faces import FACE_SCORE
from proctor_app.vision.signals.head import AT_LIMIT
from proctor_app.vision.signals.sample import UNKNOWN, Sample, Samples

_TOO_HIGH, _TOO_WIDE = 0.85, 1.05
"""Shares of the picture's height and width, from brow to chin and temple to temple: the forehead
is cut off. Ordinary sitters reach 0.75 of the height, upright telephones 0.8 of the width, and
0.92 with the head turned."""
_TOO_FAR = 0.11
"""Share of the picture's height; people standing, seen to the waist, have 0.13 to 0.17."""
_LEAVING = 0.25
"""Share of the face's width or height beyond the picture's edge."""


def read(observation: Observation) -> Samples:
    """Judge face_position by the largest face; unknown without one."""
    faces = [face.box for face in observation.faces or () if face.score >= FACE_SCORE]
    if not faces:
        return {EventType.FACE_POSITION: UNKNOWN}
    box = max(faces, key=lambda one: one.width_px)
    away, what = max(
        (_fill(box, observation), "near"),
        (_TOO_FAR / max(box.height_px / observation.height_px, 1e-6), "far"),
        (_outside(box, observation) / _LEAVING, "leaving"),
    )
    score = min(1.0, away * AT_LIMIT)
    return {EventType.FACE_POSITION: Sample(score, what if away >= 1.0 else "")}


def _fill(box: Box, observation: Observation) -> float:
    """Give how near the face is, in shares of what is too near."""
    return max(
        box.width_px / observation.width_px / _TOO_WIDE,
        box.height_px / observation.height_px / _TOO_HIGH,
    )


def _outside(box: Box, observation: Observation) -> float:
    """Give the share of the face that lies beyond the edge it crosses most."""
    return max(
        -box.x0_px / box.width_px,
        (box.x1_px - observation.width_px) / box.width_px,
        -box.y0_px / box.height_px,
        (box.y1_px - observation.height_px) / box.height_px,
    )
