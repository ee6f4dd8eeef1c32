"""Enrolment: whether a photo serves to know somebody by, and what is kept of the face in it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from proctor_app.vision.observation import Box, Face, FaceMesh, Observation, QualityProblem
from proctor_app.vision.signals import FACE_SCORE
from proctor_app.vision.signals.identity import MAX_DISTANCE

PhotoCode = Literal[
    "no_face",
    "several_faces",
    "face_too_small",
    "face_cut",
    "face_turned",
    "eyes_closed",
    "face_unclear",
    "photo_too_dark",
    "photo_too_bright",
    "photo_blurred",
    "photo_blocked",
]

SENTENCES: Mapping[PhotoCode, str] = MappingProxyType(
    {
        "no_face": "No face was found. Look straight into the camera.",
        "several_faces": "Several faces were found. Only you may be in the picture.",
        "face_too_small": "The face is too small. Come nearer to the camera.",
        "face_cut": "The face is cut by the edge. Move into the middle of the picture.",
        "face_turned": "The face is turned away. Look straight into the camera.",
        "eyes_closed": "The eyes are closed. Open them and look into the camera.",
        "face_unclear": "The face can't be seen well. Face the light and keep your hands and hair "
        "off your face.",
        "photo_too_dark": "The picture is too dark. Face a window or a lamp.",
        "photo_too_bright": "The picture is too bright. Move away from the light behind or before "
        "you.",
        "photo_blurred": "The picture is blurred. Clean the camera and hold it still.",
        "photo_blocked": "Something covers the camera. Take it away and try again.",
    }
)

MIN_FACE_PX = 80
"""The embedding network looks at a face of 150 pixels; at about half of that it degrades."""
_EYES_CLOSED = 0.6
"""As the rule for closed eyes: lids nearer than this are shut, not narrowed by a smile."""
_BEYOND_EDGE = 0.01
"""Shares of the picture; landmarks of whole faces err by less."""

_PROBLEMS: Mapping[QualityProblem, PhotoCode] = {
    QualityProblem.BLOCKED: "photo_blocked",
    QualityProblem.DARK: "photo_too_dark",
    QualityProblem.GLARE: "photo_too_bright",
    QualityProblem.BLURRED: "photo_blurred",
}
_UNFIT: Mapping[str, PhotoCode] = {
    "turned": "face_turned",
    "small": "face_too_small",
    "dark": "photo_too_dark",
    "blurred": "photo_blurred",
}


@dataclass(frozen=True, slots=True)
class FaceTemplate:
    """embedding: 128 numbers describing a face; model: the name of the network they came from,
    only templates of one model compare; face: where the face was, in pixels of the decoded
    photo."""

    embedding: tuple[float, ...]
    model: str
    face: Box


class PhotoRejected(ValueError):
    """A photo that shows no single, usable face. code: machine-readable; the text says what to
    do about it."""

    def __init__(self, code: PhotoCode, detail: str = "") -> None:
        self.code: PhotoCode = code
        self.detail = detail or SENTENCES[code]
        super().__init__(self.detail)


def unfit(why: str) -> PhotoRejected:
    """Say what to do about a face that nobody could be known by; ``why``: the description's."""
    return PhotoRejected(_UNFIT.get(why, "face_unclear"))


def only_face(observation: Observation) -> Face:
    """Give the one face of a photo that was observed with the face detector.

    Raises PhotoRejected: for the picture's quality first, as it explains why a face is missing.
    """
    faces = [face for face in observation.faces or () if face.score >= FACE_SCORE]
    if observation.quality.problem is not None:
        raise PhotoRejected(_PROBLEMS[observation.quality.problem])
    if not faces:
        raise PhotoRejected("no_face")
    if len(faces) > 1:
        raise PhotoRejected("several_faces")
    (face,) = faces
    if min(face.box.width_px, face.box.height_px) < MIN_FACE_PX:
        raise PhotoRejected("face_too_small")
    if observation.mesh is not None and _is_cut(observation.mesh):
        raise PhotoRejected("face_cut")
    return face


def check_eyes(mesh: FaceMesh | None) -> None:
    """Raise PhotoRejected where the eyes are closed; eyes that can't be seen are let pass."""
    if mesh is not None and (mesh.eyes_closed or 0.0) >= _EYES_CLOSED:
        raise PhotoRejected("eyes_closed")


def same_person(embeddings: Sequence[tuple[float, ...]]) -> bool:
    """Tell whether any two of the embeddings are near enough to be one person's."""
    return all(
        math.dist(one, other) <= MAX_DISTANCE
        for number, one in enumerate(embeddings)
        for other in embeddings[:number]
    )


def mean_embedding(embeddings: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    """Average what several pictures of one person gave: what only one of them had fades."""
    return tuple(float(number) for number in np.mean(embeddings, axis=0))


def _is_cut(mesh: FaceMesh) -> bool:
    return any(
        not -_BEYOND_EDGE <= share <= 1.0 + _BEYOND_EDGE for point in mesh.points for share in point
    )
