"""Whose landmarks they are: with several faces in the picture, the candidate's is where it was."""

from dataclasses import dataclass, replace

from proctor_app.vision.observation import Box, Observation
from proctor_app.vision.signals.faces import FACE_SCORE

_FORGOTTEN_AFTER_S = 3.0


@dataclass(frozen=True, slots=True)
class CandidateMemory:
    """Where the candidate's face was last, in pixels, and when."""

    box: Box | None = None
    seen_s: float = float("-inf")


def read(
    observation: Observation, memory: CandidateMemory, now_s: float
) -> tuple[Observation, CandidateMemory]:
    """Give the observation without landmarks where they are somebody else's.

    A worker reads the largest face and knows no before: of two people alike in size it reads now
    one, now the other.
    """
    mesh = observation.mesh
    if mesh is None:
        return observation, memory
    alone = sum(face.score >= FACE_SCORE for face in observation.faces or ()) <= 1
    forgotten = memory.box is None or now_s - memory.seen_s > _FORGOTTEN_AFTER_S
    if alone or forgotten or (memory.box is not None and near(mesh.box, memory.box)):
        return observation, CandidateMemory(mesh.box, now_s)
    return replace(observation, mesh=None), memory


def near(box: Box, other: Box) -> bool:
    """Tell whether one face may have become the other: its middle moved by less than a face."""
    reach_px = max(other.width_px, other.height_px)
    x_px = (box.x0_px + box.x1_px - other.x0_px - other.x1_px) / 2
    y_px = (box.y0_px + box.y1_px - other.y0_px - other.y1_px) / 2
    return abs(x_px) < reach_px and abs(y_px) < reach_px
