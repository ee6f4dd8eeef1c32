"""How the points of a face move: whether at all, whether as a flat picture would, and whether the
same way again and again. All lengths are in eye spans, the distance of the outer corners."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_GRID_S = 0.25
_SHORTEST_S, _LONGEST_S = 3.0, 30.0
"""Periods that are looked for: shorter ones are nods and breath, longer ones need more memory."""
_OVERLAP_S = 20.0
"""For so long the movement must be seen to repeat."""
_MAX_GAP_S = 1.1
_WIGGLE = (6, 10)
"""Lags of 1.5 to 2.5 s, in steps of the grid."""
_NEAR = 2
_NOISE = 1e-6
_MIN_MOVEMENT = 0.025
"""With less movement than this a repetition could not be told from the landmarks' own noise."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """period_s: the time after which the movement comes again. likeness: how far it is off then,
    in shares of how far it strays in two seconds; 0 for an exact repetition, about 1 or more for
    none. unrest: the same for what is left without the two strongest sways, so that rocking, which
    people do evenly, is none."""

    period_s: float
    likeness: float
    unrest: float


def movement(points: Floats) -> float:
    """How far the points (frames x points x 2) stray from their usual places, in all."""
    strays = points - np.median(points, axis=0)
    return float(np.sqrt(np.square(strays).sum(axis=2).mean()))


def depth(points: Floats) -> float:
    """What is left of the movement of the points (frames x points x 2) that no flat, rigid thing
    moved about before a camera explains.

    A plane's pictures under weak perspective are affine images of one another: their points, each
    frame's middle taken out, span two dimensions. A head that turns adds a third, a face that
    moves more. Source: Tomasi and Kanade, Shape and motion from image streams under orthography
    (1992).
    """
    frames, count, _ = points.shape
    centred = points - points.mean(axis=1, keepdims=True)
    stacked = np.concatenate([centred[:, :, 0], centred[:, :, 1]])
    strengths = np.linalg.svd(stacked, compute_uv=False)
    return float(np.sqrt(np.square(strengths[2:]).sum() / (frames * count)))


def repetition(times_s: Floats, points: Floats) -> Repetition | None:
    """Find the period after which the movement of the points (frames x points x 2) repeats best.

    None where too little moves or was seen to tell. Frames may come at any times; between two that
    are near enough, the points are taken to move evenly.
    """
    grid_s = np.arange(times_s[0], times_s[-1], _GRID_S)
    before = np.searchsorted(times_s, grid_s, side="right") - 1
    seen = np.append(np.diff(times_s), np.inf)[before] <= _MAX_GAP_S
    flat = points.reshape(len(points), -1)
    even = np.column_stack([np.interp(grid_s, times_s, column) for column in flat.T])
    differences = _differences(even, seen, range(_WIGGLE[0], round(_LONGEST_S / _GRID_S) + 1))
    later = [(value, lag) for lag, value in differences.items() if lag * _GRID_S >= _SHORTEST_S]
    if not later or np.median(list(differences.values())) < _MIN_MOVEMENT:
        return None
    least, lag = min(later)
    calm = _without_sways(even)
    about = (*range(_WIGGLE[0], _WIGGLE[1] + 1), *range(lag - _NEAR, lag + _NEAR + 1))
    left = _differences(calm, seen, about)
    least_left = min(value for at, value in left.items() if abs(at - lag) <= _NEAR)
    return Repetition(lag * _GRID_S, least / _wiggle(differences), least_left / _wiggle(left))


def _wiggle(differences: dict[int, float]) -> float:
    """How far a face strays in two seconds: the measure of a repetition, because others mislead.

    A face that stays where it was for a while and moves on differs little after short times; one
    that comes back to its place differs little after long ones. Only a repetition differs less
    than a wiggle.
    """
    shortly = [value for lag, value in differences.items() if _WIGGLE[0] <= lag <= _WIGGLE[1]]
    return max(float(np.median(shortly)), _NOISE)


def _without_sways(even: Floats) -> Floats:
    """Take the two principal components out of a movement (steps x coordinates)."""
    centred = even - even.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:2]
    rest: Floats = centred - centred @ directions.T @ directions
    return rest


def _differences(even: Floats, seen: NDArray[np.bool_], lags: Iterable[int]) -> dict[int, float]:
    """For each lag that was seen for long enough, how far the points usually are from where they
    were so many steps before."""
    found = {}
    for lag in lags:
        both = seen[lag:] & seen[:-lag]
        if both.sum() * _GRID_S >= _OVERLAP_S:
            apart = (even[lag:] - even[:-lag])[both]
            found[lag] = float(np.median(np.sqrt(2.0 * np.square(apart).mean(axis=1))))
    return found
