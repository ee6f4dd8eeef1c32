"""Whether a camera's picture serves for an exam, and whether the face in it is the account's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from proctor_app.vision.observation import Box, Observation, QualityProblem
from proctor_app.vision.profile import Profile
from proctor_app.vision.signals import FACE_SCORE
from proctor_app.vision.signals.identity import MAX_DISTANCE, nearest

_FURTHEST = 0.18
"""Shares of the picture's height that a face may have: smaller ones are too far to be judged."""
_NEAREST = 0.75
_ASIDE, _ABOVE = 0.25, 0.3
"""How far a face's middle may lie from the picture's, in shares of its width and height. In the
labelled webcam clips 99 of 105 frames of somebody who sits before the camera serve; in the others
the head moved out of the middle."""

SENTENCES = {
    "good": "The picture is good.",
    "blocked": "Something covers the camera. Take it away.",
    "dark": "The picture is too dark. Face a window or a lamp.",
    "glare": "The picture is too bright. Move away from the light behind or before you.",
    "blurred": "The picture is blurred. Clean the camera and hold it still.",
    "no_face": "No face is seen. Sit in front of the camera.",
    "several_faces": "More than one face is seen. Only you may be in the picture.",
    "too_far": "You are far away. Come nearer to the camera.",
    "too_near": "You are very near. Move back a little.",
    "off_centre": "Move into the middle of the picture.",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """code: what is wrong first, the cause before what follows from it; "good" where nothing is."""

    faces: int
    centred: bool
    near: bool
    light: bool
    sharp: bool
    code: str

    @property
    def sentence(self) -> str:
        return SENTENCES[self.code]


def judge(observation: Observation) -> Seen:
    """Judge a picture that was looked at with the face detector."""
    problem = observation.quality.problem
    boxes = [face.box for face in observation.faces or () if face.score >= FACE_SCORE]
    box = max(boxes, key=lambda one: one.height_px, default=None)
    share = 0.0 if box is None else box.height_px / observation.height_px
    centred = box is not None and _is_centred(box, observation)
    dark = (QualityProblem.DARK, QualityProblem.GLARE, QualityProblem.BLOCKED)
    return Seen(
        faces=len(boxes),
        centred=centred,
        near=_FURTHEST <= share <= _NEAREST,
        light=problem not in dark,
        sharp=problem is not QualityProblem.BLURRED,
        code=_code(problem, len(boxes), share, centred=centred),
    )


def recognise(
    seen: Sequence[Observation], profile: Profile
) -> Literal["matched", "mismatch", "unverifiable"]:
    """Tell whether one of the pictures shows the account's face, and that face alone."""
    distances = [
        distance
        for one in seen
        if one.identity is not None
        and len([face for face in one.faces or () if face.score >= FACE_SCORE]) == 1
        and (distance := nearest(one.identity, profile.enrolled)) is not None
    ]
    if not distances:
        return "unverifiable"
    return "matched" if min(distances) <= MAX_DISTANCE else "mismatch"


def _is_centred(box: Box, observation: Observation) -> bool:
    x = (box.x0_px + box.x1_px) / 2 / observation.width_px
    y = (box.y0_px + box.y1_px) / 2 / observation.height_px
    return abs(x - 0.5) <= _ASIDE and abs(y - 0.5) <= _ABOVE


def _code(problem: QualityProblem | None, faces: int, share: float, *, centred: bool) -> str:
    if problem is not None:
        return problem.value
    if faces != 1:
        return "several_faces" if faces else "no_face"
    if not _FURTHEST <= share <= _NEAREST:
        return "too_far" if share < _FURTHEST else "too_near"
    return "good" if centred else "off_centre"
