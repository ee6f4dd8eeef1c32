"""How a skull's picture went from one frame to another: as a flat thing's would, or as a head's.

Points are 12 x 2 (one for every FacePoint), in pixels of pictures of one size.
"""

from dataclasses import dataclass

import numpy as np

from proctor_app.vision.motion import Floats
from proctor_app.vision.observation import FacePoint

_SOFT = (FacePoint.CHIN, FacePoint.MOUTH_RIGHT, FacePoint.MOUTH_LEFT)
_SKULL = [point for point in FacePoint if point not in _SOFT]
"""What no expression moves."""
_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Change:
    """growth: the size in shares of the size before. stretch: how much more it grew along one way
    than across, 1 for not at all. unrest: the root mean square of what no movement of a flat,
    rigid thing explains, in eye spans (the distance of the outer corners of the eyes)."""

    growth: float
    stretch: float
    unrest: float

    @property
    def depth(self) -> float:
        """What tells a head that turned from a picture that was tilted: that one gets narrow
        before its perspective moves its points apart."""
        return self.unrest * self.growth**2


def change(before: Floats, after: Floats) -> Change:
    """Compare by the affine map of least squares: two pictures of a plane under weak perspective
    are affine images of one another (Tomasi and Kanade, 1992); the nose and the ears of a head
    that turns are not."""
    one, other = before[_SKULL], after[_SKULL]
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    affine = np.linalg.lstsq(one, other, rcond=None)[0]
    more, less = (max(float(value), _NOTHING) for value in np.linalg.svd(affine, compute_uv=False))
    left_px = float(np.sqrt(np.square(one @ affine - other).sum(axis=1).mean()))
    span = before[FacePoint.LEFT_EYE_OUTER] - before[FacePoint.RIGHT_EYE_OUTER]
    return Change(
        growth=float(np.sqrt(more * less)),
        stretch=more / less,
        unrest=left_px / max(float(np.hypot(*span)), 1.0),
    )
