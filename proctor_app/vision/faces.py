"""Faces by two opinions: the detector proposes, the landmarker looks again at each proposal.

Alone, each is a poor witness on a single frame: the detector takes hands for faces, the
landmarker misses small ones and sees some twice. On 1,300 labelled frames the two together were
wrong about presence 4 times; the detector alone 44 times, the landmarker alone 16 times.
"""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from proctor_app.vision import mesh
from proctor_app.vision.frame import Pixels
from proctor_app.vision.mesh import Landmarks
from proctor_app.vision.models import files
from proctor_app.vision.models.face import FaceDetector, FaceLandmarker
from proctor_app.vision.observation import Box, Face, FaceMesh

_MIN_PROPOSAL = 0.2
_MAX_PROPOSALS = 5
_LEAST_SHARE = 0.04
"""Of the picture's longer side: no face of 980 labelled pictures is below 0.05; the network sees
eight pixels of it."""
_LANDMARKER_SCORE = 0.6
_LANDMARKER_PRESENCE = 0.8
"""Faces in 980 labelled frames reach both; at 0.5 hands, lamps and cut foreheads do, too."""
_CROP_SCALE = 1.6
"""How much wider than the proposed box the landmarker looks; at 2.4 it found neighbours."""
_SAME_SIZE = (0.45, 1.6)
"""Landmarks confirm a box when their extent has its size within these factors."""
_UNCONFIRMED_WEIGHT = 0.625
"""A face only the detector sees counts as one from its score 0.8; hands reach 0.69."""
_LANDMARKS_ALONE = 0.6
"""A face only the landmarker sees, in the whole picture: dark webcams, faces cut by the edge."""
_MOST_OVERLAP = 0.5
_COUNTS = 0.5
"""A face counts as one from this fused score."""


@dataclass(frozen=True, slots=True)
class FoundFaces:
    """faces: best first; mesh: the largest one's, None where it was not found. In the picture's
    pixels."""

    faces: tuple[Face, ...]
    mesh: FaceMesh | None


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    face: Face
    landmarks: Landmarks | None


class FaceFinder:
    """Not thread-safe; keeps nothing between two pictures."""

    def __init__(self, models_dir: Path) -> None:
        """Load both models; raises ModelsMissing."""
        files.require_models(models_dir)
        self._detector = FaceDetector(models_dir / files.FACE_DETECTOR, _MIN_PROPOSAL)
        self._landmarker = FaceLandmarker(
            models_dir / files.FACE_LANDMARKER, _LANDMARKER_SCORE, _LANDMARKER_PRESENCE
        )

    def find(self, rgb: Pixels) -> FoundFaces:
        """Find the faces of a height x width x 3 RGB picture, and read the largest one.

        The scores are 0.5 and above where both models agree, and fused so that 0.5 is the
        operating point for presence and count. Boxes around the face from brow to chin; they may
        reach beyond the picture's edges.
        """
        least_px = _LEAST_SHARE * max(rgb.shape[:2])
        found = (one for one in self._detector.find(rgb) if one.box.width_px >= least_px)
        proposals = list(islice(found, _MAX_PROPOSALS))
        judged = [self._judge(rgb, proposal) for proposal in proposals]
        if all(one.face.score < _COUNTS for one in judged):
            alone = self._landmarker.find(rgb)
            if alone is not None:
                judged.append(_Judged(Face(alone.box, _LANDMARKS_ALONE), alone))
        kept = _without_duplicates(judged)
        return FoundFaces(tuple(one.face for one in kept), _read_largest(rgb, kept))

    def close(self) -> None:
        self._detector.close()
        self._landmarker.close()

    def _judge(self, rgb: Pixels, proposal: Face) -> _Judged:
        landmarks = self._landmarker.find(rgb, _around(proposal.box))
        if landmarks is not None and _lies_on(landmarks.box, proposal.box):
            return _Judged(Face(proposal.box, 0.5 + 0.5 * proposal.score), landmarks)
        return _Judged(Face(proposal.box, _UNCONFIRMED_WEIGHT * proposal.score), None)


def _read_largest(rgb: Pixels, judged: list[_Judged]) -> FaceMesh | None:
    """Read the candidate's face: whoever sits behind has a smaller one."""
    counted = [one for one in judged if one.face.score >= _COUNTS]
    largest = max(counted, key=lambda one: one.face.box.width_px, default=None)
    if largest is None or largest.landmarks is None:
        return None
    height_px, width_px = rgb.shape[:2]
    return mesh.read(largest.landmarks, largest.face.box, width_px, height_px)


def _around(box: Box) -> Box:
    """The square around a proposed box in which the landmarker looks."""
    half_px = max(box.width_px, box.height_px, 2.0) * _CROP_SCALE / 2
    x_px, y_px = (box.x0_px + box.x1_px) / 2, (box.y0_px + box.y1_px) / 2
    return Box(x_px - half_px, y_px - half_px, x_px + half_px, y_px + half_px)


def _lies_on(found: Box, box: Box) -> bool:
    """Tell whether landmarks lie on the face that was proposed."""
    x_px, y_px = (found.x0_px + found.x1_px) / 2, (found.y0_px + found.y1_px) / 2
    size = max(found.width_px, found.height_px) / max(box.width_px, box.height_px, 1.0)
    centred = box.x0_px <= x_px <= box.x1_px and box.y0_px <= y_px <= box.y1_px
    return centred and _SAME_SIZE[0] < size < _SAME_SIZE[1]


def _without_duplicates(judged: list[_Judged]) -> list[_Judged]:
    """Keep the better of two faces where half of the smaller lies in the other; best first."""
    kept: list[_Judged] = []
    for one in sorted(judged, key=lambda one: one.face.score, reverse=True):
        if all(_overlap(one.face.box, other.face.box) < _MOST_OVERLAP for other in kept):
            kept.append(one)
    return kept


def _overlap(one: Box, other: Box) -> float:
    width_px = min(one.x1_px, other.x1_px) - max(one.x0_px, other.x0_px)
    height_px = min(one.y1_px, other.y1_px) - max(one.y0_px, other.y0_px)
    smaller = min(one.width_px * one.height_px, other.width_px * other.height_px)
    return max(0.0, width_px) * max(0.0, height_px) / max(smaller, 1.0)
