"""The calibrated pose as an attempt keeps it: so that it outlives a restart of the server."""

import json

from pydantic import TypeAdapter

from proctor_app.vision.observation import Gaze, HeadPose
from proctor_app.vision.profile import Neutral

_NEUTRAL: TypeAdapter[Neutral] = TypeAdapter(Neutral)
_ANGLE_DIGITS, _GAZE_DIGITS = 1, 3


def to_json(neutral: Neutral) -> str:
    """As text, rounded to what was measured; fits the column."""
    pose, gaze = neutral.pose, neutral.gaze
    angles = (round(one, _ANGLE_DIGITS) for one in (pose.yaw_deg, pose.pitch_deg, pose.roll_deg))
    rounded = Neutral(
        HeadPose(*angles),
        None if gaze is None else Gaze(round(gaze.x, _GAZE_DIGITS), round(gaze.y, _GAZE_DIGITS)),
    )
    return json.dumps(_NEUTRAL.dump_python(rounded), separators=(",", ":"))


def from_json(text: str) -> Neutral | None:
    """None where there is none, or what stands there can't be read."""
    if not text:
        return None
    try:
        return _NEUTRAL.validate_json(text)
    except ValueError:
        return None
