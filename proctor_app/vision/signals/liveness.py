"""Whether somebody sits there, or a picture of somebody.

Hints only: a still picture, a flat one moved about, and a recording that repeats. A recording that
runs on without repeating, on a screen before the camera, looks alive to all three.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from proctor_app.domain.incident import EventType
from proctor_app.vision.motion import Floats, depth, movement, repetition
from proctor_app.vision.observation import FaceMesh, FacePoint, Observation
from proctor_app.vision.signals.sample import Sample, Samples

WINDOW_S = 60.0
_STEP_S = 0.4
_JUDGE_EVERY_S = 5.0
_FULL_S = 57.0
_MIN_MOMENTS = 40
_MAX_GAP_S = 5.0

STILL = 0.010
"""Movement in eye spans. Pictures before a noisy camera stay at 0.002 to 0.011 in 24 s; the
stillest live clip reaches 0.013 in 10 s and 0.025 in 15 s."""
_MOVED = 0.04
FLAT_SHARE, FLAT = 0.06, 0.012
"""Depth in shares of the movement, and in eye spans. Pictures moved about: 0.03 to 0.05 and up to
0.017; live clips of 10 s: 0.08 and 0.015 at the least, more in longer ones."""
_BLINK = 0.3
"""Eyes closed: pictures reach 0.14. A blink closes them for 0.2 to 0.3 s, so that frames every 0.5
s see half of the blinks: none at all in a minute for 1 of 150 people who blink 10 times in it, for
1 of 12 who blink 5 times. Never enough by itself, hence."""
_GAZE_STEADY = 0.10
_MOUTH_STEADY = 0.012
"""Standard deviations. Pictures: up to 0.07 (gaze, of one in ten up to 0.16) and 0.006 (mouth)."""
LOOPED, LOOPED_UNREST = 0.5, 0.75
"""Likeness of a repetition, of the whole movement and without its strongest sways. Looped and
re-encoded clips: 0.02 to 0.37 and 0.08 to 0.77; live ones 0.98 and 1.06 at the least. Somebody who
rocks evenly: 0.04 and 1.0."""

_REMEMBER_S = 300.0
_MAX_REMEMBERED = 1200
_ANEW_S = 2.0
_REPEATS = 5
_REPEATS_SPAN_S = 10.0
"""A sensor's noise never comes twice: pictures equal in every pixel to earlier ones, one after the
other, are a recording."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One look at the face; points in pixels."""

    at_s: float
    points: tuple[tuple[float, float], ...]
    eyes_closed: float | None
    gaze: tuple[float, float] | None
    mouth_opening: float


@dataclass(frozen=True, slots=True)
class LivenessMemory:
    """moments: of the last minute. pictures: digests with their times. repeats: those that had
    been seen before. judged_s: when the moments were last judged."""

    moments: tuple[Moment, ...] = ()
    pictures: tuple[tuple[float, bytes], ...] = ()
    repeats: tuple[tuple[float, bytes], ...] = ()
    judged_s: float = field(default=float("-inf"))


def read(
    observation: Observation, memory: LivenessMemory, now_s: float
) -> tuple[Samples, LivenessMemory]:
    """Judge spoof_suspected every few seconds; unknown until there is enough to judge."""
    mesh = observation.mesh
    if mesh is None:
        return {}, memory
    memory = _note_picture(memory, observation.quality.digest, now_s)
    if memory.moments and now_s - memory.moments[-1].at_s < _STEP_S:
        return {}, memory
    moment = _moment(mesh, observation.width_px, observation.height_px, now_s)
    moments = (*(one for one in memory.moments if now_s - one.at_s <= WINDOW_S), moment)
    memory = replace(memory, moments=moments)
    if now_s - memory.judged_s < _JUDGE_EVERY_S:
        return {}, memory
    sample = _judge(memory)
    memory = replace(memory, judged_s=now_s)
    return ({} if sample is None else {EventType.SPOOF_SUSPECTED: sample}), memory


def _judge(memory: LivenessMemory) -> Sample | None:
    """The strongest of the hints; None where there is too little to judge."""
    if _repeats_exactly(memory):
        return Sample(1.0, "the same pictures again")
    if len(memory.moments) < _MIN_MOMENTS:
        return None
    times_s = np.array([moment.at_s for moment in memory.moments])
    points = _in_eye_spans(memory.moments)
    looped = repetition(times_s, points)
    if looped is not None and looped.likeness <= LOOPED and looped.unrest <= LOOPED_UNREST:
        detail = f"repeats after {looped.period_s:.0f} s"
        return Sample(1.0 - 0.5 * looped.likeness / LOOPED, detail)
    gaps_s = np.diff(times_s)
    if times_s[-1] - times_s[0] < _FULL_S or gaps_s.max() > _MAX_GAP_S:
        return None
    return _judge_stiffness(memory.moments, points)


def _judge_stiffness(moments: tuple[Moment, ...], points: Floats) -> Sample:
    """Judge whether a full window shows a picture: held still, or moved about."""
    if _something_lives(moments):
        return Sample(0.0)
    moved = movement(points)
    if moved <= STILL:
        return Sample(1.0 - 0.5 * moved / STILL, "still picture")
    limit = min(FLAT, FLAT_SHARE * moved)
    if moved >= _MOVED and (deep := depth(points)) <= limit:
        return Sample(1.0 - 0.5 * deep / limit, "flat picture")
    return Sample(0.0)


def _something_lives(moments: tuple[Moment, ...]) -> bool:
    """Tell whether eyes, gaze or mouth moved within the face; also where the eyes are hidden."""
    closed = [moment.eyes_closed for moment in moments if moment.eyes_closed is not None]
    gazes = [moment.gaze for moment in moments if moment.gaze is not None]
    if min(len(closed), len(gazes)) < _MIN_MOMENTS or max(closed) >= _BLINK:
        return True
    if np.std([moment.mouth_opening for moment in moments]) > _MOUTH_STEADY:
        return True
    return bool(np.std(gazes, axis=0).max() > _GAZE_STEADY)


def _moment(mesh: FaceMesh, width_px: int, height_px: int, now_s: float) -> Moment:
    return Moment(
        at_s=now_s,
        points=tuple((x * width_px, y * height_px) for x, y in mesh.points),
        eyes_closed=mesh.eyes_closed,
        gaze=None if mesh.gaze is None else (mesh.gaze.x, mesh.gaze.y),
        mouth_opening=mesh.mouth_opening,
    )


def _in_eye_spans(moments: tuple[Moment, ...]) -> Floats:
    points = np.array([moment.points for moment in moments])
    spans_px = points[:, FacePoint.LEFT_EYE_OUTER] - points[:, FacePoint.RIGHT_EYE_OUTER]
    scale: Floats = points / max(float(np.median(np.hypot(*spans_px.T))), 1.0)
    return scale


def _note_picture(memory: LivenessMemory, digest: bytes, now_s: float) -> LivenessMemory:
    """Remember a picture, and whether it was there before; one that stands still is no repeat."""
    if memory.pictures and memory.pictures[-1][1] == digest:
        return memory
    again = any(seen == digest and now_s - at_s >= _ANEW_S for at_s, seen in memory.pictures)
    repeats = tuple(one for one in memory.repeats if now_s - one[0] <= WINDOW_S)
    kept = tuple(one for one in memory.pictures if now_s - one[0] <= _REMEMBER_S)
    return replace(
        memory,
        pictures=(*kept[1 - _MAX_REMEMBERED :], (now_s, digest)),
        repeats=(*repeats, (now_s, digest)) if again else repeats,
    )


def _repeats_exactly(memory: LivenessMemory) -> bool:
    distinct = {digest for _, digest in memory.repeats}
    if len(distinct) < _REPEATS:
        return False
    return memory.repeats[-1][0] - memory.repeats[0][0] >= _REPEATS_SPAN_S
