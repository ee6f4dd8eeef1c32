"""Whether the eyes look past the screen while the head stays."""

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Observation
from proctor_app.vision.profile import Neutral
from proctor_app.vision.signals.calibration import EYE_DEG
from proctor_app.vision.signals.head import AT_LIMIT, deviation
from proctor_app.vision.signals.sample import UNKNOWN, Sample, Samples

_STILL_YAW_DEG, _STILL_PITCH_DEG = 20.0, 15.0
"""A head turned further is not still; up to here it adds to where the eyes look."""
_SIDE_DEG, _UP_DEG, _DOWN_DEG = 20.0, 20.0, 25.0
"""A screen's edge lies 13 to 26 degrees from its middle; its lower edge looks furthest away as
the lids come down with the eyes."""
_LEAST_EYE_SHARE = 0.5
"""The eyes alone make at least this share of the limit; otherwise it is the head that turned."""


def read(observation: Observation, neutral: Neutral | None) -> Samples:
    """Judge gaze_off_screen; unknown without calibration and while the eyes are closed."""
    mesh = observation.mesh
    if mesh is None or mesh.gaze is None or neutral is None or neutral.gaze is None:
        return {EventType.GAZE_OFF_SCREEN: UNKNOWN}
    yaw_deg, pitch_deg = deviation(mesh.pose, neutral)
    if abs(yaw_deg) > _STILL_YAW_DEG or abs(pitch_deg) > _STILL_PITCH_DEG:
        return {EventType.GAZE_OFF_SCREEN: Sample(0.0)}
    x_deg = (mesh.gaze.x - neutral.gaze.x) * EYE_DEG
    y_deg = (mesh.gaze.y - neutral.gaze.y) * EYE_DEG
    away = max(
        (_away(x_deg, yaw_deg, _SIDE_DEG), "left"),
        (_away(-x_deg, -yaw_deg, _SIDE_DEG), "right"),
        (_away(y_deg, pitch_deg, _UP_DEG), "up"),
        (_away(-y_deg, -pitch_deg, _DOWN_DEG), "down"),
    )
    score = min(1.0, away[0] * AT_LIMIT)
    return {EventType.GAZE_OFF_SCREEN: Sample(score, away[1] if away[0] >= 1.0 else "")}


def _away(eyes_deg: float, head_deg: float, limit_deg: float) -> float:
    """Give how far the eyes look one way, in shares of the limit; eyes that only make up for a
    turn of the head do not look away."""
    if eyes_deg < _LEAST_EYE_SHARE * limit_deg:
        return 0.0
    return max(0.0, (eyes_deg + head_deg) / limit_deg)
