"""What one frame of a live challenge shows: a look into the camera, or one of the actions.

The thresholds come from twelve clips of people and from eight stills on a print that was turned by
up to 75 degrees, tilted, rolled and moved before a simulated camera: see the documentation.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import radians, sin

import numpy as np

from proctor_app.vision.flatness import Change, change
from proctor_app.vision.motion import Floats
from proctor_app.vision.observation import FaceMesh, Observation


class Action(StrEnum):
    """What may be asked; left and right are the candidate's own."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    BLINK = "blink"
    OPEN_MOUTH = "open_mouth"


TURNS = (Action.TURN_LEFT, Action.TURN_RIGHT)
_AHEAD_YAW_DEG, _AHEAD_PITCH_DEG = 15.0, 22.0
_STILL_AHEAD_DEG = 13.0
"""A look back may be turned this much from the first look."""
_TURNED_DEG = 20.0
_ASIDE_DEG = 16.0
"""A turn is one from the first look, and away from the camera: people shift by 21 degrees about the
middle without being asked."""
_ON_ITS_WAY_DEG = 12.0
_EYES_OPEN, _EYES_CLOSED = 0.35, 0.6
"""Prints turned and tilted reach 0.24."""
_MOUTH_CLOSED, _MOUTH_OPEN = 0.08, 0.15
"""Shares of the face's height, without what a smile opens. Mouths opened wide: 0.15 to 0.27;
prints reach 0.12; lively speech 0.18, but only for a moment."""
_SMILE_OPENS = 0.08
DEPTH, _LEAST_TURN_DEG = 0.24, 22.0
"""Depth for the sine of the turn, which is taken to be this at least. 98 looks
of heads that turned: 0.23 and more, 0.29 for nine in ten; flat prints, however held: up to 0.18;
prints bent to a cylinder: up to 0.20."""
_MOST_STRETCH, _MOST_GROWTH, _MOST_UNREST = 1.15, 1.25, 0.07
"""Skulls of people who blink or open the mouth: up to 1.07, 1.08 and 0.062."""
_JUMP_FACES, _JUMP_SIZE = 0.8, 1.6
"""From one frame to the next a face moves and grows by less than this, in its own heights."""


@dataclass(frozen=True, slots=True)
class Look:
    """A face in one frame. number: of the frame, from 1. mouth: its opening without a smile's.
    points: in pixels."""

    number: int
    at_s: float
    yaw_deg: float
    pitch_deg: float
    eyes_closed: float | None
    mouth: float
    points: tuple[tuple[float, float], ...]

    @property
    def pixels(self) -> Floats:
        return np.array(self.points)


def look(seen: Observation, mesh: FaceMesh, number: int, at_s: float) -> Look:
    return Look(
        number=number,
        at_s=at_s,
        yaw_deg=mesh.pose.yaw_deg,
        pitch_deg=mesh.pose.pitch_deg,
        eyes_closed=mesh.eyes_closed,
        mouth=max(0.0, mesh.mouth_opening - _SMILE_OPENS * mesh.smile),
        points=tuple((x * seen.width_px, y * seen.height_px) for x, y in mesh.points),
    )


def is_ahead(one: Look) -> bool:
    """Tell of a face at rest that looks into the camera."""
    ahead = abs(one.yaw_deg) <= _AHEAD_YAW_DEG and abs(one.pitch_deg) <= _AHEAD_PITCH_DEG
    return ahead and _at_rest(one)


def is_back(first: Look, one: Look) -> bool:
    """Tell of a face at rest that looks where it looked first."""
    turn_deg = max(abs(one.yaw_deg - first.yaw_deg), abs(one.pitch_deg - first.pitch_deg))
    return turn_deg <= _STILL_AHEAD_DEG and _at_rest(one)


def shows(action: Action, first: Look | None, one: Look) -> bool:
    """Tell whether a frame shows an action, after the first look where there was one."""
    turn_deg = one.yaw_deg - (first.yaw_deg if first else 0.0)
    if action in TURNS:
        turned = _towards(action, turn_deg) >= _TURNED_DEG
        return turned and _towards(action, one.yaw_deg) >= _ASIDE_DEG
    if abs(turn_deg) > _STILL_AHEAD_DEG:
        return False
    if action is Action.OPEN_MOUTH:
        return one.mouth >= _MOUTH_OPEN
    closed = one.eyes_closed is not None and one.eyes_closed >= _EYES_CLOSED
    return closed and one.mouth <= _MOUTH_CLOSED


def shows_another(action: Action, first: Look, one: Look) -> bool:
    """Tell of an action that was not asked; closed eyes are none, because all people blink."""
    others = {Action.TURN_LEFT, Action.TURN_RIGHT, Action.OPEN_MOUTH} - {action}
    return any(shows(other, first, one) for other in others)


def is_turning(action: Action, first: Look, one: Look) -> bool:
    """Tell of a head on its way to the asked side: near profiles are lost from sight."""
    if action not in TURNS:
        return False
    return _towards(action, one.yaw_deg - first.yaw_deg) >= _ON_ITS_WAY_DEG


def is_alive(action: Action, first: Look, acts: tuple[Look, ...], after: tuple[Look, ...]) -> bool:
    """Tell whether a head turned in depth, or eyes or mouth moved within a still face."""
    acted = [change(first.pixels, one.pixels) for one in acts]
    back = [change(first.pixels, one.pixels) for one in after]
    if action in TURNS:
        turns_deg = [abs(one.yaw_deg - first.yaw_deg) for one in acts]
        depths = [
            one.depth / sin(radians(max(turn_deg, _LEAST_TURN_DEG)))
            for one, turn_deg in zip(acted, turns_deg, strict=True)
        ]
        return float(np.median(depths)) >= DEPTH
    return all(_is_still(one) for one in (*acted, *back))


def strongest(action: Action, acts: tuple[Look, ...], kept: int) -> tuple[Look, ...]:
    """Keep few: of a turn or an open mouth the widest, of closed eyes the first and the last."""
    if len(acts) <= kept:
        return acts
    if action is Action.BLINK:
        return (acts[0], *acts[1 - kept :])
    weakest = min(acts[1:-1], key=lambda one: _strength(action, one))
    return tuple(one for one in acts if one is not weakest)


def jumped(last: Look, one: Look) -> bool:
    """Tell of a face that is not where it was a frame before."""
    before, now = last.pixels, one.pixels
    before_px, now_px = (max(float(np.ptp(points[:, 1])), 1.0) for points in (before, now))
    moved = float(np.hypot(*(now.mean(axis=0) - before.mean(axis=0)))) / before_px
    return moved > _JUMP_FACES or max(before_px / now_px, now_px / before_px) > _JUMP_SIZE


def _at_rest(one: Look) -> bool:
    opened = one.eyes_closed is None or one.eyes_closed <= _EYES_OPEN
    return opened and one.mouth <= _MOUTH_CLOSED


def _towards(action: Action, turn_deg: float) -> float:
    return turn_deg if action is Action.TURN_LEFT else -turn_deg


def _is_still(one: Change) -> bool:
    grown = max(one.growth, 1 / one.growth)
    return one.stretch <= _MOST_STRETCH and grown <= _MOST_GROWTH and one.unrest <= _MOST_UNREST


def _strength(action: Action, one: Look) -> float:
    return one.mouth if action is Action.OPEN_MOUTH else abs(one.yaw_deg)
