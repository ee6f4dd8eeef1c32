"""Whether the head is turned away from where the candidate ordinarily faces."""

from dataclasses import dataclass

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Box, HeadPose, Observation
from proctor_app.vision.profile import Neutral
from proctor_app.vision.signals.calibration import UPRIGHT
from proctor_app.vision.signals.candidate import near
from proctor_app.vision.signals.sample import UNKNOWN, Sample, Samples

AT_LIMIT = 0.6
"""The score of a head turned exactly as far as is still allowed; it grows in proportion."""
_YAW_DEG, _PITCH_DEG = 30.0, 20.0
_ASSUMED_YAW_DEG, _ASSUMED_PITCH_DEG = 35.0, 30.0
"""Wider while it is only assumed how the candidate faces the camera."""

# Landmarks are lost in near profile and on a bowed head, where the detector still sees a face.
_NEARLY = 0.67
"""From this share of the limit a head that turned further and lost its landmarks counts."""
_GROWTH = 0.1
_LOST_FOR_S = 10.0
_LOST_FACE_SCORE = 0.4
"""Bowed heads and profiles kept 0.47 to 0.5 without landmarks, hands stay below 0.43."""
_LONGEST_STEP_S = 1.5
"""Two measurements within this time follow one head; a single one proves no turn."""


@dataclass(frozen=True, slots=True)
class HeadMemory:
    """The last head that was measured: share of the limit, way, place, time. followed: whether it
    was measured just before as well; growing: whether it was then turned less."""

    turn: float = 0.0
    way: str = ""
    followed: bool = False
    growing: bool = False
    box: Box | None = None
    seen_s: float = float("-inf")


def deviation(pose: HeadPose, neutral: Neutral) -> tuple[float, float]:
    """Give yaw and pitch from the neutral pose in degrees: left and up are positive."""
    return pose.yaw_deg - neutral.pose.yaw_deg, pose.pitch_deg - neutral.pose.pitch_deg


def read(
    observation: Observation, memory: HeadMemory, neutral: Neutral | None, now_s: float
) -> tuple[Samples, HeadMemory]:
    """Judge head_turned; detail: left, right, up or down, as the candidate turned."""
    if observation.faces is None:
        return {EventType.HEAD_TURNED: UNKNOWN}, memory
    if observation.mesh is None:
        return {EventType.HEAD_TURNED: _without_landmarks(observation, memory, now_s)}, memory
    turn, way = _turn(observation.mesh.pose, neutral)
    followed = now_s - memory.seen_s <= _LONGEST_STEP_S
    growing = followed and turn > _GROWTH + (memory.turn if memory.way == way else 0.0)
    memory = HeadMemory(turn, way, followed, growing, observation.mesh.box, now_s)
    return {EventType.HEAD_TURNED: _sample(turn, way)}, memory


def _turn(pose: HeadPose, neutral: Neutral | None) -> tuple[float, str]:
    """Give how far the head is turned, in shares of the limit, and which way."""
    yaw_deg, pitch_deg = deviation(pose, neutral or UPRIGHT)
    if neutral is None:
        yaw, pitch = yaw_deg / _ASSUMED_YAW_DEG, pitch_deg / _ASSUMED_PITCH_DEG
    else:
        yaw, pitch = yaw_deg / _YAW_DEG, pitch_deg / _PITCH_DEG
    if abs(yaw) >= abs(pitch):
        return abs(yaw), "left" if yaw > 0 else "right"
    return abs(pitch), "up" if pitch > 0 else "down"


def _sample(turn: float, way: str) -> Sample:
    score = min(1.0, turn * AT_LIMIT)
    return Sample(score, way if turn >= _NEARLY else "")


def _without_landmarks(observation: Observation, memory: HeadMemory, now_s: float) -> Sample:
    """A face still seen where a turned head was: turned on, not unknown."""
    box = memory.box
    was_turned = memory.turn >= 1.0 or (memory.turn >= _NEARLY and memory.growing)
    followed = memory.followed and now_s - memory.seen_s <= _LOST_FOR_S
    if box is None or not was_turned or not followed:
        return UNKNOWN
    there = (
        face.score >= _LOST_FACE_SCORE and near(face.box, box) for face in observation.faces or ()
    )
    return _sample(max(1.0, memory.turn), memory.way) if any(there) else UNKNOWN
