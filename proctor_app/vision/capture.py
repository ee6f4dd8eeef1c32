"""Live enrolment: which moments of a stream of good pictures become somebody's enrolment. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from proctor_app.vision.enrolment import FaceTemplate, same_person
from proctor_app.vision.observation import Box

WANTED = 3
"""Pictures of an enrolment; their numbers are averaged."""
APART_S = 0.5
"""Between two pictures that are taken: the three of an enrolment span a second at least."""
MAX_LOOKS = 40
MAX_S = 60.0
"""A try that is longer, or looks at more pictures, is over."""
_MOVED = 0.15
"""Shares of the face's width; breathing and small nods stay below, a hand-held laptop does not."""

CaptureCode = Literal["good", "hold_still", "picture_frozen", "faces_differ", "done", "over"]
SENTENCES: Mapping[CaptureCode, str] = MappingProxyType(
    {
        "good": "Good. Stay like this.",
        "hold_still": "Hold still for a moment.",
        "picture_frozen": "The picture does not change. Restart the camera, or choose another.",
        "faces_differ": "This is another face than before. Only you may be in the picture.",
        "done": "Your pictures are taken.",
        "over": "This took too long. Start again when you are ready.",
    }
)


@dataclass(frozen=True, slots=True)
class Capture:
    """One try. began_s: its beginning on the server's clock; looks: pictures looked at; box: where
    the face was last; taken: the embeddings of the pictures taken; taken_s: the last one's time;
    digests: of every good picture."""

    began_s: float
    looks: int = 0
    box: Box | None = None
    taken: tuple[tuple[float, ...], ...] = ()
    taken_s: float = -math.inf
    digests: frozenset[bytes] = frozenset()

    @property
    def done(self) -> bool:
        return len(self.taken) >= WANTED


def over(capture: Capture, now_s: float) -> bool:
    """Tell whether the try takes no more pictures."""
    return capture.done or capture.looks >= MAX_LOOKS or now_s - capture.began_s > MAX_S


def missed(capture: Capture) -> Capture:
    """Count a picture that showed no usable face."""
    return replace(capture, looks=capture.looks + 1, box=None)


def take(
    capture: Capture, face: FaceTemplate, digest: bytes, now_s: float
) -> tuple[Capture, CaptureCode, bool]:
    """Look at a picture with one usable face; digest: equal only for equal pictures.

    Returns the try, what to tell, and whether the picture was taken. A picture is taken while the
    face rests, half a second after the last one, and if it shows the same person in new pixels.
    """
    still = capture.box is not None and not _moved(capture.box, face.face)
    seen_before = digest in capture.digests
    capture = replace(
        capture,
        looks=capture.looks + 1,
        box=face.face,
        digests=capture.digests | {digest},
    )
    if seen_before:
        return capture, "picture_frozen", False
    if not same_person((*capture.taken, face.embedding)):
        return capture, "faces_differ", False
    if not still:
        return capture, "hold_still", False
    if now_s - capture.taken_s < APART_S:
        return capture, "good", False
    capture = replace(capture, taken=(*capture.taken, face.embedding), taken_s=now_s)
    return capture, "done" if capture.done else "good", True


def _moved(before: Box, now: Box) -> bool:
    edges = (
        (before.x0_px, now.x0_px),
        (before.y0_px, now.y0_px),
        (before.x1_px, now.x1_px),
        (before.y1_px, now.y1_px),
    )
    return max(abs(a - b) for a, b in edges) > _MOVED * max(before.width_px, 1.0)
