"""How this candidate sits and looks when all is well: what head and gaze are measured against."""

from dataclasses import dataclass
from statistics import median

from proctor_app.vision.observation import FaceMesh, Gaze, HeadPose, Observation
from proctor_app.vision.profile import Neutral, Profile
from proctor_app.vision.signals.faces import FACE_SCORE

SPAN_S = 2.0
"""The first seconds with exactly one face are taken for the candidate's ordinary pose."""
_UNREST_SPAN_S = 5.0
"""As long as this is waited for where the head moves and its median is an odd one, or the eyes
are closed."""
_UNREST_DEG = 6.0
"""Median distance from the median; a head that looks at a screen stayed below 3."""
_EXPECTED_DEG = 10.0
_LEAST_SAMPLES = 4
_FRONT_DEG = 25.0
"""Nobody is calibrated to a head further from the camera than this; people who look at a screen
were seen at up to 20 degrees, most of it pitch."""
_LONGEST_GAP_S = 1.0
EYE_DEG = 36.0
"""Degrees the eyes turn for 1 of Gaze: heads that turned by 15 to 25 degrees with the eyes on the
camera moved it by 0.4 to 0.65."""
_AHEAD_DEG = 20.0
"""Eyes that look further past the camera, head and eyes together, do not look at a screen."""

UPRIGHT = Neutral(HeadPose(yaw_deg=0.0, pitch_deg=-4.0, roll_deg=0.0), None)
"""The median pose of 67 people photographed from the front: assumed until more is known."""


@dataclass(frozen=True, slots=True)
class _Look:
    at_s: float
    pose: HeadPose
    gaze: Gaze | None


@dataclass(frozen=True, slots=True)
class CalibrationMemory:
    """looks: what was collected so far. neutral: None until the pose is known; its gaze is None
    until that is known too."""

    looks: tuple[_Look, ...] = ()
    neutral: Neutral | None = None


def read(observation: Observation, memory: CalibrationMemory, now_s: float) -> CalibrationMemory:
    """Collect usable frames until they cover long enough; then settle on their median.

    Frames without a face, with several, without landmarks or with the head turned away do not
    count; after a longer gap it begins anew. Where the eyes were closed most of the time the gaze
    is left open, and found later.
    """
    settled = memory.neutral is not None and memory.neutral.gaze is not None
    if settled or observation.mesh is None or not _usable(observation):
        return memory
    looks = memory.looks
    if looks and now_s - looks[-1].at_s > _LONGEST_GAP_S:
        looks = ()
    looks = (*looks, _Look(now_s, observation.mesh.pose, observation.mesh.gaze))
    span_s = now_s - looks[0].at_s
    enough = span_s >= SPAN_S and len(looks) >= _LEAST_SAMPLES
    found = _neutral(looks)
    doubtful = found.gaze is None or (_restless(looks) and not _as_expected(found.pose))
    if not enough or (span_s < _UNREST_SPAN_S and doubtful):
        return CalibrationMemory(looks, memory.neutral)
    pose = found.pose if memory.neutral is None else memory.neutral.pose
    return CalibrationMemory(neutral=Neutral(pose, found.gaze))


def progress(memory: CalibrationMemory) -> float:
    """How much of the least there must be was collected, 0 to 1."""
    if memory.neutral is not None:
        return 1.0
    if not memory.looks:
        return 0.0
    span_s = memory.looks[-1].at_s - memory.looks[0].at_s
    return min(1.0, span_s / SPAN_S, len(memory.looks) / _LEAST_SAMPLES)


def known(memory: CalibrationMemory, profile: Profile) -> Neutral | None:
    """Give the calibration step's result, else the stream's own; None while there is neither."""
    given = profile.neutral
    if given is None:
        return memory.neutral
    if given.gaze is None and memory.neutral is not None:
        return Neutral(given.pose, memory.neutral.gaze)
    return given


def _usable(observation: Observation) -> bool:
    faces = [face for face in observation.faces or () if face.score >= FACE_SCORE]
    return len(faces) == 1 and observation.mesh is not None and _faces_front(observation.mesh)


def _faces_front(mesh: FaceMesh) -> bool:
    return max(abs(mesh.pose.yaw_deg), abs(mesh.pose.pitch_deg)) <= _FRONT_DEG


def _restless(looks: tuple[_Look, ...]) -> bool:
    angles = [(look.pose.yaw_deg, look.pose.pitch_deg) for look in looks]
    return any(_spread(axis) > _UNREST_DEG for axis in zip(*angles, strict=True))


def _as_expected(pose: HeadPose) -> bool:
    yaw_deg = pose.yaw_deg - UPRIGHT.pose.yaw_deg
    pitch_deg = pose.pitch_deg - UPRIGHT.pose.pitch_deg
    return max(abs(yaw_deg), abs(pitch_deg)) <= _EXPECTED_DEG


def _spread(values: tuple[float, ...]) -> float:
    middle = median(values)
    return median(abs(value - middle) for value in values)


def _ahead(pose: HeadPose, gaze: Gaze) -> bool:
    x_deg = pose.yaw_deg - UPRIGHT.pose.yaw_deg + gaze.x * EYE_DEG
    y_deg = pose.pitch_deg - UPRIGHT.pose.pitch_deg + gaze.y * EYE_DEG
    return max(abs(x_deg), abs(y_deg)) <= _AHEAD_DEG


def _neutral(looks: tuple[_Look, ...]) -> Neutral:
    poses = [look.pose for look in looks]
    gazes = [look.gaze for look in looks if look.gaze is not None and _ahead(look.pose, look.gaze)]
    gaze = None
    if len(gazes) > len(looks) / 2:
        gaze = Gaze(median(one.x for one in gazes), median(one.y for one in gazes))
    pose = HeadPose(
        median(one.yaw_deg for one in poses),
        median(one.pitch_deg for one in poses),
        median(one.roll_deg for one in poses),
    )
    return Neutral(pose, gaze)
