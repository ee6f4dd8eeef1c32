"""BlazeFace: faces with their six key points, by two networks of one family.

Source: Bazarevsky et al., BlazeFace (2019); anchors and decoding as MediaPipe configures them for
the published files, checked against its tasks in the tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from proctor_app.vision.frame import Pixels
from proctor_app.vision.models.openvino_net import Net
from proctor_app.vision.observation import Box

_SAME_FACE = 0.3
"""Answers that share more than this of their union are one face: their weighted mean."""
_RIGHT_EYE, _LEFT_EYE = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A face in pixels of the picture. turn: how far the line of its eyes is turned, in radians,
    clockwise as seen."""

    box: Box
    score: float
    turn: float


class BlazeFace:
    """One of the networks. Not thread-safe."""

    def __init__(self, model: Path, member: str, grids: Sequence[tuple[int, int]]) -> None:
        """grids: (stride in pixels, anchors in each cell) of every layer, in its order."""
        self._net = Net(model, member, pixels=(127.5, 127.5))
        self._side_px = self._net.input_shape[1]
        self._anchors = _anchors(self._side_px, grids)

    def find(self, rgb: Pixels, where: Box, min_score: float) -> list[Proposal]:
        """Look at a part of a height x width x 3 RGB picture, black beyond its edges; best first.

        Raises nothing for a part that lies outside: there is no face in black.
        """
        side_px = max(where.width_px, where.height_px)
        scale = self._side_px / side_px
        left_px = (where.x0_px + where.x1_px - side_px) / 2
        top_px = (where.y0_px + where.y1_px - side_px) / 2
        place = np.array([[scale, 0, -left_px * scale], [0, scale, -top_px * scale]])
        tensor = cv2.warpAffine(rgb, place, (self._side_px, self._side_px), flags=cv2.INTER_LINEAR)
        boxes, scores = self._net.run(tensor[np.newaxis])
        odds = scores[0, :, 0]
        rows = np.flatnonzero(odds > np.log(min_score / (1 - min_score)))
        if not rows.size:
            return []
        points = boxes[0, rows] / np.float32(scale)
        points[:, :2] += self._anchors[rows] / scale + (left_px, top_px)
        points[:, 4:] += np.tile(self._anchors[rows] / scale + (left_px, top_px), 6)
        return [
            _proposal(*one)
            for one in _merged(points, np.asarray(1 / (1 + np.exp(-odds[rows])), np.float32))
        ]

    def close(self) -> None:
        self._net.close()


def _anchors(side_px: int, grids: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
    """Give the middle of every anchor, x and y in pixels of the input, n x 2."""
    rows = []
    for stride_px, each in grids:
        middles = (np.arange(side_px // stride_px) + 0.5) * stride_px
        y, x = np.meshgrid(middles, middles, indexing="ij")
        rows.append(np.stack([x, y], axis=-1).reshape(-1, 2).repeat(each, axis=0))
    return np.concatenate(rows).astype(np.float32)


def _merged(
    points: NDArray[np.float32], scores: NDArray[np.float32]
) -> list[tuple[NDArray[np.float32], float]]:
    """Merge answers about one face: n x 16 as x, y, width, height and six (x, y); n scores.

    Each face has its best answer's score and the mean of all, weighted by theirs. Source: the
    BlazeFace paper, in place of non-maximum suppression.
    """
    order = np.argsort(-scores, kind="stable")
    half = points[:, 2:4] / 2
    corners = np.hstack([points[:, :2] - half, points[:, :2] + half]).astype(np.float32)
    merged = []
    while order.size:
        same = _shares(corners[order[0]], corners[order]) > _SAME_FACE
        same[0] = True
        mine = order[same]
        mean = np.average(points[mine], axis=0, weights=scores[mine]).astype(np.float32)
        merged.append((mean, float(scores[order[0]])))
        order = order[~same]
    return merged


def _shares(one: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the intersection over union of one box with n others, as x0, y0, x1, y1."""
    sides = np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2])
    shared = np.prod(np.maximum(sides, 0), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    both = np.prod(one[2:] - one[:2]) + areas - shared
    return np.asarray(shared / np.maximum(both, 1e-9), np.float32)


def _proposal(points: NDArray[np.float32], score: float) -> Proposal:
    x_px, y_px, width_px, height_px = (float(value) for value in points[:4])
    eyes = points[4:].reshape(-1, 2)[[_RIGHT_EYE, _LEFT_EYE]]
    across, down = (float(value) for value in eyes[1] - eyes[0])
    box = Box(x_px - width_px / 2, y_px - height_px / 2, x_px + width_px / 2, y_px + height_px / 2)
    return Proposal(box, score, float(np.arctan2(down, across)))
